// SPDX-License-Identifier: Apache-2.0
package import Bytes
import Foundation
import GRDB
package import Model

/// How far the removal of a purged conversation's bytes has come.
package enum RemovalState: String, Sendable, CaseIterable {
  /// Its rows may still be in the partition; nothing shows them.
  case pending
  /// Older states of the partition may still be in its log, and copies of rows in gaps of its pages.
  case removed
  /// No byte of it is left in the store.
  case done
}

/// What remains of a purged conversation (holds-and-retention section 4, point 4).
///
/// It holds ids, digests of native records, counts and dates, never content or a title.
package struct Tombstone: Hashable, Sendable {
  package var key: Int64
  package var id: ObjectID
  package var nativeID: String
  /// The plan by which it went.
  package var plan: ObjectID
  package var purged: Instant
  package var itemCount: Int
  /// Native bytes of all versions.
  package var byteCount: Int64
  /// What happened.
  package var record: TombstoneRecord
  /// The record as canonical JSON.
  package var recordText: String
  /// Of that text; the audit event of the purge bears it too.
  package var digest: SHA256Digest
  package var state: RemovalState
  /// When the last byte was gone; nil while it is not certain.
  package var completed: Instant?
  /// The run that captured the conversation again, and when; nil when none did.
  package var recaptured: Recapture?

  /// A capture of a conversation that had been purged.
  package struct Recapture: Hashable, Sendable {
    package var run: ObjectID
    package var time: Instant
  }

  /// What became of it at its source; nil where it was not to be deleted there.
  package var atSource: AtSource?

  /// The outcome of a deletion at a source.
  package struct AtSource: Hashable, Sendable {
    /// The source's name.
    package var source: String
    package var state: SourceDeletion.State
    /// Why it stays there, or could not be deleted.
    package var because: String
    /// The service's id of the answer that settled it.
    package var requestID: String?
    /// When that came to be.
    package var time: Instant
  }

  static let selection = """
    SELECT tombstone.*, retention_plan.id AS plan_id, run.id AS run_id,
      recapture.time AS recaptured, source.name AS source_name, source_deletion.state AS source_state,
      source_deletion.because AS source_because, source_deletion.request_id AS source_request,
      source_deletion.updated AS source_updated
    FROM tombstone JOIN retention_plan ON retention_plan.key = tombstone.plan
      LEFT JOIN recapture ON recapture.tombstone = tombstone.key
      LEFT JOIN run ON run.key = recapture.run
      LEFT JOIN source_deletion ON source_deletion.tombstone = tombstone.key
      LEFT JOIN source ON source.key = source_deletion.source
    """

  init(row: Row) throws {
    key = row["key"]
    id = try row.objectID("id")
    nativeID = row["native_id"]
    plan = try row.objectID("plan_id")
    purged = row.instant("purged")
    itemCount = row["item_count"]
    byteCount = row["byte_count"]
    recordText = row["record"]
    guard let digest = SHA256Digest(bytes: [UInt8](row["sha256"] as Data)),
      let record = try? JSONDecoder().decode(TombstoneRecord.self, from: Data(recordText.utf8))
    else { throw StoreError(.damaged, "the catalog holds a tombstone that cannot be read") }
    self.digest = digest
    self.record = record
    state = try row.value("state")
    completed = row.optionalInstant("completed")
    if let name: String = row["source_name"] {
      atSource = AtSource(
        source: name, state: try row.value("source_state"), because: row["source_because"],
        requestID: row["source_request"], time: row.instant("source_updated"))
    }
    if row["run_id"] as String? != nil, let time = row.optionalInstant("recaptured") {
      recaptured = Recapture(run: try row.objectID("run_id"), time: time)
    }
  }
}
