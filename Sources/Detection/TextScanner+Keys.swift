// SPDX-License-Identifier: Apache-2.0
import Model

/// Access keys of Amazon Web Services and private keys.
extension TextScanner {
  // MARK: - Access keys

  /// Looks for an access key whose second letter stands at a place: `AKIA` or `ASIA` and 16 capital
  /// letters or digits.
  mutating func accessKey(
    at second: Int, in text: Span<UInt8>, into receiver: inout some MatchReceiver
  ) {
    guard text.at(second - 1) == UInt8(ascii: "A"), text.at(second + 1) == UInt8(ascii: "I"),
      text.at(second + 2) == UInt8(ascii: "A"), !text.at(second - 2).isAlphanumeric
    else { return }
    let start = second - 1
    let end = start + 20
    guard end <= text.count, !text.at(end).isAlphanumeric, isFree(.awsAccessKey, at: start) else {
      return
    }
    var isBase32 = true
    for index in (start + 4)..<end {
      guard text[index].isUpper || text[index].isDigit else { return }
      if text[index].isDigit, !(2...7).contains(text[index].digitValue) { isBase32 = false }
    }
    let range = start..<end
    instance.removeAll(keepingCapacity: true)
    append(range, of: text)
    let confidence: SensitiveConfidence =
      supports(.awsAccessKey, range, in: text) ? .high : isBase32 ? .medium : .low
    report(.awsAccessKey, range, confidence, to: &receiver)
  }

  // MARK: - Private keys

  /// Characters without a break that make a header more than a mention of one.
  private static let lineLength = 32
  /// Bytes after the header within which the key must begin; lines about it may come before.
  private static let headerLimit = 512

  /// Looks for a private key (RFC 7468, RFC 9580) whose header begins at a place.
  ///
  /// Gives the place to go on from: after the key, whose characters are nothing else.
  mutating func key(
    at start: Int, in text: Span<UInt8>, into receiver: inout some MatchReceiver
  ) -> Int {
    guard text.at(start + 1) == UInt8(ascii: "-"), text.holds("-----BEGIN ", at: start),
      isFree(.privateKey, at: start)
    else { return start + 1 }
    let label = start + 11
    guard let headerEnd = text.endOfKeyLabel(from: label) else { return start + 1 }
    let body = headerEnd + 5
    instance.removeAll(keepingCapacity: true)
    let (bodyEnd, stop) = readBody(from: body, in: text)
    let isClosed =
      text.holds("-----END ", at: stop)
      && text.isSame(label..<body, at: stop + 9)
    var end = body
    var confidence = SensitiveConfidence.low
    if !instance.isEmpty, isClosed {
      confidence = .high
      end = stop + 9 + (body - label)
    } else if !instance.isEmpty {
      confidence = .medium
      end = bodyEnd
    }
    report(.privateKey, start..<end, confidence, to: &receiver)
    return end
  }

  /// Appends the key's characters, from the first line of a certain length on, without what breaks
  /// its lines; nothing when there is no such line.
  ///
  /// Gives the end of the last of them, and where five hyphens or the end of the text follow.
  private mutating func readBody(
    from start: Int, in text: Span<UInt8>
  ) -> (end: Int, stop: Int) {
    var index = start
    var end = start
    var line = start
    var isDone = false
    while true {
      let byte = text.at(index)
      if byte.isBase64 {
        index += 1
        continue
      }
      if index > line, !isDone {
        let isLong = index - line >= Self.lineLength
        if isLong || !instance.isEmpty {
          append(line..<index, of: text)
          end = index
        }
        // A shorter line is the last one.
        isDone = instance.isEmpty ? index - start > Self.headerLimit : !isLong
      }
      if index >= text.count || (byte == UInt8(ascii: "-") && text.holds("-----", at: index)) {
        return (end, index)
      }
      // JSON writes a line's end as an escape.
      let isEscape = byte == UInt8(ascii: "\\") && text.at(index + 1).isLetter
      if !isEscape, !byte.isBlank, !byte.isLineEnd, !instance.isEmpty { isDone = true }
      index += isEscape ? 2 : 1
      line = index
    }
  }
}

extension UInt8 {
  fileprivate var isBase64: Bool {
    isAlphanumeric || self == UInt8(ascii: "+") || self == UInt8(ascii: "/")
      || self == UInt8(ascii: "=")
  }
}

extension Span<UInt8> {
  /// The end of the label of a private key that begins at a place, five hyphens after it; nil when it
  /// is the label of something else.
  fileprivate func endOfKeyLabel(from start: Int) -> Int? {
    var end = start
    while at(end).isUpper || at(end).isDigit || at(end) == 0x20, end - start <= 48 { end += 1 }
    guard holds("-----", at: end) else { return nil }
    let isKey = holds("PRIVATE KEY", at: end - 11) && (end - 11 == start || at(end - 12) == 0x20)
    return isKey || (end - start == 21 && holds("PGP PRIVATE KEY BLOCK", at: start)) ? end : nil
  }

  /// Whether the bytes of a range stand at another place as well.
  fileprivate func isSame(_ range: Range<Int>, at other: Int) -> Bool {
    guard other + range.count <= count else { return false }
    for offset in 0..<range.count
    where self[range.lowerBound + offset] != self[other + offset] {
      return false
    }
    return true
  }
}
