// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Model
import Store

/// Brings a store to this version of the program.
struct UpgradeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "upgrade",
    abstract: "Bring a store of an older version to this one.",
    discussion: discussion(
      """
      Other commands refuse a store of another version with status 12. There is no way back, and \
      older versions of the program refuse the store afterwards: make a backup first, with \
      custody backup create of the version that the store is of. Killed and run again, an upgrade goes on where it stood. A store \
      of this version stays as it is; one of a newer version needs that version of the program.
      """,
      examples: ["custody upgrade --dry-run", "custody upgrade --yes"],
      statuses: [.confirm] + .changing))

  @Flag(
    name: [.customShort("n"), .long], help: "Show what would be done, and change nothing.")
  var dryRun = false
  @OptionGroup var consent: YesOption
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func run() throws {
    let output = try global.output()
    let path = try global.storePath()
    let plan = try Store.plannedUpgrade(at: path)
    if !dryRun, !plan.isDone {
      try consent.confirm(
        "upgrade the store \(path) from version \(plan.from) to \(plan.to), for good? "
          + "Is there a backup?", noInput: global.noInput)
    }
    let done = try dryRun || plan.isDone ? plan : Store.upgrade(at: path, as: .current(Self.self))
    try output.print(
      ChangeRecord(
        .upgrade, "store", id: path, isDryRun: dryRun,
        counts: done.isDone ? .init(already: 1) : .init(added: 1),
        details: [
          .init("from", FieldValue(done.from)), .init("to", FieldValue(done.to)),
          .init("steps", FieldValue(done.steps)),
        ]), schema: Self.schemaName)
  }
}
