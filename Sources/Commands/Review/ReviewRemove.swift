// SPDX-License-Identifier: Apache-2.0
import Actions
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
      set no longer keeps a conversation of which it holds no item. Where nothing else keeps one, it \
      is listed, and the removal must be confirmed by the name of the set. custody review undo \
      brings them back, and so does custody review add.
      """,
      examples: [
        "custody review remove 'First look' --query lunch --reason 'personal' --yes"
      ],
      statuses: [.notFound, .ambiguous, .confirm, .stale] + .changing))

  @Argument(help: "The review set, by id or name.") var set: String
  @OptionGroup(title: "Items") var members: MemberOptions
  @OptionGroup(title: "Query") var language: QueryOptionGroup
  @OptionGroup var zone: ZoneOption
  @Option(help: ArgumentHelp("Why, for the coding history.", valueName: "text"))
  var reason: String
  @Flag(name: .shortAndLong, help: "Answer yes to the question.") var yes = false
  @Option(
    help: ArgumentHelp(
      "Confirm by the name of the set, where something becomes deletable.", valueName: "name"))
  var confirm: String?
  @OptionGroup var change: ChangeOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func validate() throws {
    try members.requireGiven()
    if reason.allSatisfy(\.isWhitespace) { throw ValidationError("--reason needs a text") }
  }

  func run() throws {
    let output = try global.output(change)
    let store = try global.openForChanges(change)
    let set = try store.read { try $0.reviewSet(self.set) }
    let choice = try members.choice(set, store, language, zone: zone.timezone, output)
    let freed = try ReleasePreview(
      taking: choice, from: set, store: store, output: output)
    freed.tell(output)
    if !change.dryRun {
      let outcome = freed.deletable > 0 ? "; " + freed.sentence : ""
      try ConsentOptions(yes: yes, confirm: confirm).confirm(
        "take items out of the review set '\(set.name)'\(outcome)", name: set.name,
        isSevere: freed.deletable > 0, noInput: global.noInput)
    }
    var edit = ItemEdit()
    edit.removes = true
    let coding = try CodingAction(store: store, actor: .current(Self.self), set: set).run(
      .remove, edit, on: choice, reason: reason, agreed: freed.conversations,
      isRehearsed: change.dryRun)
    try output.print(
      .remove, coding, of: set, isDryRun: change.dryRun, schema: Self.schemaName,
      details: freed.deletable > 0 ? freed.details : [])
  }
}
