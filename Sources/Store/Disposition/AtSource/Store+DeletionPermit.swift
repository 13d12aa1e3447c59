// SPDX-License-Identifier: Apache-2.0
import Bytes
import Foundation
import GRDB
@_spi(HoldJudgement) package import Model
import Retention

extension Store {
  /// Judges whether a chat may be deleted at its source now, and notes that the request is sent.
  ///
  /// This is the only maker of permits. In one transaction it reads the holds in force and the joins
  /// between routes, compares what the source has with what was captured and judged, and notes the
  /// request; the permit exists only when that has committed. So a hold that was committed before wins,
  /// from whatever process it came, and a request whose outcome was lost is known.
  ///
  /// The content was judged item by item when it was purged, and is not here any more. While nothing
  /// but the work of runs happened in the store since, that judgement stands. After anything else each
  /// hold whose scope may cover the chat keeps it, whatever its query selects; so does a hold on one
  /// that is the same interaction by another route for certain. What is kept is captured again and
  /// judged anew, item by item.
  ///
  /// - Parameters:
  ///   - deletion: It waits.
  ///   - reading: What the source has.
  ///   - actor: Who deletes.
  /// - Returns: The permit, or what stands against it.
  /// - Throws: `StoreError` with `.disarmed`, or when the catalog cannot be read or written.
  package func permitDeletion(
    _ deletion: SourceDeletion, seen reading: SourceReading, as actor: AuditActor
  ) throws -> DeletionVerdict {
    let objection = try change(as: actor) { change -> DeletionObjection? in
      try change.catalog.requireArmed()
      if let objection = try change.catalog.objection(to: deletion, reading) { return objection }
      try change.noteSending(deletion)
      return nil
    }
    if let objection { return .objected(objection) }
    return .permitted(
      ChatDeletionPermit(chat: deletion.chat, source: deletion.sourceID.text))
  }
}

extension Catalog {
  /// Events that say nothing of holds, persons or captures: the work of runs itself.
  private static let ownActions = """
    'content.purge', 'content.remove', 'content.purge.complete', 'content.files.remove',
    'retention.run.start', 'retention.run.batch', 'retention.run', 'source.deletion',
    'disposal.source.adopt', 'disposal.source.send', 'disposal.source.done', 'disposal.source.fail'
    """

  fileprivate func objection(
    to deletion: SourceDeletion, _ reading: SourceReading
  ) throws -> DeletionObjection? {
    guard let current = try sourceDeletion(tombstone: deletion.tombstone),
      current.state.isPending, current.chat == reading.chat
    else { return .unread }
    if try wasCapturedAgain(current) { return .recaptured }
    guard reading.isFresh(at: now), reading.sentCount == current.sentCount else { return .unread }
    guard let tombstone = try tombstone(key: current.tombstone) else {
      throw StoreError(.damaged, "the catalog lacks the tombstone of \(current.conversation)")
    }
    let plan = try plan(current.plan.text)
    if try isStale(plan) { return .stale }
    if !tombstone.record.versions.contains(where: { $0.sha256 == reading.digest.hexadecimal }) {
      return reading.isEmptied ? .emptied : .changed
    }
    let holds = try holds(against: tombstone, reading)
    return holds.isEmpty ? nil : .held(holds)
  }

  private func wasCapturedAgain(_ deletion: SourceDeletion) throws -> Bool {
    try Bool.fetchOne(
      db.cachedStatement(
        sql: """
          SELECT EXISTS (SELECT 1 FROM conversation WHERE id = ?1)
            OR EXISTS (SELECT 1 FROM recapture WHERE tombstone = ?2)
          """), arguments: [deletion.conversation.text, deletion.tombstone]) ?? true
  }

  private func tombstone(key: Int64) throws -> Tombstone? {
    try Row.fetchOne(
      db.cachedStatement(sql: Tombstone.selection + " WHERE tombstone.key = ?"), arguments: [key]
    ).map(Tombstone.init)
  }

  /// The holds that protect a purged chat, or may, by id.
  private func holds(against tombstone: Tombstone, _ reading: SourceReading) throws -> [ObjectID] {
    let situation = try holdSituation()
    let stands = try judgementStands(of: tombstone)
    func protections(_ facts: UnitFacts) -> [Protection] {
      situation.rules.rules.compactMap { rule in
        let selectsAll = rule.condition == .everything && rule.interval == TimeInterval()
        let decision = rule.decide(facts, at: situation.now, selected: selectsAll ? true : nil)
        // What a query selects of it was decided when the content was here.
        return decision.protection.flatMap { !stands || $0.isCertain ? $0 : nil }
      }
    }
    var found = Set(protections(try facts(tombstone.record)).map(\.hold))
    for twin in try twins(of: tombstone, reading) {
      for protection in protections(try unitFacts(of: twin)) where protection.isOfTwins {
        found.insert(protection.hold)
      }
    }
    return found.sorted()
  }

  /// Whether nothing happened in the store since a purge that could change what holds protect.
  private func judgementStands(of tombstone: Tombstone) throws -> Bool {
    try Bool.fetchOne(
      db.cachedStatement(
        sql: """
          SELECT NOT EXISTS (SELECT 1 FROM event WHERE action NOT IN (\(Catalog.ownActions))
            AND seq > coalesce((SELECT max(seq) FROM event
              WHERE object = ?1 AND action = 'content.purge'
                AND after ->> '$.tombstone_sha256' = ?2), 0))
          """), arguments: [tombstone.id.text, tombstone.digest.hexadecimal]) ?? false
  }

  /// What is here and the same interaction as a purged chat for certain, over any number of joins.
  private func twins(of tombstone: Tombstone, _ reading: SourceReading) throws -> Set<Int64> {
    var found: Set<Int64> = []
    for key in reading.joinKeys where [.chat, .call, .response].contains(key.kind) {
      let direct = try Int64.fetchAll(
        db.cachedStatement(
          sql: """
            SELECT o.key FROM join_key j JOIN conversation o ON o.key = j.conversation
            WHERE j.digest = ? AND j.kind = ? AND o.kind = 'conversation' AND o.route <> ?
            """),
        arguments: [Data(key.digest), key.kind.rawValue, tombstone.record.route])
      for twin in direct where found.insert(twin).inserted {
        found.formUnion(try certainTwins(of: twin))
      }
    }
    return found
  }
}
