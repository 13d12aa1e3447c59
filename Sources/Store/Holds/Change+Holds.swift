// SPDX-License-Identifier: Apache-2.0
import GRDB
package import Model

extension Change {
  /// The cool-down of a release where none is given: 30 days, in ticks.
  package static let defaultCoolDown = 30 * Instant.ticksPerDay

  /// Sets a hold.
  ///
  /// It acts from the moment of the commit, on all that is here and all to come.
  ///
  /// - Parameters:
  ///   - name: Unique within the case.
  ///   - matter: An open case.
  ///   - definition: With a scope that names something; custodians, projects and sources as ids.
  /// - Returns: The hold, active.
  /// - Throws: `StoreError` with `.usage` for an empty scope or query, `.exists` for a name that
  ///   is taken, `.denied` for a closed case, `.notFound` for ids that are not known.
  @discardableResult
  package func createHold(
    name: String, in matter: MatterRecord, _ definition: HoldDefinition
  ) throws -> HoldRecord {
    try requireOpen(matter)
    try requireMeaning(definition)
    try requireFreeName(name, in: matter)
    let id = ObjectID.random(.hold)
    try db.execute(
      sql: "INSERT INTO hold (id, matter, name, created) VALUES (?, ?, ?, ?)",
      arguments: [id.text, matter.key, name, now.ticks])
    let key = db.lastInsertedRowID
    try insertVersion(1, of: key, definition)
    try record(
      AuditEvent(
        "hold.create", of: id,
        after: [
          "case": .string(matter.id.text), "name": .string(name), "says": definition.json,
        ], reason: definition.reason))
    return try catalog.hold(key: key)
  }

  /// Gives an active hold a new wording.
  ///
  /// What widens acts at once; when it narrows, the old wording goes on protecting through the
  /// cool-down (holds-and-retention section 2.2).
  ///
  /// - Parameters:
  ///   - hold: An active hold.
  ///   - definition: What it is to say.
  ///   - coolDown: In ticks; not negative.
  ///   - reason: Why.
  /// - Returns: The hold as it is now.
  /// - Throws: `StoreError` when the catalog cannot be written.
  @discardableResult
  package func updateHold(
    _ hold: HoldRecord, to definition: HoldDefinition, coolDown: Int64 = defaultCoolDown,
    reason: String = ""
  ) throws -> HoldRecord {
    let before = try catalog.hold(key: hold.key)
    try requireState(.active, of: before, for: "changed")
    var definition = definition
    definition.scope = definition.scope.sorted
    try requireMeaning(definition)
    guard definition != before.definition else { return before }
    let isNarrowing = try reword(before, as: definition, coolDown: coolDown)
    let after = try catalog.hold(key: hold.key)
    try record(
      AuditEvent(
        "hold.update", of: hold.id, before: before.definition.json,
        after: [
          "says": definition.json, "narrows": .boolean(isNarrowing),
          "before_protects_until": JSONValue(after.versions.last { $0.ends != nil }?.ends),
        ], reason: reason))
    return after
  }

  /// Puts a new wording in the place of the one that stands.
  ///
  /// - Returns: Whether something may fall out; then the old wording goes on through the cool-down.
  private func reword(
    _ hold: HoldRecord, as definition: HoldDefinition, coolDown: Int64
  ) throws -> Bool {
    let isNarrowing = hold.definition.narrows(to: definition)
    let ends = try end(after: coolDown)
    try end(hold.current, at: isNarrowing ? ends : now)
    try insertVersion(hold.current.number + 1, of: hold.key, definition)
    return isNarrowing
  }

  /// Gives a hold another name in its case.
  ///
  /// - Throws: `StoreError` with `.exists` for a name that is taken.
  @discardableResult
  package func renameHold(
    _ hold: HoldRecord, to name: String, reason: String = ""
  ) throws -> HoldRecord {
    let before = try catalog.hold(key: hold.key)
    guard name != before.name else { return before }
    try requireFreeName(name, in: before.matter)
    try db.execute(
      sql: "UPDATE hold SET name = ? WHERE key = ?", arguments: [name, hold.key])
    try record(
      AuditEvent(
        "hold.update", of: hold.id, before: ["name": .string(before.name)],
        after: ["name": .string(name)], reason: reason))
    return try catalog.hold(key: hold.key)
  }

  /// Begins a hold's release: it goes on protecting until the cool-down has passed.
  ///
  /// - Parameters:
  ///   - hold: As it was shown and confirmed.
  ///   - coolDown: In ticks; not negative.
  ///   - reason: Why.
  /// - Returns: The hold as it is now.
  /// - Throws: `StoreError` with `.denied` when it is not active, `.stale` when it was changed since.
  @discardableResult
  package func releaseHold(
    _ hold: HoldRecord, coolDown: Int64 = defaultCoolDown, reason: String = ""
  ) throws -> HoldRecord {
    let before = try catalog.hold(key: hold.key)
    try requireState(.active, of: before, for: "released")
    // Of one that was in its cool-down nothing was shown.
    guard before.current == hold.current else {
      throw StoreError(
        .stale, "the hold \(before.name) was changed meanwhile; run it again",
        objects: [before.id.text])
    }
    try end(before.current, at: try end(after: coolDown))
    let after = try catalog.hold(key: hold.key)
    try record(
      AuditEvent(
        "hold.release", of: hold.id, before: ["state": .string(before.state.rawValue)],
        after: [
          "state": .string(after.state.rawValue), "protects_until": JSONValue(after.protectsUntil),
        ], reason: reason))
    return after
  }

  /// Takes a release or a narrowing back while its cool-down lasts.
  ///
  /// After it, only a new hold protects. A release that is taken back lets the last wording stand
  /// as if nothing had been; a narrowing that is taken back makes the earlier wording the newest
  /// one. What the newer wording covered besides then falls out, through a cool-down of its own.
  ///
  /// - Parameters:
  ///   - hold: A hold of which something is in its cool-down.
  ///   - coolDown: In ticks; of what the newer wording covered besides.
  ///   - reason: Why.
  /// - Returns: The hold, active.
  /// - Throws: `StoreError` with `.denied` when nothing of it is in a cool-down.
  @discardableResult
  package func reinstateHold(
    _ hold: HoldRecord, coolDown: Int64 = defaultCoolDown, reason: String = ""
  ) throws -> HoldRecord {
    let before = try catalog.hold(key: hold.key)
    try requireOpen(before.matter)
    guard let wording = before.wordingToReinstate(at: now) else {
      throw StoreError(
        .denied,
        "the hold \(before.name) is \(before.state.rawValue) and nothing of it is in a cool-down, so "
          + "there is nothing to reinstate", objects: [before.id.text])
    }
    if before.current.ends == nil {
      _ = try reword(before, as: wording, coolDown: coolDown)
    } else if before.current.protects(at: now) {
      try db.execute(
        sql: "UPDATE hold_version SET released = NULL, ends = NULL WHERE key = ?",
        arguments: [before.current.key])
    } else {
      try insertVersion(before.current.number + 1, of: hold.key, wording)
    }
    let after = try catalog.hold(key: hold.key)
    try record(
      AuditEvent(
        "hold.reinstate", of: hold.id,
        before: [
          "state": .string(before.state.rawValue), "says": before.definition.json,
          "protects_until": JSONValue(before.protectsUntil),
        ], after: ["state": .string(after.state.rawValue), "says": after.definition.json],
        reason: reason))
    return after
  }

  private func end(_ version: HoldVersion, at ends: Instant) throws {
    try db.execute(
      sql: "UPDATE hold_version SET released = ?, ends = ? WHERE key = ?",
      arguments: [now.ticks, ends.ticks, version.key])
  }

  private func end(after coolDown: Int64) throws -> Instant {
    let (ticks, overflow) = now.ticks.addingReportingOverflow(coolDown)
    guard coolDown >= 0, !overflow else {
      throw StoreError(.usage, "a cool-down must be a duration that is not negative")
    }
    return Instant(ticks: ticks)
  }

  private func requireState(_ state: HoldState, of hold: HoldRecord, for verb: String) throws {
    guard hold.state == state else {
      throw StoreError(
        .denied, "the hold \(hold.name) is \(hold.state.rawValue) and cannot be \(verb)",
        objects: [hold.id.text])
    }
  }

  private func requireFreeName(_ name: String, in matter: MatterRecord) throws {
    try requireName(name, noun: "hold")
    if let id = try String.fetchOne(
      db, sql: "SELECT id FROM hold WHERE matter = ? AND name = ?", arguments: [matter.key, name])
    {
      throw StoreError(
        .exists, "the case \(matter.name) has a hold called \(name) already", objects: [id])
    }
  }

  private func requireMeaning(_ definition: HoldDefinition) throws {
    guard !definition.scope.isEmpty else {
      throw StoreError(
        .usage, "a hold names custodians, projects or sources, or says everyone; nothing was named")
    }
    if let query = definition.query, query.text.allSatisfy(\.isWhitespace) {
      throw StoreError(.usage, "the query of a hold must not be empty; leave it out to hold all")
    }
    if let since = definition.interval.since, let before = definition.interval.before,
      since >= before
    {
      throw StoreError(.usage, "the interval of the hold is empty: --since is not before --before")
    }
  }

  private func insertVersion(_ number: Int, of hold: Int64, _ definition: HoldDefinition) throws {
    let custodians = try rows("custodian", ids: definition.scope.custodians)
    let sources = try rows("source", ids: definition.scope.sources)
    try db.execute(
      sql: """
        INSERT INTO hold_version (hold, version, created, everyone, query, dialect, normal_form,
          resolved, since, before, reason, authority, silent, account)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
      arguments: [
        hold, number, now.ticks, definition.scope.everyone, definition.query?.text,
        definition.query?.dialect ?? "", definition.query?.normalForm, definition.query?.resolved,
        definition.interval.since?.ticks, definition.interval.before?.ticks, definition.reason,
        definition.authority, definition.isSilent, actor.displayName,
      ])
    let version = db.lastInsertedRowID
    for custodian in custodians {
      try db.execute(
        sql: "INSERT OR IGNORE INTO hold_custodian (hold_version, custodian) VALUES (?, ?)",
        arguments: [version, custodian])
    }
    for project in definition.scope.projects {
      try db.execute(
        sql: "INSERT OR IGNORE INTO hold_project (hold_version, native_id) VALUES (?, ?)",
        arguments: [version, project])
    }
    for source in sources {
      try db.execute(
        sql: "INSERT OR IGNORE INTO hold_source (hold_version, source) VALUES (?, ?)",
        arguments: [version, source])
    }
  }

  private func rows(_ table: String, ids: [String]) throws -> [Int64] {
    var keys: [Int64] = []
    var unknown: [String] = []
    for id in ids {
      if let key = try Int64.fetchOne(
        db, sql: "SELECT key FROM \(table) WHERE id = ?", arguments: [id])
      {
        keys.append(key)
      } else {
        unknown.append(id)
      }
    }
    guard unknown.isEmpty else { throw Catalog.notFound(unknown, noun: table) }
    return keys
  }
}
