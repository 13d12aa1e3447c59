// SPDX-License-Identifier: Apache-2.0
import Actions
import ArgumentParser
import Bytes
import Foundation
import Model
import Store

/// Makes a store of a backup.
struct BackupRestore: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "restore",
    abstract: "Make a store of a backup.",
    discussion: discussion(
      """
      Verifies the backup, copies it into a folder that is new or empty, comparing every byte again, \
      and makes it a store: with its holds, policies and audit log, to which the restoration is added. \
      Purging is disarmed there, since what was decided after the backup is not in it: holds set since \
      then must be set again before custody retention arm. The store appears when it is complete; a \
      backup that does not verify is refused, and nothing is left in the folder. With --dry-run \
      everything is checked and nothing written.
      """,
      examples: [
        "custody backup restore monday restored --dry-run",
        "custody backup restore monday restored",
      ],
      statuses: [
        .notFound, .exists, .damaged, .audit, .format, .version, .locked, .denied,
      ]))

  @Argument(help: "The backup.", completion: .directory) var backup: String
  @Argument(
    help: ArgumentHelp("The folder of the new store: new, or empty.", valueName: "dir"),
    completion: .directory)
  var folder: String
  @Flag(
    name: [.customShort("n"), .long], help: "Check everything, and write nothing.")
  var dryRun = false
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func validate() throws {
    if backup.isEmpty || folder.isEmpty { throw ValidationError("a path is empty") }
  }

  func run() async throws {
    let output = try global.output()
    let action = RestoreAction(actor: .current(Self.self))
    let source = absolutePath(backup)
    let target = absolutePath(folder)
    let progress = Progress(output)
    defer { progress.finish() }
    let verified = try await Interruption.deferring {
      try dryRun
        ? action.rehearse(source, to: target) { try progress.tell($0, of: $1) }
        : action.run(source, to: target) { try progress.tell($0, of: $1) }
    }
    progress.finish()
    let manifest = verified.manifest
    try output.print(
      ChangeRecord(
        .restore, "store", id: manifest.facts.store.id.text, name: target, isDryRun: dryRun,
        counts: nil,
        details: [
          .init("backup", FieldValue(manifest.id)), .init("time", FieldValue(manifest.time)),
          .init("conversations", FieldValue(manifest.facts.conversationCount)),
          .init("items", FieldValue(manifest.facts.itemCount)),
          .init("holds", FieldValue(manifest.facts.holdCount)),
          .init("audit_events", .integer(manifest.facts.auditHead.count)),
        ]), schema: Self.schemaName)
    if !dryRun {
      output.note(
        "purging is disarmed in the restored store until custody retention arm confirms its holds")
    }
  }
}
