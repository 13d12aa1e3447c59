// SPDX-License-Identifier: Apache-2.0
import Bytes

/// Finds the designation in a rendering while its bytes pass: what stands where the designation must
/// stand in a file of its kind.
struct DesignationIntake: Sendable {
  // The longest that stands there, as HTML writes each of its characters.
  private static let maximumByteCount = 4096
  private static let stepByteCount = 4096

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
    guard let kind = Designation.Kind(of: path) else { return nil }
    self.kind = kind
    hasBegun = kind == .text
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
    let stopping = bytes.firstRange(of: stop)
    guard let range = bytes.firstRange(of: start),
      range.lowerBound <= stopping?.lowerBound ?? range.lowerBound
    else {
      isComplete = stopping != nil
      bytes.removeFirst(max(0, bytes.count - max(start.count, stop.count)))
      return
    }
    bytes.removeFirst(range.lowerBound)
    hasBegun = true
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
      return bytes.firstRange(of: Array((TranscriptPage.rowEnd + "\n").utf8))
        .map { 0..<$0.upperBound }
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
    guard let first = bytes.first, count >= bytes.count else { return nil }
    var place = start
    while place <= count - bytes.count {
      if self[place] == first, self[place..<place + bytes.count].elementsEqual(bytes) {
        return place..<place + bytes.count
      }
      place += 1
    }
    return nil
  }
}
