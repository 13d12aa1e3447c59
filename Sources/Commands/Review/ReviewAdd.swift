// SPDX-License-Identifier: Apache-2.0
import Actions
import ArgumentParser
import Model
import Store

/// Adds what a query selects, or a list names, to a review set.
struct ReviewAdd: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "add",
    abstract: "Freeze what a query selects or a list names into a review set.",
    discussion: discussion(
      """
      Each call is one load, frozen when it is complete: what is captured later changes nothing in \
      it. The custodians of the set's case are searched unless a scope is given. The other items of \
      each conversation come along, marked as context, or with --context N so many before and \
      after each selected item; with --whole they are selected themselves. A list names items, or conversations with all their items, by our \
      ids or the source's, one a line; an id that the store does not know stops the command, naming \
      all such ids, and nothing is added.
      """,
      examples: [
        "custody review add 'First look' --query 'Northgate OR \"clause 14.2\"' --dry-run",
        "custody review add 'First look' --query 'Northgate OR \"clause 14.2\"'",
        "custody search tender --id-only | custody review add 'First look' --ids-from -",
      ],
      statuses: [.notFound, .ambiguous] + .changing))

  @Argument(help: "The review set, by id or name.") var set: String
  @Option(
    parsing: .unconditional, help: "The query; without it, give --all or --ids-from.")
  var query: String?
  @Flag(help: "Everything in scope, without a query.") var all = false
  @Option(help: ArgumentHelp("Items around each selected one, or 'conversation'.", valueName: "n"))
  var context = "conversation"
  @Flag(help: "Select all items of each conversation, not only those that match.")
  var whole = false
  @Option(
    help: ArgumentHelp("A list of ids, one a line; - reads it.", valueName: "file"),
    completion: .file())
  var idsFrom: [String] = []
  @OptionGroup(title: "Query") var language: QueryOptionGroup
  @OptionGroup(title: "Scope") var scope: ScopeOptions
  @OptionGroup(title: "Time") var time: TimeOptions
  @OptionGroup var change: ChangeOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func validate() throws {
    guard [query != nil, all, !idsFrom.isEmpty].count(where: \.self) == 1 else {
      throw ValidationError(
        "give one of --query, --ids-from, and --all for everything in scope")
    }
    if whole, context != "conversation" {
      throw ValidationError("--whole selects whole conversations, so it leaves no context")
    }
    if !idsFrom.isEmpty, scope.isGiven || time.since != nil || time.before != nil {
      throw ValidationError("--ids-from names the items, so it leaves no room for a scope")
    }
    if idsFrom.filter({ $0 == "-" }).count > 1 {
      throw ValidationError("standard input can be one list only")
    }
    guard amount != nil else {
      throw ValidationError("--context takes a number from 0 on, or 'conversation'")
    }
  }

  private var amount: ReviewAction.Context? {
    if whole { return .selected }
    if context == "conversation" { return .conversation }
    guard let count = Int(context), count >= 0 else { return nil }
    return .items(count)
  }

  func run() throws {
    let output = try global.output(change)
    let store = try global.openForChanges(change)
    let set = try store.read { try $0.reviewSet(self.set) }
    let choice = try choice(set, store, output)
    let action = ReviewAction(store: store, actor: .current(Self.self))
    let amount = amount ?? .conversation
    var purged = 0
    let load =
      try change.dryRun
      ? action.rehearse(choice, to: set, context: amount)
      : action.add(choice, to: set, context: amount) { id in
        purged += 1
        if purged <= 50 { output.note("\(id) was purged meanwhile") }
      }
    if purged > 50 { output.note("and \(purged - 50) more conversations") }
    try output.print(
      ChangeRecord(
        .add, "review set", id: set.id.text, name: set.name, isDryRun: change.dryRun,
        counts: .init(added: load.itemCount, already: load.alreadyCount),
        details: [
          .init("context", FieldValue(load.contextCount)),
          .init("load", FieldValue(change.dryRun ? nil : load.id.text)),
        ] + (purged > 0 ? [.init("purged_meanwhile", FieldValue(purged))] : [])),
      schema: Self.schemaName)
  }

  private func choice(
    _ set: ReviewSet, _ store: Store, _ output: OutputSettings
  ) throws -> ReviewChoice {
    guard idsFrom.isEmpty else {
      return .ids(
        try idsFrom.flatMap { try readNames($0, option: "--ids-from", scope.form.format) })
    }
    return .question(
      try Commands.question(
        query, scope: scope, time: time, query: language, matter: set.matter, store: store,
        output: output))
  }
}
