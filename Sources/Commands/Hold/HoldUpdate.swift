// SPDX-License-Identifier: Apache-2.0
import Actions
import ArgumentParser
import Model
import Query
import Store

/// Gives a hold another wording.
struct HoldUpdate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "update",
    abstract: "Change what a hold says.",
    discussion: discussion(
      """
      What no option names stays as it is; a scope, where one is named, is the whole new scope. \
      What widens acts at once. What narrows, which is any other query, a shorter interval or a \
      scope that lacks something, is a release of what falls out: it is named before the command \
      asks, must be confirmed by the hold's name, and the earlier wording protects it until the \
      cool-down has passed; until then hold reinstate takes the change back. All wordings stay on \
      record.
      """,
      examples: [
        "custody hold update mail --case smith --since 2025-01-01 --confirm mail",
        "custody hold update mail --case smith --no-since",
      ], statuses: .changing + [.exists, .notFound, .ambiguous, .confirm, .stale]))

  @OptionGroup var rewording: HoldRewording
  @Option(help: ArgumentHelp("Another name.", valueName: "name")) var name: String?
  @OptionGroup(title: "Scope") var scope: ScopeOptions
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Hold only items that the query selects.", valueName: "query"))
  var query: String?
  @Flag(help: "Without a query.") var noQuery = false
  @OptionGroup(title: "Interval") var time: TimeOptions
  @Flag(help: "Without a first time.") var noSince = false
  @Flag(help: "Without a last time.") var noBefore = false
  @OptionGroup(title: "Query") var reading: QueryOptionGroup
  @Option(help: ArgumentHelp("Who ordered it, for the record.", valueName: "text"))
  var authority: String?
  @Flag(help: "Never tell the custodians from now on.") var silent = false
  @Flag(help: "Let notices tell the custodians from now on.") var noSilent = false
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func validate() throws {
    let pairs = [
      (query != nil && noQuery, "--query", "--no-query"),
      (time.since != nil && noSince, "--since", "--no-since"),
      (time.before != nil && noBefore, "--before", "--no-before"),
      (silent && noSilent, "--silent", "--no-silent"),
    ]
    for (isContradiction, one, other) in pairs where isContradiction {
      throw ValidationError("\(one) and \(other) contradict each other")
    }
  }

  func run() throws {
    let names = try scope.names()
    let output = try global.output(rewording.change)
    let bounds = time.since != nil || time.before != nil
    let moment = output.console.now()
    try rewording.run(.update, Self.self, global) { known, change in
      var wanted = HoldRewording.Wanted(definition: known.definition, name: name)
      if !names.isEmpty { wanted.definition.scope = try names.resolved(in: change.catalog) }
      if bounds {
        wanted.definition.interval = time.resolved(
          now: moment, kept: wanted.definition.interval)
      }
      if noSince { wanted.definition.interval.since = nil }
      if noBefore { wanted.definition.interval.before = nil }
      if noQuery { wanted.definition.query = nil }
      if let authority { wanted.definition.authority = authority }
      if !rewording.reason.reason.isEmpty { wanted.definition.reason = rewording.reason.reason }
      if silent { wanted.definition.isSilent = true }
      if noSilent { wanted.definition.isSilent = false }
      if let query {
        let compiled = try QueryCompiler.compile(
          query, options: reading.options(clock: moment, zone: time.timezone, purpose: .hold),
          directory: change.catalog.directory)
        wanted.query = compiled
        wanted.definition.query = StoredQuery(compiled)
      }
      return wanted
    }
  }
}
