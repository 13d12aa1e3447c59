// SPDX-License-Identifier: Apache-2.0
import GRDB
package import Model

/// The deletion of a purged chat at its source, and what became of it.
package struct SourceDeletion: Hashable, Sendable {
  /// How far it has come.
  package enum State: String, Sendable, CaseIterable {
    /// Purged here; no request was sent.
    case due
    /// A request was sent, or is about to be, and its outcome is not known.
    case sent
    /// The source refused it; the next run tries again.
    case failed
    /// The source said that it deleted it.
    case deleted
    /// It was at the source no more before it could be deleted.
    case gone
    /// It stays at the source, since something stood against it, and was captured again.
    case kept

    /// Whether a run has something to do about it.
    package var isPending: Bool { self == .due || self == .sent || self == .failed }
  }

  /// The row of the tombstone.
  package var tombstone: Int64
  package var conversation: ObjectID
  /// The source's own id.
  package var chat: String
  /// By which it was purged.
  package var plan: ObjectID
  /// The row of the source that it is deleted at.
  package var source: Int64
  package var sourceID: ObjectID
  package var sourceName: String
  package var state: State
  /// What stood against it, or why it failed.
  package var because: String
  /// Ids of the holds that keep it.
  package var objects: [ObjectID]
  /// The service's id of the answer that settled it.
  package var requestID: String?
  /// How many requests were sent.
  package var sentCount: Int
  /// When the last request was sent.
  package var sent: Instant?
  package var updated: Instant

  static let selection = """
    SELECT d.*, t.id, t.native_id, p.id AS plan_id, s.id AS source_id, s.name AS source_name
    FROM source_deletion d JOIN tombstone t ON t.key = d.tombstone
      JOIN retention_plan p ON p.key = t.plan JOIN source s ON s.key = d.source
    """

  init(row: Row) throws {
    tombstone = row["tombstone"]
    conversation = try row.objectID("id")
    chat = row["native_id"]
    plan = try row.objectID("plan_id")
    source = row["source"]
    sourceID = try row.objectID("source_id")
    sourceName = row["source_name"]
    state = try row.value("state")
    because = row["because"]
    objects = try PlanEntry.ids(row["objects"])
    requestID = row["request_id"]
    sentCount = row["sent_count"]
    sent = row.optionalInstant("sent")
    updated = row.instant("updated")
  }
}

/// What stands against the deletion of a chat at its source.
package enum DeletionObjection: Hashable, Sendable {
  /// Holds protect it, or may: nothing of it is left here that they could be decided on.
  case held([ObjectID])
  /// It is another than what was captured and judged.
  case changed
  /// It was captured again after it was purged, so the plan does not list it.
  case recaptured
  /// Its plan was made under other policies.
  case stale
  /// It has to be read again first.
  case unread
  /// Its user deleted it at the source.
  case emptied

  /// Stable names, as ``DispositionResult/because`` has them.
  package var name: String {
    switch self {
    case .held: "held"
    case .changed: "changed-at-source"
    case .recaptured: "recaptured"
    case .stale: "stale"
    case .unread: "unread-at-source"
    case .emptied: "emptied"
    }
  }

  package var objects: [ObjectID] {
    if case .held(let holds) = self { holds } else { [] }
  }
}

/// Whether a chat may be deleted at its source.
package enum DeletionVerdict: ~Copyable {
  case permitted(ChatDeletionPermit)
  case objected(DeletionObjection)
}

/// How many deletions at sources a plan has, by state.
package typealias SourceDeletionCounts = [SourceDeletion.State: Int]
