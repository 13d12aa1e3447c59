// SPDX-License-Identifier: Apache-2.0
import Bytes

/// Finds the designation in a rendering while its bytes pass: what stands where the designation must
/// stand in a file of its kind.
struct DesignationIntake: Sendable {
  // The longest that stands there, as HTML writes each of its characters.
  private static let maximumByteCount = 4096
  private static let stepByteCount = 4096

  /// Between which bytes the designation stands in files of a kind.
  private struct Marks {
    var start: [UInt8]
    var stop: [UInt8]

    init(_ kind: Designation.Kind) {
      switch kind {
      case .text: (start, stop) = ([], [])
      case .mail, .shortMessage:
        start = Array(("\r\n" + Designation.fieldName(kind) + ":").utf8)
        stop = Array("\r\n\r\n".utf8)
      case .page:
        start = TranscriptPage.rowStart(Designation.label)
        stop = Array(TranscriptPage.factsEnd.utf8)
      }
    }
  }

  private static let marks = Dictionary(
    uniqueKeysWithValues: Designation.Kind.allCases.map { ($0, Marks($0)) })
  private static let rowEnd = Array((TranscriptPage.rowEnd + "\n").utf8)

  private let kind: Designation.Kind
  private let start: [UInt8]
  private let stop: [UInt8]
  // From the start of what is looked for, where that has come, else what may be its first bytes.
  private var bytes: [UInt8] = []
  private var hasBegun: Bool
  private var isComplete = false
  private var found: UInt64?

  /// Nil for a file that is no rendering.
  init?(_ path: String) {
    guard let kind = Designation.Kind(of: path), let marks = DesignationIntake.marks[kind] else {
      return nil
    }
    self.kind = kind
    start = marks.start
    stop = marks.stop
    hasBegun = kind == .text
  }

  mutating func read(_ piece: Span<UInt8>) {
    var offset = 0
    while !isComplete, offset < piece.count {
      let next = min(offset + DesignationIntake.stepByteCount, piece.count)
      bytes.append(piece.extracting(offset..<next))
      offset = next
      if !hasBegun { begin() }
      if hasBegun { end() }
    }
  }

  /// The leading bits of a digest of what was found; nil where nothing stands there.
  func finish() -> UInt64? { found }

  private mutating func begin() {
    guard let (place, isStart) = firstMark() else {
      bytes.removeFirst(max(0, bytes.count - max(start.count, stop.count)))
      return
    }
    if isStart {
      bytes.removeFirst(place)
      hasBegun = true
    } else {
      isComplete = true
    }
  }

  // One pass finds whichever comes first: both begin with the same byte.
  private func firstMark() -> (place: Int, isStart: Bool)? {
    let all = bytes.span
    var place = all.firstIndex(of: start[0], from: 0)
    while place < all.count {
      if all.holds(start.span, at: place) { return (place, true) }
      if all.holds(stop.span, at: place) { return (place, false) }
      place = all.firstIndex(of: start[0], from: place + 1)
    }
    return nil
  }

  private mutating func end() {
    if let range = fieldRange() {
      found = SHA256Digest.leadingBits(of: bytes[range].span)
      isComplete = true
    } else if bytes.count > DesignationIntake.maximumByteCount {
      isComplete = true
    }
    if isComplete { bytes = [] }
  }

  // Nil while its end has not come.
  private func fieldRange() -> Range<Int>? {
    switch kind {
    case .text: return bytes.firstRange(of: [0x0A, 0x0A]).map { 0..<$0.upperBound }
    case .page:
      return bytes.firstRange(of: DesignationIntake.rowEnd).map { 0..<$0.upperBound }
    case .mail, .shortMessage:
      // A line that begins with a blank goes on with the field.
      var end = start.count
      while let line = bytes.firstRange(of: [0x0D, 0x0A], from: end), line.upperBound < bytes.count
      {
        end = line.upperBound
        if bytes[end] != 0x20 { return 2..<end }
      }
      return nil
    }
  }

  // MARK: What must stand there

  /// What ``finish()`` gives of each kind of file with a designation.
  static func expected(_ designation: Designation) -> [Designation.Kind: UInt64] {
    Dictionary(
      uniqueKeysWithValues: Designation.Kind.allCases.map { kind in
        let bytes =
          switch kind {
          case .text: Array(designation.textHead.utf8)
          case .mail, .shortMessage: designation.field(kind)
          case .page: TranscriptPage.row(Designation.label, designation.text)
          }
        return (kind, SHA256Digest.leadingBits(of: bytes.span))
      })
  }
}

extension Array where Element == UInt8 {
  /// Where some bytes first stand, not before an index.
  fileprivate func firstRange(of bytes: [UInt8], from start: Int = 0) -> Range<Int>? {
    guard let first = bytes.first else { return nil }
    let all = span
    let sought = bytes.span
    var place = all.firstIndex(of: first, from: start)
    while place < all.count {
      if all.holds(sought, at: place) { return place..<place + sought.count }
      place = all.firstIndex(of: first, from: place + 1)
    }
    return nil
  }
}

extension Span<UInt8> {
  /// Whether bytes stand at a place.
  fileprivate func holds(_ bytes: Span<UInt8>, at place: Int) -> Bool {
    guard place + bytes.count <= count else { return false }
    for index in bytes.indices where self[place + index] != bytes[index] { return false }
    return true
  }
}
