// SPDX-License-Identifier: Apache-2.0
import Foundation
package import Model

/// An address that RFC 5322 allows without quotes: a dot-atom, `@`, and a domain name.
package struct MailAddress: Hashable, Sendable {
  package let text: String
  /// What follows the `@`.
  package let domain: String

  /// Reads an address; nil for anything else, other scripts and quoted parts included.
  package init?(_ text: String) {
    guard text.utf8.count <= 254, let at = text.lastIndex(of: "@") else { return nil }
    let local = text[..<at].utf8
    let domain = text[text.index(after: at)...]
    let atoms = local.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard local.count <= 64, atoms.allSatisfy({ !$0.isEmpty && $0.allSatisfy(isAtomByte) }) else {
      return nil
    }
    let labels = domain.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    let hyphen = UInt8(ascii: "-")
    for label in labels {
      guard (1...63).contains(label.count), label.first != hyphen, label.last != hyphen,
        label.allSatisfy({ isAlphanumeric($0) || $0 == hyphen })
      else { return nil }
    }
    self.text = text
    self.domain = String(domain)
  }
}

/// One message of RFC 5322 with a text in MIME: every line ends with CR LF and has at most 76 ASCII
/// characters before it, an address aside.
package struct MailMessage: Sendable {
  package var date: Instant
  package var fromName: String
  package var from: MailAddress
  package var toName: String
  package var to: MailAddress
  package var subject: String
  /// Without angle brackets, such as `notice.1@example.org`.
  package var messageID: String
  /// Lines with line feeds.
  package var body: String

  package init(
    date: Instant, fromName: String, from: MailAddress, toName: String, to: MailAddress,
    subject: String, messageID: String, body: String
  ) {
    self.date = date
    self.fromName = fromName
    self.from = from
    self.toName = toName
    self.to = to
    self.subject = subject
    self.messageID = messageID
    self.body = body
  }

  /// The message as it is written to a file.
  package var bytes: [UInt8] {
    let head = [
      "Date: " + mailDate(date),
      header("From", mailbox(fromName, from)),
      header("To", mailbox(toName, to)),
      header("Subject", unstructured(subject)),
      header("Message-ID", ["<\(messageID)>"]),
      "MIME-Version: 1.0",
      "Content-Type: text/plain; charset=utf-8",
      "Content-Transfer-Encoding: quoted-printable",
    ]
    return Array((head.joined(separator: "\r\n") + "\r\n\r\n").utf8) + quotedPrintable(body)
  }
}

/// `Thu, 26 Nov 2026 01:16:32 +0000` (RFC 5322 section 3.3).
private func mailDate(_ instant: Instant) -> String {
  let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
  let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]
  let date = instant.utcDate
  let seconds = (instant.ticks - Instant(startOf: date).ticks) / Instant.ticksPerSecond
  let time = [seconds / 3600, seconds / 60 % 60, seconds % 60].map { value in
    value < 10 ? "0\(value)" : "\(value)"
  }.joined(separator: ":")
  let weekday = days[((date.daysSinceEpoch % 7) + 7) % 7]
  return "\(weekday), \(date.day) \(months[date.month - 1]) \(date.year) \(time) +0000"
}

/// A field whose words are put on lines of at most 76 characters.
private func header(_ name: String, _ words: [String]) -> String {
  var text = name + ":"
  var length = text.utf8.count
  for (index, word) in words.enumerated() {
    if index > 0, length + 1 + word.utf8.count > 76 {
      text += "\r\n"
      length = 0
    }
    text += " " + word
    length += 1 + word.utf8.count
  }
  return text
}

/// A name, where there is one, and an address in angle brackets.
private func mailbox(_ name: String, _ address: MailAddress) -> [String] {
  let name = onOneLine(name).trimmed
  guard !name.isEmpty else { return ["<\(address.text)>"] }
  guard isPlain(name), name.utf8.count <= 60 else {
    return encodedWords(name) + ["<\(address.text)>"]
  }
  let escaped = name.map { $0 == "\"" || $0 == "\\" ? "\\\($0)" : String($0) }.joined()
  return ["\"\(escaped)\"", "<\(address.text)>"]
}

private func unstructured(_ text: String) -> [String] {
  let text = onOneLine(text).trimmed
  return isPlain(text) && text.utf8.count <= 60 ? [text] : encodedWords(text)
}

/// Whether a text can stand in a header as it is: printable ASCII that does not read as an encoded
/// word.
private func isPlain(_ text: String) -> Bool {
  text.utf8.allSatisfy { (0x20...0x7E).contains($0) } && !text.contains("=?")
}

/// RFC 2047 section 2: words of at most 75 characters, none of which ends inside a character.
private func encodedWords(_ text: String) -> [String] {
  // 39 bytes make 52 digits; with the frame and the longest field name a line stays below 77.
  let limit = 39
  var words: [String] = []
  var chunk: [UInt8] = []
  func close() {
    words.append("=?utf-8?B?" + Data(chunk).base64EncodedString() + "?=")
    chunk = []
  }
  for scalar in text.unicodeScalars {
    let bytes = Array(String(scalar).utf8)
    if chunk.count + bytes.count > limit { close() }
    chunk += bytes
  }
  if !chunk.isEmpty { close() }
  return words
}

/// RFC 2045 section 6.7; no line begins with a dot or `From `, which others on the way would change.
private func quotedPrintable(_ text: String) -> [UInt8] {
  var output: [UInt8] = []
  var lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
  if lines.last?.isEmpty == true { lines.removeLast() }
  for line in lines {
    let bytes = Array(line)
    var length = 0
    for (index, byte) in bytes.enumerated() {
      let isLast = index == bytes.count - 1
      let isBlank = byte == 0x20 || byte == 0x09
      let isLiteral =
        ((0x21...0x7E).contains(byte) && byte != UInt8(ascii: "=")) || (isBlank && !isLast)
      let isRisky =
        length == 0
        && (byte == UInt8(ascii: ".") || bytes[index...].starts(with: "From ".utf8))
      let code = isLiteral && !isRisky ? [byte] : escape(byte)
      if length + code.count > (isLast ? 76 : 75) {
        output += Array("=\r\n".utf8)
        length = 0
      }
      output += code
      length += code.count
    }
    output += Array("\r\n".utf8)
  }
  return output
}

private func escape(_ byte: UInt8) -> [UInt8] {
  let digits = Array("0123456789ABCDEF".utf8)
  return [UInt8(ascii: "="), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
}

private func isAlphanumeric(_ byte: UInt8) -> Bool {
  switch byte {
  case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
    UInt8(ascii: "0")...UInt8(ascii: "9"):
    true
  default: false
  }
}

private func isAtomByte(_ byte: UInt8) -> Bool {
  isAlphanumeric(byte) || "!#$%&'*+-/=?^_`{|}~".utf8.contains(byte)
}

extension String {
  fileprivate var trimmed: String { trimmingCharacters(in: .whitespaces) }
}
