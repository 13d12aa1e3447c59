// SPDX-License-Identifier: Apache-2.0
import Bytes
import GRDB
package import Model

/// What was removed under a plan, on whose authority (holds-and-retention section 4, point 9).
package struct DispositionCertificate: Sendable {
  package var plan: PlanRecord
  package var progress: PlanProgress
  /// By conversation.
  package var tombstones: [Tombstone]
  /// Productions on record that hold any of them.
  package var productions: [ExportRecord]
  /// Backups on record that hold any of them, by id.
  package var backups: [String]

  /// Something in which a certificate and the audit log differ.
  package struct Defect: Hashable, Sendable {
    package var conversation: ObjectID
    package var detail: String
  }
}

extension Catalog {
  /// The certificate of a plan, as far as it was run.
  ///
  /// - Parameter plan: The plan.
  /// - Returns: The certificate.
  /// - Throws: `StoreError` when the catalog cannot be read.
  package func certificate(of plan: PlanRecord) throws -> DispositionCertificate {
    var tombstones: [Tombstone] = []
    try forEachTombstone(of: plan) { tombstones.append($0) }
    let held = Set(tombstones.flatMap(\.record.exports))
    let first = tombstones.flatMap(\.record.versions).map(\.captured).min()
    var backups: [String] = []
    if let first = first.flatMap({ Instant(rfc3339: $0) }) {
      // While a removal is not complete, each new backup may hold its bytes.
      let isComplete = tombstones.allSatisfy { $0.completed != nil }
      let last = isComplete ? tombstones.compactMap(\.completed).max() : nil
      backups = try self.backups(from: first, before: last).map(\.id.text)
    }
    return DispositionCertificate(
      plan: plan, progress: try progress(of: plan), tombstones: tombstones,
      productions: try exports().filter { held.contains($0.id.text) }, backups: backups)
  }

  /// Compares the tombstones of a plan with the audit log, whose chain is to be verified besides.
  ///
  /// - Parameter certificate: What is to be compared.
  /// - Returns: What differs; nothing where each tombstone is the one that its event names, and each
  ///   event of the plan has its tombstone.
  /// - Throws: `StoreError` when the catalog cannot be read.
  package func defects(
    of certificate: DispositionCertificate
  ) throws -> [DispositionCertificate.Defect] {
    var defects: [DispositionCertificate.Defect] = []
    var known: [ObjectID: Set<String>] = [:]
    for tombstone in certificate.tombstones {
      let digest = SHA256Digest(of: tombstone.recordText)
      if digest != tombstone.digest {
        defects.append(
          .init(
            conversation: tombstone.id, detail: "its tombstone does not have the recorded digest"))
      }
      known[tombstone.id, default: []].insert(digest.hexadecimal)
    }
    let rows = try Row.fetchCursor(
      db,
      sql: """
        SELECT object, after ->> '$.tombstone_sha256' FROM event
        WHERE action = 'content.purge' AND after ->> '$.plan' = ? ORDER BY seq
        """, arguments: [certificate.plan.id.text])
    while let row = try rows.next() {
      guard let id = ObjectID(row[0] as String) else { continue }
      if known[id]?.remove(row[1] as String? ?? "") == nil {
        defects.append(
          .init(conversation: id, detail: "the audit log names another tombstone, or it is missing")
        )
      }
    }
    defects += try sourceDefects(of: certificate)
    for (id, digests) in known.sorted(by: { $0.key < $1.key }) where !digests.isEmpty {
      defects.append(.init(conversation: id, detail: "the audit log does not name its removal"))
    }
    return defects
  }
  /// Compares what became of chats at their sources with the audit log.
  private func sourceDefects(
    of certificate: DispositionCertificate
  ) throws -> [DispositionCertificate.Defect] {
    var told: [ObjectID: [String]] = [:]
    let rows = try Row.fetchCursor(
      db,
      sql: """
        SELECT object, after ->> '$.outcome', after ->> '$.request_id' FROM event
        WHERE action IN ('disposal.source.done', 'disposal.source.keep') AND after ->> '$.plan' = ?
        ORDER BY seq
        """, arguments: [certificate.plan.id.text])
    while let row = try rows.next() {
      guard let id = ObjectID(row[0] as String) else { continue }
      told[id, default: []].append((row[1] as String? ?? "") + " " + (row[2] as String? ?? ""))
    }
    var defects: [DispositionCertificate.Defect] = []
    for tombstone in certificate.tombstones {
      guard let place = tombstone.atSource, !place.state.isPending else { continue }
      let outcome = place.state.rawValue + " " + (place.requestID ?? "")
      if told[tombstone.id]?.contains(outcome) != true {
        defects.append(
          .init(
            conversation: tombstone.id,
            detail: "the audit log does not say of its source that it is \(place.state.rawValue)"))
      }
      told[tombstone.id] = nil
    }
    for id in told.keys.sorted() {
      defects.append(
        .init(
          conversation: id, detail: "the audit log tells of its source what the record does not"))
    }
    return defects
  }
}
