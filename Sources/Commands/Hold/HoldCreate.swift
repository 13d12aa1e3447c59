// SPDX-License-Identifier: Apache-2.0
import Actions
import ArgumentParser
import Model
import Query
import Store

/// Sets a hold.
struct HoldCreate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "create",
    abstract: "Set a hold.",
    discussion: discussion(
      """
      The hold acts from the moment of the command, on all that is here and all to come. It needs a \
      scope: persons, projects, sources, or everyone; named things add up. A query, an interval of \
      time or both narrow it. Relative dates in the query are fixed now. An unknown name stops the \
      command, naming all such names. With --create-missing it becomes a person, whose identity an \
      address or the id of an account is: one that captures know, or a word with a digit or an \
      underscore. Where conversations become due earlier since they are that person's, they are \
      listed, and it must be confirmed by the name of the hold.
      """,
      examples: [
        "custody hold create mail --case smith --custodian ada@example.org --reason 'complaint of 3 May'"
      ], statuses: .changing + [.exists, .notFound, .ambiguous, .confirm, .stale]))

  @Argument(help: "The name of the hold, unique in its case.") var name: String
  @Option(
    name: .customLong("case"), help: ArgumentHelp("The case, by id or name.", valueName: "case"))
  var matter: String
  @OptionGroup(title: "Scope") var scope: ScopeOptions
  @Flag(help: "Create custodians that the directory does not know.") var createMissing = false
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Hold only items that the query selects.", valueName: "query"))
  var query: String?
  @OptionGroup(title: "Interval") var time: TimeOptions
  @OptionGroup(title: "Query") var reading: QueryOptionGroup
  @Option(help: ArgumentHelp("Why, for the record.", valueName: "text")) var reason = ""
  @Option(help: ArgumentHelp("Who ordered it, for the record.", valueName: "text"))
  var authority = ""
  @Flag(help: "Never tell the custodians.") var silent = false
  @OptionGroup var consent: ConfirmOption
  @OptionGroup var create: CreateOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func run() throws {
    let output = try global.output(create.change)
    let names = try scope.names()
    guard !names.isEmpty else {
      throw CommandFailure.usage(
        "the hold has no scope",
        whatToDo: "name --custodian, --project or --source, or say --everyone")
    }
    let interval = try time.interval(output)
    try global.requireExpansions(of: query, reading, zone: time.timezone, for: .hold)
    let result: Result
    do {
      let due = try createMissing ? preview(names, interval, output) : nil
      if let due, due.count > 0, !create.change.dryRun {
        try consent.confirm(
          "set the hold '\(name)' and create custodians\(due.clause)", name: name,
          noInput: global.noInput)
      }
      result = try global.change(create.change, by: Self.self) { change in
        guard let due else { return try set(names, interval, change) }
        return try due.make(in: change) { change in
          let result = try set(names, interval, change)
          return (result.made, result)
        }
      }
    } catch let refusal as QueryRefusal where refusal.diagnostics.asksForScopeSize {
      throw try refusal.statingScope(
        knownScope(of: names), interval, in: global.openForReading())
    }
    if var query = result.query {
      try query.stateScope(
        result.hold.definition.scope.node(within: result.hold.definition.interval),
        in: global.openForReading())
      output.warn(about: query)
    }
    for custodian in result.made {
      output.note("created custodian \(custodian.id.text) (\(custodian.name))")
    }
    try output.print(
      ChangeRecord(
        .create, result.hold, isDryRun: create.change.dryRun,
        counts: result.isNew ? .init(added: 1) : .init(already: 1)), schema: Self.schemaName)
  }

  /// What becomes due earlier since somebody new gets accounts that were nobody's.
  private func preview(
    _ names: ScopeNames, _ interval: TimeInterval, _ output: OutputSettings
  ) throws -> DuePreview {
    try DuePreview(
      of: [], by: { try set(names, interval, $0).made }, as: .current(Self.self),
      store: global.openForReading(), output: output)
  }

  private struct Result {
    var hold: HoldRecord
    var isNew: Bool
    var query: CompiledQuery?
    var made: [Custodian]
  }

  private func set(
    _ names: ScopeNames, _ interval: TimeInterval, _ change: Change
  ) throws -> Result {
    let matter = try change.catalog.matter(matter)
    let made =
      createMissing
      ? try change.createUnknown(names.custodians, reason: "named by the hold \(name)") : []
    let scope = try names.resolved(in: change.catalog)
    let compiled = try query.map { text in
      try QueryCompiler.compile(
        text, options: reading.options(clock: change.now, zone: time.timezone, purpose: .hold),
        directory: change.catalog.directory)
    }
    if let compiled, compiled.node == nil {
      throw QueryRefusal(text: compiled.text, diagnostics: compiled.diagnostics)
    }
    let definition = HoldDefinition(
      scope: scope, query: compiled.flatMap { StoredQuery($0) },
      interval: interval, reason: reason, authority: authority, isSilent: silent)
    if create.ifNotExists,
      let known = try found({ try change.catalog.hold("name:" + name, in: matter) }),
      known.state == .active, known.definition == definition
    {
      return Result(hold: known, isNew: false, query: compiled, made: made)
    }
    let hold = try change.createHold(name: name, in: matter, definition)
    return Result(hold: hold, isNew: true, query: compiled, made: made)
  }

  /// The scope as far as the store knows its names: who is to be created has no items.
  private func knownScope(of names: ScopeNames) throws -> Scope {
    try global.read { catalog in
      var names = names
      names.custodians = try names.custodians.filter { name in
        try found { try catalog.custodian(name) } != nil
      }
      return try names.resolved(in: catalog)
    }
  }
}

extension QueryRefusal {
  /// The refusal with the number of items that a query of exclusions alone would leave out from.
  func statingScope(
    _ scope: Scope, _ interval: TimeInterval, in store: Store
  ) throws -> QueryRefusal {
    let count = scope.isEmpty ? 0 : try Searcher(store).itemCount(scope.node(within: interval))
    return QueryRefusal(text: text, diagnostics: diagnostics.statingScope(itemCount: count))
  }
}
