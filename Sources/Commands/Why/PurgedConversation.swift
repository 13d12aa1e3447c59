// SPDX-License-Identifier: Apache-2.0
import Bytes
import Model
import Store

/// What is known of a conversation that was purged.
struct PurgedConversation: Displayable {
  static let recordType = "tombstone"
  static let plural = "tombstones"

  var tombstone: Tombstone

  var identifier: String { tombstone.id.text }

  static let fields: [Field<PurgedConversation>] = [
    Field("id") { .text($0.tombstone.id.text) },
    Field("native_id") { .text($0.tombstone.nativeID) },
    Field("outcome") { _ in .text("purged") },
    Field("purged") { .time($0.tombstone.purged) },
    Field("account") { .text($0.tombstone.record.account) },
    Field("plan") { .text($0.tombstone.plan.text) },
    Field("due") { .text($0.tombstone.record.due) },
    Field("policies") { FieldValue($0.tombstone.record.policies) },
    Field("reason") { FieldValue($0.tombstone.record.reason) },
    Field("approver") { FieldValue($0.tombstone.record.approver) },
    Field("approval_reason") { FieldValue($0.tombstone.record.approvalReason) },
    Field("custodians") { FieldValue($0.tombstone.record.custodians) },
    Field("sources") { FieldValue($0.tombstone.record.sources) },
    Field("items") { FieldValue($0.tombstone.itemCount) },
    Field("bytes") { .byteCount($0.tombstone.byteCount) },
    Field("versions_sha256") { FieldValue($0.tombstone.record.versions.map(\.sha256)) },
    Field("productions") { FieldValue($0.tombstone.record.exports) },
    Field("complete") { .boolean($0.tombstone.state == .done) },
    Field("completed") { FieldValue($0.tombstone.completed) },
    Field("at_source") { $0.tombstone.atSource?.told ?? .missing },
    Field("sha256") { .text($0.tombstone.digest.hexadecimal) },
  ]
}

extension Catalog {
  /// The last tombstone of what an id names, where nothing of that id is in the store.
  ///
  /// - Parameter written: Our id or the source's.
  /// - Returns: The tombstone; nil where the id is in the store, or was never.
  /// - Throws: `StoreError` when the catalog cannot be read.
  func purged(written: String) throws -> PurgedConversation? {
    guard try found({ try conversation(written: written) }) == nil else { return nil }
    return try tombstones(written: written).last.map(PurgedConversation.init)
  }
}
