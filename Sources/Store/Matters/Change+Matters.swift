// SPDX-License-Identifier: Apache-2.0
import GRDB
package import Model

extension Change {
  /// Opens a case.
  ///
  /// - Throws: `StoreError` with `.exists` when the name is taken.
  @discardableResult
  package func createMatter(
    name: String, description: String = "", reason: String = ""
  ) throws -> MatterRecord {
    try requireName(name, noun: "case")
    try requireFreeMatterName(name)
    let id = ObjectID.random(.matter)
    try db.execute(
      sql: """
        INSERT INTO matter (id, name, description, state, created) VALUES (?, ?, ?, 'open', ?)
        """, arguments: [id.text, name, description, now.ticks])
    let matter = try catalog.matter(key: db.lastInsertedRowID)
    try record(AuditEvent("case.create", of: id, after: matter.json, reason: reason))
    return matter
  }

  /// Sets a case's name, description and prefix of control numbers anew; nil leaves a field.
  @discardableResult
  package func updateMatter(
    _ matter: MatterRecord, name: String? = nil, description: String? = nil,
    controlPrefix: String? = nil, reason: String = ""
  ) throws -> MatterRecord {
    let before = try catalog.matter(key: matter.key)
    if let name, name != before.name {
      try requireName(name, noun: "case")
      try requireFreeMatterName(name)
    }
    if let controlPrefix { try requirePrefix(controlPrefix) }
    try db.execute(
      sql: "UPDATE matter SET name = ?, description = ?, control_prefix = ? WHERE key = ?",
      arguments: [
        name ?? before.name, description ?? before.description,
        controlPrefix ?? before.controlPrefix, matter.key,
      ])
    let after = try catalog.matter(key: matter.key)
    try record(
      AuditEvent(
        "case.update", of: matter.id, before: before.json, after: after.json, reason: reason))
    return after
  }

  /// Adds custodians to a case.
  ///
  /// - Returns: How many were not in it before.
  @discardableResult
  package func addCustodians(
    _ custodians: [Custodian], to matter: MatterRecord, reason: String = ""
  ) throws -> Int {
    try requireOpen(matter)
    var added: [Custodian] = []
    for custodian in custodians {
      try db.execute(
        sql: """
          INSERT OR IGNORE INTO matter_custodian (matter, custodian, added) VALUES (?, ?, ?)
          """, arguments: [matter.key, try catalog.root(of: custodian.key), now.ticks])
      if db.changesCount > 0 { added.append(custodian) }
    }
    if !added.isEmpty {
      try record(
        AuditEvent(
          "case.add", of: matter.id,
          after: ["custodians": JSONValue(added.map(\.id.text).sorted())], reason: reason))
    }
    return added.count
  }

  /// Takes custodians out of a case; holds on them stay as they are.
  ///
  /// - Returns: How many were in it.
  @discardableResult
  package func removeCustodians(
    _ custodians: [Custodian], from matter: MatterRecord, reason: String = ""
  ) throws -> Int {
    try requireOpen(matter)
    var removed: [Custodian] = []
    for custodian in custodians {
      try db.execute(
        sql: "DELETE FROM matter_custodian WHERE matter = ? AND custodian = ?",
        arguments: [matter.key, try catalog.root(of: custodian.key)])
      if db.changesCount > 0 { removed.append(custodian) }
    }
    if !removed.isEmpty {
      try record(
        AuditEvent(
          "case.remove", of: matter.id,
          before: ["custodians": JSONValue(removed.map(\.id.text).sorted())], reason: reason))
    }
    return removed.count
  }

  /// Closes a case.
  ///
  /// - Parameters:
  ///   - matter: An open case.
  ///   - coolDown: When given, in ticks, active holds are released with it in the same change; nil
  ///     refuses while there are any (holds-and-retention section 2.1).
  ///   - reason: Why, for the audit log.
  /// - Returns: The holds that were released.
  /// - Throws: `StoreError` with `.held`, naming the active holds.
  @discardableResult
  package func closeMatter(
    _ matter: MatterRecord, releasingHoldsAfter coolDown: Int64? = nil, reason: String = ""
  ) throws -> [HoldRecord] {
    try requireOpen(matter)
    let active = try catalog.holds(of: matter).filter { $0.state == .active }
    var released: [HoldRecord] = []
    if let coolDown {
      for hold in active {
        released.append(try releaseHold(hold, coolDown: coolDown, reason: reason))
      }
    } else if !active.isEmpty {
      throw StoreError(
        .held,
        "the case \(matter.name) has \(active.count) active holds; release them first, or close "
          + "with --release-holds", objects: active.map { $0.id.text + " " + $0.name })
    }
    try db.execute(
      sql: "UPDATE matter SET state = 'closed', closed = ? WHERE key = ?",
      arguments: [now.ticks, matter.key])
    try record(
      AuditEvent(
        "case.close", of: matter.id, before: ["state": "open"],
        after: ["state": "closed", "released_holds": JSONValue(released.map(\.id.text))],
        reason: reason))
    return released
  }

  /// Opens a closed case again.
  ///
  /// No hold comes back.
  ///
  /// - Returns: Its holds, none of them active, so that a person can make new ones.
  @discardableResult
  package func reopenMatter(_ matter: MatterRecord, reason: String = "") throws -> [HoldRecord] {
    let current = try catalog.matter(key: matter.key)
    let holds = try catalog.holds(of: matter)
    guard current.state == .closed else { return holds }
    try db.execute(
      sql: "UPDATE matter SET state = 'open', closed = NULL WHERE key = ?",
      arguments: [matter.key])
    try record(
      AuditEvent(
        "case.reopen", of: matter.id, before: ["state": "closed"],
        after: ["state": "open", "holds": JSONValue(holds.map(\.id.text))], reason: reason))
    return holds
  }

  /// Deletes a case that never had a hold or a review set.
  ///
  /// - Throws: `StoreError` with `.held` when it has holds, whatever their state, `.denied` when
  ///   it has review sets.
  package func deleteMatter(_ matter: MatterRecord, reason: String = "") throws {
    let before = try catalog.matter(key: matter.key)
    let holds = try catalog.holds(of: matter)
    guard holds.isEmpty else {
      throw StoreError(
        .held, "the case \(before.name) has holds on record and cannot be deleted; close it",
        objects: holds.map { $0.id.text + " " + $0.name })
    }
    let sets = try catalog.reviewSets(of: matter)
    guard sets.isEmpty else {
      throw StoreError(
        .denied, "the case \(before.name) has review sets and cannot be deleted; close it",
        objects: sets.map { $0.id.text + " " + $0.name })
    }
    try db.execute(sql: "DELETE FROM matter_custodian WHERE matter = ?", arguments: [matter.key])
    try db.execute(sql: "DELETE FROM matter_search WHERE matter = ?", arguments: [matter.key])
    let searches = db.changesCount
    try db.execute(sql: "DELETE FROM matter WHERE key = ?", arguments: [matter.key])
    try record(
      AuditEvent(
        "case.delete", of: matter.id, before: before.json,
        after: ["searches": JSONValue(searches)], reason: reason))
  }

  /// Records a search that was run in a case.
  ///
  /// - Parameters:
  ///   - search: What was asked.
  ///   - counts: What it found.
  ///   - matter: The case.
  ///   - details: What the audit event tells besides, such as the rows of a hit report or how a
  ///     sample was drawn.
  /// - Returns: The id of the record.
  /// - Throws: `StoreError` when it cannot be written.
  @discardableResult
  package func recordSearch(
    _ search: SearchDefinition, counts: SearchCounts, in matter: MatterRecord,
    details: [String: JSONValue] = [:]
  ) throws -> ObjectID {
    let id = ObjectID.random(.search)
    try db.execute(
      sql: """
        INSERT INTO matter_search (id, matter, query, normal_form, dialect, scope, since, before,
          zone, as_of, item_count, conversation_count, custodian_count, byte_count, partial_count,
          incomplete, time, account)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
      arguments: [
        id.text, matter.key, search.query, search.normalForm, search.dialect,
        search.scope.json.canonical, search.interval.since?.ticks, search.interval.before?.ticks,
        search.zone, search.asOf.ticks, counts.items, counts.conversations, counts.custodians,
        counts.bytes, counts.partial, counts.isIncomplete, now.ticks, actor.displayName,
      ])
    try record(
      AuditEvent(
        "case.search", of: matter.id,
        after: .object(
          [
            "search": .string(id.text), "asked": search.json, "counts": counts.json,
          ].merging(details) { known, _ in known })))
    return id
  }

  /// Refuses work on a closed case.
  func requireOpen(_ matter: MatterRecord) throws { try catalog.requireOpen(matter) }

  /// Refuses a prefix that no control number may have (export-formats section 5.5).
  func requirePrefix(_ prefix: String) throws {
    if let fault = ControlPrefix.fault(in: prefix) { throw StoreError(.usage, fault) }
  }

  private func requireFreeMatterName(_ name: String) throws {
    if let id = try String.fetchOne(
      db, sql: "SELECT id FROM matter WHERE name = ?", arguments: [name])
    {
      throw StoreError(.exists, "there is a case called \(name) already", objects: [id])
    }
  }
}

extension Catalog {
  /// Refuses work on a closed case.
  ///
  /// - Throws: `StoreError` with `.denied`.
  func requireOpen(_ matter: MatterRecord) throws {
    guard try self.matter(key: matter.key).state == .open else {
      throw StoreError(
        .denied, "the case \(matter.name) is closed; reopen it first",
        objects: [matter.id.text])
    }
  }
}
