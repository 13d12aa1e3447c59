// SPDX-License-Identifier: Apache-2.0
import Actions
import Bytes
import Model
import Query

extension CommandFailure {
  /// A query that was refused, with the place of its first error.
  init(_ refusal: QueryRefusal, output: OutputSettings) {
    let errors = refusal.diagnostics.filter { $0.severity == .error }
    for diagnostic in errors.dropFirst() {
      output.console.say("custody: " + diagnostic.line)
    }
    guard let first = errors.first else {
      self = .usage("the query cannot be read")
      return
    }
    let excerpt = DiagnosticExcerpt(of: first, in: refusal.text) { $0.escapedForTerminal() }
    output.console.say(excerpt.line)
    output.console.say(excerpt.caretLine)
    self = .usage(first.line, whatToDo: first.suggestion)
  }
}

extension Diagnostic {
  /// Code, place and message in one line.
  var line: String {
    "\(code.rawValue) at column \(characters.lowerBound + 1): \(message)"
  }
}

extension OutputSettings {
  /// Tells what a query's reading may surprise with.
  func warn(_ query: CompiledQuery?) {
    for diagnostic in query?.diagnostics ?? [] {
      let hint = diagnostic.suggestion.map { "; " + $0 } ?? ""
      warn(diagnostic.line + hint)
    }
  }
}
