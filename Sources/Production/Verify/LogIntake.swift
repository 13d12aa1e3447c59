// SPDX-License-Identifier: Apache-2.0
import Bytes

/// What the tables under LOGS say, as far as it can be checked.
struct LogFacts: Sendable {
  /// A row about a document.
  struct Row: Sendable {
    var number: String
    /// `TREATMENT` or `STATUS`; empty in other tables.
    var state: String
  }

  /// By path; a table that is not there is not among them.
  var rows: [String: [Row]] = [:]
}

/// Takes in a table under LOGS while its bytes pass.
struct LogIntake: Sendable {
  static let exceptions = "LOGS/exceptions.csv"
  static let numbers = "LOGS/bates-log.csv"
  static let duplicates = "LOGS/dedupe-log.csv"
  static let redactions = "LOGS/redaction-log.csv"
  static let privileges = "LOGS/privilege-log.csv"

  /// The headers of the tables by their paths.
  static let headers = [
    exceptions: ExceptionRow.header,
    numbers: ["NUMBER", "DOCUMENT", "PAGE", "SHA256", "PRODUCTION", "STATUS"],
    duplicates: ["KEPT", "SUPPRESSED", "CUSTODIAN", "PATH", "METHOD", "HASH", "SCOPE", "TIME"],
    redactions: RedactionLog.header, privileges: PrivilegeLog.header,
  ]

  private let path: String
  private let header: [String]
  private let numberColumn: Int
  private let stateColumn: Int?
  private var stream = CSVRowStream()
  private var isInHeader = true
  private var rows: [LogFacts.Row] = []
  private var defect: VerificationProblem?

  /// Nil for a path that is none of the tables.
  init?(_ path: String) {
    guard let header = LogIntake.headers[path],
      let number = header.firstIndex(where: { ["CONTROL_NO", "NUMBER", "KEPT"].contains($0) })
    else { return nil }
    self.path = path
    self.header = header
    numberColumn = number
    stateColumn = header.firstIndex { ["TREATMENT", "STATUS"].contains($0) }
  }

  mutating func read(_ piece: Span<UInt8>) {
    guard defect == nil else { return }
    var found: [[String]] = []
    do {
      try stream.read(piece) { found.append($0) }
    } catch {
      note("row \(stream.count + 1): \(error)")
    }
    for row in found { take(row) }
  }

  mutating func finish() -> (facts: LogFacts, defect: VerificationProblem?) {
    if defect == nil, !stream.isAtStart { note("the last row has no line end") }
    return (LogFacts(rows: [path: rows]), defect)
  }

  private mutating func take(_ row: [String]) {
    if isInHeader {
      isInHeader = false
      var names = row
      // A byte order mark is for spreadsheets.
      if names[0].unicodeScalars.first == "\u{FEFF}" { names[0].unicodeScalars.removeFirst() }
      if names != header { note("another header than every such table has") }
      return
    }
    guard row.count == header.count else { return note("a row with another number of values") }
    rows.append(
      LogFacts.Row(number: row[numberColumn], state: stateColumn.map { row[$0] } ?? ""))
  }

  private mutating func note(_ detail: String) {
    guard defect == nil else { return }
    defect = VerificationProblem(code: .malformed, path: path, detail: detail)
  }
}
