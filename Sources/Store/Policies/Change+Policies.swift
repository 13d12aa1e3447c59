// SPDX-License-Identifier: Apache-2.0
import GRDB
package import Model

extension Change {
  /// Makes a policy or label.
  ///
  /// - Parameters:
  ///   - name: Unique among those that stand.
  ///   - kind: Which of the two.
  ///   - definition: With a scope that names something, in ids.
  /// - Returns: The policy.
  /// - Throws: `StoreError` with `.usage` for an empty scope or condition, or a definition that
  ///   contradicts itself, `.exists` for a name that is taken, `.notFound` for unknown ids.
  @discardableResult
  package func createPolicy(
    name: String, kind: PolicyKind, _ definition: PolicyDefinition
  ) throws -> PolicyRecord {
    try requireName(name, noun: kind.rawValue)
    try requireMeaning(definition, kind: kind)
    try requireFree(name)
    let id = ObjectID.random(.policy)
    try db.execute(
      sql: "INSERT INTO policy (id, name, kind, created) VALUES (?, ?, ?, ?)",
      arguments: [id.text, name, kind.rawValue, now.ticks])
    let key = db.lastInsertedRowID
    try insertVersion(1, ofPolicy: key, definition)
    let policy = try catalog.policy(key: key)
    try record(
      AuditEvent(
        "policy.create", of: id,
        after: [
          "name": .string(name), "kind": .string(kind.rawValue),
          "says": policy.definition.json,
        ], reason: definition.reason))
    return policy
  }

  /// Gives a policy or label a new wording or name.
  ///
  /// What could make something due earlier must have been confirmed by the caller.
  ///
  /// - Parameters:
  ///   - policy: One that stands.
  ///   - name: A new name; nil keeps it.
  ///   - definition: What it is to say.
  ///   - reason: Why.
  /// - Returns: The policy as it is now; the same definition again changes nothing.
  /// - Throws: `StoreError` with `.denied` where a lock forbids it.
  @discardableResult
  package func updatePolicy(
    _ policy: PolicyRecord, name: String? = nil, to definition: PolicyDefinition,
    reason: String = ""
  ) throws -> PolicyRecord {
    let before = try standing(policy)
    var definition = definition
    definition.scope = definition.scope.sorted
    try requireMeaning(definition, kind: before.kind)
    let change = PolicyChange(from: before.definition, to: definition, kind: before.kind)
    try requireUnbroken(change, lockOf: before, verb: "changed")
    if let name, name != before.name {
      try requireName(name, noun: before.kind.rawValue)
      try requireFree(name)
      try db.execute(
        sql: "UPDATE policy SET name = ? WHERE key = ?", arguments: [name, before.key])
    }
    if definition != before.definition {
      try endVersion(of: before)
      try insertVersion(before.current.number + 1, ofPolicy: before.key, definition)
    }
    let after = try catalog.policy(key: before.key)
    guard after != before else { return before }
    try record(
      AuditEvent(
        "policy.update", of: before.id,
        before: ["name": .string(before.name), "says": before.definition.json],
        after: [
          "name": .string(after.name), "says": after.definition.json,
          "loosens": JSONValue(change.loosens), "tightens": JSONValue(change.tightens),
        ], reason: reason))
    return after
  }

  /// Locks a policy or label that retains: from now on it can be lengthened or widened alone.
  ///
  /// - Throws: `StoreError` with `.denied` when it does not retain.
  @discardableResult
  package func lockPolicy(_ policy: PolicyRecord, reason: String = "") throws -> PolicyRecord {
    let before = try standing(policy)
    guard before.locked == nil else { return before }
    guard before.definition.action.retains else {
      throw StoreError(
        .denied, "\(before.name) only deletes; what retains can be locked",
        objects: [before.id.text])
    }
    try db.execute(
      sql: "UPDATE policy SET locked = ? WHERE key = ?", arguments: [now.ticks, before.key])
    try record(
      AuditEvent(
        "policy.lock", of: before.id, before: ["locked": .null], after: ["locked": JSONValue(now)],
        reason: reason))
    return try catalog.policy(key: before.key)
  }

  /// Deletes a policy or label; its versions stay on record, and labels that were set by it count no
  /// more.
  ///
  /// - Throws: `StoreError` with `.denied` when it is locked.
  @discardableResult
  package func deletePolicy(_ policy: PolicyRecord, reason: String = "") throws -> PolicyRecord {
    let before = try standing(policy)
    try requireUnbroken(
      PolicyChange(deleting: before.definition, kind: before.kind), lockOf: before,
      verb: "deleted")
    try endVersion(of: before)
    try db.execute(
      sql: "UPDATE policy SET deleted = ? WHERE key = ?", arguments: [now.ticks, before.key])
    try db.execute(
      sql: "DELETE FROM label_assignment WHERE policy = ?", arguments: [before.key])
    let labelCount = db.changesCount
    try record(
      AuditEvent(
        "policy.delete", of: before.id,
        before: ["name": .string(before.name), "says": before.definition.json],
        after: ["labels": JSONValue(labelCount)], reason: reason))
    return try catalog.policy(key: before.key)
  }

  private func standing(_ policy: PolicyRecord) throws -> PolicyRecord {
    let current = try catalog.policy(key: policy.key)
    guard current.deleted == nil else {
      throw StoreError(
        .denied, "the \(current.kind.rawValue) \(current.name) was deleted",
        objects: [current.id.text])
    }
    return current
  }

  private func requireUnbroken(
    _ change: PolicyChange, lockOf policy: PolicyRecord, verb: String
  ) throws {
    guard policy.locked != nil, !change.breaksLock.isEmpty else { return }
    throw StoreError(
      .denied,
      "the \(policy.kind.rawValue) \(policy.name) is locked and cannot be \(verb) so: "
        + change.breaksLock.joined(separator: "; "), objects: [policy.id.text])
  }

  private func requireFree(_ name: String) throws {
    guard
      let id = try String.fetchOne(
        db, sql: "SELECT id FROM policy WHERE name = ? AND deleted IS NULL", arguments: [name])
    else { return }
    throw StoreError(
      .exists, "there is a policy or label called \(name) already", objects: [id])
  }

  private func requireMeaning(_ definition: PolicyDefinition, kind: PolicyKind) throws {
    guard !definition.scope.isEmpty else {
      throw StoreError(
        .usage,
        "a \(kind.rawValue) names custodians, groups, projects, sources or models, or says "
          + "everyone; nothing was named")
    }
    guard !definition.scope.everyone || definition.scope.included.isEmpty else {
      throw StoreError(.usage, "everyone leaves no room for other names; use what is excluded")
    }
    if let condition = definition.condition, condition.text.allSatisfy(\.isWhitespace) {
      throw StoreError(.usage, "a condition must not be empty; leave it out to take all in scope")
    }
    if definition.period == .forever, definition.action.deletes {
      throw StoreError(.usage, "what is kept forever is never deleted; the action is then retain")
    }
    if definition.start == .labelled, kind == .policy {
      throw StoreError(.usage, "only the period of a label can start when it is labelled")
    }
    try requireKnown(definition.scope.included)
    try requireKnown(definition.scope.excluded)
  }

  private func requireKnown(_ names: PolicyNames) throws {
    for (table, ids) in [("custodian", names.custodians), ("source", names.sources)] {
      let unknown = try ids.filter { id in
        try Int64.fetchOne(db, sql: "SELECT key FROM \(table) WHERE id = ?", arguments: [id]) == nil
      }
      guard unknown.isEmpty else { throw Catalog.notFound(unknown, noun: table) }
    }
  }

  private func endVersion(of policy: PolicyRecord) throws {
    try db.execute(
      sql: "UPDATE policy_version SET ended = ? WHERE key = ?",
      arguments: [now.ticks, policy.current.key])
  }

  private func insertVersion(
    _ number: Int, ofPolicy policy: Int64, _ definition: PolicyDefinition
  ) throws {
    try db.execute(
      sql: """
        INSERT INTO policy_version (policy, version, created, action, period, start, everyone,
          query, dialect, normal_form, resolved, mode, disposition, reason, account)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
      arguments: [
        policy, number, now.ticks, definition.action.rawValue, definition.period.text,
        definition.start.rawValue, definition.scope.everyone, definition.condition?.text,
        definition.condition?.dialect ?? "", definition.condition?.normalForm,
        definition.condition?.resolved, definition.mode.rawValue,
        definition.disposition.rawValue, definition.reason, actor.displayName,
      ])
    let version = db.lastInsertedRowID
    for (names, isExcluded) in [
      (definition.scope.included, false), (definition.scope.excluded, true),
    ] {
      for (kind, value) in names.entries {
        try db.execute(
          sql: "INSERT OR IGNORE INTO policy_name VALUES (?, ?, ?, ?)",
          arguments: [version, isExcluded, kind, value])
      }
    }
  }
}
