// SPDX-License-Identifier: Apache-2.0
import Bytes
package import Model

/// What the catalog has to record about a batch that a partition holds.
struct BatchCommit: Sendable {
  var partition: Int
  var mark: PartitionMark
  var conversations: [ConversationCommit]
  /// What became of the records of the batch.
  var counts = IngestCounts()
}

/// A conversation version of a batch.
struct ConversationCommit: Sendable {
  var id: ObjectID
  var kind: UnitKind
  var route: String
  var nativeID: String
  var accountID: String?
  /// Accounts of people who wrote in it beside.
  var senderIDs: Set<String>
  var projectID: String?
  var projectName: String?
  /// When it began, by its own word or that of its items.
  var started: Instant?
  /// From when periods count; nil when an item's time is unknown and the source tells no last change.
  var lastActivity: Instant?
  /// The time of its newest item; nil when no item tells a time.
  var newestItem: Instant?
  /// Whether its items are added to those of earlier versions, and do not stand for them.
  var isPart: Bool
  var version: Int
  /// When the source changed it last, by its own word; nil when it does not tell.
  var changed: Instant?
  /// Whether its content was deleted at the source, and all that came are empty messages.
  var isEmptied: Bool
  var digest: SHA256Digest
  var byteCount: Int
  /// Items of this version.
  var itemCount: Int
  /// Items that the conversation did not have before.
  var newItemCount: Int
  var captured: Instant
  var joinKeys: Set<JoinKey>
}

/// How many native records an import read and what became of them: the unit is the message, and a
/// conversation without any counts as one (claude-capture-formats sections 16 and 18).
package struct IngestCounts: Hashable, Sendable {
  package var stored = 0
  package var updated = 0
  package var duplicates = 0
  /// Conversations that were read, and how many of them were new.
  package var conversations = 0
  package var newConversations = 0
  /// Conversations of these that had been purged before; told by a rehearsal only, as a store keeps
  /// it with the run.
  package var recaptured = 0
  /// Native bytes that were stored, before compression.
  package var byteCount = 0
  /// The earliest and latest time of a stored item.
  package var firstTime: Instant?
  package var lastTime: Instant?

  /// Whether there was an item that is not known among those of a record that is not counted yet.
  var hasNews = false

  package init() {}

  /// Records that were read: what Actions merges, skips or finds faulty comes on top.
  package var read: Int { stored + updated + duplicates }

  package static func += (left: inout IngestCounts, right: IngestCounts) {
    left.stored += right.stored
    left.updated += right.updated
    left.duplicates += right.duplicates
    left.conversations += right.conversations
    left.newConversations += right.newConversations
    left.recaptured += right.recaptured
    left.byteCount += right.byteCount
    if let time = right.firstTime { left.note(time) }
    if let time = right.lastTime { left.note(time) }
  }

  mutating func note(_ time: Instant) {
    firstTime = firstTime.map { min($0, time) } ?? time
    lastTime = lastTime.map { max($0, time) } ?? time
  }
}
