// SPDX-License-Identifier: Apache-2.0
import ArgumentParser

/// Backups.
struct BackupCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "backup",
    abstract: "Copy a store whole, check the copy, and make a store of it.",
    discussion: """
      A backup is a folder with the whole store as it was at one moment: content, holds, policies \
      and the audit log. It is made while others work on the store, and it is on record, since what \
      is purged later is still in it.
      """,
    subcommands: [BackupCreate.self, BackupList.self, BackupVerify.self, BackupRestore.self])
}
