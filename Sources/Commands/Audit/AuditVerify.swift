// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Bytes
import Model
package import Store

/// Checks the chain of the audit log.
struct AuditVerify: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Verify the audit log.",
    discussion: discussion(
      """
      Computes the chain of digests anew from the first event. Ends with status 14 when any event \
      was edited, removed, inserted or moved.
      """,
      examples: ["custody audit verify"], statuses: .reading + [.audit]))

  @OptionGroup(title: "Output") var fields: FieldOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func run() throws {
    let output = try global.output(fields)
    let verification = try global.read { try $0.verifyAudit() }
    try output.print(verification, schema: Self.schemaName)
    if let first = verification.defects.first {
      throw CommandFailure(
        .audit, "the audit log does not verify", why: "event \(first.seq): \(first.detail)",
        whatToDo: "keep the store as it is, and compare with a backup or an exported log",
        objects: verification.defects.map { "event \($0.seq): \($0.kind.rawValue)" })
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
