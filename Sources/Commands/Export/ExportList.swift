// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Bytes
import Model
import Store

/// An export as the ledger has it.
struct DisplayedExport: Displayable {
  var export: ExportRecord

  static let recordType = "export"
  static let plural = "exports"

  var identifier: String { export.id.text }

  static let fields: [Field<DisplayedExport>] = [
    Field("id", heading: "id") { FieldValue($0.export.id) },
    Field("review_set", heading: "set") { .text($0.export.setName) },
    Field("case", heading: "case") { .text($0.export.matterName) },
    Field("state", heading: "state") { .text($0.export.state.rawValue) },
    Field("volume", heading: "volume") { .text($0.export.volume) },
    Field("output") { .text($0.export.output) },
    Field("prefix") { .text($0.export.prefix) },
    Field("first") { FieldValue($0.export.numbers?.lowerBound) },
    Field("last") { FieldValue($0.export.numbers?.upperBound) },
    Field("documents", heading: "documents") { FieldValue($0.export.documentCount) },
    Field("bytes") { .byteCount($0.export.byteCount) },
    Field("manifest_sha256") { FieldValue($0.export.manifestDigest?.hexadecimal) },
    Field("created") { FieldValue($0.export.created) },
    Field("finished") { FieldValue($0.export.finished) },
    Field("account") { .text($0.export.account) },
  ]
}

/// Lists the ledger of exports.
struct ExportList: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "List the exports on record, newest first.",
    discussion: discussion(
      "All of them, whatever became of them.", examples: ["custody export list"],
      statuses: .reading))

  @OptionGroup var list: ListOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func run() throws {
    let output = try global.output(list)
    var printer = try ListPrinter<DisplayedExport>(output, schema: Self.schemaName)
    try printer.print(
      try global.openForReading().read { try $0.exports() }.map(DisplayedExport.init))
  }
}
