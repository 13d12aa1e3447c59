// SPDX-License-Identifier: Apache-2.0
import Actions
import ArgumentParser
import Model
import Query
import Store

/// Explains how a query is read and answered.
struct QueryExplain: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Explain how a query is read and what it will read.",
    discussion: discussion(
      """
      Tells the normal form, what dates and persons stand for, the tree, and all warnings with \
      their places; then the plan: what each partition's index is asked, what columns decide, which \
      rows are evaluated on their texts and why, and how much that reads. Bounds of time are \
      half-open. Nothing is searched or written. A query with errors is explained by them, and \
      the command ends with status 2.
      """,
      examples: [
        "custody query explain 'Northgate NEAR(5) price sent>=2025-03'",
        "custody query explain --saved northgate --json",
        "custody query explain 'from:mara.lindqvist@meridian-ferries.example' --since 2025-03-01",
      ],
      statuses: [.notFound, .ambiguous] + .reading))

  @Argument(help: "The query; - reads it from standard input.") var query: String?
  @Option(help: ArgumentHelp("Explain a saved query, by id or name.", valueName: "name"))
  var saved: String?
  @Option(
    name: .customLong("case"),
    help: ArgumentHelp("The case whose custodians are searched.", valueName: "case"))
  var matter: String?
  @OptionGroup var clock: ClockOption
  @OptionGroup(title: "Query") var language: QueryOptionGroup
  @OptionGroup(title: "Scope") var scope: ScopeOptions
  @OptionGroup(title: "Time") var time: TimeOptions
  @OptionGroup var fieldOptions: FieldOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func validate() throws {
    guard (query == nil) != (saved == nil) else {
      throw ValidationError("give a query, or --saved with the name of one")
    }
  }

  func run() throws {
    var output = try global.output(fieldOptions)
    let zone = time.timezone
    let now = clock.apply(to: &output, zone: zone)
    let store = try global.openForReading()
    // The explanation tells the warnings itself.
    var silent = output
    silent.verbosity = .quiet
    do {
      let question = try question(store, silent)
      var explained = try ExplainedQuery(question, in: store)
      explained.clock = now
      try explained.print(output, schema: Self.schemaName)
    } catch let refusal as QueryRefusal {
      var explained = ExplainedQuery(refusal, dialect: language.dialect, zone: zone.name)
      explained.clock = now
      try explained.print(output, schema: Self.schemaName)
      var failure = CommandFailure(refusal)
      // A person has them before their eyes.
      failure.details = []
      throw failure
    }
  }

  private func question(_ store: Store, _ output: OutputSettings) throws -> Question {
    let matter = try matter.map { name in try store.read { try $0.matter(name) } }
    guard let saved else {
      return try Commands.question(
        queryText(query), scope: scope, time: time, query: language, matter: matter, store: store,
        output: output)
    }
    return try Commands.question(
      store.read { try $0.savedQuery(saved) }, scope: scope, time: time, query: language,
      matter: matter, store: store, output: output)
  }
}
