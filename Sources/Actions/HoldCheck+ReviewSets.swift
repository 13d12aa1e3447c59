// SPDX-License-Identifier: Apache-2.0
import Model
import Retention
package import Store

/// What becomes deletable because review sets keep it no longer (holds-and-retention sections 1 and
/// 2.1).
extension HoldCheck {
  /// What becomes of each conversation that holds of a case or its review sets keep when it is closed.
  ///
  /// - Parameters:
  ///   - matter: The case.
  ///   - holds: Its active holds, where they are released with it.
  ///   - coolDown: In ticks, not negative, from now on.
  ///   - body: Gets one conversation after the other.
  /// - Throws: `StoreError` when the store cannot be read, or what the body throws.
  package func forEachFreed(
    byClosing matter: MatterRecord, releasing holds: [HoldRecord], coolDown: Int64,
    _ body: (Released) throws -> Void
  ) throws {
    guard matter.state == .open else { return }
    if !holds.isEmpty {
      try forEachReleased(by: holds, coolDown: coolDown, closing: matter, body)
    }
    let current = Dictionary(uniqueKeysWithValues: holds.map { ($0.id, $0.current.number) })
    let keys = try store.read { try $0.conversationKeys(keptBySetsOf: matter) }
    try forEachLetGo(
      keys, { try $0.reviewSets(keeping: $1, besides: matter).isEmpty },
      unless: { current[$0.hold] == $0.version }, body)
  }

  /// What becomes of each conversation that a review set keeps when items are taken out of it.
  ///
  /// - Parameters:
  ///   - choice: The items.
  ///   - set: The set.
  ///   - body: Gets one conversation after the other.
  /// - Throws: `StoreError` with `.notFound` for ids that are not in the set, or what the body throws.
  package func forEachFreed(
    byTaking choice: MemberChoice, from set: ReviewSet, _ body: (Released) throws -> Void
  ) throws {
    var taken: [Int64: Int] = [:]
    try choice.forEachBatch(of: set, in: store) { items in
      for item in items { taken[item.conversation, default: 0] += 1 }
    }
    try forEachFreed(byTaking: taken, from: set, body)
  }

  /// The same for so many items of each conversation, by row.
  package func forEachFreed(
    byTaking taken: [Int64: Int], from set: ReviewSet, _ body: (Released) throws -> Void
  ) throws {
    try forEachLetGo(
      taken.keys.sorted(),
      { catalog, key in
        guard try catalog.reviewSets(keeping: key).map(\.id) == [set.id] else { return false }
        return try catalog.items(of: set, in: [key])[key]?.count == taken[key]
      },
      unless: { _ in false }, body)
  }

  /// Refuses a change of a review set after which nothing keeps a conversation that nobody agreed to
  /// let go: what was kept besides when it was shown may have gone meanwhile.
  ///
  /// - Parameters:
  ///   - keys: The conversations that the set kept before, by row.
  ///   - agreed: Those that were told to be let go.
  ///   - catalog: Of the transaction, after the change.
  /// - Throws: `StoreError` with `.stale`, or when the store cannot be read.
  func requireKept(_ keys: [Int64], besides agreed: Set<ObjectID>, in catalog: Catalog) throws {
    var asked: (searcher: Searcher, situation: HoldSituation)?
    for key in keys where try catalog.reviewSets(keeping: key).isEmpty {
      let record = try catalog.conversation(key: key)
      if agreed.contains(record.id) { continue }
      let (searcher, situation) = try asked ?? (Searcher(store), catalog.holdSituation())
      asked = (searcher, situation)
      let found = try searcher.protections(of: record, in: catalog, situation)
      guard found.contains(where: { $0.until == nil }) else {
        throw StoreError(
          .stale,
          "\(record.id) would now be kept by no hold and no review set, which was not shown; run it "
            + "again", objects: [record.id.text])
      }
    }
  }

  /// Gives the conversations that no review set keeps any more and no hold protects without an end.
  ///
  /// - Parameters:
  ///   - keys: The conversations, by row.
  ///   - isLetGo: Whether none keeps one any more.
  ///   - isTold: Whether a hold protects that was looked at before, with all that it protects.
  ///   - body: Gets one conversation after the other.
  /// - Throws: `StoreError` when the store cannot be read, or what the body throws.
  private func forEachLetGo(
    _ keys: [Int64], _ isLetGo: (Catalog, Int64) throws -> Bool,
    unless isTold: (Protection) -> Bool, _ body: (Released) throws -> Void
  ) throws {
    guard !keys.isEmpty else { return }
    let searcher = try Searcher(store)
    let situation = try store.read { try $0.holdSituation() }
    for key in keys {
      let released = try store.read { catalog -> Released? in
        // A run of a plan may have removed it meanwhile.
        guard try isLetGo(catalog, key),
          let record = try catalog.conversationIfPresent(key: key)
        else { return nil }
        let found = try searcher.protections(of: record, in: catalog, situation)
        guard !found.contains(where: { $0.until == nil || isTold($0) }) else { return nil }
        return Released(
          conversation: record.id, heldUntil: found.compactMap(\.until).max() ?? situation.now,
          isInReviewSet: false, wasHeld: !found.isEmpty)
      }
      if let released { try body(released) }
    }
  }
}
