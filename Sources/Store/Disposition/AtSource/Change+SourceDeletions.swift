// SPDX-License-Identifier: Apache-2.0
import GRDB
import Model

extension Change {
  /// Notes with a tombstone that its chat is to be deleted at its source too; part of the change that
  /// writes the tombstone.
  ///
  /// - Parameters:
  ///   - view: What the source had.
  ///   - tombstone: Its row.
  /// - Throws: `StoreError` when the catalog refuses.
  func schedule(_ view: SourceView, tombstone: Int64) throws {
    switch view {
    case .unsourced, .unread: return
    case .read(_, let source): try insert(tombstone, source.key, .due)
    case .gone(let requestID, let source):
      try insert(tombstone, source.key, .due)
      guard let deletion = try catalog.sourceDeletion(tombstone: tombstone) else { return }
      try settle(deletion, as: .gone, requestID: requestID)
    }
  }

  private func insert(_ tombstone: Int64, _ source: Int64, _ state: SourceDeletion.State) throws {
    try db.cachedStatement(
      sql: """
        INSERT INTO source_deletion (tombstone, source, state, because, objects, sent_count, updated)
        VALUES (?, ?, ?, '', '[]', 0, ?)
        """
    ).execute(arguments: [tombstone, source, state.rawValue, now.ticks])
  }

  /// Takes in chats that a plan removed here, in a run that did not delete at sources.
  ///
  /// - Parameter plan: The plan.
  /// - Returns: How many.
  /// - Throws: `StoreError` when the catalog refuses.
  package func adoptSourceDeletions(of plan: PlanRecord) throws -> Int {
    try db.execute(
      sql: """
        INSERT INTO source_deletion (tombstone, source, state, because, objects, sent_count, updated)
        \(Self.adoptable)
        """, arguments: [plan.key, now.ticks])
    let count = db.changesCount
    guard count > 0 else { return 0 }
    try record(
      AuditEvent(
        "disposal.source.adopt", of: plan.id, after: ["conversations": JSONValue(count)]))
    return count
  }

  /// The chats of a plan's conversations that were purged here and whose deletion at their source nobody
  /// asked for.
  fileprivate static let adoptable = """
    SELECT t.key, (
        SELECT s.key FROM source s JOIN source_object o ON o.source = s.key AND o.kind = 'chat'
          AND o.native_id = t.native_id AND o.listed IS NOT NULL
        WHERE s.kind = 'compliance-api' AND s.id IN (
          SELECT value FROM json_each(t.record, '$.sources'))
        ORDER BY o.listed DESC, s.key LIMIT 1) AS place, 'due', '', '[]', 0, ?2
    FROM tombstone t
    WHERE t.plan = ?1 AND t.record ->> '$.kind' = 'conversation' AND place IS NOT NULL
      AND NOT EXISTS (SELECT 1 FROM source_deletion d WHERE d.tombstone = t.key)
    """

  /// Notes that a request is sent, before it is.
  func noteSending(_ deletion: SourceDeletion) throws {
    try db.cachedStatement(
      sql: """
        UPDATE source_deletion SET state = 'sent', because = '', sent_count = sent_count + 1,
          sent = ?2, updated = ?2 WHERE tombstone = ?1
        """
    ).execute(arguments: [deletion.tombstone, now.ticks])
    try record(
      AuditEvent(
        "disposal.source.send", of: deletion.conversation,
        after: [
          "chat": .string(deletion.chat), "source": .string(deletion.sourceID.text),
          "plan": .string(deletion.plan.text),
          "number": JSONValue(
            try catalog.sourceDeletion(tombstone: deletion.tombstone)?.sentCount ?? 1),
        ]))
  }

  /// Records the outcome of a deletion: it is deleted at the source, or was gone there.
  ///
  /// - Parameters:
  ///   - deletion: It waits.
  ///   - state: `deleted` or `gone`.
  ///   - requestID: The service's id of the answer that says so.
  /// - Throws: `StoreError` when the catalog refuses.
  package func settle(
    _ deletion: SourceDeletion, as state: SourceDeletion.State, requestID: String?
  ) throws {
    try close(deletion, as: state, because: "", objects: [], requestID: requestID)
    try record(
      AuditEvent(
        "disposal.source.done", of: deletion.conversation,
        after: .object(deletion.outcome(state, requestID: requestID))))
    // So that the next sync knows whose work it was.
    var note = SourceObjectNote(.chat, deletion.chat)
    note.deleted = now
    note.evidence = ["plan": .string(deletion.plan.text), "request_id": JSONValue(requestID)]
    try self.note(note, of: catalog.source(key: deletion.source))
  }

  /// Records that a chat stays at its source, after it was captured again.
  ///
  /// - Parameters:
  ///   - deletion: It waits.
  ///   - objection: What stands against it.
  /// - Throws: `StoreError` when the catalog refuses.
  package func keepAtSource(_ deletion: SourceDeletion, _ objection: DeletionObjection) throws {
    try close(
      deletion, as: .kept, because: objection.name, objects: objection.objects, requestID: nil)
    var after = deletion.outcome(.kept, requestID: nil)
    after["because"] = .string(objection.name)
    after["objects"] = JSONValue(objection.objects.map(\.text))
    try record(
      AuditEvent("disposal.source.keep", of: deletion.conversation, after: .object(after)))
  }

  /// Records why a deletion could not be done; it goes on waiting.
  ///
  /// - Parameters:
  ///   - deletion: It waits.
  ///   - detail: Why, in words that hold nothing secret.
  ///   - isRefused: Whether the source said no; else the outcome of a request that was sent may still
  ///     not be known.
  ///   - requestID: The service's id of the answer.
  /// - Throws: `StoreError` when the catalog refuses.
  package func noteFailure(
    of deletion: SourceDeletion, _ detail: String, isRefused: Bool, requestID: String?
  ) throws {
    let known = try catalog.sourceDeletion(tombstone: deletion.tombstone)?.state ?? .due
    let state: SourceDeletion.State = known == .sent && !isRefused ? .sent : .failed
    try close(deletion, as: state, because: detail, objects: [], requestID: requestID)
    var after = deletion.outcome(state, requestID: requestID)
    after["because"] = .string(detail)
    try record(
      AuditEvent("disposal.source.fail", of: deletion.conversation, after: .object(after)))
  }

  private func close(
    _ deletion: SourceDeletion, as state: SourceDeletion.State, because: String,
    objects: [ObjectID], requestID: String?
  ) throws {
    try db.cachedStatement(
      sql: """
        UPDATE source_deletion SET state = ?2, because = ?3, objects = ?4, request_id = ?5,
          updated = ?6 WHERE tombstone = ?1
        """
    ).execute(arguments: [
      deletion.tombstone, state.rawValue, because, JSONValue(objects.map(\.text)).canonical,
      requestID, now.ticks,
    ])
  }
}

extension SourceDeletion {
  fileprivate func outcome(_ state: State, requestID: String?) -> [String: JSONValue] {
    [
      "outcome": .string(state.rawValue), "chat": .string(chat),
      "source": .string(sourceID.text), "plan": .string(plan.text),
      "request_id": JSONValue(requestID),
    ]
  }
}

extension Catalog {
  /// How many chats ``Change/adoptSourceDeletions(of:)`` would take up.
  package func adoptableSourceDeletionCount(of plan: PlanRecord) throws -> Int {
    try Int.fetchOne(
      db, sql: "SELECT count(*) FROM (\(Change.adoptable))", arguments: [plan.key, 0]) ?? 0
  }
}
