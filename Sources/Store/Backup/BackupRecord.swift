// SPDX-License-Identifier: Apache-2.0
package import Bytes
import Foundation
import GRDB
package import Model

/// How far a backup has come.
package enum BackupState: String, Sendable, CaseIterable {
  /// Begun and not ended; its process may have died, and its files may be there all the same.
  case running
  case complete
  case failed
}

/// A backup as the catalog has it.
package struct BackupRecord: Hashable, Sendable {
  package var key: Int64
  package var id: ObjectID
  package var state: BackupState
  /// Where it was written, from the root.
  package var path: String
  package var created: Instant
  package var finished: Instant?
  /// The audit log's events up to which it holds what was decided; while it is running, the event
  /// that began it.
  package var eventCount: Int64
  /// The digest of the last of them; nil until it is complete.
  package var eventDigest: SHA256Digest?
  package var conversationCount: Int
  /// Holds on record, whatever their state.
  package var holdCount: Int
  package var fileCount: Int
  package var byteCount: Int64
  /// The digest of its manifest; nil until it is complete.
  package var manifestDigest: SHA256Digest?
  package var account: String

  init(row: Row) throws {
    key = row["key"]
    id = try row.objectID("id")
    state = try row.value("state")
    path = row["path"]
    created = row.instant("created")
    finished = row.optionalInstant("finished")
    eventCount = row["event_count"]
    eventDigest = digest(row["event_sha256"])
    conversationCount = row["conversation_count"]
    holdCount = row["hold_count"]
    fileCount = row["file_count"]
    byteCount = row["byte_count"]
    manifestDigest = digest(row["manifest_sha256"])
    account = row["account"]
  }
}

private func digest(_ data: Data?) -> SHA256Digest? {
  data.flatMap { SHA256Digest(bytes: [UInt8]($0)) }
}

/// What a complete backup holds.
package struct BackupOutcome: Hashable, Sendable {
  package var facts: StoreFacts
  package var fileCount: Int
  /// Bytes of the store's files in it, without the manifest.
  package var byteCount: Int64
  package var manifestDigest: SHA256Digest

  package init(
    facts: StoreFacts, fileCount: Int, byteCount: Int64, manifestDigest: SHA256Digest
  ) {
    self.facts = facts
    self.fileCount = fileCount
    self.byteCount = byteCount
    self.manifestDigest = manifestDigest
  }
}
