// SPDX-License-Identifier: Apache-2.0

/// What a volume tells of the review set that it was made of, line by line, so that another store can
/// make the set again.
///
/// Ids are those of the store that wrote the volume.
package enum ReviewLine: Sendable, Hashable {
  case set(ReviewSetData)
  case tag(ReviewTagData)
  case filter(ReviewFilterData)
  case load(ReviewLoadData)
  case coding(ReviewCodingData)
  case conversation(ReviewConversationData)
  /// An item of the conversation that was named last.
  case item(ReviewItemData)
  case leftOut(ReviewLeftOutData)
  case end(ReviewEndData)
}

/// A review set.
package struct ReviewSetData: Sendable, Hashable {
  package var id: ObjectID
  /// Of its case.
  package var matter: String
  package var name: String
  package var description: String
  package var created: Instant

  package init(
    id: ObjectID, matter: String, name: String, description: String, created: Instant
  ) {
    self.id = id
    self.matter = matter
    self.name = name
    self.description = description
    self.created = created
  }
}

/// A tag with the group that it belongs to.
package struct ReviewTagData: Sendable, Hashable {
  package var id: ObjectID
  package var name: String
  package var description: String
  package var group: String
  /// Whether an item bears one tag of the group at most.
  package var isExclusive: Bool
  package var created: Instant

  package init(
    id: ObjectID, name: String, description: String, group: String, isExclusive: Bool,
    created: Instant
  ) {
    self.id = id
    self.name = name
    self.description = description
    self.group = group
    self.isExclusive = isExclusive
    self.created = created
  }
}

/// A saved filter.
package struct ReviewFilterData: Sendable, Hashable {
  package var id: ObjectID
  package var name: String
  package var query: String
  package var dialect: String
  package var zone: String
  package var created: Instant
  package var account: String

  package init(
    id: ObjectID, name: String, query: String, dialect: String, zone: String, created: Instant,
    account: String
  ) {
    self.id = id
    self.name = name
    self.query = query
    self.dialect = dialect
    self.zone = zone
    self.created = created
    self.account = account
  }
}

/// A load: what was asked for, by whom and when.
package struct ReviewLoadData: Sendable, Hashable {
  package var id: ObjectID
  package var query: String
  package var normalForm: String
  package var dialect: String
  package var interval: TimeInterval
  package var zone: String
  package var created: Instant
  package var account: String

  package init(
    id: ObjectID, query: String, normalForm: String, dialect: String, interval: TimeInterval,
    zone: String, created: Instant, account: String
  ) {
    self.id = id
    self.query = query
    self.normalForm = normalForm
    self.dialect = dialect
    self.interval = interval
    self.zone = zone
    self.created = created
    self.account = account
  }
}

/// An act of coding.
package struct ReviewCodingData: Sendable, Hashable {
  package var id: ObjectID
  package var number: Int
  package var kind: CodingKind
  /// Which items were chosen and what was to be done, JSON.
  package var asked: String
  package var reason: String
  /// The act that it took back; an earlier one.
  package var undoes: ObjectID?
  package var isComplete: Bool
  package var changed: Int
  package var already: Int
  package var skipped: Int
  package var created: Instant
  package var account: String

  package init(
    id: ObjectID, number: Int, kind: CodingKind, asked: String, reason: String, undoes: ObjectID?,
    isComplete: Bool, changed: Int, already: Int, skipped: Int, created: Instant, account: String
  ) {
    self.id = id
    self.number = number
    self.kind = kind
    self.asked = asked
    self.reason = reason
    self.undoes = undoes
    self.isComplete = isComplete
    self.changed = changed
    self.already = already
    self.skipped = skipped
    self.created = created
    self.account = account
  }
}

/// A captured record of a conversation, as a file of the volume.
package struct ReviewRecordData: Sendable, Hashable {
  /// Which version of the conversation it is in the store that wrote it, from 1.
  package var version: Int
  /// From the volume's root.
  package var path: String
  /// Lower-case hexadecimal.
  package var sha256: String

  package init(version: Int, path: String, sha256: String) {
    self.version = version
    self.path = path
    self.sha256 = sha256
  }
}

/// A conversation, or another unit, with the records that its items are read from.
package struct ReviewConversationData: Sendable, Hashable {
  package var kind: UnitKind
  package var route: String
  package var nativeID: String
  /// The source's id of its account, the name of the person whose it is, and an address; each may be
  /// empty.
  package var accountID: String
  package var custodian: String
  package var emailAddress: String
  /// By rising versions; at least one.
  package var records: [ReviewRecordData]

  package init(
    kind: UnitKind, route: String, nativeID: String, accountID: String, custodian: String,
    emailAddress: String, records: [ReviewRecordData] = []
  ) {
    self.kind = kind
    self.route = route
    self.nativeID = nativeID
    self.accountID = accountID
    self.custodian = custodian
    self.emailAddress = emailAddress
    self.records = records
  }

  package var id: ObjectID { .conversation(route: route, nativeID: nativeID) }
}

/// An effect of an act on an item.
package struct ReviewChangeData: Sendable, Hashable {
  package var coding: ObjectID
  /// Nil: whether the item was taken out of the set.
  package var tag: ObjectID?
  package var isSet: Bool

  package init(coding: ObjectID, tag: ObjectID?, isSet: Bool) {
    self.coding = coding
    self.tag = tag
    self.isSet = isSet
  }
}

/// A note on an item.
package struct ReviewNoteData: Sendable, Hashable {
  package var id: ObjectID
  package var text: String
  package var coding: ObjectID
  /// The act that took it back; nil while it stands.
  package var withdrawn: ObjectID?
  package var created: Instant
  package var account: String

  package init(
    id: ObjectID, text: String, coding: ObjectID, withdrawn: ObjectID?, created: Instant,
    account: String
  ) {
    self.id = id
    self.text = text
    self.coding = coding
    self.withdrawn = withdrawn
    self.created = created
    self.account = account
  }
}

/// An item of the set with all that was done to it.
package struct ReviewItemData: Sendable, Hashable {
  package var id: ObjectID
  /// The load that gave it.
  package var load: ObjectID
  /// Whether it only comes along with its conversation.
  package var isContext: Bool
  /// The version of the conversation whose record was frozen for it.
  package var record: Int
  /// Of its own bytes in that record, lower-case hexadecimal.
  package var sha256: String
  /// In the order in which they happened.
  package var changes: [ReviewChangeData]
  package var notes: [ReviewNoteData]

  package init(
    id: ObjectID, load: ObjectID, isContext: Bool, record: Int, sha256: String = "",
    changes: [ReviewChangeData] = [], notes: [ReviewNoteData] = []
  ) {
    self.id = id
    self.load = load
    self.isContext = isContext
    self.record = record
    self.sha256 = sha256
    self.changes = changes
    self.notes = notes
  }
}

/// A conversation of the set that the volume does not bring back.
package struct ReviewLeftOutData: Sendable, Hashable {
  /// Why.
  package enum Reason: String, Sendable, CaseIterable {
    /// Something of it is blacked out.
    case redacted = "REDACTED"
    /// Something of it is privileged.
    case withheld = "WITHHELD"
    /// Nothing of it is selected, so it has no document.
    case notSelected = "NOT_SELECTED"
  }

  package var route: String
  package var nativeID: String
  package var reason: Reason
  /// How many of its items are in the set.
  package var itemCount: Int

  package init(route: String, nativeID: String, reason: Reason, itemCount: Int) {
    self.route = route
    self.nativeID = nativeID
    self.reason = reason
    self.itemCount = itemCount
  }
}

/// The last line: how many lines there are, so that none is missed.
package struct ReviewEndData: Sendable, Hashable {
  package var conversations: Int
  package var items: Int
  package var leftOut: Int

  package init(conversations: Int = 0, items: Int = 0, leftOut: Int = 0) {
    self.conversations = conversations
    self.items = items
    self.leftOut = leftOut
  }
}

extension ReviewItemData {
  /// The tags that it bears after all that was done to it.
  package var tags: [ObjectID] {
    var tags: [ObjectID] = []
    for change in changes {
      guard let tag = change.tag else { continue }
      tags.removeAll { $0 == tag }
      if change.isSet { tags.append(tag) }
    }
    return tags
  }

  /// The act that set a tag that it bears.
  package func coding(settingTag tag: ObjectID) -> ObjectID? {
    changes.last { $0.tag == tag && $0.isSet }?.coding
  }
}
