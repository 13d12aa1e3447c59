// SPDX-License-Identifier: Apache-2.0
import Actions
import ArgumentParser
import Bytes
import Model
import Store

/// Compares the conversations of a set.
struct ReviewAnalyze: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "analyze",
    abstract: "Find equal conversations in a review set, and those that lie whole in longer ones.",
    discussion: discussion(
      """
      Two conversations are equal when their frozen items have the same times, speakers, words and \
      files; of those with a file that the capture lacks nothing is said. The one captured first \
      stands for the others, over the whole set and for each custodian. A conversation is contained \
      in a longer one of the same custodian when its events stand there in one run. Nothing is left \
      out by it: custody export create --dedupe does that.
      """,
      examples: ["custody review analyze 'First look'"],
      statuses: [.notFound, .ambiguous] + .changing))

  @Argument(help: "The review set, by id or name.") var set: String
  @OptionGroup var change: ChangeOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func run() throws {
    let output = try global.output(change)
    let store = try global.openForChanges(change)
    let set = try store.read { try $0.reviewSet(self.set) }
    let action = AnalysisAction(store: store, actor: .current(Self.self), set: set)
    let result = try action.run(isRehearsed: change.dryRun)
    try output.print(
      ChangeRecord(
        .analyze, "review set", id: set.id.text, name: set.name, isDryRun: change.dryRun,
        counts: nil,
        details: [
          .init("conversations", FieldValue(result.conversations)),
          .init("duplicates", FieldValue(result.global)),
          .init("duplicates_within_custodian", FieldValue(result.custodial)),
          .init("contained", FieldValue(result.contained)),
        ]), schema: Self.schemaName)
  }
}

/// Equal and contained conversations of review sets.
struct DuplicateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "duplicate",
    abstract: "Look at the equal conversations of a review set.",
    subcommands: [DuplicateList.self])
}

/// A conversation with equals, and who else holds it.
struct DisplayedDuplicate: Displayable {
  static let recordType = "duplicate"
  static let plural = "equal or contained conversations"

  var record: DuplicateRecord
  var custodian: String
  /// The custodians of all equal ones, sorted.
  var holders: [String]
  var identifier: String { record.conversation.text }

  static let fields: [Field<DisplayedDuplicate>] = [
    Field("id", heading: "conversation") { FieldValue($0.record.conversation) },
    Field("native_id") { .text($0.record.nativeID) },
    Field("custodian", heading: "custodian") { .text($0.custodian) },
    Field("copies", heading: "copies") { FieldValue($0.record.copies) },
    Field("copy_of", heading: "copy of") { row in
      FieldValue(row.record.masterKey == row.record.key ? nil : row.record.master)
    },
    Field("copy_of_within_custodian") { row in
      FieldValue(
        row.record.custodianMasterKey == row.record.key ? nil : row.record.custodianMaster)
    },
    Field("contained_in", heading: "contained in") { FieldValue($0.record.includedIn) },
    Field("all_custodians") { FieldValue($0.holders) },
    Field("content_sha256") { .text($0.record.digest.hexadecimal) },
  ]
}

/// Lists equal and contained conversations.
struct DuplicateList: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "List equal conversations with all who hold them, and contained ones.",
    discussion: discussion(
      "As custody review analyze found them; those that are equal stand together.",
      examples: ["custody review duplicate list 'First look'"],
      statuses: [.notFound, .ambiguous, .stale] + .reading))

  @Argument(help: "The review set, by id or name.") var set: String
  @OptionGroup var list: ListOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func run() throws {
    let output = try global.output(list)
    var printer = try ListPrinter<DisplayedDuplicate>(output, schema: Self.schemaName)
    try global.read { catalog in
      let set = try catalog.reviewSet(self.set)
      guard try catalog.analysis(of: set) != nil else {
        throw CommandFailure(
          .stale, "the review set '\(set.name)' was not compared within itself",
          whatToDo: "run custody review analyze")
      }
      var group: [DuplicateRecord] = []
      func flush() throws {
        let names = try group.map { record in
          let conversation = try catalog.conversation(key: record.key)
          return conversation.custodian.isEmpty ? conversation.accountID : conversation.custodian
        }
        let holders = Set(names).sorted()
        for (record, name) in zip(group, names) {
          try printer.append(
            DisplayedDuplicate(record: record, custodian: name, holders: holders))
        }
        group = []
      }
      try catalog.forEachDuplicate(of: set) { record in
        if let first = group.first, first.digest != record.digest { try flush() }
        group.append(record)
      }
      try flush()
    }
    try printer.finish()
  }
}
