// SPDX-License-Identifier: Apache-2.0
import Capture
import Model
import Production
import Store

/// Hands the conversations of a set over one at a time, parsed again from their native bytes.
struct SetSource: ProductionSource {
  // One look into the catalog for so many conversations.
  private static let batchCount = 128

  private let store: Store
  private let set: ReviewSet
  private let selection: Selection
  private let includesContext: Bool
  private let natives: NativeReader
  private var people = CustodianNames()
  private var position = 0
  /// What the catalog gave of the next conversations, the last one first.
  private var batch: [(record: ConversationRecord, items: [ReviewItem])] = []
  /// The units of the conversation that is being handed over, the last one first.
  private var waiting: [ProducedUnit] = []

  init(
    _ store: Store, _ set: ReviewSet, _ selection: Selection, includesContext: Bool
  ) throws {
    self.store = store
    self.set = set
    self.selection = selection
    self.includesContext = includesContext
    natives = try NativeReader(store)
  }

  mutating func nextUnit() throws -> ProducedUnit? {
    while true {
      if let unit = waiting.popLast() { return unit }
      if batch.isEmpty { try fetchBatch() }
      guard let next = batch.popLast() else { return nil }
      waiting = try units(of: next.record, next.items).reversed()
    }
  }

  private mutating func fetchBatch() throws {
    let keys = Array(selection.conversations[position...].prefix(SetSource.batchCount))
    guard !keys.isEmpty else { return }
    position += keys.count
    var people = people
    let (records, items) = try store.read { catalog in
      (
        try catalog.conversations(keys: keys, people: &people),
        try catalog.items(of: set, in: keys)
      )
    }
    self.people = people
    let byKey = Dictionary(records.map { ($0.key, $0) }) { first, _ in first }
    batch = try keys.reversed().map { key in
      guard let record = byKey[key] else {
        throw StoreError(.damaged, "the catalog lacks a conversation of the set \(set.name)")
      }
      return (record, items[key] ?? [])
    }
  }

  /// The newest version that the set froze; items that it no longer has come from their own.
  private func units(
    of record: ConversationRecord, _ items: [ReviewItem]
  ) throws -> [ProducedUnit] {
    var rest = Dictionary(items.map { ($0.item, $0) }) { first, _ in first }
    var units: [ProducedUnit] = []
    for version in Set(items.map(\.conversationVersion)).sorted(by: >) {
      guard !rest.isEmpty else { break }
      let native = try natives.native(of: record, version: version)
      let unit = try ClaudeExport.parse(native: native, kind: record.kind)
      var found = false
      let roles = unit.items.enumerated().map { index, item -> ItemSelection in
        let id = ObjectID.item(
          route: unit.route, conversationID: unit.nativeID,
          itemID: item.nativeID ?? String(index))
        guard let chosen = rest.removeValue(forKey: id.text) else { return .excluded }
        if chosen.isContext { return includesContext ? .context : .excluded }
        found = true
        return .selected
      }
      guard found else { continue }
      let id =
        units.isEmpty
        ? record.id
        : ObjectID(.conversation, derivedFrom: record.id.text + "/version/" + String(version))
      units.append(produced(unit, id: id, record: record, selection: roles))
    }
    return units
  }

  private func produced(
    _ unit: CapturedUnit, id: ObjectID, record: ConversationRecord, selection: [ItemSelection]
  ) -> ProducedUnit {
    var produced = ProducedUnit(
      id: id, unit: unit, selection: selection,
      custodian: ProducedCustodian(
        fullName: record.custodian, emailAddress: record.emailAddress,
        accountID: record.accountID),
      sourcePath: record.source + ":" + record.nativeID)
    produced.allCustodians = [produced.custodian]
    produced.capturedAt = record.firstCaptured
    return produced
  }
}
