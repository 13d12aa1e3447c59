// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Model
package import Store

/// Notes on items of review sets.
struct NoteCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "note",
    abstract: "Write notes on items of a review set.",
    subcommands: [NoteAdd.self, NoteList.self])
}

/// Writes a note.
struct NoteAdd: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "add",
    abstract: "Write a note on items of a review set.",
    discussion: discussion(
      """
      A note never leaves with an export; only the note of a privileged item that begins with \
      "Privilege:" gives the description in the privilege log. custody review undo takes notes back.
      """,
      examples: [
        "custody review note add 'ask Mara' --review 'First look' --query '\"clause 14.2\"'"
      ],
      statuses: [.notFound, .ambiguous] + .changing))

  @Argument(help: "The text.") var text: String
  @OptionGroup var review: ReviewSetOption
  @OptionGroup(title: "Items") var members: MemberOptions
  @OptionGroup(title: "Query") var language: QueryOptionGroup
  @OptionGroup var zone: ZoneOption
  @OptionGroup var reason: ReasonOption
  @OptionGroup var change: ChangeOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func validate() throws {
    try members.requireGiven()
    if text.allSatisfy(\.isWhitespace) { throw ValidationError("a note needs a text") }
  }

  func run() throws {
    try code(
      .note, .add, Self.self, review.review, members, language, zone, reason, change, global
    ) { _, _ in
      var edit = ItemEdit()
      edit.note = text
      return edit
    }
  }
}

extension ReviewNote: Displayable {
  package static var recordType: String { "note" }
  package static var plural: String { "notes" }
  package static var fields: [Field<ReviewNote>] {
    [
      Field("id", heading: "id") { FieldValue($0.id) },
      Field("item", heading: "item") { .text($0.item) },
      Field("conversation_id") { FieldValue($0.conversation) },
      Field("text", heading: "note") { .text($0.text) },
      Field("account", heading: "by") { .text($0.account) },
      Field("created", heading: "time") { .time($0.created) },
      Field("coding") { FieldValue($0.coding) },
    ]
  }

  package var identifier: String { id.text }
}

/// Lists the notes of a set.
struct NoteList: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "List the notes of a review set, the oldest first.",
    discussion: discussion(
      "Notes that were taken back are left out.",
      examples: ["custody review note list 'First look'"],
      statuses: [.notFound, .ambiguous] + .reading))

  @Argument(help: "The review set, by id or name.") var set: String
  @OptionGroup var list: ListOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func run() throws {
    var printer = try ListPrinter<ReviewNote>(global.output(list), schema: Self.schemaName)
    try global.read { catalog in
      try catalog.forEachNote(of: catalog.reviewSet(set)) { try printer.append($0) }
    }
    try printer.finish()
  }
}
