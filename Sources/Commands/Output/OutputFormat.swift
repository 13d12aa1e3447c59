// SPDX-License-Identifier: Apache-2.0
import ArgumentParser

/// The forms in which results are printed.
package enum OutputFormat: String, CaseIterable, Sendable, ExpressibleByArgument {
  /// For people; may change in any release.
  case human
  /// One JSON document.
  case json
  /// JSON Lines between a first and a last record.
  case jsonl
  /// Comma-separated values with a header line.
  case csv

  /// Whether a failure ends with an error record instead of a line for people.
  package var hasErrorRecords: Bool { self == .json || self == .jsonl }
}

/// When something that depends on a terminal is done.
package enum TerminalChoice: String, CaseIterable, Sendable, ExpressibleByArgument {
  case auto
  case always
  case never
}

/// How much is told beside the results.
package enum Verbosity: Int, Comparable, Sendable {
  /// Errors alone.
  case quiet = -1
  case normal
  case detailed
  case debugging

  package static func < (left: Verbosity, right: Verbosity) -> Bool {
    left.rawValue < right.rawValue
  }
}
