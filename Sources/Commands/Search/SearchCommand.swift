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
      begins with - goes after --.
      """,
      examples: [
        "custody search 'Northgate AND price' --everyone",
        "custody search '\"clause 14.2\"' --case 'Pier 9 tender' --count",
        "custody search 'Northgate NEAR(5) price' --save 'Northgate prices' --count",
        "custody search --saved 'Northgate prices' --format csv",
      ],
      statuses: [.empty, .notFound, .exists, .ambiguous] + .reading))

  @Argument(help: "The query; without it, give --saved or --all.")
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
    if query == nil, saved == nil, !all {
      throw ValidationError("a query is missing; to select everything in scope, give --all")
    }
    if save != nil, query == nil { throw ValidationError("--save needs a query to keep") }
  }

  func run() throws {
    let output = try global.output(list)
    let store = try Store.open(
      at: global.storePath(), access: matter == nil && save == nil ? .reading : .writing)
    let matter = try matter.map { name in try store.read { try $0.matter(name) } }
    let question = try question(matter, store, output)
    if let save { try keep(question, as: save, in: store, output) }
    if let matter, question.scope.everyone, !scope.everyone {
      output.note("the case \(matter.name) has no custodians yet: everything was searched")
    }
    let searcher = try Searcher(store)
    let counts =
      try count || matter != nil
      ? searcher.counts(
        question.node, scope: question.scopeNode) : nil
    if let matter, let counts {
      try store.change(as: .current(Self.self)) { change in
        _ = try change.recordSearch(question.definition, counts: counts, in: matter)
      }
    }
    let total: Int
    if count, let counts {
      total = counts.items
      try output.print(DisplayedCounts(counts: counts), schema: "search")
    } else {
      total = try printHits(question, searcher, output)
    }
    if total == 0, failIfEmpty { throw CommandFailure(.empty, "nothing was found") }
  }

  private func question(
    _ matter: MatterRecord?, _ store: Store, _ output: OutputSettings
  ) throws -> Question {
    guard let saved else {
      return try Commands.question(
        query, scope: scope, time: time, query: language, matter: matter, store: store,
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

  private func printHits(
    _ question: Question, _ searcher: Searcher, _ output: OutputSettings
  ) throws -> Int {
    var printer = try ListPrinter<DisplayedHit>(output, schema: "search")
    let total = try searcher.itemCount(question.node)
    let snippet = Snippet(question.query?.node ?? .all)
    let limit = printer.rowLimit ?? .max
    var printed = 0
    if total > 0 {
      try searcher.forEachHit(question.node) { hit in
        try printer.append(DisplayedHit(hit: hit, snippet: snippet.text(of: hit)))
        printed += 1
        return printed < limit
      }
    }
    try printer.finish(total: total)
    return total
  }
}

/// The counts of a search.
struct DisplayedCounts: Displayable {
  static let recordType = "count"
  static let plural = "counts"

  var counts: SearchCounts

  var identifier: String { String(counts.items) }

  static let fields: [Field<DisplayedCounts>] = [
    Field("items", heading: "items") { FieldValue($0.counts.items) },
    Field("conversations", heading: "conversations") { FieldValue($0.counts.conversations) },
    Field("custodians", heading: "custodians") { FieldValue($0.counts.custodians) },
    Field("bytes", heading: "size") { .byteCount($0.counts.bytes) },
    Field("incomplete") { .boolean($0.counts.isIncomplete) },
    Field("partial", heading: "partial") { FieldValue($0.counts.partial) },
  ]
}
