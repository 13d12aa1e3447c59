// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Model
import Store

/// A review set with its counts.
struct DisplayedReviewSet: Displayable {
  static let recordType = "review_set"
  static let plural = "review sets"

  var reviewSet: ReviewSet
  var loads: Int
  var items: Int
  var context: Int
  var removed: Int
  /// How many items bear each tag, for one set.
  var tags: [(tag: ReviewTag, count: Int)] = []

  init(_ set: ReviewSet, in catalog: Catalog) throws {
    reviewSet = set
    loads = try catalog.loads(of: set).count
    (items, context) = try catalog.itemCounts(of: set)
    removed = try catalog.removedCount(of: set)
  }

  /// A set with its tags.
  init(showing set: ReviewSet, in catalog: Catalog) throws {
    try self.init(set, in: catalog)
    let counts = try catalog.tagCounts(of: set)
    tags = try catalog.tags(of: set).map { ($0, counts[$0.key] ?? 0) }
  }

  var identifier: String { reviewSet.id.text }

  static let fields: [Field<DisplayedReviewSet>] = [
    Field("id", heading: "id") { FieldValue($0.reviewSet.id) },
    Field("name", heading: "name") { .text($0.reviewSet.name) },
    Field("case", heading: "case") { .text($0.reviewSet.matter.name) },
    Field("description") { .text($0.reviewSet.description) },
    Field("loads", heading: "loads") { FieldValue($0.loads) },
    Field("items", heading: "items") { FieldValue($0.items) },
    Field("context", heading: "context") { FieldValue($0.context) },
    Field("created") { FieldValue($0.reviewSet.created) },
    Field("removed") { FieldValue($0.removed) },
    Field("tags") { row in
      .list(
        row.tags.map { entry in
          .told(
            "\(entry.tag.group): \(entry.tag.name) \(entry.count)",
            .object([
              .init("group", .text(entry.tag.group)), .init("name", .text(entry.tag.name)),
              .init("items", FieldValue(entry.count)),
            ]))
        })
    },
  ]
}

/// Lists review sets.
struct ReviewList: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "List review sets.",
    discussion: discussion(
      "All of them, or those of one case.", examples: ["custody review list"],
      statuses: [.notFound, .ambiguous] + .reading))

  @Option(name: .customLong("case"), help: ArgumentHelp("Only of this case.", valueName: "case"))
  var matter: String?
  @OptionGroup var list: ListOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func run() throws {
    let output = try global.output(list)
    var printer = try ListPrinter<DisplayedReviewSet>(output, schema: Self.schemaName)
    let rows = try global.openForReading().read { catalog in
      let matter = try matter.map(catalog.matter)
      return try catalog.reviewSets(of: matter).map { try DisplayedReviewSet($0, in: catalog) }
    }
    try printer.print(rows)
  }
}

/// Shows one review set.
struct ReviewShow: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Show a review set.",
    discussion: discussion(
      "Its case, loads, counts and tags.", examples: ["custody review show 'First look'"],
      statuses: [.notFound, .ambiguous] + .reading))

  @Argument(help: "The review set, by id or name.") var set: String
  @OptionGroup var fieldOptions: FieldOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func run() throws {
    let output = try global.output(fieldOptions)
    let row = try global.openForReading().read { catalog in
      try DisplayedReviewSet(showing: catalog.reviewSet(set), in: catalog)
    }
    try output.print(row, schema: Self.schemaName)
  }
}
