// SPDX-License-Identifier: Apache-2.0
import GRDB
import Model

extension Change {
  /// Makes a source.
  ///
  /// - Throws: `StoreError` with `.exists` when the name is taken.
  @discardableResult
  package func createSource(
    _ definition: SourceDefinition, reason: String = ""
  ) throws -> SourceRecord {
    try requireName(definition.name, noun: "source")
    try requireFreeSourceName(definition.name)
    let id = ObjectID.random(.source)
    try db.execute(
      sql: """
        INSERT INTO source (id, name, kind, url, key_file, note, created)
        VALUES (?, ?, ?, ?, ?, ?, ?)
        """,
      arguments: [
        id.text, definition.name, definition.kind.rawValue, definition.url, definition.keyFile,
        definition.note, now.ticks,
      ])
    let source = try catalog.source(key: db.lastInsertedRowID)
    try record(AuditEvent("source.create", of: id, after: source.json, reason: reason))
    return source
  }

  /// The source of that name; a new one for imports when there is none.
  package func sourceForImport(named name: String) throws -> SourceRecord {
    if let row = try Row.fetchOne(
      db, sql: "SELECT * FROM source WHERE name = ?", arguments: [name])
    {
      return try SourceRecord(row: row)
    }
    if ObjectID(name) != nil { return try catalog.source(name) }
    return try createSource(SourceDefinition(name: name))
  }

  /// Sets a source's fields anew; the kind stays.
  ///
  /// - Throws: `StoreError` with `.exists` for a name that is taken, `.held` or `.denied` for another
  ///   one where a query of a hold, policy or label would select something else then, `.usage`.
  package func updateSource(
    _ source: SourceRecord, to definition: SourceDefinition, reason: String = ""
  ) throws -> SourceRecord {
    let before = try catalog.source(key: source.key)
    try requireName(definition.name, noun: "source")
    guard definition.kind == before.kind else {
      throw StoreError(.usage, "the kind of a source cannot change; make another source")
    }
    if definition.name != before.name {
      try requireFreeSourceName(definition.name)
      try catalog.requireRenamable(before, to: definition.name)
    }
    try db.execute(
      sql: "UPDATE source SET name = ?, url = ?, key_file = ?, note = ? WHERE key = ?",
      arguments: [
        definition.name, definition.url, definition.keyFile, definition.note, source.key,
      ])
    let after = try catalog.source(key: source.key)
    try record(
      AuditEvent(
        "source.update", of: source.id, before: before.json, after: after.json, reason: reason))
    return after
  }

  /// Deletes a source that has brought nothing and is in no hold.
  ///
  /// - Throws: `StoreError` with `.held` when a hold names it, `.denied` when it has captures.
  package func deleteSource(_ source: SourceRecord, reason: String = "") throws {
    let before = try catalog.source(key: source.key)
    let holds =
      try Int.fetchOne(
        db, sql: "SELECT count(*) FROM hold_source WHERE source = ?", arguments: [source.key]) ?? 0
    guard holds == 0 else {
      throw StoreError(
        .held, "the source \(before.name) stays, as a hold on record names it",
        objects: [before.id.text])
    }
    let runs =
      try Int.fetchOne(
        db, sql: "SELECT count(*) FROM run WHERE source = ?", arguments: [source.key]) ?? 0
    guard runs == 0 else {
      throw StoreError(
        .denied, "the source \(before.name) stays, as it has \(runs) captures on record",
        objects: [before.id.text])
    }
    // Of a source without captures there is nothing but that it brought nothing of somebody.
    try db.execute(
      sql: "DELETE FROM exception WHERE source = ? AND first_run IS NULL", arguments: [source.key])
    try db.execute(sql: "DELETE FROM source WHERE key = ?", arguments: [source.key])
    try record(
      AuditEvent("source.delete", of: source.id, before: before.json, reason: reason))
  }

  private func requireFreeSourceName(_ name: String) throws {
    if let id = try String.fetchOne(
      db, sql: "SELECT id FROM source WHERE name = ?", arguments: [name])
    {
      throw StoreError(.exists, "there is a source called \(name) already", objects: [id])
    }
  }
}
