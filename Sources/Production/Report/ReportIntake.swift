// SPDX-License-Identifier: Apache-2.0
import Bytes

/// What the tables of a report say, as far as it can be checked.
struct ReportFacts: Sendable {
  /// A document of `Items.csv`.
  struct Item: Sendable {
    var number: String
    var family: String
    var parent: String
    var byteCount: String
    var md5: String
    var sha256: String
    var errors: String
    /// Native, text and transcript, with `/`; empty where there is none.
    var paths: [String]
    /// Of each column, where they were asked for.
    var fieldHashes: [UInt64] = []
  }

  /// The header of `Items.csv`.
  var itemColumns: [String] = []
  var items: [Item] = []
  /// Rows of `Messages.csv` in scope, and those shown around them.
  var selectedMessages = 0
  var contextMessages = 0
  /// Keys and values of `Summary.csv`.
  var summary: [String: String] = [:]
  var errorCount = 0

  mutating func merge(_ other: ReportFacts) {
    items += other.items
    if itemColumns.isEmpty { itemColumns = other.itemColumns }
    selectedMessages += other.selectedMessages
    contextMessages += other.contextMessages
    summary.merge(other.summary) { $1 }
    errorCount += other.errorCount
  }
}

/// Takes in a table of a report while its bytes pass.
struct ReportIntake: Sendable {
  static let names = ["Items.csv", "Messages.csv", "Summary.csv", "Errors.csv"]

  private let path: String
  private let withFields: Bool
  private var rows = CSVRowStream()
  private var columns: [String: Int]?
  private var facts = ReportFacts()
  private var defect: VerificationProblem?

  init(_ path: String, withFields: Bool = false) {
    self.path = path
    self.withFields = withFields
  }

  mutating func read(_ piece: Span<UInt8>) {
    guard defect == nil else { return }
    var found: [[String]] = []
    do {
      try rows.read(piece) { found.append($0) }
    } catch {
      note("row \(rows.count + 1): \(error)")
    }
    for row in found { take(row) }
  }

  mutating func finish() -> (facts: ReportFacts, defect: VerificationProblem?) {
    if defect == nil, !rows.isAtStart { note("the last row has no line end") }
    return (facts, defect)
  }

  private mutating func note(_ detail: String) {
    guard defect == nil else { return }
    defect = VerificationProblem(code: .malformed, path: path, detail: detail)
  }

  private mutating func take(_ row: [String]) {
    guard let columns else {
      let expected =
        switch path {
        case "Items.csv": ReportItem.header
        case "Messages.csv": ReportMessage.header
        case "Errors.csv": ExceptionRow.header
        default: ["Key", "Value"]
        }
      guard row.starts(with: expected) else { return note("another header than every report has") }
      columns = Dictionary(row.enumerated().map { ($1, $0) }) { first, _ in first }
      if path == "Items.csv" { facts.itemColumns = row }
      return
    }
    guard row.count == columns.count else { return note("row \(rows.count): other columns") }
    func value(_ name: String) -> String { columns[name].map { row[$0] } ?? "" }
    switch path {
    case "Items.csv":
      facts.items.append(
        ReportFacts.Item(
          number: value("File_ID"), family: value("Family_ID"),
          parent: value("ModernAttachment_ParentId"), byteCount: value("Native_size"),
          md5: value("Native_MD5"), sha256: value("Native_SHA_256"),
          errors: value("Error_Ignored"),
          paths: [
            value("Export_native_path"), value("Extracted_text_path"),
            value("Converted_file_path"),
          ].map { $0.replacing("\\", with: "/") },
          fieldHashes: withFields ? row.map { SHA256Digest.leadingBits(of: $0.utf8.span) } : []))
    case "Messages.csv":
      if value("In_scope") == "context" {
        facts.contextMessages += 1
      } else {
        facts.selectedMessages += 1
      }
    case "Errors.csv": facts.errorCount += 1
    default: facts.summary[value("Key")] = value("Value")
    }
  }
}

/// Cuts a CSV stream into rows (RFC 4180).
struct CSVRowStream: Sendable {
  private var row: [UInt8] = []
  private var isQuoted = false
  /// Rows so far.
  private(set) var count = 0

  var isAtStart: Bool { row.isEmpty }

  mutating func read(
    _ piece: Span<UInt8>, _ body: ([String]) -> Void
  ) throws(CSVReader.Defect) {
    for index in piece.indices {
      let byte = piece[index]
      row.append(byte)
      if byte == UInt8(ascii: "\"") { isQuoted.toggle() }
      guard byte == 0x0A, !isQuoted else { continue }
      var reader = CSVReader(row)
      row.removeAll(keepingCapacity: true)
      guard let fields = try reader.next() else { continue }
      count += 1
      body(fields)
    }
  }
}
