// SPDX-License-Identifier: Apache-2.0
import Actions
import ArgumentParser
import Bytes
import Foundation
import Model
import Production
package import Store

/// Checks the chain of the audit log.
struct AuditVerify: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Verify the audit log.",
    discussion: discussion(
      """
      Computes the chain of digests anew from the first event. Ends with status 14 when any event \
      was edited, removed, inserted or moved. With --anchor it also shows that the log has all that \
      a checkpoint of audit anchor, kept elsewhere, speaks of, unchanged; with --signer too that one \
      of those keys signed the checkpoint.
      """,
      examples: ["custody audit verify"], statuses: .reading + [.audit, .notFound, .secret]))

  @Option(
    help: ArgumentHelp("A checkpoint that audit anchor wrote.", valueName: "file"),
    completion: .file())
  var anchor: String?
  @OptionGroup var signer: SignerOption
  @OptionGroup(title: "Output") var fields: FieldOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func validate() throws {
    if signer.signer != nil, anchor == nil {
      throw ValidationError("--signer is about the checkpoint of --anchor")
    }
  }

  func run() throws {
    let output = try global.output(fields)
    let checkpoint = try anchor.map { try readCheckpoint($0) }
    let (verification, defect) = try global.read { catalog in
      (
        try catalog.verifyAudit(),
        try checkpoint.flatMap { try AuditTree.defect(from: $0, in: catalog) }
      )
    }
    try ignoringClosedPipe { try output.print(verification, schema: Self.schemaName) }
    if let failure = verification.failure { throw failure }
    if let defect {
      throw CommandFailure(
        .audit, "the audit log does not fit the anchor", why: defect.description,
        whatToDo: "keep the store as it is, and compare with a backup or an exported log",
        objects: [anchor ?? ""])
    }
    if let checkpoint {
      output.note("the log has the \(checkpoint.size) events of the anchor, unchanged")
    }
  }

  private func readCheckpoint(_ path: String) throws -> Checkpoint {
    guard FileManager.default.fileExists(atPath: path) else {
      throw CommandFailure(.notFound, "there is no file '\(path)'", objects: [path])
    }
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
      throw CommandFailure(.audit, "cannot read the anchor '\(path)'", objects: [path])
    }
    guard let checkpoint = Checkpoint(text) else {
      throw CommandFailure(.audit, "'\(path)' is no checkpoint", objects: [path])
    }
    let keys = try signer.keys()
    guard keys.isEmpty || keys.contains(where: { checkpoint.isSigned(by: $0) }) else {
      throw CommandFailure(
        .audit, "none of the signers signed the checkpoint in '\(path)'", objects: [path])
    }
    return checkpoint
  }
}

extension AuditVerification {
  /// What a command ends with; nil of a sound log.
  var failure: CommandFailure? {
    defects.first.map { first in
      CommandFailure(
        .audit, "the audit log does not verify", why: "event \(first.seq): \(first.detail)",
        whatToDo: "keep the store as it is, and compare with a backup or an exported log",
        objects: defects.map { "event \($0.seq): \($0.kind.rawValue)" })
    }
  }
}

extension AuditVerification: Displayable {
  package static var recordType: String { "audit_verification" }
  package static var plural: String { "verifications" }
  package static var fields: [Field<AuditVerification>] {
    [
      Field("sound", heading: "Sound") { .boolean($0.isSound) },
      Field("events", heading: "Events") { .integer($0.eventCount) },
      Field("head_sha256", heading: "Head SHA-256") { .text($0.headDigest.hexadecimal) },
      Field("defects", heading: "Defects") { verification in
        .list(
          verification.defects.map {
            .object([
              .init("seq", .integer($0.seq)), .init("kind", .text($0.kind.rawValue)),
              .init("detail", .text($0.detail)),
            ])
          })
      },
    ]
  }

  package var identifier: String { headDigest.hexadecimal }
}
