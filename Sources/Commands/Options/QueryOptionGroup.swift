// SPDX-License-Identifier: Apache-2.0
import Actions
package import ArgumentParser
import Foundation
import Model
package import Query
import Store

extension QueryDialect: ExpressibleByArgument {}
extension WeekStart: ExpressibleByArgument {}

/// How a query is read.
package struct QueryOptionGroup: ParsableArguments {
  @Option(help: "How blanks are read: keyql (AND) or purview (OR).")
  package var dialect: QueryDialect = .keyql

  @Flag(help: "Treat warnings about the query as errors.")
  package var strict = false

  @Option(help: ArgumentHelp("The day on which a week begins.", valueName: "day"))
  package var weekStart: WeekStart = .monday

  @Flag(help: "Match an address as written, not the person's other identities.")
  package var noExpand = false

  package init() {}

  func options(
    clock: Instant, zone: DayZone, purpose: QueryPurpose = .search
  ) -> QueryOptions {
    QueryOptions(
      dialect: dialect, isStrict: strict, clock: clock, timeZone: zone.zone, weekStart: weekStart,
      expandsIdentities: !noExpand, purpose: purpose)
  }
}

extension CompiledQuery {
  /// Refuses the query where a prefix stands for too many words of the store (E405).
  ///
  /// - Throws: `QueryRefusal`, or `StoreError` when the store cannot be searched.
  func requireExpansions(in store: Store) throws {
    var checked = self
    try checked.checkExpansions(in: store)
    guard checked.node != nil || node == nil else {
      throw QueryRefusal(text: text, diagnostics: checked.diagnostics)
    }
  }
}

extension GlobalOptions {
  /// Refuses a query in which a prefix stands for too many words of the store (E405), before the
  /// change that records it begins: the words are counted outside of the catalog.
  ///
  /// - Throws: `QueryRefusal`, or `StoreError` when the store cannot be searched.
  func requireExpansions(
    of text: String?, _ reading: QueryOptionGroup, zone: DayZone, for purpose: QueryPurpose
  ) throws {
    guard let text else { return }
    // Whoever is named in it, the prefixes are the same ones.
    let compiled = QueryCompiler.compile(
      text, options: reading.options(clock: Instant(ticks: 0), zone: zone, purpose: purpose),
      directory: EmptyDirectory())
    guard !compiled.expansions.isEmpty else { return }
    try compiled.requireExpansions(in: openForReading())
  }
}

extension ScopeOptions {
  /// The scope as typed, for an action.
  func request() throws -> ScopeRequest {
    let names = try names()
    var request = ScopeRequest()
    request.everyone = names.everyone
    request.custodians = names.custodians
    request.projects = names.projects
    request.sources = names.sources
    return request
  }
}

/// The query as given, or from standard input for `-`.
///
/// - Throws: ``CommandFailure`` with status 2 when standard input is a terminal or no text.
func queryText(_ query: String?) throws -> String? {
  guard query == "-" else { return query }
  var bytes = try readBytes("-", option: "the query")[...]
  while let last = bytes.last, last == 0x0A || last == 0x0D { bytes.removeLast() }
  guard let text = String(validating: bytes, as: UTF8.self) else {
    throw CommandFailure.usage("standard input is not UTF-8", whatToDo: "convert the query")
  }
  return text
}

/// Reads a question, and tells the warnings about its query.
func question(
  _ text: String?, scope: ScopeOptions, time: TimeOptions, query: QueryOptionGroup,
  matter: MatterRecord?, store: Store, output: OutputSettings
) throws -> Question {
  let question = try Question(
    text, scope: scope.request(), interval: time.interval(output), zone: time.timezone.name,
    matter: matter,
    options: query.options(clock: output.console.now(), zone: time.timezone), store: store)
  if let query = question.query { output.warn(about: query) }
  return question
}

/// Reads a question that was saved, and tells the warnings about its query.
///
/// The saved query decides text and dialect; scope and bounds of time are the saved ones where the
/// options give none.
///
/// - Throws: ``CommandFailure`` with status 2 for a dialect that is not the saved one.
func question(
  _ saved: SavedQuery, scope: ScopeOptions, time: TimeOptions, query: QueryOptionGroup,
  matter: MatterRecord?, store: Store, output: OutputSettings
) throws -> Question {
  guard let dialect = QueryDialect(rawValue: saved.dialect) else {
    throw CommandFailure(
      .version, "the saved query \(saved.name) is of the dialect '\(saved.dialect)'",
      whatToDo: "use the version that saved it")
  }
  guard query.dialect == .keyql || query.dialect == dialect else {
    throw CommandFailure.usage(
      "the saved query \(saved.name) is of the dialect \(dialect.rawValue)",
      whatToDo: "leave out --dialect")
  }
  var query = query
  query.dialect = dialect
  var request = try scope.request()
  if request.isEmpty {
    request.everyone = saved.scope.everyone
    request.custodians = saved.scope.custodians
    request.projects = saved.scope.projects
    request.sources = saved.scope.sources
  }
  let question = try Question(
    saved.query, scope: request, interval: time.interval(output, kept: saved.interval),
    zone: time.timezone.name, matter: matter,
    options: query.options(clock: output.console.now(), zone: time.timezone), store: store)
  if let query = question.query { output.warn(about: query) }
  return question
}
