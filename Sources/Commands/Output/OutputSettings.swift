// SPDX-License-Identifier: Apache-2.0
package import Bytes

/// How a command prints, resolved from options, environment and terminal.
package struct OutputSettings: Sendable {
  package var console: Console
  package var format: OutputFormat
  package var verbosity: Verbosity
  /// Whether standard output takes colour.
  package var usesColor: Bool
  /// When progress is shown on standard error.
  package var progress: TerminalChoice
  /// The fields asked for, in that order; nil for the usual ones.
  package var fieldNames: [String]?
  /// Whether ids alone are printed.
  package var printsIDsOnly: Bool
  /// Whether the end of a list tells how many items in scope have files without text.
  package var tellsPartial: Bool { format == .jsonl && !printsIDsOnly }
  /// The number of rows asked for; nil for no limit, or for the usual one of human lists.
  package var limit: Int?
  package var csvSafety: CSVSafety

  package init(
    console: Console, format: OutputFormat = .human, verbosity: Verbosity = .normal,
    usesColor: Bool = false, progress: TerminalChoice = .auto, fieldNames: [String]? = nil,
    printsIDsOnly: Bool = false, limit: Int? = nil, csvSafety: CSVSafety = .neutralised
  ) {
    self.console = console
    self.format = format
    self.verbosity = verbosity
    self.usesColor = usesColor
    self.progress = progress
    self.fieldNames = fieldNames
    self.printsIDsOnly = printsIDsOnly
    self.limit = limit
    self.csvSafety = csvSafety
  }

  /// The rows after which a list for people stops unless told otherwise.
  package static let humanRowLimit = 50

  /// The rows after which a list stops; nil for all.
  package var rowLimit: Int? {
    if let limit { return limit }
    return format == .human && !printsIDsOnly ? Self.humanRowLimit : nil
  }

  /// Tells something beside the results, unless that is silenced.
  package func note(_ message: String) {
    if verbosity >= .normal { console.say("custody: " + message) }
  }

  /// Tells a detail that was asked for with `-v`.
  package func detail(_ message: String) {
    if verbosity >= .detailed { console.say("custody: " + message) }
  }

  /// Warns: the work goes on, but a person should know.
  package func warn(_ message: String) {
    if verbosity >= .normal { console.say("custody: warning: " + message) }
  }
}
