// SPDX-License-Identifier: Apache-2.0
import Bytes
import Foundation
import GRDB
import Model

extension Change {
  /// Begins a backup: it is on record before its first file is written, so no copy of the store's
  /// content is ever without a record.
  ///
  /// - Parameters:
  ///   - path: Where it will stand, from the root.
  ///   - storeName: The name of the store's folder.
  /// - Returns: The backup, running.
  /// - Throws: `StoreError` when the catalog cannot be written.
  package func startBackup(at path: String, storeName: String) throws -> BackupRecord {
    let id = ObjectID.random(.backup)
    let event = try catalog.auditHead().count + 1
    try db.execute(
      sql: """
        INSERT INTO backup (id, state, path, created, event_count, account)
        VALUES (?, 'running', ?, ?, ?, ?)
        """, arguments: [id.text, path, now.ticks, event, actor.displayName])
    try record(
      AuditEvent(
        "backup.create", of: id,
        after: ["path": .string(path), "store_name": .string(storeName)]))
    return try catalog.backup(id.text)
  }

  /// Notes what a backup holds, when all of it is written and before it gets its name: from here on
  /// it may stand there.
  package func noteWritten(_ backup: BackupRecord, _ outcome: BackupOutcome) throws {
    try setOutcome(backup.id, outcome)
    try record(
      AuditEvent(
        "backup.write", of: backup.id, before: ["state": .string(backup.state.rawValue)],
        after: outcome.json))
  }

  /// Ends a backup that stands complete under its name.
  package func completeBackup(_ backup: BackupRecord) throws {
    try setComplete(backup.id)
    try record(
      AuditEvent(
        "backup.complete", of: backup.id, before: ["state": .string(backup.state.rawValue)],
        after: ["state": "complete"]))
  }

  /// Ends a backup that was not made.
  package func failBackup(_ backup: BackupRecord, reason: String) throws {
    try db.execute(
      sql: "UPDATE backup SET state = 'failed', finished = ? WHERE key = ?",
      arguments: [now.ticks, backup.key])
    try record(
      AuditEvent(
        "backup.fail", of: backup.id, before: ["state": .string(backup.state.rawValue)],
        after: ["state": "failed"], reason: reason))
  }

  func setOutcome(_ id: ObjectID, _ outcome: BackupOutcome) throws {
    try db.execute(
      sql: """
        UPDATE backup SET event_count = ?, event_sha256 = ?, conversation_count = ?,
          hold_count = ?, file_count = ?, byte_count = ?, manifest_sha256 = ?
        WHERE id = ?
        """,
      arguments: [
        outcome.facts.auditHead.count, Data(outcome.facts.auditHead.digest.bytes),
        outcome.facts.conversationCount, outcome.facts.holdCount, outcome.fileCount,
        outcome.byteCount, Data(outcome.manifestDigest.bytes), id.text,
      ])
  }

  func setComplete(_ id: ObjectID) throws {
    try db.execute(
      sql: "UPDATE backup SET state = 'complete', finished = ? WHERE id = ?",
      arguments: [now.ticks, id.text])
  }
}

extension BackupOutcome {
  /// As audit events hold it.
  var json: JSONValue {
    [
      "events": .integer(facts.auditHead.count),
      "event_sha256": .string(facts.auditHead.digest.hexadecimal),
      "conversations": JSONValue(facts.conversationCount), "holds": JSONValue(facts.holdCount),
      "files": JSONValue(fileCount), "bytes": .integer(byteCount),
      "manifest_sha256": .string(manifestDigest.hexadecimal),
    ]
  }
}
