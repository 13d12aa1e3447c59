// SPDX-License-Identifier: Apache-2.0

/// The first two keys of a record, by which the next record is found after damage.
struct JSONSignature: Sendable {
  /// One or two keys, as they stand in the text.
  let keys: [[UInt8]]

  init?(keys: [[UInt8]]) {
    guard !keys.isEmpty else { return nil }
    self.keys = Array(keys.prefix(2))
  }

  /// Takes the keys of an object, or of what is there of one; nil when there is none.
  init?(of record: [UInt8]) {
    var cursor = JSONCursor(record.span)
    var keys: [[UInt8]] = []
    do throws(JSONError) {
      try cursor.enterObject()
      while keys.count < 2, let key = try cursor.nextKey() {
        keys.append(Array(record[key.range]))
        if keys.count < 2 { try cursor.skipValue() }
      }
    } catch {
      // What was read so far is all there is.
    }
    self.init(keys: keys)
  }

  enum Match {
    case yes
    case no
    /// The bytes end before it can be told.
    case undecided
  }

  /// Whether an object with these first keys begins at a place.
  func matches(_ bytes: Span<UInt8>, at index: Int) -> Match {
    var cursor = JSONCursor(bytes, at: index)
    do throws(JSONError) {
      try cursor.enterObject()
      for (number, expected) in keys.enumerated() {
        guard let key = try cursor.nextKey(), bytes.extracting(key.range).equals(expected) else {
          return .no
        }
        if number + 1 < keys.count {
          switch try cursor.peek() {
          case .object, .array: return .no
          default: try cursor.skipValue()
          }
        }
      }
      return .yes
    } catch {
      return error.code == .unexpectedEnd ? .undecided : .no
    }
  }
}

extension Span where Element == UInt8 {
  fileprivate func equals(_ other: [UInt8]) -> Bool {
    guard count == other.count else { return false }
    for index in indices where self[index] != other[index] { return false }
    return true
  }
}

extension JSONRecordSplitter {
  /// The most bytes that a plausible start may take; beyond, it is none.
  private static let startByteCount = 64 << 10

  /// Looks for the next plausible record.
  mutating func searchRecord() -> Step {
    let end = buffer.count
    while position < end {
      position = buffer.span.firstIndex(of: UInt8(ascii: "{"), from: position)
      guard position < end else { break }
      switch isPlausibleStart(position) {
      case .yes:
        stage = .between
        return .piece(damage(until: position))
      case .undecided where !isFinished && end - position < JSONRecordSplitter.startByteCount:
        return .needsMore
      case .no, .undecided:
        position += 1
      }
    }
    guard isFinished else { return .needsMore }
    stage = .between
    isInArray = false  // its bracket, if there is one, lies in the damage
    return .piece(damage(until: end))
  }

  private func isPlausibleStart(_ index: Int) -> JSONSignature.Match {
    if !isInArray, index > 0, buffer[index - 1] == 0x0A || buffer[index - 1] == 0x0D {
      return .yes
    }
    guard let signature else { return .no }
    return signature.matches(buffer.span, at: index)
  }
}
