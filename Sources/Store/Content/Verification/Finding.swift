// SPDX-License-Identifier: Apache-2.0

/// Something that is not as it should be in a store.
package struct Finding: Hashable, Sendable {
  /// What is wrong; the texts are stable.
  package enum Kind: String, Sendable, CaseIterable {
    /// SQLite's own check of a file fails.
    case fileDamaged = "FILE_DAMAGED"
    /// A partition that the catalog names has no file.
    case partitionMissing = "PARTITION_MISSING"
    /// A file of a capture that the catalog names is not there.
    case blobMissing = "BLOB_MISSING"
    /// A row refers to one that is not there.
    case referenceBroken = "REFERENCE_BROKEN"
    /// A conversation or a version that the catalog names is not in its partition.
    case recordMissing = "RECORD_MISSING"
    /// A partition holds a conversation or a version that no catalog row names.
    case recordUnknown = "RECORD_UNKNOWN"
    /// A native record cannot be expanded.
    case recordUnreadable = "RECORD_UNREADABLE"
    /// Native bytes do not have their digest.
    case digestMismatch = "DIGEST_MISMATCH"
    /// A number that the catalog or a record tells is not the one counted.
    case countMismatch = "COUNT_MISMATCH"
    /// The full-text index is not sound in itself.
    case indexDamaged = "INDEX_DAMAGED"
    /// The full-text index does not say of an item what its texts say.
    case indexMismatch = "INDEX_MISMATCH"
    /// What is recorded of sensitive types in an item is not what its texts hold.
    case detectionMismatch = "DETECTION_MISMATCH"
    /// Another version of the detector looked for sensitive types; `custody reindex` does it anew.
    case detectionOutdated = "DETECTION_OUTDATED"
    /// Bytes of purged conversations may be left; nothing shows them, and the next command that
    /// writes removes them.
    case removalPending = "REMOVAL_PENDING"
    /// Content that a crash left; nothing shows it, and the next writer removes it.
    case leftover = "LEFTOVER"

    /// Whether it is damage; what a crash leaves is none, and what an older version found neither.
    package var isDamage: Bool {
      switch self {
      case .leftover, .removalPending, .detectionOutdated: false
      default: true
      }
    }
  }

  package var kind: Kind
  /// An id of ours, a file of the store or a row of one.
  package var object: String
  /// One sentence; may quote captured ids, so it is escaped when shown.
  package var detail: String

  package init(_ kind: Kind, _ object: String, _ detail: String) {
    self.kind = kind
    self.object = object
    self.detail = detail
  }

  init(_ pending: PendingRemovals) {
    let names = pending.partitions.map(PartitionFile.name).joined(separator: ", ")
    self.init(
      .removalPending, "partitions",
      "the removal of \(pending.conversations) purged conversations is not complete in \(names)")
  }
}

/// What a verification looked at.
package struct VerificationSummary: Hashable, Sendable {
  package var partitions = 0
  package var conversations = 0
  package var versions = 0
  package var items = 0
  /// Native bytes whose digest was computed.
  package var byteCount = 0
  package var findings = 0
  /// Findings that are damage.
  package var damage = 0
  /// What could not be checked, since nothing can be written into the store.
  package var unchecked: [String] = []

  package init() {}
}
