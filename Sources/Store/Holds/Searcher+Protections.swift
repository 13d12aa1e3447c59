// SPDX-License-Identifier: Apache-2.0
import GRDB
package import Model
package import Retention

extension Catalog {
  /// The rows of all conversations and other units, in ascending order.
  package func conversationKeys() throws -> [Int64] {
    try Int64.fetchAll(db, sql: "SELECT key FROM conversation ORDER BY key")
  }
}

extension Catalog {
  /// The conversations in whose captures an account of a person was named, that person's accounts of
  /// earlier times included; ascending rows.
  package func conversationKeys(of custodian: Custodian) throws -> [Int64] {
    try Int64.fetchAll(
      db,
      sql: """
        SELECT DISTINCT conversation FROM conversation_account WHERE account IN (
          SELECT account FROM attribution
          WHERE custodian IN (\(list(members(of: root(of: custodian.key))))))
        ORDER BY conversation
        """)
  }
}

extension Searcher {
  /// Every hold that protects a conversation, decided on its stored records, never on the index.
  ///
  /// The records are read only where a query or an interval has to be decided on them.
  ///
  /// - Parameters:
  ///   - record: The conversation.
  ///   - unit: What is known of it.
  ///   - situation: The holds in force.
  /// - Returns: One protection a rule, in the order of the rules.
  /// - Throws: `StoreError` when the records cannot be read.
  package func protections(
    of record: ConversationRecord, facts unit: UnitFacts, in situation: HoldSituation
  ) throws -> [Protection] {
    let near = situation.rules.rules.filter { $0.mayProtect(unit, at: situation.now) }
    if near.isEmpty { return [] }
    if near.allSatisfy(\.protectsWholeScope) {
      return situation.rules.protections(ofEmpty: unit, at: situation.now)
    }
    var versions: [StoredVersion] = []
    try forEachVersion(
      of: record.id, partition: record.partition, seenIn: situation.directories
    ) { versions.append($0) }
    let facts = Dictionary(
      uniqueKeysWithValues: try versions.map { (ObjectIdentifier($0.item), try $0.facts) })
    return situation.rules.protections(
      ofConversation: unit, items: versions.map(\.item), at: situation.now,
      facts: { item in
        facts[ObjectIdentifier(item)] ?? ItemFacts(time: nil, obstacle: "it cannot be read")
      })
  }
}

extension Searcher {
  /// Every hold that selects an item itself, in any of its versions, decided on the stored records.
  ///
  /// - Parameters:
  ///   - item: Of the conversation.
  ///   - record: The conversation.
  ///   - unit: What is known of it.
  ///   - situation: The holds in force.
  /// - Returns: One protection a rule and version that it selects.
  /// - Throws: `StoreError` when the records cannot be read.
  package func protections(
    ofItem item: ObjectID, of record: ConversationRecord, facts unit: UnitFacts,
    in situation: HoldSituation
  ) throws -> [Protection] {
    var found: [Protection] = []
    try forEachVersion(
      of: record.id, partition: record.partition, seenIn: situation.directories
    ) { version in
      guard version.id == item else { return }
      found += situation.rules.protections(
        of: version.item, try version.facts, in: unit, at: situation.now)
    }
    return found
  }
}

extension StoredVersion {
  /// What a hold is decided from.
  var facts: ItemFacts {
    get throws {
      ItemFacts(
        time: time, obstacle: obstacle,
        rereadWording: try RereadRows.wording(ofRow: item.row, in: item.reader.connection))
    }
  }

  /// Why a query cannot be decided on it for certain by what is known now.
  var obstacle: String? { isPartial ? "a file of it has no text" : nil }
}

/// What one hold covers of a conversation, over all its versions in force.
package struct ConversationCoverage: Sendable {
  package var hold: ObjectID
  /// Items that it covers in any of their versions; 0 where the conversation has none.
  package var itemCount = 0
  /// Items of these that are held only because something is not known.
  package var uncertainItemCount = 0
  /// Whether the conversation is covered for certain.
  package var isCertain = false
  /// Whether it is held because custodian or project are not known.
  package var isUnattributed = false
}

extension Searcher {
  /// What each hold covers of a conversation, item by item, decided on the stored records.
  ///
  /// The records are read only where a query or an interval has to be decided on them.
  ///
  /// - Parameters:
  ///   - record: The conversation.
  ///   - unit: What is known of it.
  ///   - situation: The holds in force.
  /// - Returns: One entry for each hold that protects it.
  /// - Throws: `StoreError` when the records cannot be read.
  package func coverage(
    of record: ConversationRecord, facts unit: UnitFacts, in situation: HoldSituation
  ) throws -> [ConversationCoverage] {
    let rules = situation.rules
    let now = situation.now
    let near = situation.rules(near: unit)
    guard !near.isEmpty else { return [] }
    var tally = CoverageTally()
    let whole = near.filter { record.itemCount == 0 || rules.rules[$0].protectsWholeScope }
    for protection in rules.protections(ofEmpty: unit, at: now, among: whole) {
      tally.note(protection, item: nil)
    }
    if whole.count == near.count { return tally.result(itemCount: record.itemCount) }
    let single = near.filter { !rules.rules[$0].protectsWholeScope }
    var items: Set<Int64> = []
    try forEachVersion(
      of: record.id, partition: record.partition, seenIn: situation.directories
    ) { version in
      let first = version.columns.first
      items.insert(first)
      let found = rules.protections(
        of: version.item, try version.facts, in: unit, at: now, among: single)
      for protection in found { tally.note(protection, item: first) }
    }
    return tally.result(itemCount: items.count)
  }
}

/// Adds up protections hold by hold.
private struct CoverageTally {
  private struct Entry {
    /// Whether an item is covered for certain, by the row of its first version.
    var items: [Int64: Bool] = [:]
    /// Whether every item is covered.
    var isWhole = false
    /// Whether every item is covered for certain.
    var isWholeCertain = false
    var isCertain = false
    var isUnattributed = false
  }

  private var order: [ObjectID] = []
  private var entries: [ObjectID: Entry] = [:]

  /// Takes what protects one item, or all of them: nil.
  mutating func note(_ protection: Protection, item: Int64?) {
    if entries[protection.hold] == nil { order.append(protection.hold) }
    var entry = entries[protection.hold] ?? Entry()
    if protection.isCertain { entry.isCertain = true }
    if protection.grounds.contains(.custodianNotKnown)
      || protection.grounds.contains(.projectNotKnown)
    {
      entry.isUnattributed = true
    }
    if let item {
      entry.items[item] = entry.items[item] == true || protection.isCertain
    } else {
      entry.isWhole = true
      if protection.isCertain { entry.isWholeCertain = true }
    }
    entries[protection.hold] = entry
  }

  /// The entries, in the order in which the holds came.
  ///
  /// - Parameter itemCount: All items of the conversation.
  /// - Returns: One entry for each hold.
  func result(itemCount: Int) -> [ConversationCoverage] {
    order.map { hold in
      let entry = entries[hold] ?? Entry()
      let covered = entry.isWhole ? itemCount : entry.items.count
      let certain = entry.isWholeCertain ? covered : entry.items.values.count { $0 }
      let uncertain = covered - certain
      return ConversationCoverage(
        hold: hold, itemCount: covered,
        uncertainItemCount: uncertain, isCertain: entry.isCertain,
        isUnattributed: entry.isUnattributed && !entry.isCertain)
    }
  }
}

extension HoldRule {
  /// Whether it protects a unit when its query and interval select any of it.
  fileprivate func mayProtect(_ unit: UnitFacts, at now: Instant) -> Bool {
    decide(unit, at: now, selected: true).protection != nil
  }

  /// Whether it has neither query nor interval: what it protects in scope needs no look at any item.
  fileprivate var protectsWholeScope: Bool {
    condition == .everything && interval == TimeInterval()
  }
}
