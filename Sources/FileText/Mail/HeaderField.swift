// SPDX-License-Identifier: Apache-2.0

/// The header of a mail or of a part of it (RFC 5322 §2.2).
struct MailFields {
  private var fields: [(name: String, value: String)] = []
  /// The part behind the header.
  private(set) var body: ArraySlice<UInt8>
  /// Bytes of the header that are no characters of its encoding.
  private(set) var wrongByteCount = 0

  /// Fields that are read of one header.
  private static let limit = 1000

  /// - Parameter bytes: The mail or part from its first byte.
  init(_ bytes: ArraySlice<UInt8>) {
    var rest = bytes
    var lines: [[UInt8]] = []
    while let line = Self.takeLine(&rest) {
      if line.isEmpty { break }
      if line[line.startIndex] == 0x20 || line[line.startIndex] == 9 {
        // A folded line goes on where the last one ended.
        if !lines.isEmpty { lines[lines.count - 1] += line }
      } else if lines.count < Self.limit {
        lines.append(Array(line))
      }
    }
    body = rest
    for line in lines {
      guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { continue }
      let name = String(decoding: line[..<colon], as: UTF8.self).lowercased()
      fields.append((name.filter { !$0.isWhitespace }, text(line[(colon + 1)...])))
    }
  }

  /// The first field of a name, not decoded; empty without one.
  subscript(_ name: String) -> String {
    fields.first { $0.name == name }?.value ?? ""
  }

  /// All fields of a name, decoded.
  func all(_ name: String) -> [String] {
    fields.filter { $0.name == name }.map { EncodedWords.decoded($0.value) }
  }

  /// Takes a line without its end off the front; nil at the end.
  static func takeLine(_ rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    guard !rest.isEmpty else { return nil }
    guard let end = rest.firstIndex(of: 10) else {
      defer { rest = rest[rest.endIndex...] }
      return rest.last == 13 ? rest.dropLast() : rest
    }
    let line = rest[..<end]
    rest = rest[(end + 1)...]
    return line.last == 13 ? line.dropLast() : line
  }

  private mutating func text(_ bytes: ArraySlice<UInt8>) -> String {
    let encoding = TextEncoding(of: Array(bytes), isWhole: true)
    let decoder = CharsetDecoder(encoding.charset)
    let decoded = decoder?.decode(bytes, isLast: true) ?? Array(bytes)
    wrongByteCount += decoder?.errorCount ?? 0
    let text = String(decoding: decoded, as: UTF8.self)
    return String(text.drop { $0.isWhitespace })
  }
}

/// A value with parameters, as of `Content-Type` (RFC 2045 §5.1, RFC 2231).
struct ParameterizedValue {
  /// In lower case.
  private(set) var value: String
  private var parameters: [String: String] = [:]

  init(_ field: String) {
    var rest = Substring(field)
    value = String(rest.prefix { $0 != ";" }).lowercased().filter { !$0.isWhitespace }
    rest = rest.drop { $0 != ";" }
    var pieces: [String: [Int: (text: String, isCoded: Bool)]] = [:]
    while let (name, text) = Self.takeParameter(&rest) {
      // Such as `filename*0*`: the number of a piece, and a star where it is coded.
      let parts = name.split(separator: "*", omittingEmptySubsequences: false)
      let isCoded = name.hasSuffix("*")
      let number = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
      if parts.count == 1 {
        if parameters[name] == nil { parameters[name] = EncodedWords.decoded(text) }
      } else if number < 1000 {
        pieces[String(parts[0]), default: [:]][number] = (text, isCoded)
      }
    }
    for (name, found) in pieces { parameters[name] = Self.joined(found) }
  }

  subscript(_ name: String) -> String { parameters[name] ?? "" }

  private static func takeParameter(_ rest: inout Substring) -> (name: String, text: String)? {
    while let next = rest.first, next == ";" || next.isWhitespace { rest.removeFirst() }
    guard !rest.isEmpty else { return nil }
    let name = rest.prefix { $0 != "=" && $0 != ";" }
    rest = rest[name.endIndex...]
    let key = name.lowercased().filter { !$0.isWhitespace }
    guard rest.first == "=" else { return (key, "") }
    rest.removeFirst()
    while rest.first?.isWhitespace == true { rest.removeFirst() }
    guard rest.first == "\"" else {
      let text = rest.prefix { $0 != ";" }
      rest = rest[text.endIndex...]
      return (key, String(text).trimmingSuffix(\.isWhitespace))
    }
    rest.removeFirst()
    var text = ""
    while let next = rest.popFirst(), next != "\"" {
      if next == "\\", let quoted = rest.popFirst() {
        text.append(quoted)
      } else {
        text.append(next)
      }
    }
    return (key, text)
  }

  private static func joined(_ pieces: [Int: (text: String, isCoded: Bool)]) -> String {
    var charset = ""
    var bytes: [UInt8] = []
    for (index, piece) in pieces.sorted(by: { $0.key < $1.key }).enumerated() {
      var text = Substring(piece.value.text)
      guard piece.value.isCoded else {
        bytes += text.utf8
        continue
      }
      // The first piece begins with charset'language'.
      if index == 0 {
        let parts = text.split(separator: "'", maxSplits: 2, omittingEmptySubsequences: false)
        if parts.count == 3 {
          charset = String(parts[0])
          text = parts[2]
        }
      }
      bytes += percentDecoded(text)
    }
    let decoded = CharsetDecoder(charset)?.decode(bytes[...], isLast: true) ?? bytes
    return String(decoding: decoded, as: UTF8.self)
  }

  private static func percentDecoded(_ text: Substring) -> [UInt8] {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "%"), rest.count >= 2,
        let high = TransferCoding.digit(rest[rest.startIndex]),
        let low = TransferCoding.digit(rest[rest.startIndex + 1])
      {
        bytes.append(high << 4 | low)
        rest = rest.dropFirst(2)
      } else {
        bytes.append(byte)
      }
    }
    return bytes
  }
}

extension String {
  fileprivate func trimmingSuffix(_ isTrimmed: (Character) -> Bool) -> String {
    var text = self[...]
    while let last = text.last, isTrimmed(last) { text.removeLast() }
    return String(text)
  }
}
