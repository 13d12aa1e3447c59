// SPDX-License-Identifier: Apache-2.0
import Actions
import ArgumentParser
import Bytes
import Model
import Store

/// A backup on record, and whether it is still there.
struct DisplayedBackup: Displayable {
  var backup: BackupRecord
  var presence: BackupPresence

  init(_ backup: BackupRecord) {
    self.backup = backup
    presence = BackupPresence(of: backup)
  }

  static let recordType = "backup"
  static let plural = "backups"

  var identifier: String { backup.id.text }

  static let fields: [Field<DisplayedBackup>] = [
    Field("id", heading: "id") { FieldValue($0.backup.id) },
    Field("created", heading: "created") { FieldValue($0.backup.created) },
    Field("state", heading: "state") { .text($0.backup.state.rawValue) },
    Field("presence", heading: "presence") { .text($0.presence.rawValue) },
    Field("path", heading: "path") { .text($0.backup.path) },
    Field("finished") { FieldValue($0.backup.finished) },
    Field("conversations", heading: "conversations") {
      FieldValue($0.backup.conversationCount)
    },
    Field("holds") { FieldValue($0.backup.holdCount) },
    Field("audit_events") { .integer($0.backup.eventCount) },
    Field("audit_sha256") { FieldValue($0.backup.eventDigest?.hexadecimal) },
    Field("files") { FieldValue($0.backup.fileCount) },
    Field("bytes", heading: "size") { .byteCount($0.backup.byteCount) },
    Field("manifest_sha256") { FieldValue($0.backup.manifestDigest?.hexadecimal) },
    Field("account") { .text($0.backup.account) },
  ]
}

/// Lists backups.
struct BackupList: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "List the backups on record, newest first.",
    discussion: discussion(
      """
      All of them, whatever became of them. The presence tells what stands at the path now: present \
      (the recorded manifest, and each file with its size), changed, missing (moved, or deleted), or \
      none where the backup was never complete. Only custody backup verify reads the files.
      """,
      examples: ["custody backup list"], statuses: .reading))

  @OptionGroup var list: ListOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func run() throws {
    let output = try global.output(list)
    var printer = try ListPrinter<DisplayedBackup>(output, schema: Self.schemaName)
    try printer.print(try global.read { try $0.backups() }.map(DisplayedBackup.init))
  }
}
