// SPDX-License-Identifier: Apache-2.0
import Bytes
import Foundation
import GRDB
import Model

extension Change {
  /// Begins a run.
  ///
  /// A run of the same source that never ended was killed, and is marked so: the caller holds the
  /// source's job lock.
  package func startRun(_ kind: RunKind, of source: SourceRecord) throws -> RunRecord {
    let lost = try Row.fetchAll(
      db, sql: RunRecord.selection + " WHERE run.source = ? AND run.state = 'running'",
      arguments: [source.key]
    ).map(RunRecord.init)
    for run in lost { try finishRun(run, state: .interrupted, counts: run.counts) }
    let id = ObjectID.random(.run)
    try db.execute(
      sql: """
        INSERT INTO run (id, source, kind, state, started, account)
        VALUES (?, ?, ?, 'running', ?, ?)
        """,
      arguments: [id.text, source.key, kind.rawValue, now.ticks, actor.displayName])
    try record(
      AuditEvent(
        "capture.start", of: id,
        after: ["source": .string(source.id.text), "kind": .string(kind.rawValue)]))
    return try catalog.run(id.text)
  }

  /// Writes down how far a run has come, as part of a batch.
  ///
  /// Records an event with the counts so far, so that a batch needs no other.
  package func checkpoint(_ run: RunRecord, counts: RunCounts) throws {
    try write(counts, to: run)
    try record(AuditEvent("capture.store", of: run.id, after: ["counts": counts.json]))
  }

  /// Adds to how far a run has come, as part of a batch.
  ///
  /// Records an event with the counts so far, so that a batch needs no other.
  package func advance(_ run: RunRecord, by counts: RunCounts) throws {
    var total = try catalog.run(run.id.text).counts
    total += counts
    try checkpoint(run, counts: total)
  }

  /// Counts content with the batch that holds it, so that a run that is killed tells what it stored.
  ///
  /// Records no event: it is part of a batch that does.
  func count(_ content: IngestCounts, of run: ObjectID) throws {
    let run = try catalog.run(run.text)
    var counts = run.counts
    counts.add(content)
    counts.recaptured = try catalog.recapturedCount(of: run)
    try write(counts, to: run)
  }

  /// Ends a run.
  ///
  /// - Throws: `StoreError` with `.failure` when it is to be complete and its counts do not add up.
  package func finishRun(_ run: RunRecord, state: RunState, counts: RunCounts) throws {
    guard state != .complete || counts.addUp else {
      throw StoreError(.failure, "the counts of the run \(run.id) do not add up")
    }
    try write(counts, to: run)
    try db.execute(
      sql: "UPDATE run SET state = ?, finished = ? WHERE key = ?",
      arguments: [state.rawValue, state == .running ? nil : now.ticks, run.key])
    try record(
      AuditEvent(
        "capture.finish", of: run.id, before: ["state": .string(run.state.rawValue)],
        after: ["state": .string(state.rawValue), "counts": counts.json]))
  }

  /// Writes down a file that a run read; the same path again replaces what was said of it.
  ///
  /// Records no event: it is part of a batch that does.
  package func recordInput(_ input: RunInput, of run: RunRecord) throws {
    try db.execute(
      sql: """
        INSERT INTO run_input (run, path, byte_count, sha256, format, outcome)
        VALUES (?, ?, ?, ?, ?, ?)
        ON CONFLICT DO UPDATE SET byte_count = excluded.byte_count, sha256 = excluded.sha256,
          format = excluded.format, outcome = excluded.outcome
        """,
      arguments: [
        run.key, input.path, input.byteCount, input.digest.map { Data($0.bytes) }, input.format,
        input.outcome.rawValue,
      ])
  }

  private func write(_ counts: RunCounts, to run: RunRecord) throws {
    try db.execute(
      sql: """
        UPDATE run SET read_count = ?, stored_count = ?, updated_count = ?, duplicate_count = ?,
          merged_count = ?, skipped_count = ?, exception_count = ?, gap_count = ?,
          conversation_count = ?, blob_count = ?, recaptured_count = ?, byte_count = ?,
          first_record = ?, last_record = ?
        WHERE key = ?
        """,
      arguments: [
        counts.read, counts.stored, counts.updated, counts.duplicates, counts.merged,
        counts.skipped, counts.exceptions, counts.gaps, counts.conversations, counts.blobs,
        counts.recaptured, counts.byteCount, counts.firstRecord?.ticks, counts.lastRecord?.ticks,
        run.key,
      ])
  }
}
