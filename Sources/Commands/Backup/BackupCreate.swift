// SPDX-License-Identifier: Apache-2.0
import Actions
import ArgumentParser
import Bytes
import Foundation
import Model
import Store

/// Makes a backup.
struct BackupCreate: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "create",
    abstract: "Make a backup of the store.",
    discussion: discussion(
      """
      Makes a folder, readable by you alone, with a copy of the catalog and of each partition as they \
      were at one moment, and a manifest with the SHA-256 of each. Imports, searches and new holds \
      go on meanwhile. The folder appears under its name when it is complete and on the disk; nothing \
      is ever overwritten. Stopped or killed, nothing stands under the name, and the next backup into \
      the same folder removes what was left. The backup goes on record in the store and its audit log \
      before its first byte is written. With --dry-run the sizes and counts are told, and nothing is \
      written.
      """,
      examples: [
        "custody backup create --output monday --dry-run", "custody backup create --output monday",
      ],
      statuses: [.exists] + .changing))

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "The folder that the backup becomes; nothing may be there.", valueName: "dir"),
    completion: .directory)
  var output: String
  @OptionGroup var wait: WaitOption
  @OptionGroup var change: ChangeOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func validate() throws {
    if output.isEmpty { throw ValidationError("--output is empty") }
    if change.dryRun, change.idOnly {
      throw ValidationError("a dry run makes no backup, so there is no id to print")
    }
  }

  func run() async throws {
    let settings = try global.output(change)
    let store = try global.openForChanges(change)
    let action = BackupAction(
      store: store, actor: .current(Self.self), wait: wait.duration)
    let path = absolutePath(output)
    let report: BackupReport
    if change.dryRun {
      report = try action.rehearse(to: path)
    } else {
      let progress = Progress(settings)
      defer { progress.finish() }
      report = try await Interruption.deferring {
        try action.run(to: path) { done, all in try progress.tell(done, of: all) }
      }
    }
    try settings.print(
      ChangeRecord(
        .create, "backup", id: report.id?.text ?? "", name: report.path,
        isDryRun: change.dryRun, counts: nil,
        details: [
          .init("conversations", FieldValue(report.conversationCount)),
          .init("items", FieldValue(report.itemCount)),
          .init("holds", FieldValue(report.holdCount)),
          .init("audit_events", .integer(report.eventCount)),
          .init("files", FieldValue(report.fileCount)),
          .init("bytes", .byteCount(report.byteCount)),
          .init("manifest_sha256", FieldValue(report.manifestDigest?.hexadecimal)),
        ]), schema: Self.schemaName)
  }
}

extension Progress {
  /// Says how far a copy has come, and stops it after a signal.
  func tell(_ done: Int64, of all: Int64) throws {
    if let signal = Interruption.requested { throw signal }
    update("\(all > 0 ? done * 100 / all : 100) % of \(all >> 20) MiB")
  }
}
