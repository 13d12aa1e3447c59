// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Model
import Store

/// Tags of review sets.
struct TagCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tag",
    abstract: "Define tags, and set them on items of a review set.",
    subcommands: [
      TagCreate.self, TagList.self, TagAdd.self, TagRemove.self, TagDelete.self,
    ])
}

extension TagChoice: ExpressibleByArgument {}

/// Defines a tag.
struct TagCreate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "create",
    abstract: "Define a tag of a review set.",
    discussion: discussion(
      """
      Tags stand in groups. Of a group with the choice 'one' an item bears one tag, so that another \
      takes its place; of a group with the choice 'many' any number. The first tag of a group decides. \
      A document with an item tagged Privileged is withheld from exports.
      """,
      examples: [
        "custody review tag create Responsive --review 'First look' --group Relevance --choice one",
        "custody review tag create 'Not responsive' --review 'First look' --group Relevance",
        "custody review tag create Privileged --review 'First look' --group Privilege",
        "custody review tag create 'Checked responsive' --review 'First look' --group Control",
      ],
      statuses: [.notFound, .exists, .ambiguous] + .changing))

  @Argument(help: "The name, unique in the set whatever the letter case.") var name: String
  @OptionGroup var review: ReviewSetOption
  @Option(help: ArgumentHelp("The group that it belongs to.", valueName: "name"))
  var group = "Tags"
  @Option(help: "How many tags of the group an item may bear; many for a new group.")
  var choice: TagChoice?
  @Option(help: "What it stands for.") var description = ""
  @OptionGroup var change: ChangeOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func run() throws {
    let output = try global.output(change)
    let tag = try global.change(change, by: Self.self) { change in
      try change.createTag(
        name: name, in: change.catalog.reviewSet(review.review), group: group, choice: choice,
        description: description)
    }
    try output.print(
      ChangeRecord(
        .create, "tag", id: tag.id.text, name: tag.name, isDryRun: change.dryRun,
        counts: .init(added: 1), details: [.init("group", .text(tag.group))]),
      schema: Self.schemaName)
  }
}

/// A tag with the number of items that bear it.
struct DisplayedTag: Displayable {
  static let recordType = "tag"
  static let plural = "tags"

  var tag: ReviewTag
  var count: Int
  var identifier: String { tag.id.text }

  static let fields: [Field<DisplayedTag>] = [
    Field("id", heading: "id") { FieldValue($0.tag.id) },
    Field("group", heading: "group") { .text($0.tag.group) },
    Field("name", heading: "name") { .text($0.tag.name) },
    Field("choice", heading: "choice") { .text($0.tag.choice.rawValue) },
    Field("items", heading: "items") { FieldValue($0.count) },
    Field("description") { .text($0.tag.description) },
    Field("created") { FieldValue($0.tag.created) },
  ]
}

/// Lists the tags of a set.
struct TagList: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "List the tags of a review set, with how many items bear them.",
    discussion: discussion(
      "By group, then name.", examples: ["custody review tag list 'First look'"],
      statuses: [.notFound, .ambiguous] + .reading))

  @Argument(help: "The review set, by id or name.") var set: String
  @OptionGroup var list: ListOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func run() throws {
    var printer = try ListPrinter<DisplayedTag>(global.output(list), schema: Self.schemaName)
    let rows = try global.read { catalog in
      let set = try catalog.reviewSet(self.set)
      let counts = try catalog.tagCounts(of: set)
      return try catalog.tags(of: set).map { DisplayedTag(tag: $0, count: counts[$0.key] ?? 0) }
    }
    try printer.print(rows)
  }
}

/// Deletes a tag that was never used.
struct TagDelete: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "delete",
    abstract: "Delete a tag that no item ever bore.",
    discussion: discussion(
      "A tag that the coding history names stays on record.",
      examples: ["custody review tag delete Privileged --review 'First look' --yes"],
      statuses: .changing + [.notFound, .ambiguous, .denied, .confirm]))

  @Argument(help: "The tag, by id or name.") var tag: String
  @OptionGroup var review: ReviewSetOption
  @OptionGroup var reason: ReasonOption
  @OptionGroup var consent: YesOption
  @OptionGroup var change: ChangeOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func run() throws {
    let output = try global.output(change)
    let known = try global.read { try $0.tag(tag, of: $0.reviewSet(review.review)) }
    if !change.dryRun {
      try consent.confirm("delete the tag '\(known.name)'?", noInput: global.noInput)
    }
    try global.change(change, by: Self.self) { change in
      let set = try change.catalog.reviewSet(review.review)
      try change.deleteTag(
        change.catalog.tag("id:" + known.id.text, of: set), of: set, reason: reason.reason)
    }
    try output.print(
      ChangeRecord(
        .delete, "tag", id: known.id.text, name: known.name, isDryRun: change.dryRun,
        counts: .init(added: 1)), schema: Self.schemaName)
  }
}
