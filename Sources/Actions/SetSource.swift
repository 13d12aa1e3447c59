// SPDX-License-Identifier: Apache-2.0
import Capture
import Model
import Production
import Store

/// Hands the conversations of a set over one at a time, parsed again from their native bytes.
///
/// While one batch is handed over the next ones are parsed behind the scenes.
struct SetSource: ProductionSource {
  // One look into the catalog for so many conversations.
  private static let recordCount = 128
  // So many bytes of natives are parsed at a time, or one conversation.
  private static let batchByteCount = 1 << 20
  // With several batches ahead no core waits for the caller.
  private static let batchesAhead = 3

  private let store: Store
  private let set: ReviewSet
  private let selection: Selection
  private let includesContext: Bool
  private let natives: NativeReader
  private var people = CustodianNames()
  private var position = 0
  /// What the catalog gave of the next conversations, the last one first.
  private var records: [(record: ConversationRecord, items: [ReviewItem])] = []
  private var jobs: [BatchJob<[ProducedUnit]>] = []
  /// The units that are being handed over, the last one first.
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
    while waiting.isEmpty {
      while jobs.count < SetSource.batchesAhead, let next = try nextJob() { jobs.append(next) }
      guard !jobs.isEmpty else { return nil }
      waiting = try jobs.removeFirst().results().flatMap(\.self).reversed()
    }
    return waiting.popLast()
  }

  /// Begins to parse the next conversations; nil after the last.
  private mutating func nextJob() throws -> BatchJob<[ProducedUnit]>? {
    var batch: [StoredConversation] = []
    var byteCount = 0
    while byteCount < SetSource.batchByteCount {
      if records.isEmpty { try fetchRecords() }
      guard let next = records.popLast() else { break }
      let versions = Set(next.items.map(\.conversationVersion)).sorted(by: >)
      let stored = StoredConversation(
        record: next.record, items: next.items, includesContext: includesContext,
        natives: try versions.map { ($0, try natives.stored(next.record, version: $0)) })
      byteCount += stored.natives.reduce(0) { $0 + $1.native.byteCount }
      batch.append(stored)
    }
    guard !batch.isEmpty else { return nil }
    return BatchJob(batch.count) { [batch] index in try batch[index].units() }
  }

  private mutating func fetchRecords() throws {
    let keys = Array(selection.conversations[position...].prefix(SetSource.recordCount))
    guard !keys.isEmpty else { return }
    position += keys.count
    var people = people
    let (found, items) = try store.read { catalog in
      (
        try catalog.conversations(keys: keys, people: &people),
        try catalog.items(of: set, in: keys)
      )
    }
    self.people = people
    let byKey = Dictionary(found.map { ($0.key, $0) }) { first, _ in first }
    records = try keys.reversed().map { key in
      guard let record = byKey[key] else {
        throw StoreError(.damaged, "the catalog lacks a conversation of the set \(set.name)")
      }
      return (record, items[key] ?? [])
    }
  }
}

/// A conversation of a set as the store has it.
private struct StoredConversation: Sendable {
  var record: ConversationRecord
  var items: [ReviewItem]
  var includesContext: Bool
  /// The versions that the set froze, the newest first.
  var natives: [(version: Int, native: StoredNative)]

  /// The newest version that the set froze; items that it no longer has come from their own.
  func units() throws -> [ProducedUnit] {
    if CaptureRoutes.accumulates(record.route) { return try [wholeUnit()] }
    var rest = Dictionary(items.map { ($0.item, $0) }) { first, _ in first }
    var units: [ProducedUnit] = []
    for (version, native) in natives where !rest.isEmpty {
      let unit = try CaptureRoutes.parse(
        [try native.verified()], kind: record.kind, route: record.route,
        nativeID: record.nativeID)
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
      units.append(produced(unit, id: id, selection: roles))
    }
    return units
  }

  /// One unit of all the versions that the set froze: their records add to each other.
  private func wholeUnit() throws -> ProducedUnit {
    let chosen = Dictionary(items.map { ($0.item, $0) }) { first, _ in first }
    let unit = try CaptureRoutes.parse(
      natives.reversed().map { try $0.native.verified() }, kind: record.kind,
      route: record.route, nativeID: record.nativeID)
    let roles = unit.items.enumerated().map { index, item -> ItemSelection in
      let id = ObjectID.item(
        route: unit.route, conversationID: unit.nativeID, itemID: item.nativeID ?? String(index))
      guard let item = chosen[id.text] else { return .excluded }
      guard item.isContext else { return .selected }
      return includesContext ? .context : .excluded
    }
    return produced(unit, id: record.id, selection: roles)
  }

  private func produced(
    _ unit: CapturedUnit, id: ObjectID, selection: [ItemSelection]
  ) -> ProducedUnit {
    var produced = ProducedUnit(
      id: id, unit: unit, selection: selection,
      custodian: ProducedCustodian(
        fullName: record.custodian, emailAddress: record.emailAddress,
        accountID: record.accountID),
      sourcePath: record.source + ":" + record.nativeID)
    produced.sourceName = record.source
    produced.allCustodians = [produced.custodian]
    produced.capturedAt = record.firstCaptured
    return produced
  }
}
