// SPDX-License-Identifier: Apache-2.0
import Actions
import ArgumentParser
import Model
import Store

/// Sets tags on items of a set.
struct TagAdd: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "add",
    abstract: "Set tags on items of a review set.",
    discussion: discussion(
      """
      The items are named one by one, by a query inside the set, or by a filter. A query may ask what \
      reviewers did: tag:Responsive, NOT tag:*, note:urgent. Each call is one act in the coding \
      history, which custody review undo takes back. Items that bear the tags already are left \
      alone.
      """,
      examples: [
        "custody review tag add Responsive --review 'First look' --query 'Northgate'",
        "custody review tag add 'Not responsive' --review 'First look' --query 'NOT tag:*'",
      ],
      statuses: [.notFound, .ambiguous] + .changing))

  @Argument(help: "The tags, by id or name.") var tags: [String]
  @OptionGroup var review: ReviewSetOption
  @OptionGroup(title: "Items") var members: MemberOptions
  @OptionGroup(title: "Query") var language: QueryOptionGroup
  @OptionGroup var zone: ZoneOption
  @OptionGroup var reason: ReasonOption
  @OptionGroup var change: ChangeOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func validate() throws { try members.requireGiven() }

  func run() throws {
    try code(
      .tag, .add, Self.self, review.review, members, language, zone, reason, change, global
    ) { catalog, set in
      var edit = ItemEdit()
      edit.sets = try catalog.tags(tags, of: set)
      return edit
    }
  }
}

/// Takes tags from items of a set.
struct TagRemove: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "remove",
    abstract: "Take tags from items of a review set.",
    discussion: discussion(
      "Items that do not bear the tags are left alone.",
      examples: [
        "custody review tag remove Responsive --review 'First look' --query 'lunch'"
      ],
      statuses: [.notFound, .ambiguous] + .changing))

  @Argument(help: "The tags, by id or name.") var tags: [String]
  @OptionGroup var review: ReviewSetOption
  @OptionGroup(title: "Items") var members: MemberOptions
  @OptionGroup(title: "Query") var language: QueryOptionGroup
  @OptionGroup var zone: ZoneOption
  @OptionGroup var reason: ReasonOption
  @OptionGroup var change: ChangeOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func validate() throws { try members.requireGiven() }

  func run() throws {
    try code(
      .untag, .remove, Self.self, review.review, members, language, zone, reason, change, global
    ) { catalog, set in
      var edit = ItemEdit()
      edit.clears = try catalog.tags(tags, of: set)
      return edit
    }
  }
}

/// Runs one act of coding and tells what it changed.
func code(
  _ kind: CodingKind, _ verb: ChangeVerb, _ command: any ParsableCommand.Type, _ written: String,
  _ members: MemberOptions, _ language: QueryOptionGroup, _ zone: ZoneOption,
  _ reason: ReasonOption, _ change: ChangeOptions, _ global: GlobalOptions,
  _ edit: (Catalog, ReviewSet) throws -> ItemEdit
) throws {
  let output = try global.output(change)
  let store = try global.openForChanges(change)
  let (set, edit) = try store.read { catalog in
    let set = try catalog.reviewSet(written)
    return (set, try edit(catalog, set))
  }
  let choice = try members.choice(set, store, language, zone: zone.timezone, output)
  let action = CodingAction(store: store, actor: .current(command), set: set)
  let coding = try action.run(
    kind, edit, on: choice, reason: reason.reason, isRehearsed: change.dryRun)
  try output.print(
    verb, coding, of: set, isDryRun: change.dryRun,
    schema: commandPath(of: command).split(separator: " ").joined(separator: "-"))
}
