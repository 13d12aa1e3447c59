// SPDX-License-Identifier: Apache-2.0
package import Bytes
import Model
package import Store

/// The text of a notice, with places for what differs from person to person
/// (holds-and-retention section 2.4).
///
/// A first line `Subject: …` gives the subject; blank lines after it are not part of the text.
package struct NoticeTemplate: Sendable {
  /// What a template may ask for, written as `{{custodian}}`.
  package enum Placeholder: String, Sendable, CaseIterable {
    case custodian
    case matter = "case"
    case due
    case contact
  }

  /// Why a text is no template: lower case, without a full stop.
  package struct Defect: Error, Equatable {
    package var message: String
  }

  private enum Part {
    case text(String)
    case placeholder(Placeholder)
  }

  private let subject: [Part]
  private let body: [Part]
  /// Of the template's bytes.
  package let digest: SHA256Digest

  /// Reads a template.
  ///
  /// - Parameters:
  ///   - bytes: UTF-8; a byte order mark and either line end are understood.
  ///   - kind: Gives the subject where the text has none.
  /// - Throws: ``Defect`` naming every unknown placeholder, or what else is the matter.
  package init(_ bytes: [UInt8], for kind: NoticeKind) throws(Defect) {
    digest = SHA256Digest(of: bytes.span)
    let content = bytes.starts(with: ByteOrderMark.utf8) ? bytes.dropFirst(3) : bytes[...]
    guard let decoded = String(validating: content, as: UTF8.self) else {
      throw Defect(message: "the template is not UTF-8")
    }
    // A line end of two characters is one character of a Swift string.
    var lines = decoded.unicodeScalars.split(
      separator: "\n", omittingEmptySubsequences: false
    ).map { String(String.UnicodeScalarView($0.last == "\r" ? $0.dropLast() : $0)) }
    for (index, line) in lines.enumerated() {
      guard !line.unicodeScalars.contains(where: { $0.isControl && $0 != "\t" }) else {
        throw Defect(message: "line \(index + 1) of the template holds a control character")
      }
    }
    var title = kind.subject
    if let first = lines.first, first.lowercased().hasPrefix("subject:") {
      title = String(first.dropFirst("subject:".count))
      lines.removeFirst()
      while lines.first?.allSatisfy(\.isWhitespace) == true { lines.removeFirst() }
    }
    while lines.last?.allSatisfy(\.isWhitespace) == true { lines.removeLast() }
    guard !lines.isEmpty, lines.contains(where: { !$0.allSatisfy(\.isWhitespace) }) else {
      throw Defect(message: "the template has no text")
    }
    guard !title.allSatisfy(\.isWhitespace) else {
      throw Defect(message: "the template's subject is empty")
    }
    var unknown: [String] = []
    subject = Self.parts(
      String(title.drop(while: \.isWhitespace)), unknown: &unknown)
    body = Self.parts(lines.joined(separator: "\n") + "\n", unknown: &unknown)
    guard unknown.isEmpty else {
      let known = Placeholder.allCases.map { "{{\($0.rawValue)}}" }.joined(separator: ", ")
      throw Defect(
        message: "the template has unknown placeholders "
          + unknown.map { "'\($0)'" }.joined(separator: ", ") + "; known are \(known)")
    }
  }

  /// Whether it asks for a value.
  package func uses(_ placeholder: Placeholder) -> Bool {
    (subject + body).contains { part in
      if case .placeholder(placeholder) = part { true } else { false }
    }
  }

  /// The subject and the text for one person.
  ///
  /// Control characters in values become blanks, so that a name can neither end a line nor add one.
  ///
  /// - Parameter values: One for each placeholder in use.
  /// - Returns: The text in lines with line feeds.
  package func filled(_ values: [Placeholder: String]) -> (subject: String, body: String) {
    let harmless = values.mapValues(onOneLine)
    func fill(_ parts: [Part]) -> String {
      parts.map { part in
        switch part {
        case .text(let text): text
        case .placeholder(let placeholder): harmless[placeholder] ?? ""
        }
      }.joined()
    }
    return (fill(subject), fill(body))
  }

  private static func parts(_ text: String, unknown: inout [String]) -> [Part] {
    var parts: [Part] = []
    var rest = text[...]
    while let start = rest.firstRange(of: "{{") {
      parts.append(.text(String(rest[..<start.lowerBound])))
      let inside = rest[start.upperBound...]
      guard let end = inside.firstRange(of: "}}") else {
        unknown.append(String(rest[start.lowerBound...].prefix { !$0.isNewline }))
        return parts
      }
      let name = String(inside[..<end.lowerBound])
      if let placeholder = Placeholder(rawValue: name) {
        parts.append(.placeholder(placeholder))
      } else {
        unknown.append("{{" + name + "}}")
      }
      rest = inside[end.upperBound...]
    }
    parts.append(.text(String(rest)))
    return parts
  }
}

extension NoticeKind {
  /// The subject where a template gives none.
  fileprivate var subject: String {
    switch self {
    case .hold: "Legal hold: {{case}}"
    case .release: "Legal hold ended: {{case}}"
    }
  }

  /// The text that is sent where no other is given.
  package var builtInTemplate: String {
    switch self {
    case .hold:
      """
      Dear {{custodian}},

      a legal hold in the matter "{{case}}" concerns you. You have a duty to preserve what may be
      evidence in this matter.

      From now on, please do not delete, change or hide anything that you and Claude wrote to each
      other: chats with their prompts and answers, projects with their documents and instructions,
      memories, files and artifacts, sessions of coding agents, and transcripts that are kept on
      your own computer. It does not matter where they are kept or how old they are: this applies
      to everything that exists now and to everything that is still to come, and it goes before any
      rule by which you would otherwise clear such things away.

      Please also stop what deletes by itself: do not delete chats, projects or your account, do not
      use chats that are not kept, switch off the automatic clean-up of local transcripts and
      sessions (where there is a number of days after which they go, set it as high as it can be),
      keep them when you change or hand back a computer, and ask us before you let anybody do
      otherwise.

      Evidence that is lost may harm the case and lead to sanctions by a court, and to measures
      against whoever destroyed it.

      This duty lasts until we tell you in writing that it has ended.

      Please confirm by {{due}} that you have received and understood this notice: answer this
      message.

      If you have questions, or know of relevant conversations in other accounts, please turn to
      {{contact}}.
      """
    case .release:
      """
      Dear {{custodian}},

      the legal hold in the matter "{{case}}" of which we told you has ended for you. You need not
      keep anything on account of this hold any longer.

      Other holds and the usual rules of retention still apply. If you are not sure whether
      something must be kept, please turn to {{contact}}.
      """
    }
  }
}

/// A text as part of one line: control characters and line ends become blanks, and marks that turn
/// or hide text are left out.
func onOneLine(_ text: String) -> String {
  var scalars = String.UnicodeScalarView()
  for scalar in text.unicodeScalars {
    if scalar.isControl {
      scalars.append(" ")
    } else if scalar.properties.generalCategory != .format || scalar == "\u{200C}"
      || scalar == "\u{200D}"
    {
      scalars.append(scalar)
    }
  }
  return String(scalars)
}
