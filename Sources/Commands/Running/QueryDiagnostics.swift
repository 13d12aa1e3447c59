// SPDX-License-Identifier: Apache-2.0
import Actions
import Bytes
import Model
import Query

extension CommandFailure {
  /// A query that cannot be read: the first error with its place, and all diagnostics.
  init(_ refusal: QueryRefusal) {
    let first = refusal.diagnostics.first { $0.severity == .error }
    self.init(
      .usage, "the query cannot be read", why: first.map { "\($0.code.rawValue): \($0.phrase)" },
      whatToDo: first?.offer ?? "see custody-query(7)")
    details =
      refusal.diagnostics.filter { $0 != first }.flatMap { $0.lines(in: refusal.text) }
      + (first?.excerpt(of: refusal.text) ?? [])
    members = [.init("diagnostics", .list(refusal.diagnostics.map(\.fieldValue)))]
  }
}

extension OutputSettings {
  /// Tells the warnings of a query that can be read, in a list by its line.
  func warn(about query: CompiledQuery, line number: Int? = nil) {
    guard verbosity >= .normal else { return }
    for diagnostic in query.diagnostics {
      if let number { console.say("line \(number):") }
      for line in diagnostic.lines(in: query.text) { console.say(line) }
    }
  }
}

extension Diagnostic {
  /// The query with carets under the place.
  func excerpt(of query: String) -> [String] {
    let excerpt = DiagnosticExcerpt(of: self, in: query) { $0.escapedForTerminal() }
    return ["  " + excerpt.line, "  " + excerpt.caretLine]
  }

  /// The query with carets under the place, and what is the matter with it.
  func lines(in query: String) -> [String] {
    let parts = [phrase, offer].compactMap(\.self).joined(separator: "; ")
    return excerpt(of: query) + ["custody: \(severity.rawValue): \(code.rawValue): \(parts)"]
  }

  /// The message without its full stop, as part of a line.
  var phrase: String { message.hasSuffix(".") ? String(message.dropLast()) : message }

  /// What to write instead, as part of a line.
  var offer: String? {
    suggestion.map { text in
      // Some are sentences, some the query as it should be written.
      guard text.hasSuffix(".") else { return "write \(text)" }
      return text.prefix(1).lowercased() + text.dropFirst().dropLast()
    }
  }

  var fieldValue: FieldValue {
    .object([
      .init("code", .text(code.rawValue)), .init("severity", .text(severity.rawValue)),
      .init("start", FieldValue(start)), .init("end", FieldValue(end)),
      .init("column", FieldValue(characters.lowerBound + 1)), .init("message", .text(message)),
      .init("suggestion", FieldValue(suggestion)),
    ])
  }
}
