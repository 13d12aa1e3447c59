// SPDX-License-Identifier: Apache-2.0
import Actions
import ArgumentParser
import Model
import Store

/// Adds what a query selects to a review set.
struct ReviewAdd: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "add",
    abstract: "Freeze what a query selects into a review set.",
    discussion: discussion(
      """
      Each call is one load, frozen when it is complete: what is captured later changes nothing in \
      it. The custodians of the set's case are searched unless a scope is given. The other items of \
      each conversation come along, marked as context, or with --context N so many before and \
      after each selected item.
      """,
      examples: ["custody review add 'First look' --query 'Northgate OR \"clause 14.2\"'"],
      statuses: [.notFound, .ambiguous] + .changing))

  @Argument(help: "The review set, by id or name.") var set: String
  @Option(help: "The query; without it, give --all.") var query: String?
  @Flag(help: "Everything in scope, without a query.") var all = false
  @Option(help: ArgumentHelp("Items around each selected one, or 'conversation'.", valueName: "n"))
  var context = "conversation"
  @OptionGroup(title: "Query") var language: QueryOptionGroup
  @OptionGroup(title: "Scope") var scope: ScopeOptions
  @OptionGroup(title: "Time") var time: TimeOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func validate() throws {
    if (query == nil) != all {
      throw ValidationError("give either --query or, for everything in scope, --all")
    }
    guard amount != nil else {
      throw ValidationError("--context takes a number from 0 on, or 'conversation'")
    }
  }

  private var amount: ReviewAction.Context? {
    if context == "conversation" { return .conversation }
    guard let count = Int(context), count >= 0 else { return nil }
    return .items(count)
  }

  func run() throws {
    let output = try global.output()
    let store = try Store.open(at: global.storePath(), access: .writing)
    let set = try store.read { try $0.reviewSet(self.set) }
    let question = try Commands.question(
      query, scope: scope, time: time, query: language, matter: set.matter, store: store,
      output: output)
    let load = try ReviewAction(store: store, actor: .current(Self.self)).add(
      question, to: set, context: amount ?? .conversation)
    try output.print(
      ChangeRecord(
        .add, "review set", id: set.id.text, name: set.name, isDryRun: false,
        counts: .init(added: load.itemCount, already: load.alreadyCount),
        details: [
          .init("context", FieldValue(load.contextCount)), .init("load", .text(load.id.text)),
        ]), schema: Self.schemaName)
  }
}
