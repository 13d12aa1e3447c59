// SPDX-License-Identifier: Apache-2.0
import Actions
import ArgumentParser
import Bytes
import Foundation
import Model
import Store

/// Checks a backup; needs no store.
struct BackupVerify: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Check a backup; no store is needed.",
    discussion: discussion(
      """
      Reads every byte and compares it with the manifest; then checks the catalog, its audit chain, and \
      that each partition ends where the catalog says. Every changed, missing, added or truncated file \
      is named, and nothing is written. The manifest's own SHA-256, which custody backup list has on \
      record, stands for the whole.
      """,
      examples: ["custody backup verify monday"],
      statuses: [.notFound, .damaged, .audit, .format, .version, .denied]))

  @Argument(help: "The backup.", completion: .directory) var backup: String
  @OptionGroup var fieldOptions: FieldOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func run() async throws {
    let output = try global.output(fieldOptions)
    let progress = Progress(output)
    defer { progress.finish() }
    let verification = try await Interruption.deferring {
      try BackupCheck.verify(absolutePath(backup)) { done, all in
        try progress.tell(done, of: all)
      }
    }
    progress.finish()
    try output.print(DisplayedBackupVerification(verification), schema: Self.schemaName)
    guard let first = verification.findings.first else { return }
    for finding in verification.findings.dropFirst() {
      output.console.say("custody: " + finding.description)
    }
    throw CommandFailure(
      verification.isAuditAlone ? .audit : .damaged,
      "the backup is not as it was made: \(verification.findings.count) findings",
      why: first.description, whatToDo: "take another copy of it, or another backup",
      objects: verification.findings.map(\.path))
  }
}

/// What a check of a backup found.
struct DisplayedBackupVerification: Displayable {
  var verification: BackupVerification

  init(_ verification: BackupVerification) {
    self.verification = verification
  }

  static let recordType = "backup_verification"
  static let plural = "verifications"

  var identifier: String { verification.manifest.id.text }

  static let fields: [Field<DisplayedBackupVerification>] = [
    Field("path") { .text($0.verification.path) },
    Field("intact") { .boolean($0.verification.isIntact) },
    Field("backup") { FieldValue($0.verification.manifest.id) },
    Field("store") { FieldValue($0.verification.manifest.facts.store.id) },
    Field("store_name") { .text($0.verification.manifest.storeName) },
    Field("time") { FieldValue($0.verification.manifest.time) },
    Field("account") { .text($0.verification.manifest.actor.displayName) },
    Field("program") { .text($0.verification.manifest.actor.program) },
    Field("conversations") { FieldValue($0.verification.manifest.facts.conversationCount) },
    Field("items") { FieldValue($0.verification.manifest.facts.itemCount) },
    Field("holds") { FieldValue($0.verification.manifest.facts.holdCount) },
    Field("audit_events") { .integer($0.verification.manifest.facts.auditHead.count) },
    Field("audit_sha256") {
      .text($0.verification.manifest.facts.auditHead.digest.hexadecimal)
    },
    Field("files") { FieldValue($0.verification.manifest.files.count) },
    Field("bytes") { .byteCount($0.verification.manifest.byteCount) },
    Field("manifest_sha256") { .text($0.verification.manifestDigest.hexadecimal) },
    Field("findings") {
      .list(
        $0.verification.findings.map {
          .object([
            .init("code", .text($0.code.rawValue)), .init("path", .text($0.path)),
            .init("detail", .text($0.detail)),
          ])
        })
    },
  ]
}
