// SPDX-License-Identifier: Apache-2.0
import Bytes

/// What a unit of preservation and deletion is: a conversation, or a record outside one
/// (holds-and-retention section 1).
package enum UnitKind: String, Sendable, CaseIterable {
  case conversation
  case project
  case memory
  /// An event of a source, such as one of an activity feed.
  case activity
}

/// One unit read from a capture, with its native bytes and its parsed form.
///
/// A conversation, or a record outside one: then it has the same shape, with one item for each
/// document, instruction or memory.
package struct CapturedUnit: Sendable {
  /// What the unit is.
  package var kind: UnitKind
  /// The capture route, such as `claude.ai-export`; part of every id.
  package var route: String
  /// The source's own id of the unit.
  package var nativeID: String
  /// The native record byte for byte: for an array element, from its first to its last byte.
  package var native: [UInt8]
  /// The conversation's or project's name; empty where the source has none.
  package var title: String
  /// When it began, as the source tells; nil when it does not.
  package var createdAt: SourceTime?
  /// When it last changed, as the source tells.
  package var updatedAt: SourceTime?
  /// The source's id of the account in whose store it was captured; nil when it is not told.
  package var accountID: String?
  /// The source's id of the project, where the source tells it.
  package var projectID: String?
  /// The project's name, where the source tells it.
  package var projectName: String?
  /// The source's id of the organisation or workspace; nil when it is not told.
  package var organizationID: String?
  /// The organisation's or workspace's name; nil when it is not told.
  package var organizationName: String?
  /// When its user deleted it at the source, as the source tells; nil while it is not deleted.
  package var deletedAt: SourceTime?
  /// The native id of the item at the tip of the visible branch, where the source tells it.
  package var currentLeafID: String?
  /// Whether the source links items to their parents, so that one without a parent is a root.
  package var hasParentLinks: Bool
  /// The items in native order.
  package var items: [CapturedItem]
  /// What is noteworthy about the record, in order of discovery.
  package var flags: [RecordFlag]
  /// What the record lacks: each becomes a gap.
  package var gaps: [CaptureProblem]
  /// Whether the record adds to what was captured of the unit before, instead of being the whole of
  /// it; then each item has a native id, and title, account and project may be left out.
  package var isPart = false
  /// Whether the account is no more than a guess, such as a folder's name.
  package var accountIsInferred = false
  /// Whether the account is what whoever imports the record says, where the source does not tell it.
  package var accountIsAssigned = false
  /// What may tell that a unit of another route is the same.
  package var joinKeys: Set<JoinKey> = []
  /// Source records that are further parts of the items: counted as merged.
  package var mergedCount = 0
  /// Source records among the native bytes that are no items, by reason.
  package var skipped: [SkipReason: Int] = [:]
  /// Source records among the native bytes that were counted when they were read, as duplicates or
  /// failures.
  package var repeatedCount = 0

  /// Source records that the unit itself stands for: its items, and one when it has none and its
  /// bytes hold nothing that is counted otherwise.
  package var recordCount: Int {
    if items.isEmpty {
      return mergedCount == 0 && skipped.isEmpty && repeatedCount == 0 ? 1 : 0
    }
    return items.count { $0.countsAsRecord }
  }

  /// The accounts of people who wrote in it and whose it is not.
  package var senderIDs: Set<String> {
    Set(items.compactMap(\.senderID).filter { $0 != accountID && $0 != "" })
  }

  package init(kind: UnitKind, route: String, nativeID: String, native: [UInt8]) {
    self.kind = kind
    self.route = route
    self.nativeID = nativeID
    self.native = native
    title = ""
    hasParentLinks = false
    items = []
    flags = []
    gaps = []
  }
}

/// A time as the source wrote it, beside the instant that it means.
package struct SourceTime: Hashable, Sendable {
  /// The source's own characters.
  package var text: String
  /// The instant; nil when the text is no time that we can read.
  package var instant: Instant?

  package init(text: String) {
    self.text = text
    instant = Instant(rfc3339: text)
  }
}

/// A noteworthy property of a record that is no failure.
package enum RecordFlag: String, Sendable, CaseIterable {
  /// No text in any block.
  case empty
  /// The parent that it names is not in the record; shown as a root.
  case parentMissing = "parent-missing"
  /// Its parent links formed a cycle, which was cut here.
  case cycleCut = "cycle-cut"
  /// A block of a type that the reader does not know; kept raw.
  case unknownBlock = "unknown-block"
  /// A block of a kind that carries no text, passed over by the text view.
  case skippedBlock = "skipped-block"
  /// Message list absent from the record.
  case messagesAbsent = "messages-absent"
  /// A time that could not be read.
  case timeUnreadable = "time-unreadable"
  /// An escape named half a surrogate pair; shown as U+FFFD.
  case loneSurrogate = "lone-surrogate"
  /// An artifact update whose old text was not found; the previous text was kept.
  case artifactUpdateMissed = "artifact-update-missed"
  /// A value had another type than the format says; kept raw.
  case wrongType = "wrong-type"
  /// Bytes that are no UTF-8; shown as U+FFFD.
  case invalidUTF8 = "invalid-utf8"
  /// The record has no id of its own; ours comes from its bytes or its position.
  case idDerived = "id-derived"
  /// Another item of the conversation has the same native id.
  case idRepeated = "id-repeated"
  /// What it follows is in another conversation, which this one continues.
  case continuesOther = "continues-other"
  /// A stream that ended before its end; what came is kept.
  case streamIncomplete = "stream-incomplete"
  /// The source cut a text, or says that it did.
  case truncated
  /// A record of a type that the format does not know, read by its message.
  case unknownRecord = "unknown-record"
  /// The speaker is not told, or by a word that the format does not know.
  case senderUnknown = "sender-unknown"
  /// Its content was deleted at the source before it was read.
  case deletedAtSource = "deleted-at-source"
  /// The source cut it, and says so.
  case truncatedAtSource = "truncated-at-source"
  /// The source took internal reasoning out of it, and says so.
  case thinkingRedacted = "thinking-redacted"
}
