// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Foundation
import Model
import Store

/// Sets what bounds a run.
struct RetentionUpdate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "update",
    abstract: "Set the bounds within which plans can be run.",
    discussion: discussion(
      """
      The brake is the share of the conversations in the store past which a run needs its number \
      confirmed; 10 percent, where nothing else is set. With a second person asked for, every \
      removal needs the approval of somebody who did not make the plan. Both are on record. To \
      loosen one, the store's name must be typed.
      """,
      examples: [
        "custody retention update --brake 5",
        "custody retention update --second-person --reason 'policy 12'",
      ], statuses: .changing + [.confirm]))

  @Option(help: ArgumentHelp("The brake, from 1 to 100.", valueName: "percent")) var brake: Int?
  @Flag(inversion: .prefixedNo, help: "Whether a second person must approve every removal.")
  var secondPerson: Bool?
  @OptionGroup var reason: ReasonOption
  @OptionGroup var consent: ConsentOptions
  @OptionGroup var change: ChangeOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func validate() throws {
    if brake == nil, secondPerson == nil {
      throw ValidationError("give --brake, --second-person or --no-second-person")
    }
    if let brake, !(1...100).contains(brake) {
      throw ValidationError("--brake takes a percentage from 1 to 100")
    }
  }

  func run() throws {
    let output = try global.output(change)
    let store = try global.openForReading()
    let (before, id) = try store.read { catalog in
      (try catalog.disposalLimits(), try catalog.storeDescription().id)
    }
    var wanted = before
    if let brake { wanted.brakePercent = brake }
    if let secondPerson { wanted.needsSecondPerson = secondPerson }
    let name = URL(fileURLWithPath: store.folder).standardizedFileURL.lastPathComponent
    if wanted.isLooser(than: before), !change.dryRun {
      try consent.confirm(
        "let plans remove more than now without another look", name: name, isSevere: true,
        noInput: global.noInput)
    }
    try global.change(change, by: Self.self) { change in
      guard try change.catalog.disposalLimits() == before else {
        throw StoreError(.stale, "the bounds were changed meanwhile; look at them again")
      }
      try change.setDisposalLimits(wanted, reason: reason.reason)
    }
    let isNew = wanted != before
    try output.print(
      ChangeRecord(
        .update, "store", id: id.text, name: name, isDryRun: change.dryRun,
        counts: .init(added: isNew ? 1 : 0, already: isNew ? 0 : 1),
        details: [
          .init("brake", FieldValue(wanted.brakePercent)),
          .init("second_person", .boolean(wanted.needsSecondPerson)),
        ]), schema: Self.schemaName)
  }
}
