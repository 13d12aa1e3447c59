// SPDX-License-Identifier: Apache-2.0
import Bytes
import Testing

/// Cuts bytes into pieces, fed in chunks of a size.
private func pieces(
  of bytes: [UInt8], chunk: Int = .max, limits: JSONRecordSplitter.Limits = .init(),
  firstKeys: [String] = []
) -> [JSONRecordSplitter.Piece] {
  var splitter = JSONRecordSplitter(limits: limits, firstKeys: firstKeys)
  var result: [JSONRecordSplitter.Piece] = []
  func take() {
    while let piece = splitter.next() {
      result.append(piece)
      guard case .damage(let damage) = piece else { continue }
      let first = Int(damage.offset)
      let damaged = Array(bytes[first..<(first + Int(damage.byteCount))])
      // Only what is about as large as a record may be, or larger, is not held.
      let isHeld = splitter.damagedBytes == damaged
      let mayBeGone = splitter.damagedBytes.isEmpty && damaged.count > limits.recordByteCount / 2
      #expect(isHeld || mayBeGone)
    }
  }
  var start = 0
  while start < bytes.count {
    let end = chunk < bytes.count - start ? start + chunk : bytes.count
    splitter.append(bytes[start..<end].span)
    take()
    start = end
  }
  splitter.finish()
  take()
  return result
}

private func records(_ pieces: [JSONRecordSplitter.Piece]) -> [String] {
  pieces.compactMap { piece in
    guard case .record(let record) = piece else { return nil }
    return String(decoding: record.bytes, as: UTF8.self)
  }
}

private func damages(_ pieces: [JSONRecordSplitter.Piece]) -> [JSONDamage] {
  pieces.compactMap { piece in
    guard case .damage(let damage) = piece else { return nil }
    return damage
  }
}

/// Checks that pieces lie in order without overlap, that records are the bytes at their place, and
/// that between pieces there is only white space, commas, outer brackets and a byte order mark.
private func expectAccounted(
  _ pieces: [JSONRecordSplitter.Piece], for bytes: [UInt8],
  sourceLocation: SourceLocation = #_sourceLocation
) {
  var end = 0
  func checkGap(until start: Int) {
    guard start >= end, start <= bytes.count else {
      Issue.record("pieces overlap or leave the text", sourceLocation: sourceLocation)
      return
    }
    var gap = bytes[end..<start]
    if end == 0, gap.starts(with: [0xEF, 0xBB, 0xBF]) { gap = gap.dropFirst(3) }
    #expect(
      gap.allSatisfy { " \n\r\t,[]".utf8.contains($0) },
      "lost: \(String(decoding: gap, as: UTF8.self))", sourceLocation: sourceLocation)
  }
  for (number, piece) in pieces.enumerated() {
    switch piece {
    case .record(let record):
      #expect(record.index == number, sourceLocation: sourceLocation)
      checkGap(until: Int(record.offset))
      end = Int(record.offset) + record.bytes.count
      #expect(
        end <= bytes.count && Array(bytes[Int(record.offset)..<end]) == record.bytes,
        sourceLocation: sourceLocation)
    case .damage(let damage):
      #expect(damage.index == number, sourceLocation: sourceLocation)
      checkGap(until: Int(damage.offset))
      end = Int(damage.offset + damage.byteCount)
    }
  }
  checkGap(until: bytes.count)
}

@Suite struct JSONRecordSplitterTests {
  static let three = [
    #"{"uuid":"1","name":"a","list":[{"uuid":"x","text":"{\"uuid\":\"9\",\"name\":1}"},[]]}"#,
    #"{"uuid":"2","name":"\\","n":-1.5e3,"t":true,"z":null}"#,
    #"{"uuid":"3","name":"é€😀 ] } , [ {","o":{}}"#,
  ]

  static let shapes: [String] = [
    "[\(three[0]),\(three[1]),\(three[2])]",
    "[\n  \(three[0]) ,\r\n\t\(three[1]) , \(three[2])\n]\n",
    "\u{FEFF}[\(three[0]),\(three[1]),\(three[2])]",
    "\(three[0])\n\(three[1])\n\(three[2])",
    "\(three[0])\r\n\(three[1])\r\n\r\n\(three[2])\r\n",
    "\(three[0])\(three[1])\(three[2])",
    "\u{FEFF}\(three[0]) \(three[1]) \(three[2])",
    "[\(three[0]),\(three[1])]\n\(three[2])",
    "[\(three[0])][\(three[1]),\(three[2])]",
  ]

  @Test(arguments: shapes)
  func everyShapeGivesItsRecordsInChunksOfAnySize(text: String) {
    let bytes = Array(text.utf8)
    for chunk in [1, 2, 3, 7, 8, 64, Int.max] {
      let found = pieces(of: bytes, chunk: chunk)
      #expect(records(found) == Self.three)
      #expect(damages(found).isEmpty)
      expectAccounted(found, for: bytes)
    }
  }

  @Test(arguments: ["", " \n", "[]", "\u{FEFF}", "\u{FEFF}[ ]\n"])
  func nothingGivesNothing(text: String) {
    #expect(pieces(of: Array(text.utf8)).isEmpty)
  }

  @Test func oneObjectAndBareValuesAreRecords() {
    #expect(records(pieces(of: Array(Self.three[0].utf8))) == [Self.three[0]])
    let values = Array("[1, \"a\" ,true,null,[2]]".utf8)
    #expect(records(pieces(of: values)) == ["1", "\"a\"", "true", "null", "[2]"])
    #expect(records(pieces(of: Array("12".utf8), chunk: 1)) == ["12"])
  }

  @Test(arguments: [("[", ","), ("[ ", ",\n"), ("\u{FEFF}[", ","), ("", "\n"), ("", "\r\n")])
  func aStreamCutAnywhereKeepsTheRecordsBeforeTheCut(head: String, separator: String) {
    let isArray = head.contains("[")
    let text = head + Self.three.joined(separator: separator) + (isArray ? "]" : "\n")
    let bytes = Array(text.utf8)
    var starts: [Int] = []
    var ends: [Int] = []
    var end = head.utf8.count
    for record in Self.three {
      starts.append(end)
      end += record.utf8.count
      ends.append(end)
      end += separator.utf8.count
    }
    for cut in head.utf8.count..<bytes.count {
      let part = Array(bytes[..<cut])
      let whole = ends.count { $0 <= cut }
      let begun = starts.count { $0 < cut }
      for chunk in [1, 5, Int.max] {
        let found = pieces(of: part, chunk: chunk)
        #expect(records(found) == Array(Self.three[..<whole]), "cut at \(cut)")
        // In an array the missing bracket is told even between records.
        #expect(damages(found).count == (isArray || begun > whole ? 1 : 0), "cut at \(cut)")
        expectAccounted(found, for: part)
      }
    }
  }

  @Test func anArrayWithoutItsBracketIsToldWithoutBytes() throws {
    let found = damages(pieces(of: Array(("[" + Self.three[0] + ",").utf8)))
    let damage = try #require(found.first)
    #expect(found.count == 1)
    #expect(damage.byteCount == 0)
    #expect(damage.error.code == .arrayNotClosed)
  }

  @Test(arguments: [
    #"{"uuid":"2","name":"b","list":[1,2}"#, #"{"uuid":"2","name":"b" "x":1}"#,
    #"{"uuid":"2","name":"b","list":[{"a":1}"#, #"{"uuid":"2","na"#,
    "\u{0}\u{0}\u{0}\u{0}",
    #"{"uuid":"2","name":"never closed"#, "}", "garbage",
  ])
  func aDamagedRecordDoesNotLoseTheOthers(broken: String) {
    for (head, separator, tail) in [("[", ",", "]"), ("[\n", ",\n", "\n]"), ("", "\n", "\n")] {
      let all = [Self.three[0], broken, Self.three[1], Self.three[2]]
      let bytes = Array((head + all.joined(separator: separator) + tail).utf8)
      for chunk in [1, 9, Int.max] {
        let found = pieces(of: bytes, chunk: chunk)
        #expect(records(found) == Self.three, "\(separator.debugDescription), chunk \(chunk)")
        #expect(damages(found).count == 1, "\(separator.debugDescription), chunk \(chunk)")
        expectAccounted(found, for: bytes)
      }
    }
  }

  @Test func damageInTheFirstRecordEndsAtTheExpectedKeys() {
    let bytes = Array(("[garbage," + Self.three[1] + "," + Self.three[2] + "]").utf8)
    let found = pieces(of: bytes, firstKeys: ["uuid", "name"])
    #expect(records(found) == Array(Self.three[1...]))
    expectAccounted(found, for: bytes)
  }

  @Test func aByteChangedAnywhereIsAccountedForInChunksOfAnySize() {
    let bytes = Array(("[" + Self.three.joined(separator: ",") + "]").utf8)
    for index in bytes.indices {
      for other in "\"\\{}[],:x1\n\u{0}".utf8 {
        var changed = bytes
        changed[index] = other
        let found = pieces(of: changed)
        expectAccounted(found, for: changed)
        #expect(found == pieces(of: changed, chunk: 3), "byte \(index) becomes \(other)")
      }
    }
  }

  /// Starts of records without an end, and what follows the last of them; in an array nesting is
  /// checked only as deep as it may be.
  static let openStarts: [(isInArray: Bool, open: String, count: Int, last: String)] = [
    (false, #"{"a":"# + "\n", 2000, ""),
    (false, #"{"a":"# + "\n", 2000, "]\n" + #"{"a":2}"#),
    (true, #"{"a":""# + String(repeating: "x", count: 400) + #"","b":"#, 400, #"],{"a":2}"#),
  ]

  @Test(arguments: openStarts.indices)
  func startsThatAllLeadToTheSameLossBecomeOneDamage(number: Int) {
    let (isInArray, open, count, last) = Self.openStarts[number]
    let head = isInArray ? #"[{"a":1},"# : #"{"a":1}"# + "\n"
    let text = head + String(repeating: open, count: count) + last + (isInArray ? "]" : "")
    let bytes = Array(text.utf8)
    for chunk in [1000, Int.max] {
      let found = pieces(of: bytes, chunk: chunk)
      #expect(records(found) == [#"{"a":1}"#] + (last.isEmpty ? [] : [#"{"a":2}"#]))
      // Each start that is tried is a piece, and trying all of them takes the square of their number.
      #expect((1...200).contains(damages(found).count))
      expectAccounted(found, for: bytes)
    }
  }

  @Test(arguments: [1, 16, 100, Int.max])
  func anOversizedRecordIsOneDamageOfItsLength(chunk: Int) throws {
    var limits = JSONRecordSplitter.Limits()
    limits.recordByteCount = 100
    let large = #"{"uuid":"L","name":""# + String(repeating: "x", count: 500) + #""}"#
    let bytes = Array(("[" + Self.three[1] + "," + large + "," + Self.three[2] + "]").utf8)
    let found = pieces(of: bytes, chunk: chunk, limits: limits)
    #expect(records(found) == Array(Self.three[1...]))
    let damage = try #require(damages(found).first)
    #expect(damage.error.code == .tooLarge)
    #expect(damage.byteCount == Int64(large.utf8.count))
    expectAccounted(found, for: bytes)
  }

  @Test(arguments: [1, Int.max])
  func aRecordOfExactlyTheLimitIsKept(chunk: Int) {
    let bytes = Array((Self.three[1] + "\n").utf8)
    var limits = JSONRecordSplitter.Limits()
    limits.recordByteCount = Self.three[1].utf8.count
    #expect(records(pieces(of: bytes, chunk: chunk, limits: limits)) == [Self.three[1]])
    limits.recordByteCount -= 1
    let found = pieces(of: bytes, chunk: chunk, limits: limits)
    #expect(damages(found).map(\.error.code) == [.tooLarge])
    #expect(damages(found).map(\.byteCount) == [Int64(bytes.count - 1)])
  }

  @Test func aRecordNestedTooDeepIsOneDamage() {
    func nested(_ depth: Int) -> String {
      let inner = depth - 1
      return #"{"uuid":"# + String(repeating: "[", count: inner)
        + String(repeating: "]", count: inner) + "}"
    }
    let deepest = nested(JSONCursor.depthLimit)
    #expect(records(pieces(of: Array(deepest.utf8))) == [deepest])
    let tooDeep = nested(JSONCursor.depthLimit + 1)
    let bytes = Array(("[" + Self.three[0] + "," + tooDeep + "," + Self.three[2] + "]").utf8)
    let found = pieces(of: bytes)
    #expect(records(found) == [Self.three[0], Self.three[2]])
    #expect(damages(found).map(\.error.code) == [.tooDeep])
    expectAccounted(found, for: bytes)
  }
}
