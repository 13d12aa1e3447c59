// SPDX-License-Identifier: Apache-2.0
import ArgumentParser

/// The audit log.
struct AuditCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "audit",
    abstract: "Look at the audit log and verify it.",
    discussion: """
      Each change of a store is one event: who, when, with which command, on what, from what to \
      what, and why. Each event carries the digest of the one before, so that an edit, a removal or \
      a change of order is found.
      """,
    subcommands: [
      AuditList.self, AuditShow.self, AuditVerify.self, AuditExport.self,
      AuditAnchor.self,
    ])
}
