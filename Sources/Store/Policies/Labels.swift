// SPDX-License-Identifier: Apache-2.0
import GRDB
package import Model
import Retention

/// A label that a conversation bears.
package struct LabelAssignment: Hashable, Sendable {
  package var conversation: ObjectID
  package var policy: ObjectID
  package var name: String
  package var since: Instant
  /// Whether its condition set it, not a person.
  package var isByRule: Bool
  package var reason: String
  /// Who set it.
  package var account: String

  init(row: Row) throws {
    conversation = try row.objectID("conversation_id")
    policy = try row.objectID("policy_id")
    name = row["name"]
    since = row.instant("since")
    isByRule = row["by_rule"]
    reason = row["reason"]
    account = row["account"]
  }

  fileprivate static let query = """
    SELECT conversation.id AS conversation_id, policy.id AS policy_id, policy.name,
      label_assignment.* FROM label_assignment
      JOIN conversation ON conversation.key = label_assignment.conversation
      JOIN policy ON policy.key = label_assignment.policy
    """
}

extension Catalog {
  /// The label of a conversation; nil when it bears none.
  package func label(of conversation: Int64) throws -> LabelAssignment? {
    try Row.fetchOne(
      db.cachedStatement(sql: LabelAssignment.query + " WHERE label_assignment.conversation = ?"),
      arguments: [conversation]
    ).map(LabelAssignment.init)
  }

  /// Goes over the labels that are set, by conversation id.
  ///
  /// - Parameters:
  ///   - policy: Only this label; nil for all.
  ///   - body: What to do with each.
  /// - Throws: `StoreError` when the catalog cannot be read; what the body throws.
  package func forEachLabel(
    of policy: PolicyRecord? = nil, _ body: (LabelAssignment) throws -> Void
  ) throws {
    let rows = try Row.fetchCursor(
      db,
      sql: LabelAssignment.query
        + " WHERE ?1 IS NULL OR label_assignment.policy = ?1 ORDER BY conversation.id",
      arguments: [policy?.key])
    while let row = try rows.next() { try body(LabelAssignment(row: row)) }
  }

  /// How many conversations bear a label.
  package func labelCount(of policy: PolicyRecord) throws -> Int {
    try Int.fetchOne(
      db, sql: "SELECT count(*) FROM label_assignment WHERE policy = ?", arguments: [policy.key])
      ?? 0
  }
}

extension Change {
  /// Sets a label on a conversation by hand; it replaces another.
  ///
  /// What could make the conversation due earlier must have been confirmed by the caller.
  ///
  /// - Parameters:
  ///   - policy: A label that stands.
  ///   - conversation: The conversation.
  ///   - isShortening: Whether the conversation becomes due earlier by it.
  ///   - reason: Why.
  /// - Returns: The label that it replaced; itself when it was set already.
  /// - Throws: `StoreError` with `.usage` for a policy, `.denied` when a locked label would be
  ///   replaced so that the conversation becomes due earlier.
  @discardableResult
  package func setLabel(
    _ policy: PolicyRecord, on conversation: ConversationRecord, isShortening: Bool,
    reason: String = ""
  ) throws -> LabelAssignment? {
    guard policy.kind == .label, policy.deleted == nil else {
      throw StoreError(
        .usage, "\(policy.name) is no label that stands", objects: [policy.id.text])
    }
    let before = try catalog.label(of: conversation.key)
    if before?.policy == policy.id { return before }
    try requireReplaceable(before, on: conversation, isShortening: isShortening)
    try insertLabel(policy, on: conversation.key, isByRule: false, reason: reason)
    try record(
      AuditEvent(
        "label.add", of: conversation.id, before: before?.json ?? .null,
        after: ["label": .string(policy.id.text), "name": .string(policy.name)],
        reason: reason))
    return before
  }

  /// Takes the label from a conversation.
  ///
  /// - Parameters:
  ///   - conversation: The conversation.
  ///   - isShortening: Whether the conversation becomes due earlier by it.
  ///   - reason: Why.
  /// - Returns: The label that it bore; nil when it bore none.
  /// - Throws: `StoreError` with `.denied` when the label is locked and it would become due earlier.
  @discardableResult
  package func removeLabel(
    from conversation: ConversationRecord, isShortening: Bool, reason: String = ""
  ) throws -> LabelAssignment? {
    guard let before = try catalog.label(of: conversation.key) else { return nil }
    try requireReplaceable(before, on: conversation, isShortening: isShortening)
    try db.execute(
      sql: "DELETE FROM label_assignment WHERE conversation = ?", arguments: [conversation.key])
    try record(
      AuditEvent("label.remove", of: conversation.id, before: before.json, reason: reason))
    return before
  }

  /// Sets labels that their rules fit, on conversations without one; one event for all.
  ///
  /// A plan found them a while ago and on an older state: each is judged again, on its stored
  /// records.
  ///
  /// - Parameters:
  ///   - fits: Conversations, and the labels that were found to fit.
  ///   - store: The store that is changed.
  ///   - duration: After which it leaves the rest to another batch; the first one is always judged.
  /// - Returns: How many were judged, which are the first ones, and how many of these were set.
  /// - Throws: `StoreError` when the store cannot be read or written.
  @discardableResult
  package func setLabels(
    byRule fits: some Collection<(conversation: ObjectID, policy: ObjectID)>, in store: Store,
    within duration: Duration = Change.batchDuration
  ) throws -> (judged: Int, set: Int) {
    guard !fits.isEmpty else { return (0, 0) }
    let end = ContinuousClock.now + duration
    var judged = 0
    // Opened here, where nobody else can store anything.
    let searcher = try Searcher(store)
    let situation = try catalog.retentionSituation()
    var counts: [ObjectID: Int] = [:]
    var policies: [ObjectID: PolicyRecord] = [:]
    for (id, policyID) in fits {
      if judged > 0, .now >= end { break }
      judged += 1
      let policy = try policies[policyID] ?? catalog.policy(policyID.text)
      policies[policyID] = policy
      guard policy.deleted == nil, let record = try catalog.conversationIfPresent(id),
        try catalog.label(of: record.key) == nil
      else { continue }
      let decision = try searcher.decision(on: record, in: catalog, situation)
      let fitting = decision.settings.first { $0.isPending && $0.fits }
      guard fitting?.rule.policy == policy.id else { continue }
      try insertLabel(policy, on: record.key, isByRule: true, reason: "")
      counts[policyID, default: 0] += 1
    }
    for (id, count) in counts.sorted(by: { $0.key < $1.key }) {
      try record(
        AuditEvent("label.rule", of: id, after: ["conversations": JSONValue(count)]))
    }
    return (judged, counts.values.reduce(0, +))
  }

  private func insertLabel(
    _ policy: PolicyRecord, on conversation: Int64, isByRule: Bool, reason: String
  ) throws {
    try db.execute(
      sql: "INSERT OR REPLACE INTO label_assignment VALUES (?, ?, ?, ?, ?, ?)",
      arguments: [conversation, policy.key, now.ticks, isByRule, reason, actor.displayName])
  }

  private func requireReplaceable(
    _ label: LabelAssignment?, on conversation: ConversationRecord, isShortening: Bool
  ) throws {
    guard let label, isShortening, try catalog.policy(label.policy.text).locked != nil else {
      return
    }
    throw StoreError(
      .denied,
      "the label \(label.name) is locked, and \(conversation.id) would become due earlier",
      objects: [conversation.id.text, label.policy.text])
  }
}

extension LabelAssignment {
  fileprivate var json: JSONValue {
    [
      "label": .string(policy.text), "name": .string(name), "since": JSONValue(since),
      "by_rule": .boolean(isByRule),
    ]
  }
}
