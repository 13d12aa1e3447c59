// SPDX-License-Identifier: Apache-2.0
import Bytes

/// Prints a list in the format that was asked for, row by row.
package struct ListPrinter<Row: Displayable> {
  private enum Form {
    case identifiers
    case table(TextTable)
    case document
    case stream(RecordStream)
    case csv
  }

  private let settings: OutputSettings
  private let fields: [Field<Row>]
  private var form: Form
  private var printedCount = 0
  private var offeredCount = 0

  /// Begins the list.
  ///
  /// Call it before the work: it refuses fields that do not exist.
  ///
  /// The schema is named as the command, such as `hold-list`; the manifest's members go into the
  /// first record of JSON Lines.
  ///
  /// - Throws: ``CommandFailure`` for an unknown field, ``RequestedText`` for `--fields help`.
  package init(
    _ settings: OutputSettings, schema: String, manifest: [FieldValue.Member] = []
  ) throws {
    self.settings = settings
    fields = try Self.selectedFields(settings)
    let output = settings.console.output
    if settings.printsIDsOnly {
      form = .identifiers
      return
    }
    switch settings.format {
    case .human:
      let headings = fields.map { $0.heading ?? $0.name }
      form = .table(
        TextTable(
          headings: headings.map { $0.uppercased() }, columns: settings.console.outputColumns,
          isBold: settings.usesColor))
    case .json: form = .document
    case .jsonl:
      form = .stream(try RecordStream(to: output, schema: schema, members: manifest))
    case .csv:
      try output.write(fields.map(\.name).joined(separator: ",") + "\n")
      form = .csv
    }
  }

  /// The rows that will be printed at most; nil for all that come.
  package var rowLimit: Int? { settings.rowLimit }

  /// Prints a row, unless the limit has been reached.
  package mutating func append(_ row: Row) throws {
    offeredCount += 1
    if let limit = rowLimit, printedCount >= limit { return }
    let output = settings.console.output
    switch form {
    case .identifiers: try output.write(row.identifier.escapedLine)
    case .table(var table):
      let text = table.append(fields.map { $0.value(row) })
      form = .table(table)
      if !text.isEmpty { try output.write(text) }
    case .document:
      var bytes = Array((printedCount == 0 ? "[\n" : ",\n").utf8)
      bytes.appendJSON(members(row))
      try output.write(bytes)
    case .stream(var stream):
      try stream.append([.init("type", .text(Row.recordType))] + members(row))
      form = .stream(stream)
    case .csv:
      var bytes: [UInt8] = []
      for (index, field) in fields.enumerated() {
        if index > 0 { bytes.append(UInt8(ascii: ",")) }
        bytes.appendCSV(field.value(row), settings.csvSafety)
      }
      bytes.append(UInt8(ascii: "\n"))
      try output.write(bytes)
    }
    printedCount += 1
  }

  /// Ends the list.
  ///
  /// - Parameters:
  ///   - total: How many rows there are; nil when all were offered to ``append(_:)``.
  ///   - incomplete: Whether the answer may lack items of the store for another reason than the
  ///     limit.
  ///   - partial: Items in scope with files that have no text.
  /// - Throws: ``ClosedPipe``, or ``CommandFailure`` when the output cannot be written.
  package mutating func finish(
    total: Int? = nil, incomplete: Bool = false, partial: Int = 0
  ) throws {
    let total = total ?? offeredCount
    let isCut = printedCount < total
    let output = settings.console.output
    switch form {
    case .identifiers, .csv: break
    case .table(var table):
      if printedCount > 0 { try output.write(table.finish()) }
    case .document: try output.write(printedCount == 0 ? "[]\n" : "\n]\n")
    case .stream(var stream):
      let members: [FieldValue.Member] =
        isCut
        ? [.init("total", .integer(Int64(total))), .init("limit", FieldValue(rowLimit))] : []
      try stream.finish(incomplete: incomplete || isCut, partial: partial, members: members)
    }
    try output.flush()
    if isCut {
      settings.note("\(printedCount) of \(total) \(Row.plural) shown; --limit N shows more")
    } else if printedCount == 0, settings.format == .human, !incomplete {
      settings.note("no \(Row.plural)")
    }
  }

  /// Prints a list that lies in memory.
  package mutating func print(_ rows: some Sequence<Row>) throws {
    for row in rows { try append(row) }
    try finish()
  }

  private func members(_ row: Row) -> [FieldValue.Member] {
    fields.map { .init($0.name, $0.value(row)) }
  }

  private static func selectedFields(_ settings: OutputSettings) throws -> [Field<Row>] {
    guard let names = settings.fieldNames else {
      return settings.format == .human
        ? Row.fields.filter { $0.heading != nil } : Row.fields
    }
    return try Row.fields(named: names)
  }
}

extension Displayable {
  /// The fields that `--fields` names, in that order.
  ///
  /// - Throws: ``CommandFailure`` for an unknown or missing name, ``RequestedText`` for `help`.
  static func fields(named names: [String]) throws -> [Field<Self>] {
    if names == ["help"] {
      throw RequestedText(fields.map { $0.name + "\n" }.joined())
    }
    guard !names.isEmpty else {
      throw CommandFailure.usage("--fields names no field", whatToDo: "see --fields help")
    }
    return try names.map { name in
      guard let field = fields.first(where: { $0.name == name }) else {
        let near = nearest(to: name, among: fields.map(\.name))
        throw CommandFailure.usage(
          "no field '\(name)' in \(plural)", why: near.map { "did you mean '\($0)'?" },
          whatToDo: "see --fields help")
      }
      return field
    }
  }
}

/// Text that a command was asked for instead of its work, such as the names of fields.
package struct RequestedText: Error, Equatable {
  package var text: String

  package init(_ text: String) {
    self.text = text
  }
}

extension String {
  /// The text as a line of its own, made harmless.
  var escapedLine: String { escapedForTerminal() + "\n" }
}
