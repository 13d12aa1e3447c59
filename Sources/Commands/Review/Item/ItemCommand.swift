// SPDX-License-Identifier: Apache-2.0
import Actions
import ArgumentParser
import Model
import Store

/// Items of review sets.
struct ItemCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "item",
    abstract: "Look at the items of a review set.",
    subcommands: [ItemList.self])
}

/// An item of a set with what the set knows of it.
struct DisplayedReviewItem: Displayable {
  static let recordType = "review_item"
  static let plural = "items"

  var item: ReviewItem
  var conversation: ObjectID
  var facts: ReviewFacts
  var identifier: String { item.item }

  static let fields: [Field<DisplayedReviewItem>] = [
    Field("id", heading: "id") { .text($0.item.item) },
    Field("conversation_id") { FieldValue($0.conversation) },
    Field("version") { FieldValue($0.item.version) },
    Field("context", heading: "context") { .boolean($0.item.isContext) },
    Field("tags", heading: "tags") { FieldValue($0.facts.tags) },
    Field("notes", heading: "notes") { FieldValue($0.facts.notes) },
    Field("loads") { FieldValue($0.facts.loads) },
    Field("is_representative") { row in
      row.facts.isRepresentative.map { .boolean($0) } ?? .missing
    },
  ]
}

/// Lists items of a set.
struct ItemList: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "List the items of a review set, or those that a query or filter finds in it.",
    discussion: discussion(
      """
      With their tags, notes and loads. A query looks at the items as they were frozen, and may ask \
      for what reviewers did: tag, note, loadid, isduplicate.
      """,
      examples: [
        "custody review item list 'First look' --query 'tag:Responsive AND NOT note:*'",
        "custody review item list 'First look' --query 'NOT tag:*' --id-only",
      ],
      statuses: [.notFound, .ambiguous] + .reading))

  @Argument(help: "The review set, by id or name.") var set: String
  @OptionGroup(title: "Items") var members: MemberOptions
  @OptionGroup(title: "Query") var language: QueryOptionGroup
  @OptionGroup var zone: ZoneOption
  @OptionGroup var list: ListOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func run() throws {
    let output = try global.output(list)
    var printer = try ListPrinter<DisplayedReviewItem>(output, schema: Self.schemaName)
    let store = try global.openForReading()
    let set = try store.read { try $0.reviewSet(self.set) }
    let choice = try members.choice(set, store, language, zone: zone.timezone, output)
    try choice.forEachBatch(of: set, in: store) { items in
      for row in try store.read({ try rows(items, of: set, in: $0) }) { try printer.append(row) }
    }
    try printer.finish()
  }

  private func rows(
    _ items: [ReviewItem], of set: ReviewSet, in catalog: Catalog
  ) throws -> [DisplayedReviewItem] {
    let facts = try catalog.reviewFacts(
      of: items.map { ItemKey(conversation: $0.conversation, item: $0.item) }, in: set)
    var ids: [Int64: ObjectID] = [:]
    return try items.map { item in
      let id = try ids[item.conversation] ?? catalog.place(of: item.conversation).id
      ids[item.conversation] = id
      let key = ItemKey(conversation: item.conversation, item: item.item)
      return DisplayedReviewItem(item: item, conversation: id, facts: facts[key] ?? ReviewFacts())
    }
  }
}
