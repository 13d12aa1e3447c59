// SPDX-License-Identifier: Apache-2.0
import Bytes

/// The designation of a production, such as `CONFIDENTIAL`.
///
/// Each rendering of a document bears it, since each can be looked at alone. A native file is what was
/// captured and bears none.
struct Designation: Sendable, Hashable {
  /// The kinds of renderings, by the place in which they bear it.
  enum Kind: Sendable, CaseIterable {
    /// As the first line.
    case text
    /// As a field of the header.
    case mail
    case shortMessage
    /// Among the facts above the events.
    case page

    /// The kind of a file by its path in the volume; nil for one that is no rendering.
    init?(of path: String) {
      switch String(decoding: path.utf8.prefix { $0 != UInt8(ascii: "/") }, as: UTF8.self) {
      case "TEXT", "text": self = .text
      case "HTML", "transcripts": self = .page
      case "EML": self = .mail
      case "RSMF": self = .shortMessage
      default: return nil
      }
    }
  }

  static let label = "Confidentiality"
  static let maximumByteCount = 200

  /// Empty where the production has none.
  let text: String

  init(_ text: String) {
    self.text = text
  }

  /// Whether a text can be a designation: empty, or one line of at most 200 bytes that shows all that it
  /// holds, without blanks around it.
  static func isValid(_ text: String) -> Bool {
    text.utf8.count <= maximumByteCount
      && !text.unicodeScalars.contains { $0.isUnseen }
      && text.unicodeScalars.first?.properties.isWhitespace != true
      && text.unicodeScalars.last?.properties.isWhitespace != true
  }

  /// What stands before a text, an empty line after it.
  var textHead: String { text.isEmpty ? "" : text + "\n\n" }

  /// The field of a message that has it, with its line end; empty without a designation.
  func field(_ kind: Kind) -> [UInt8] {
    guard !text.isEmpty else { return [] }
    var header = MailHeader(kind == .mail ? .words : .raw)
    header.add(Designation.fieldName(kind), text: text)
    return header.bytes
  }

  /// The name of the field of a message.
  static func fieldName(_ kind: Kind) -> String {
    kind == .shortMessage ? "X-RSMF-Confidentiality" : "X-Confidentiality"
  }
}
