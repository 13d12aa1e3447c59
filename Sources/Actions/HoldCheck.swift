// SPDX-License-Identifier: Apache-2.0
package import Model
package import Retention
package import Store

/// What holds cover now, decided on the stored records.
package struct HoldCheck {
  /// What one hold covers.
  package struct Coverage: Sendable {
    package var hold: HoldRecord
    package var conversations = 0
    package var items = 0
    /// Conversations that are held only because something of them is not known.
    package var uncertain = 0
    /// Items that are held only because something is not known.
    package var uncertainItems = 0
    /// Conversations of these whose custodian or project is not known.
    package var unattributed = 0
    /// Conversations that are held besides, only because one that is the same interaction by another
    /// route is.
    package var joined = 0

    package init(hold: HoldRecord) {
      self.hold = hold
    }
  }

  let store: Store

  package init(store: Store) {
    self.store = store
  }

  /// The holds that protect one conversation.
  ///
  /// - Throws: `StoreError` when the store cannot be read.
  package func protections(of record: ConversationRecord) throws -> [Protection] {
    let searcher = try Searcher(store)
    return try store.read { catalog in
      try searcher.protections(of: record, in: catalog, catalog.holdSituation())
    }
  }

  /// What each hold in force covers.
  ///
  /// - Throws: `StoreError` when the store cannot be read.
  package func coverage() throws -> [Coverage] {
    try coverage(of: store.read { try $0.holds() }.filter { $0.state != .released })
  }

  /// What holds cover, in their order; nothing where one is released.
  ///
  /// - Throws: `StoreError` when the store cannot be read.
  package func coverage(of holds: [HoldRecord]) throws -> [Coverage] {
    var coverage = holds.map { Coverage(hold: $0) }
    let places = Dictionary(uniqueKeysWithValues: zip(holds.map(\.id), coverage.indices))
    let isWanted: (HoldRule) -> Bool = { places[$0.hold] != nil }
    try forEachConversation(under: isWanted) { visit in
      let found = try visit.searcher.coverage(
        of: visit.record, facts: visit.facts, in: visit.situation)
      let twins = try visit.searcher.twinProtections(
        of: visit.record.key, in: visit.catalog, visit.situation)
      for hold in Set(twins.map(\.hold)).subtracting(found.map(\.hold)) {
        if let place = places[hold] { coverage[place].joined += 1 }
      }
      for part in found {
        guard let place = places[part.hold] else { continue }
        coverage[place].conversations += 1
        coverage[place].items += part.itemCount
        coverage[place].uncertainItems += part.uncertainItemCount
        if !part.isCertain { coverage[place].uncertain += 1 }
        if part.isUnattributed { coverage[place].unattributed += 1 }
      }
    }
    return coverage
  }

  /// A conversation that the release of holds concerns.
  package struct Released: Sendable {
    package var conversation: ObjectID
    /// When no hold protects it any more; nil while another active hold does.
    package var heldUntil: Instant?
    /// Whether a review set keeps it.
    package var isInReviewSet: Bool
    /// Whether a hold protects it now; else only a review set did.
    package var wasHeld = true
  }

  /// What becomes of each conversation that holds protect when these are released.
  ///
  /// - Parameters:
  ///   - holds: The holds to release, all of them active.
  ///   - coolDown: In ticks, not negative, from now on.
  ///   - matter: The case that is closed with it, whose review sets then keep nothing.
  ///   - body: Gets one conversation after the other.
  /// - Throws: `StoreError` when the store cannot be read, or what the body throws.
  package func forEachReleased(
    by holds: [HoldRecord], coolDown: Int64, closing matter: MatterRecord? = nil,
    _ body: (Released) throws -> Void
  ) throws {
    // What goes on protecting counts too, so all rules are decided.
    let current = Dictionary(
      uniqueKeysWithValues: holds.map { ($0.id, $0.current.number) })
    let isAny: (HoldRule) -> Bool = { _ in true }
    try forEachConversation(under: isAny) { visit in
      let found = try visit.searcher.protections(
        of: visit.record, in: visit.catalog, visit.situation)
      let isEnding: (Protection) -> Bool = { current[$0.hold] == $0.version }
      guard found.contains(where: isEnding) else { return }
      let others = found.filter { !isEnding($0) }
      let end = Instant(ticks: visit.situation.now.ticks + coolDown)
      let heldUntil =
        others.contains { $0.until == nil }
        ? nil : others.compactMap(\.until).max().map { max($0, end) } ?? end
      let sets = try visit.catalog.reviewSets(keeping: visit.record.key, besides: matter)
      try body(
        Released(
          conversation: visit.record.id, heldUntil: heldUntil, isInReviewSet: !sets.isEmpty))
    }
  }

  private struct Visit {
    var record: ConversationRecord
    var facts: UnitFacts
    var situation: HoldSituation
    var searcher: Searcher
    /// The state that it was found in.
    var catalog: Catalog
  }

  private func forEachConversation(
    under isWanted: (HoldRule) -> Bool, _ body: (Visit) throws -> Void
  ) throws {
    let (situation, keys) = try store.read { catalog in
      (try catalog.holdSituation(where: isWanted), try catalog.conversationKeys())
    }
    guard !situation.rules.rules.isEmpty else { return }
    let searcher = try Searcher(store)
    for key in keys {
      try store.read { catalog in
        // A run of a plan may have removed it meanwhile.
        guard let record = try catalog.conversationIfPresent(key: key) else { return }
        try body(
          Visit(
            record: record, facts: catalog.unitFacts(of: key), situation: situation,
            searcher: searcher, catalog: catalog))
      }
    }
  }
}
