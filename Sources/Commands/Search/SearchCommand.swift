// SPDX-License-Identifier: Apache-2.0
import Actions
import ArgumentParser
import Model
import Query
import Store

/// Searches the store.
struct SearchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "search",
    abstract: "Find prompts, responses and documents.",
    discussion: discussion(
      """
      The query language is that of custody-query(7). With --case the case's custodians are \
      searched, and the search is recorded in the case. With --save the query is kept under a new \
      name, with the scope and interval given; an interval is kept as it stands now, a relative date \
      in the query is read anew at each use. --saved asks it again; a scope or a bound of time given \
      beside it takes the place of the one kept. Without --case and --save nothing is written. A query that \
      begins with - goes after --; - alone reads it from standard input.

      --stats counts instead of listing: the whole, each row and condition of the query, months, \
      custodians, sources, models, kinds, and the files that no search sees. --queries-from does so \
      for a list of queries, of which one that cannot be read stops all.

      --sample and --sample-rest draw items by a recorded seed; with --relevant they tell what the \
      coding of the sample supports.

      With --max-runtime a search that takes longer stops with what it has: whatever it prints says \
      that it is incomplete.
      """,
      examples: [
        "custody search 'Northgate AND price' --everyone",
        "custody search '\"clause 14.2\"' --case 'Pier 9 tender' --count",
        "custody search 'Northgate NEAR(5) price' --save 'Northgate prices' --count",
        "custody search --saved 'Northgate prices' --format csv",
        "custody search 'price OR winter' --stats --html hits.html",
        "custody search --queries-from queries.txt --case 'Pier 9 tender' --format csv",
        "custody search Northgate --sample 5 --seed 2025-11",
        "custody search Northgate --sample-rest 8 --seed 2025-11 --relevant 1 --found 6",
        "custody search Northgate --max-runtime 30s",
      ],
      statuses: [.empty, .limit, .incomplete, .notFound, .exists, .ambiguous, .stale] + .reading))

  @Argument(help: "The query; without it, give --saved, --queries-from or --all.")
  var query: String?

  @Option(help: ArgumentHelp("Ask a saved query, by id or name.", valueName: "name"))
  var saved: String?

  @Option(help: ArgumentHelp("Keep the query under this new name, and ask it.", valueName: "name"))
  var save: String?

  @Flag(help: "Everything in scope, without a query.")
  var all = false

  @Option(name: .customLong("case"), help: ArgumentHelp("The case.", valueName: "case"))
  var matter: String?

  @Flag(help: "Print counts alone.")
  var count = false

  @Flag(help: "End with status 4 when nothing is found.")
  var failIfEmpty = false

  @Flag(
    help: """
      End with status 6 when the answer may miss items: the list was cut, or files in scope have no \
      text, or not all of it.
      """)
  var requireComplete = false

  @OptionGroup var runtime: RuntimeOption
  @OptionGroup var clock: ClockOption
  @OptionGroup(title: "Statistics") var statistics: StatisticsOptions
  @OptionGroup(title: "Sample") var sample: SampleOptions
  @OptionGroup(title: "Query") var language: QueryOptionGroup
  @OptionGroup(title: "Scope") var scope: ScopeOptions
  @OptionGroup(title: "Time") var time: TimeOptions
  @OptionGroup var list: ListOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func validate() throws {
    if query != nil, all { throw ValidationError("--all leaves no room for a query") }
    if saved != nil, query != nil || all {
      throw ValidationError("--saved names the query, so it leaves no room for another")
    }
    if statistics.queriesFrom != nil, query != nil || saved != nil || all {
      throw ValidationError("--queries-from lists the queries, so it leaves no room for another")
    }
    if query == nil, saved == nil, statistics.queriesFrom == nil, !all {
      throw ValidationError("a query is missing; to select everything in scope, give --all")
    }
    if save != nil, query == nil { throw ValidationError("--save needs a query to keep") }
    guard [count, statistics.isGiven, sample.isGiven].count(where: \.self) <= 1 else {
      throw ValidationError("--count, --stats and a sample are three answers: ask for one")
    }
    if sample.isOfRest, all { throw ValidationError("--all leaves nothing to sample") }
    if statistics.isGiven, list.fieldOptions.idOnly || list.fieldOptions.fields != nil {
      throw ValidationError("statistics have tables of their own: leave out --fields and --id-only")
    }
  }

  func run() throws {
    let deadline = runtime.deadline
    var output = try global.output(list)
    _ = clock.apply(to: &output, zone: time.timezone)
    let store = try Store.open(
      at: global.storePath(), access: matter == nil && save == nil ? .reading : .writing)
    let matter = try matter.map { name in try store.read { try $0.matter(name) } }
    let question = try question(matter, store, output)
    if let save { try keep(question, as: save, in: store, output) }
    if let matter, question.scope.everyone, !scope.everyone {
      output.note("the case \(matter.name) has no custodians yet: everything was searched")
    }
    let run = SearchRun(
      question: question, store: store, searcher: try Searcher(store, deadline: deadline),
      matter: matter, output: output)
    let outcome =
      if statistics.isGiven {
        try printStatistics(run)
      } else if sample.isGiven {
        try printSample(run)
      } else {
        try printResult(run)
      }
    if outcome.isIncomplete { throw runtime.failure }
    if requireComplete { try demandWhole(outcome, run) }
    if outcome.items == 0, failIfEmpty { throw CommandFailure(.empty, "nothing was found") }
  }

  /// Refuses an answer that may miss items, after it was given.
  private func demandWhole(_ outcome: SearchRun.Outcome, _ run: SearchRun) throws {
    if outcome.isCut {
      throw CommandFailure(
        .incomplete, "not all that was found is shown", whatToDo: "give a higher --limit")
    }
    let (partial, isWhole) = try run.searcher.partialCount(run.question.scopeNode)
    guard isWhole else { throw runtime.failure }
    guard partial == 0 else {
      throw CommandFailure(
        .incomplete,
        "\(partial) items in scope have files without text, or not all of it, which no search sees",
        whatToDo: "see custody search --all --stats, and run custody reindex")
    }
  }

  private func question(
    _ matter: MatterRecord?, _ store: Store, _ output: OutputSettings
  ) throws -> Question {
    guard let saved else {
      return try Commands.question(
        queryText(query), scope: scope, time: time, query: language, matter: matter, store: store,
        output: output)
    }
    return try Commands.question(
      store.read { try $0.savedQuery(saved) }, scope: scope, time: time, query: language,
      matter: matter, store: store, output: output)
  }

  /// Saves a query that can be read, with the scope as it was named: none takes that of the case
  /// in which it is asked.
  private func keep(
    _ question: Question, as name: String, in store: Store, _ output: OutputSettings
  ) throws {
    guard let query = question.query else { return }
    let isNamed = try !scope.request().isEmpty
    let saved = try store.change(as: .current(Self.self)) { change in
      try change.saveQuery(
        name: name, query: query.text, dialect: query.dialect.rawValue,
        scope: isNamed ? question.scope : Scope(), interval: question.interval)
    }
    output.note("saved query \(saved.id.text) (\(saved.name))")
  }

  private func printResult(_ run: SearchRun) throws -> SearchRun.Outcome {
    let counts =
      try count || run.matter != nil
      ? run.searcher.counts(run.question.node, scope: run.question.scopeNode) : nil
    if let counts { try run.record(run.question.definition, counts) }
    guard count, let counts else {
      var outcome = try printHits(run)
      // What went into the record of the case is part of the answer.
      if counts?.isIncomplete == true { outcome.isIncomplete = true }
      return outcome
    }
    try run.output.print(DisplayedCounts(counts: counts), schema: "search")
    return SearchRun.Outcome(items: counts.items, isIncomplete: counts.isIncomplete)
  }

  private func printHits(_ run: SearchRun) throws -> SearchRun.Outcome {
    // Ids alone cost no texts.
    if run.output.printsIDsOnly {
      return try printList(run) { (body: (DisplayedReference) throws -> Bool) in
        try run.searcher.forEachReference(run.question.node, readsAhead: true) {
          try body(DisplayedReference(id: $0.id))
        }
      }
    }
    let snippet = Snippet(run.question.query?.node ?? .all)
    return try printList(run) { (body: (DisplayedHit) throws -> Bool) in
      try run.searcher.forEachHit(run.question.node) { hit in
        try body(DisplayedHit(hit: hit, snippet: snippet.text(of: hit)))
      }
    }
  }

  /// Prints what is found, up to the limit.
  private func printList<Row: Displayable>(
    _ run: SearchRun, forEach: ((Row) throws -> Bool) throws -> Void
  ) throws -> SearchRun.Outcome {
    var printer = try ListPrinter<Row>(run.output, schema: "search")
    let limit = printer.rowLimit ?? .max
    var total = 0
    var (partial, isWhole) = (0, true)
    do {
      try forEach { row in
        try printer.append(row)
        total += 1
        return total < limit
      }
      // Where the list was cut, there may be more.
      if total == limit { total = try run.searcher.itemCount(run.question.node) }
      if run.output.tellsPartial {
        (partial, isWhole) = try run.searcher.partialCount(run.question.scopeNode)
      }
    } catch let error as StoreError where error.code == .limit {
      try printer.finish(incomplete: true)
      return SearchRun.Outcome(items: total, isIncomplete: true)
    }
    try printer.finish(total: total, incomplete: !isWhole, partial: partial)
    return SearchRun.Outcome(
      items: total, isIncomplete: !isWhole, isCut: total > limit)
  }
}

/// One search on its way.
struct SearchRun {
  struct Outcome {
    var items: Int
    /// Whether the time was up.
    var isIncomplete: Bool
    /// Whether a list has more than what was printed.
    var isCut = false
  }

  let question: Question
  let store: Store
  let searcher: Searcher
  let matter: MatterRecord?
  let output: OutputSettings

  /// Records the search in its case, if it has one.
  func record(
    _ definition: SearchDefinition, _ counts: SearchCounts, details: [String: JSONValue] = [:]
  ) throws {
    guard let matter else { return }
    try store.change(as: .current(SearchCommand.self)) { change in
      _ = try change.recordSearch(definition, counts: counts, in: matter, details: details)
    }
  }
}

/// The counts of a search.
struct DisplayedCounts: Displayable {
  static let recordType = "count"
  static let plural = "counts"

  var counts: SearchCounts

  var identifier: String { String(counts.items) }

  static let fields: [Field<DisplayedCounts>] = [
    Field("items", heading: "items") { $0.told(FieldValue($0.counts.items)) },
    Field("conversations", heading: "conversations") {
      $0.told(FieldValue($0.counts.conversations))
    },
    Field("custodians", heading: "custodians") { $0.told(FieldValue($0.counts.custodians)) },
    Field("bytes", heading: "size") { $0.told(.byteCount($0.counts.bytes)) },
    Field("incomplete") { .boolean($0.counts.isIncomplete) },
    Field("partial", heading: "partial") { $0.told(FieldValue($0.counts.partial)) },
  ]

  /// A count that is incomplete is never shown without that word.
  private func told(_ value: FieldValue) -> FieldValue {
    counts.isIncomplete ? .told(value.shown() + " (incomplete)", value) : value
  }
}
