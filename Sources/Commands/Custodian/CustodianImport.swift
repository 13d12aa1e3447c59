// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Bytes
import Model
import Store

/// Takes a list of persons into the directory.
struct CustodianImport: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Import custodians from a CSV file.",
    discussion: discussion(
      """
      The header names the columns: name, note, email, user_id, account, alias, since, before. A \
      column may come several times, and since and before bound all identities of the row. A column \
      group:ATTRIBUTE, such as group:department, gives the groups that policies name; the newest \
      file with such columns in which a person appears counts. A row is somebody known when an \
      address or id of it is theirs at a time that the row names; without dates, at any. All rows are \
      taken in, or none; the same file again changes nothing. Where conversations become due earlier \
      by it, they are listed, and it must be confirmed by the name of the file as it was given.
      """,
      examples: ["custody custodian import people.csv"],
      statuses: .changing + [.notFound, .exists, .ambiguous, .confirm, .stale]))

  @Argument(help: "The file; - reads standard input.", completion: .file(extensions: ["csv"]))
  var file: String
  @OptionGroup var reason: ReasonOption
  @OptionGroup var consent: ConfirmOption
  @OptionGroup var change: ChangeOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func run() throws {
    let output = try global.output(change)
    let rows = try CustodianFile(readBytes(file, option: "the argument"), path: file).rows
    let due = try DuePreview(
      of: [], by: { try $0.importCustodians(rows).custodians }, as: .current(Self.self),
      store: global.openForReading(), output: output)
    if !change.dryRun, due.count > 0 {
      try consent.confirm(
        "import custodians from '\(file)'\(due.clause)", name: file, noInput: global.noInput)
    }
    let counts = try global.change(change, by: Self.self) { change in
      try due.make(in: change) { change in
        let made = try change.importCustodians(rows, reason: reason.reason)
        return (made.custodians, made)
      }
    }
    try output.print(
      ChangeRecord(
        .import, "custodian", id: file, isDryRun: change.dryRun,
        counts: .init(added: counts.added, already: counts.already),
        details: [.init("updated", FieldValue(counts.updated))] + due.details),
      schema: Self.schemaName)
  }
}

/// A CSV file with a person a row.
struct CustodianFile {
  private enum Column: String, CaseIterable {
    case name
    case note
    case email
    case userID = "user_id"
    case account
    case alias
    case since
    case before
  }

  /// A column of the header: one of ours, or a directory attribute.
  private enum Heading {
    case column(Column)
    case group(attribute: String)

    init?(_ title: String) {
      if let column = Column(rawValue: title.lowercased()) {
        self = .column(column)
      } else if title.lowercased().hasPrefix("group:"),
        GroupName(attribute: String(title.dropFirst(6)), value: "any") != nil
      {
        self = .group(attribute: String(title.dropFirst(6)))
      } else {
        return nil
      }
    }
  }

  /// The persons in the order of the file.
  private(set) var rows: [CustodianRow] = []

  /// Reads a file whole, or refuses it with the line of the first defect.
  init(_ bytes: [UInt8], path: String) throws {
    var reader = CSVReader(bytes)
    do {
      guard let header = try reader.next() else {
        throw CommandFailure.usage("'\(path)' is empty", whatToDo: "give a file with a header line")
      }
      let columns = try header.map { title -> Heading in
        guard let column = Heading(title) else {
          let names =
            Column.allCases.map(\.rawValue).joined(separator: ", ") + ", group:ATTRIBUTE"
          throw CommandFailure.usage(
            "'\(path)' has an unknown column '\(title)'", whatToDo: "name columns \(names)")
        }
        return column
      }
      while true {
        let line = reader.line
        guard let record = try reader.next() else { break }
        if record.allSatisfy(\.isEmpty) { continue }
        guard record.count == columns.count else {
          throw CommandFailure.usage(
            "line \(line) of '\(path)' has \(record.count) fields, the header \(columns.count)",
            whatToDo: "correct the line; nothing was taken in")
        }
        rows.append(try Self.row(Array(zip(columns, record)), line: line, path: path))
      }
    } catch let defect as CSVReader.Defect {
      throw CommandFailure.usage("'\(path)' is no CSV", why: "\(defect)")
    }
    guard !rows.isEmpty else {
      throw CommandFailure.usage("'\(path)' names nobody", whatToDo: "give a line for each person")
    }
  }

  private static func row(
    _ fields: [(Heading, String)], line: Int, path: String
  ) throws -> CustodianRow {
    func values(_ column: Column) -> [String] {
      fields.compactMap { heading, value in
        if case .column(column) = heading, !value.isEmpty { value } else { nil }
      }
    }
    var groups: [GroupName]?
    for case (.group(let attribute), let value) in fields {
      groups = (groups ?? []) + [GroupName(attribute: attribute, value: value)].compactMap(\.self)
    }
    func time(_ column: Column) throws -> Instant? {
      guard let text = values(column).first else { return nil }
      switch ClockTime(text) {
      case .day, .instant, .local:
        return ClockTime(text)?.resolved(now: Instant(ticks: 0), zone: .utc)
      default:
        throw CommandFailure.usage(
          "line \(line) of '\(path)': '\(text)' is no date", whatToDo: "write YYYY-MM-DD")
      }
    }
    let valid = TimeInterval(since: try time(.since), before: try time(.before))
    let kinds: [(Column, IdentityKind)] = [
      (.email, .emailAddress), (.userID, .userID), (.account, .account), (.alias, .name),
    ]
    return CustodianRow(
      name: values(.name).first ?? "", note: values(.note).first ?? "",
      identities: kinds.flatMap { column, kind in
        values(column).map { IdentityDefinition(kind, $0, valid: valid) }
      }, groups: groups)
  }
}
