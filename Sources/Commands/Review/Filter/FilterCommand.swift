// SPDX-License-Identifier: Apache-2.0
import Actions
import ArgumentParser
import Model
import Query
package import Store

/// Filters of review sets.
struct FilterCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "filter",
    abstract: "Keep queries that reviewers of a set use again.",
    subcommands: [FilterCreate.self, FilterList.self, FilterDelete.self])
}

/// Keeps a query.
struct FilterCreate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "create",
    abstract: "Keep a query of a review set under a name.",
    discussion: discussion(
      """
      Relative dates are resolved anew at each use. The filter keeps the dialect and the time zone of \
      its query; --no-expand and --week-start are given where it is used.
      """,
      examples: [
        "custody review filter create uncoded --review 'First look' --query 'NOT tag:*'"
      ],
      statuses: [.notFound, .exists, .ambiguous] + .changing))

  @Argument(help: "The name, unique in the set.") var name: String
  @OptionGroup var review: ReviewSetOption
  @Option(parsing: .unconditional, help: "The query.") var query: String
  @OptionGroup(title: "Query") var language: QueryOptionGroup
  @OptionGroup var zone: ZoneOption
  @OptionGroup var change: ChangeOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func validate() throws {
    // A filter keeps its dialect and its zone; the rest is said where it is used.
    if language.noExpand || language.weekStart != .monday {
      throw ValidationError(
        "a filter does not keep --no-expand and --week-start; give them where it is used")
    }
  }

  func run() throws {
    let output = try global.output(change)
    let store = try global.openForReading()
    let question = try SetQuestion(
      queryText(query) ?? query,
      options: language.options(clock: output.console.now(), zone: zone.timezone), store: store)
    output.warn(about: question.query)
    let filter = try global.change(change, by: Self.self) { change in
      try change.createFilter(
        name: name, in: change.catalog.reviewSet(review.review), query: question.query.text,
        dialect: language.dialect.rawValue, zone: zone.timezone.name)
    }
    try output.print(
      ChangeRecord(
        .create, "filter", id: filter.id.text, name: filter.name, isDryRun: change.dryRun,
        counts: .init(added: 1)), schema: Self.schemaName)
  }
}

extension ReviewFilter: Displayable {
  package static var recordType: String { "filter" }
  package static var plural: String { "filters" }
  package static var fields: [Field<ReviewFilter>] {
    [
      Field("id", heading: "id") { FieldValue($0.id) },
      Field("name", heading: "name") { .text($0.name) },
      Field("query", heading: "query") { .text($0.query) },
      Field("dialect") { .text($0.dialect) }, Field("zone") { .text($0.zone) },
      Field("created") { .time($0.created) }, Field("account") { .text($0.account) },
    ]
  }

  package var identifier: String { id.text }
}

/// Lists the filters of a set.
struct FilterList: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "List the filters of a review set by name.",
    discussion: discussion(
      "With the query of each.", examples: ["custody review filter list 'First look'"],
      statuses: [.notFound, .ambiguous] + .reading))

  @Argument(help: "The review set, by id or name.") var set: String
  @OptionGroup var list: ListOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func run() throws {
    var printer = try ListPrinter<ReviewFilter>(global.output(list), schema: Self.schemaName)
    try printer.print(try global.read { try $0.filters(of: $0.reviewSet(set)) })
  }
}

/// Deletes a filter.
struct FilterDelete: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "delete",
    abstract: "Delete a filter of a review set.",
    discussion: discussion(
      "What was coded by it stays on record with its text.",
      examples: ["custody review filter delete uncoded --review 'First look' --yes"],
      statuses: .changing + [.notFound, .ambiguous, .confirm]))

  @Argument(help: "The filter, by id or name.") var filter: String
  @OptionGroup var review: ReviewSetOption
  @OptionGroup var reason: ReasonOption
  @OptionGroup var consent: YesOption
  @OptionGroup var change: ChangeOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func run() throws {
    let output = try global.output(change)
    let known = try global.read { try $0.filter(filter, of: $0.reviewSet(review.review)) }
    if !change.dryRun {
      try consent.confirm("delete the filter '\(known.name)'?", noInput: global.noInput)
    }
    try global.change(change, by: Self.self) { change in
      try change.deleteFilter(
        known, of: change.catalog.reviewSet(review.review), reason: reason.reason)
    }
    try output.print(
      ChangeRecord(
        .delete, "filter", id: known.id.text, name: known.name, isDryRun: change.dryRun,
        counts: .init(added: 1)), schema: Self.schemaName)
  }
}
