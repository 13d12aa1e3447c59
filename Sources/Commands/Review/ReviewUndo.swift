// SPDX-License-Identifier: Apache-2.0
import Actions
import ArgumentParser
import Model
package import Store

/// Takes an act of coding back.
struct ReviewUndo: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "undo",
    abstract: "Take back what was coded in a review set.",
    discussion: discussion(
      """
      The newest act of the coding history that stands, or the one named: items get back what they \
      bore before it. An item that was coded differently since is left as it is, counted as \
      skipped, and the command ends with status 3. The history keeps both acts; naming the act of \
      taking back does the first one again; where that lets conversations go that only the set keeps, \
      it must be confirmed by the set's name.
      """,
      examples: ["custody review undo 'First look'"],
      statuses: [.notFound, .ambiguous, .denied, .partial, .confirm, .stale] + .changing))

  @Argument(help: "The review set, by id or name.") var set: String
  @Option(help: ArgumentHelp("The act, by id or number.", valueName: "coding"))
  var coding: String?
  @OptionGroup var reason: ReasonOption
  @OptionGroup var consent: ConfirmOption
  @OptionGroup var change: ChangeOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func run() throws {
    let output = try global.output(change)
    let store = try global.openForChanges(change)
    let (set, undone) = try store.read { catalog in
      let set = try catalog.reviewSet(self.set)
      return (
        set, try self.coding.map { try catalog.coding($0, of: set) } ?? catalog.lastCoding(of: set)
      )
    }
    guard let undone else {
      throw CommandFailure(
        .notFound, "nothing was coded in the review set '\(set.name)' that stands",
        whatToDo: "see custody review history")
    }
    let again = try store.read { try $0.itemCountsTakenOut(byUndoing: undone, of: set) }
    var agreed: Set<ObjectID> = []
    if !again.isEmpty {
      let freed = try ReleasePreview(
        taking: again, from: set, store: store, output: output)
      freed.tell(output)
      agreed = freed.conversations
      if !change.dryRun, freed.deletable > 0 {
        try consent.confirm(
          "take items out of the review set '\(set.name)' again; \(freed.sentence)",
          name: set.name, noInput: global.noInput)
      }
    }
    let action = CodingAction(store: store, actor: .current(Self.self), set: set)
    let act = try action.undo(
      undone, reason: reason.reason, agreed: agreed, isRehearsed: change.dryRun)
    try output.print(
      .restore, act, of: set, isDryRun: change.dryRun, schema: Self.schemaName,
      details: [.init("undone", FieldValue(undone.id))])
    if act.skipped > 0 {
      throw CommandFailure(
        .partial, "\(act.skipped) items were coded differently since",
        whatToDo: "see custody review history")
    }
  }
}

extension Coding: Displayable {
  package static var recordType: String { "coding" }
  package static var plural: String { "codings" }
  package static var fields: [Field<Coding>] {
    [
      Field("number", heading: "no") { FieldValue($0.number) },
      Field("id", heading: "id") { FieldValue($0.id) },
      Field("kind", heading: "kind") { .text($0.kind.rawValue) },
      Field("created", heading: "time") { .time($0.created) },
      Field("account", heading: "by") { .text($0.account) },
      Field("changed", heading: "changed") { FieldValue($0.changed) },
      Field("already") { FieldValue($0.already) },
      Field("skipped") { FieldValue($0.skipped) },
      Field("complete") { .boolean($0.isComplete) },
      Field("undoes") { FieldValue($0.undoes) },
      Field("undone_by") { FieldValue($0.undoneBy) },
      Field("reason", heading: "reason") { .text($0.reason) },
      Field("asked") { .text($0.asked) },
    ]
  }

  package var identifier: String { id.text }
}

/// Lists what was coded in a set.
struct ReviewHistory: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "history",
    abstract: "List what was coded in a review set: who, when, how many items.",
    discussion: discussion(
      "The newest act first. Every act is in the audit log, too.",
      examples: ["custody review history 'First look'"],
      statuses: [.notFound, .ambiguous] + .reading))

  @Argument(help: "The review set, by id or name.") var set: String
  @OptionGroup var list: ListOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func run() throws {
    var printer = try ListPrinter<Coding>(global.output(list), schema: Self.schemaName)
    try printer.print(try global.read { try $0.codings(of: $0.reviewSet(set)) })
  }
}
