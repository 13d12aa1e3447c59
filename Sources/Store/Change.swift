// SPDX-License-Identifier: Apache-2.0
import Bytes
import Foundation
import GRDB
package import Model

/// A write transaction of the catalog: what is changed here and its audit events are committed
/// together or not at all.
///
/// Valid only inside the closure that it is given to.
package final class Change {
  /// How long a batch of a long job may work under the write lock, so that a hold gets in between.
  package static let batchDuration = Duration.milliseconds(400)

  let db: Database
  package let actor: AuditActor
  /// The time of the change: one for the whole transaction, from the store's clock.
  package let now: Instant
  private(set) var recordedCount = 0

  init(db: Database, actor: AuditActor, now: Instant) {
    self.db = db
    self.actor = actor
    self.now = now
  }

  /// What the catalog holds, changes of this transaction included.
  package var catalog: Catalog { Catalog(db: db, now: now) }

  /// Appends an event to the audit log.
  ///
  /// A clock that does not suit the last event disarms purging with it, since the next event would
  /// hide that.
  package func record(_ event: AuditEvent) throws {
    if recordedCount == 0, try catalog.clockIsDoubtful() {
      // The events of one change bear one time: those that follow find nothing to doubt.
      recordedCount += 1
      try disarm(.clock)
    }
    try append(event)
  }

  private func append(_ event: AuditEvent) throws {
    guard
      let head = try Row.fetchOne(
        db.cachedStatement(sql: "SELECT event_count, event_sha256 FROM store"))
    else { throw StoreError(.damaged, "the catalog has no row that says what store it is") }
    let count: Int64 = head[0]
    var entry = EventRecord(
      seq: count + 1, time: now, actor: actor, action: event.action, object: event.object,
      before: event.before.canonical, after: event.after.canonical, reason: event.reason,
      previous: [UInt8](head[1] as Data), digest: [])
    entry.digest = entry.computedDigest.bytes
    try entry.insert(into: db)
    try db.cachedStatement(sql: "UPDATE store SET event_count = ?, event_sha256 = ?")
      .execute(arguments: [entry.seq, Data(entry.digest)])
    recordedCount += 1
  }
}
