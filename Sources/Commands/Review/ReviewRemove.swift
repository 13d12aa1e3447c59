// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Model
import Store

/// Takes items out of a set.
struct ReviewRemove: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "remove",
    abstract: "Take items out of a review set, with a reason.",
    discussion: discussion(
      """
      The loads keep their frozen lists; the items are no longer searched, coded or exported, and the \
      set no longer keeps a conversation of which it holds no item. custody review undo brings them \
      back, and so does custody review add.
      """,
      examples: [
        "custody review remove 'First look' --query lunch --reason 'personal' --yes"
      ],
      statuses: [.notFound, .ambiguous, .confirm] + .changing))

  @Argument(help: "The review set, by id or name.") var set: String
  @OptionGroup(title: "Items") var members: MemberOptions
  @OptionGroup(title: "Query") var language: QueryOptionGroup
  @OptionGroup var zone: ZoneOption
  @Option(help: ArgumentHelp("Why, for the coding history.", valueName: "text"))
  var reason: String
  @OptionGroup var consent: YesOption
  @OptionGroup var change: ChangeOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func validate() throws {
    try members.requireGiven()
    if reason.allSatisfy(\.isWhitespace) { throw ValidationError("--reason needs a text") }
  }

  func run() throws {
    if !change.dryRun {
      try consent.confirm(
        "take items out of the review set '\(set)'?", noInput: global.noInput)
    }
    var given = ReasonOption()
    given.reason = reason
    try code(
      .remove, .remove, Self.self, set, members, language, zone, given, change, global
    ) { _, _ in
      var edit = ItemEdit()
      edit.removes = true
      return edit
    }
  }
}
