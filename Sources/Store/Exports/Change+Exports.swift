// SPDX-License-Identifier: Apache-2.0
import Bytes
import Foundation
import GRDB
package import Model

extension Change {
  /// Begins an export; the ledger keeps it whatever becomes of it.
  ///
  /// The caller holds the job lock of the case, so an export of it that is still running was lost:
  /// its process was killed. It is noted as failed.
  ///
  /// - Parameters:
  ///   - set: What is produced.
  ///   - volume: The volume's name.
  ///   - output: Where it goes.
  ///   - prefix: Of its control numbers.
  ///   - options: All that decides the volume's bytes.
  /// - Returns: The export, running.
  /// - Throws: `StoreError` when the catalog cannot be written.
  package func startExport(
    of set: ReviewSet, volume: String, output: String, prefix: String, options: JSONValue
  ) throws -> ExportRecord {
    try requirePrefix(prefix)
    let lost = try Row.fetchAll(
      db,
      sql: ExportRecord.selection
        + " WHERE review_set.matter = ? AND export.state = 'running' ORDER BY export.key",
      arguments: [set.matter.key]
    ).map(ExportRecord.init)
    for export in lost { try failExport(export, reason: "the process ended before the export") }
    let id = ObjectID.random(.export)
    try db.execute(
      sql: """
        INSERT INTO export (id, review_set, state, volume, output, options, prefix, created, account)
        VALUES (?, ?, 'running', ?, ?, ?, ?, ?, ?)
        """,
      arguments: [
        id.text, set.key, volume, output, options.canonical, prefix, now.ticks, actor.displayName,
      ])
    try record(
      AuditEvent(
        "export.create", of: id,
        after: [
          "set": .string(set.id.text), "volume": .string(volume), "output": .string(output),
          "prefix": .string(prefix), "options": options,
        ]))
    return try catalog.export(id.text)
  }

  /// Notes that a volume of an export is about to get its name: from then on it may have left the
  /// store, whatever becomes of the export.
  ///
  /// - Parameters:
  ///   - export: The export.
  ///   - numbers: The control numbers of the volume.
  /// - Throws: `StoreError` when the catalog cannot be written.
  package func notePublication(of export: ExportRecord, _ numbers: ClosedRange<Int>) throws {
    try db.execute(
      sql: "UPDATE export SET published_count = published_count + 1 WHERE key = ?",
      arguments: [export.key])
    try record(
      AuditEvent(
        "export.publish", of: export.id,
        after: [
          "prefix": .string(export.prefix), "first": JSONValue(numbers.lowerBound),
          "last": JSONValue(numbers.upperBound),
        ]))
  }

  /// Notes that volumes of an earlier run to the same place are about to go, since the export has fewer.
  ///
  /// - Parameters:
  ///   - export: The export.
  ///   - volumes: Their paths.
  /// - Throws: `StoreError` when the catalog cannot be written.
  package func noteRemoval(of export: ExportRecord, _ volumes: [String]) throws {
    try record(
      AuditEvent("export.remove", of: export.id, before: ["volumes": JSONValue(volumes)]))
  }

  /// Ends an export that wrote its volume.
  package func completeExport(_ export: ExportRecord, _ outcome: ExportOutcome) throws {
    try db.execute(
      sql: """
        UPDATE export SET state = 'complete', first_number = ?, last_number = ?,
          document_count = ?, byte_count = ?, manifest_sha256 = ?, finished = ?
        WHERE key = ?
        """,
      arguments: [
        outcome.numbers?.lowerBound, outcome.numbers?.upperBound, outcome.documentCount,
        outcome.byteCount, Data(outcome.manifestDigest.bytes), now.ticks, export.key,
      ])
    try record(
      AuditEvent(
        "export.complete", of: export.id, before: ["state": .string(export.state.rawValue)],
        after: [
          "state": "complete", "documents": JSONValue(outcome.documentCount),
          "bytes": .integer(outcome.byteCount),
          "manifest_sha256": .string(outcome.manifestDigest.hexadecimal),
        ]))
  }

  /// Ends an export that could not write its volume.
  package func failExport(_ export: ExportRecord, reason: String) throws {
    try db.execute(
      sql: "UPDATE export SET state = 'failed', finished = ? WHERE key = ?",
      arguments: [now.ticks, export.key])
    try record(
      AuditEvent(
        "export.fail", of: export.id, before: ["state": .string(export.state.rawValue)],
        after: ["state": "failed"], reason: reason))
  }

  /// Gives documents their control numbers: one number is bound to one document for ever.
  ///
  /// Documents of the set that have a number under the prefix keep it; the others get the next ones
  /// of the case, in the order given. Prefix and next number belong to the case and go on over
  /// exports (export-formats section 1.6).
  ///
  /// - Parameters:
  ///   - documents: What the numbers stand for, such as slice and file ids; no repeats.
  ///   - set: The set that is produced.
  ///   - prefix: Becomes the case's prefix; nil takes the case's.
  ///   - start: The least number that new documents may get; nil goes on where the case stands.
  /// - Returns: The numbers, one a document, in the same order.
  /// - Throws: `StoreError` with `.exists` when the start lies before numbers that are given.
  package func allocateControlNumbers(
    for documents: some Collection<String>, of set: ReviewSet, prefix: String? = nil,
    start: Int? = nil
  ) throws -> [Int] {
    let matter = try catalog.matter(key: set.matter.key)
    let prefix = prefix ?? matter.controlPrefix
    try requirePrefix(prefix)
    let insert = try db.cachedStatement(
      sql: """
        INSERT INTO control_number (matter, prefix, number, review_set, document)
        VALUES (?, ?, ?, ?, ?)
        """)
    var next = try catalog.nextControlNumber(of: matter, prefix: prefix)
    var isFresh = false
    var numbers: [Int] = []
    numbers.reserveCapacity(documents.count)
    for document in documents {
      if let number = try catalog.controlNumber(of: document, in: set, prefix: prefix) {
        numbers.append(number)
        continue
      }
      if !isFresh, let start {
        next = try catalog.nextControlNumber(of: matter, prefix: prefix, start: start)
      }
      isFresh = true
      try insert.execute(arguments: [matter.key, prefix, next, set.key, document])
      numbers.append(next)
      next += 1
    }
    if isFresh || prefix != matter.controlPrefix {
      try db.execute(
        sql: "UPDATE matter SET control_prefix = ?, next_control_number = ? WHERE key = ?",
        arguments: [prefix, next, matter.key])
      try record(
        AuditEvent(
          "case.number", of: matter.id,
          before: [
            "prefix": .string(matter.controlPrefix), "next": JSONValue(matter.nextControlNumber),
          ],
          after: [
            "prefix": .string(prefix), "next": JSONValue(next), "set": .string(set.id.text),
          ]))
    }
    return numbers
  }
}
