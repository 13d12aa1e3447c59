// SPDX-License-Identifier: Apache-2.0
import Bytes
import GRDB
package import Model

/// What was removed under a plan, on whose authority (holds-and-retention section 4, point 9).
///
/// The removals themselves are read one by one (`forEachTombstone`): there may be millions.
package struct DispositionCertificate: Hashable, Sendable {
  package var plan: PlanRecord
  package var progress: PlanProgress
  /// Ids of the policies that decided, in order.
  package var policies: [String] = []
  /// Who ran the plan and who approved removals, in order.
  package var removers: [String] = []
  package var approvers: [String] = []
  /// When the first and the last conversation went; nil when none did.
  package var firstRemoval: Instant?
  package var lastRemoval: Instant?
  package var conversationCount = 0
  package var itemCount = 0
  /// Native bytes of all versions.
  package var byteCount: Int64 = 0
  /// What became of those that were to be deleted at their source too.
  package var atSource: SourceDeletionCounts = [:]
  /// Productions on record that hold any of them.
  package var productions: [ExportRecord] = []
  /// Backups on record that hold any of them, by id.
  package var backups: [String] = []

  /// Something in which a certificate and the audit log differ.
  package struct Defect: Hashable, Sendable {
    /// The conversation, or the plan itself.
    package var object: ObjectID
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
    var certificate = DispositionCertificate(plan: plan, progress: try progress(of: plan))
    var (policies, removers, approvers) = (Set<String>(), Set<String>(), Set<String>())
    var exported: Set<String> = []
    var firstCapture: String?
    var isComplete = true
    var completed: Instant?
    try forEachTombstone(of: plan) { tombstone in
      let record = tombstone.record
      policies.formUnion(record.policies)
      removers.insert(record.account)
      if let approver = record.approver { approvers.insert(approver) }
      certificate.firstRemoval = min(certificate.firstRemoval ?? tombstone.purged, tombstone.purged)
      certificate.lastRemoval = max(certificate.lastRemoval ?? tombstone.purged, tombstone.purged)
      certificate.conversationCount += 1
      certificate.itemCount += tombstone.itemCount
      certificate.byteCount += tombstone.byteCount
      if let place = tombstone.atSource { certificate.atSource[place.state, default: 0] += 1 }
      // What was purged before and captured again: copies of that time hold the same messages.
      for life in try [record] + earlierLives(of: tombstone) {
        exported.formUnion(life.exports)
        for version in life.versions {
          firstCapture = min(firstCapture ?? version.captured, version.captured)
        }
      }
      if let time = tombstone.completed {
        completed = max(completed ?? time, time)
      } else {
        isComplete = false
      }
    }
    certificate.policies = policies.sorted()
    certificate.removers = removers.sorted()
    certificate.approvers = approvers.sorted()
    // One that was being made then, and failed before anybody could see it, holds nothing.
    let unseen = Set(
      try String.fetchAll(
        db, sql: "SELECT id FROM export WHERE state = 'failed' AND published_count = 0"))
    certificate.productions = try exports().filter {
      exported.contains($0.id.text) && !unseen.contains($0.id.text)
    }
    if let first = firstCapture.flatMap({ Instant(rfc3339: $0) }) {
      // While a removal is not complete, each new backup may hold its bytes.
      certificate.backups = try backups(from: first, before: isComplete ? completed : nil)
        .map(\.id.text)
    }
    return certificate
  }

  /// What earlier tombstones of the same conversation say.
  private func earlierLives(of tombstone: Tombstone) throws -> [TombstoneRecord] {
    try Row.fetchAll(
      db.cachedStatement(
        sql: Tombstone.selection + " WHERE tombstone.id = ? AND tombstone.purged < ?"),
      arguments: [tombstone.id.text, tombstone.purged.ticks]
    ).map { try Tombstone(row: $0).record }
  }

  /// Compares a plan and its tombstones with the audit log, whose chain is to be verified besides.
  ///
  /// - Parameter plan: The plan.
  /// - Returns: What differs; nothing where the plan and each tombstone are those that their events
  ///   name, and each event of the plan has its tombstone.
  /// - Throws: `StoreError` when the catalog cannot be read.
  package func defects(of plan: PlanRecord) throws -> [DispositionCertificate.Defect] {
    var defects: [DispositionCertificate.Defect] = []
    func note(_ object: ObjectID, _ detail: String) {
      defects.append(.init(object: object, detail: detail))
    }
    if try !isNamed(plan) { note(plan.id, "the audit log names another plan") }
    if try digestOfEntries(plan.key) != plan.digest {
      note(plan.id, "its entries are not those that were planned")
    }
    try forEachTombstone(of: plan) { tombstone in
      let digest = SHA256Digest(of: tombstone.recordText)
      if digest != tombstone.digest {
        note(tombstone.id, "its tombstone does not have the recorded digest")
      }
      if !tombstone.isWhatItsRecordSays {
        note(tombstone.id, "its tombstone says something else than its record")
      }
      if try !isNamed(tombstone, digest, of: plan) {
        note(tombstone.id, "the audit log does not name its removal")
      }
      if let place = tombstone.atSource, !place.state.isPending,
        try !isTold(place, of: tombstone.id, plan)
      {
        note(
          tombstone.id,
          "the audit log does not say of its source that it is \(place.state.rawValue)")
      }
    }
    for id in try eventsWithoutTombstone(of: plan) {
      note(id, "the audit log names another tombstone, or it is missing")
    }
    for id in try sourceEventsWithoutRecord(of: plan) {
      note(id, "the audit log tells of its source what the record does not")
    }
    return defects
  }

  private func isNamed(_ plan: PlanRecord) throws -> Bool {
    try Bool.fetchOne(
      db,
      sql: """
        SELECT EXISTS (SELECT 1 FROM event WHERE object = ?1 AND action = 'retention.plan'
          AND after ->> '$.sha256' = ?2 AND after ->> '$.policies_sha256' = ?3
          AND after ->> '$.request' IS ?4 AND reason = ?5)
        AND EXISTS (SELECT 1 FROM event WHERE object = ?1 AND action = 'retention.plan.start'
          AND time = ?6)
        """,
      arguments: [
        plan.id.text, plan.digest?.hexadecimal, plan.policyDigest.hexadecimal,
        plan.request?.normalForm, plan.request?.reason ?? "", plan.created.ticks,
      ]) ?? false
  }

  private func isNamed(
    _ tombstone: Tombstone, _ digest: SHA256Digest, of plan: PlanRecord
  ) throws -> Bool {
    try Bool.fetchOne(
      db.cachedStatement(
        sql: """
          SELECT EXISTS (SELECT 1 FROM event WHERE object = ? AND action = 'content.purge'
            AND after ->> '$.plan' = ? AND after ->> '$.tombstone_sha256' = ?)
          """), arguments: [tombstone.id.text, plan.id.text, digest.hexadecimal]) ?? false
  }

  private func eventsWithoutTombstone(of plan: PlanRecord) throws -> [ObjectID] {
    try String.fetchAll(
      db,
      sql: """
        SELECT object FROM event
        WHERE action = 'content.purge' AND after ->> '$.plan' = ?1 AND NOT EXISTS (
          SELECT 1 FROM tombstone WHERE tombstone.id = event.object AND tombstone.plan = ?2
            AND lower(hex(tombstone.sha256)) = event.after ->> '$.tombstone_sha256')
        ORDER BY seq
        """, arguments: [plan.id.text, plan.key]
    ).compactMap(ObjectID.init)
  }

  // MARK: - At the source

  private func isTold(
    _ place: Tombstone.AtSource, of conversation: ObjectID, _ plan: PlanRecord
  ) throws -> Bool {
    try Bool.fetchOne(
      db.cachedStatement(
        sql: """
          SELECT EXISTS (SELECT 1 FROM event WHERE object = ?1
            AND action IN ('disposal.source.done', 'disposal.source.keep')
            AND after ->> '$.plan' = ?2 AND after ->> '$.outcome' = ?3
            AND after ->> '$.request_id' IS ?4)
          """),
      arguments: [conversation.text, plan.id.text, place.state.rawValue, place.requestID]) ?? false
  }

  private func sourceEventsWithoutRecord(of plan: PlanRecord) throws -> [ObjectID] {
    try String.fetchAll(
      db,
      sql: """
        SELECT DISTINCT object FROM event
        WHERE action IN ('disposal.source.done', 'disposal.source.keep')
          AND after ->> '$.plan' = ?1 AND NOT EXISTS (
            SELECT 1 FROM tombstone JOIN source_deletion ON source_deletion.tombstone = tombstone.key
            WHERE tombstone.id = event.object AND tombstone.plan = ?2
              AND source_deletion.state NOT IN ('due', 'sent', 'failed'))
        ORDER BY object
        """, arguments: [plan.id.text, plan.key]
    ).compactMap(ObjectID.init)
  }
}

extension Tombstone {
  /// Whether what is read of it beside its record is what the record says, to which its digest binds
  /// it.
  fileprivate var isWhatItsRecordSays: Bool {
    id.text == record.id && nativeID == record.nativeID && plan.text == record.plan
      && purged.rfc3339 == record.purged && itemCount == record.items && byteCount == record.bytes
  }
}
