// SPDX-License-Identifier: Apache-2.0
import Bytes

/// Reads the records of a Concordance DAT load file in pieces, strictly (export-formats section
/// 4.1): every value quoted, every record ended by CRLF, no blank lines.
///
/// Values are looked at where they lie; most of them nobody asks for.
struct ConcordanceReader {
  /// A break of the rules, by the record (from 1, the header included) in which it lies.
  struct Defect: Error {
    var record: Int
    var detail: String
  }

  // þþ.
  private static let doubledQuote: [UInt8] = [0xC3, 0xBE, 0xC3, 0xBE]

  private enum State {
    case recordStart
    case valueStart
    case inValue
    case afterQuote
    case lineFeed
  }

  /// A value among the bytes, with its doubled quotes.
  private struct Value {
    var range: Range<Int>
    var hasQuotes: Bool
  }

  /// As its first bytes tell; nil until they are there.
  private(set) var encoding: LoadFileEncoding?
  // Bytes in another encoding than UTF-8, and those before the encoding is known.
  private var pending: [UInt8] = []
  // From the start of the current record on, in UTF-8.
  private var bytes: [UInt8] = []
  private var place = 0
  private var state = State.recordStart
  private var valueStart = 0
  private var hasQuotes = false
  private var values: [Value] = []
  private var isRowComplete = false
  private(set) var recordCount = 0

  /// Adds the next piece; its records come from ``next()``.
  mutating func read(_ piece: Span<UInt8>) {
    if encoding == nil {
      pending.append(piece)
      guard pending.count >= 3 else { return }
      detectEncoding()
    } else if encoding == .windows1252 || encoding == .utf16 {
      pending.append(piece)
    } else {
      dropRecords()
      return bytes.append(piece)
    }
    dropRecords()
    decodePending()
  }

  /// Goes to the next record; false where its end is not there yet.
  mutating func next() throws(Defect) -> Bool {
    if isRowComplete {
      values.removeAll(keepingCapacity: true)
      isRowComplete = false
    }
    let bytes = bytes
    var place = place
    defer { self.place = place }
    while place < bytes.count {
      let byte = bytes[place]
      // þ, the quote, is two bytes.
      var isQuote = false
      if byte == 0xC3 {
        guard place + 1 < bytes.count else { return false }
        isQuote = bytes[place + 1] == 0xBE
      }
      switch state {
      case .recordStart, .valueStart:
        guard isQuote else { throw misplaced }
        place += 2
        valueStart = place
        hasQuotes = false
        state = .inValue
      case .inValue where isQuote:
        place += 2
        state = .afterQuote
      case .inValue:
        guard byte != 0x0A, byte != 0x0D else { throw defect("a value holds a bare line end") }
        repeat { place += 1 } while place < bytes.count && isOrdinary(bytes[place])
      case .afterQuote where isQuote:
        hasQuotes = true
        place += 2
        state = .inValue
      case .afterQuote:
        guard byte == 0x14 || byte == 0x0D else { throw misplaced }
        values.append(Value(range: valueStart..<place - 2, hasQuotes: hasQuotes))
        place += 1
        state = byte == 0x14 ? .valueStart : .lineFeed
      case .lineFeed:
        guard byte == 0x0A else { throw misplaced }
        place += 1
        recordCount += 1
        state = .recordStart
        isRowComplete = true
        return true
      }
    }
    return false
  }

  /// Ends the file; throws when it breaks off inside a record.
  func finish() throws(Defect) {
    guard pending.isEmpty, place == bytes.count, state == .recordStart, recordCount > 0 else {
      throw defect("the file ends inside a record")
    }
  }

  // MARK: The record that was gone to

  /// How many values it has.
  var valueCount: Int { values.count }

  /// The value at an index.
  func value(_ index: Int) -> String {
    let value = values[index]
    let content = bytes[value.range]
    guard value.hasQuotes else { return String(decoding: content, as: UTF8.self) }
    // Byte by byte: a mark behind the second quote does not make it another character.
    var text: [UInt8] = []
    text.reserveCapacity(content.count)
    var place = content.startIndex
    while place < content.endIndex {
      text.append(content[place])
      let isQuote = content[place...].starts(with: ConcordanceReader.doubledQuote)
      if isQuote { text.append(content[place + 1]) }
      place += isQuote ? ConcordanceReader.doubledQuote.count : 1
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// Whether the value at an index is a text.
  func isValue(_ index: Int, _ text: String) -> Bool {
    bytes[values[index].range].elementsEqual(text.utf8)
  }

  /// All values.
  var row: [String] { values.indices.map(value) }

  // MARK: Bytes

  private func isOrdinary(_ byte: UInt8) -> Bool { byte != 0xC3 && byte != 0x0A && byte != 0x0D }

  private mutating func detectEncoding() {
    if pending.starts(with: ByteOrderMark.utf8) {
      encoding = .utf8WithMark
      pending.removeFirst(3)
    } else if pending.starts(with: [0xFF, 0xFE]) {
      encoding = .utf16
      pending.removeFirst(2)
    } else {
      encoding = pending[0] == 0xFE ? .windows1252 : .utf8
    }
  }

  // Keeps the bytes of the record that has begun.
  private mutating func dropRecords() {
    if isRowComplete || state == .recordStart {
      values.removeAll(keepingCapacity: true)
      isRowComplete = false
      bytes.removeFirst(place)
      place = 0
      return
    }
    let start = (values.first?.range.lowerBound ?? valueStart) - 2
    bytes.removeFirst(start)
    place -= start
    valueStart -= start
    for index in values.indices {
      let range = values[index].range
      values[index].range = range.lowerBound - start..<range.upperBound - start
    }
  }

  // What is incomplete stays pending.
  private mutating func decodePending() {
    switch encoding {
    case .windows1252:
      for byte in pending {
        bytes.append(String(Character(Windows1252.scalar(byte) ?? "\u{FFFD}")))
      }
      pending = []
    case .utf16:
      // A high half waits for its low half.
      var units: [UInt16] = []
      var index = 0
      while index + 1 < pending.count {
        let unit = UInt16(pending[index]) | UInt16(pending[index + 1]) << 8
        if UTF16.isLeadSurrogate(unit), index + 3 >= pending.count { break }
        units.append(unit)
        index += 2
      }
      bytes.append(String(decoding: units, as: UTF16.self))
      pending.removeFirst(index)
    case .utf8, .utf8WithMark, nil:
      bytes += pending
      pending = []
    }
  }

  private var misplaced: Defect { defect("a byte stands where it must not") }

  private func defect(_ detail: String) -> Defect {
    Defect(record: recordCount + 1, detail: detail)
  }
}

/// Counts the records of a CSV file in pieces (RFC 4180).
struct CSVRecordCounter {
  private var isQuoted = false
  private var previous: UInt8 = 0
  // The first three bytes.
  private var start: [UInt8] = []
  /// Records with their line ends so far.
  private(set) var count = 0

  /// Whether it begins with a byte order mark.
  var hasMark: Bool { start == ByteOrderMark.utf8 }

  mutating func read(_ piece: Span<UInt8>) {
    if start.count < 3 { start.append(piece.extracting(first: 3 - start.count)) }
    var isQuoted = isQuoted
    var previous = previous
    for index in piece.indices {
      let byte = piece[index]
      if byte == UInt8(ascii: "\"") {
        isQuoted.toggle()
      } else if byte == 0x0A, previous == 0x0D, !isQuoted {
        count += 1
      }
      previous = byte
    }
    self.isQuoted = isQuoted
    self.previous = previous
  }
}
