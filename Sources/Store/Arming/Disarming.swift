// SPDX-License-Identifier: Apache-2.0
import GRDB
package import Model

/// Why nothing may be purged until a person confirmed the date and the holds
/// (holds-and-retention section 4, point 8).
package struct Disarming: Hashable, Sendable {
  /// What happened.
  package enum Reason: String, Sendable, CaseIterable {
    /// The clock and the last audit event lie too far apart.
    case clock
    /// The store came from a backup, so what was decided since then is not known to it.
    case restored

    /// In words, for a sentence that begins with "because".
    package var text: String {
      switch self {
      case .clock: "the clock does not suit the last audit event"
      case .restored: "the store was restored from a backup"
      }
    }
  }

  package var reason: Reason
  /// When it was disarmed, by the store's clock.
  package var time: Instant

  /// How far the clock may lie before the last audit event, in ticks.
  static let tolerance = 5 * 60 * Instant.ticksPerSecond
  /// How far it may lie after it, in ticks.
  static let span = 35 * Instant.ticksPerDay
}

extension Catalog {
  /// Why purging is disarmed; nil while it is armed.
  ///
  /// A clock that does not suit the last audit event disarms without any record.
  ///
  /// - Returns: The reason; a restore before a clock.
  /// - Throws: `StoreError` when the catalog cannot be read.
  package func disarming() throws -> Disarming? {
    let row = try Row.fetchOne(
      db, sql: "SELECT reason, time FROM disarming ORDER BY reason DESC LIMIT 1")
    if let row { return Disarming(reason: try row.value("reason"), time: row.instant("time")) }
    return try clockIsDoubtful() ? Disarming(reason: .clock, time: now) : nil
  }

  /// Refuses where purging is disarmed.
  ///
  /// - Throws: `StoreError` with `.disarmed`.
  package func requireArmed() throws {
    guard let disarming = try disarming() else { return }
    throw StoreError(
      .disarmed,
      "purging is disarmed since \(disarming.time.flooredToSecond.rfc3339), because "
        + "\(disarming.reason.text); check the date and the holds, then run custody retention arm",
      objects: [disarming.reason.rawValue])
  }

  /// The time of the last audit event; nil before the first.
  package func lastEventTime() throws -> Instant? {
    try Int64.fetchOne(db, sql: "SELECT time FROM event ORDER BY seq DESC LIMIT 1")
      .map { Instant(ticks: $0) }
  }

  func clockIsDoubtful() throws -> Bool {
    guard let last = try lastEventTime() else { return false }
    return now.ticks < last.ticks - Disarming.tolerance || now.ticks > last.ticks + Disarming.span
  }
}

extension Change {
  /// Disarms purging.
  ///
  /// Where it is disarmed for that reason already, nothing changes.
  ///
  /// - Parameter reason: What happened.
  /// - Throws: `StoreError` when the catalog cannot be written.
  package func disarm(_ reason: Disarming.Reason) throws {
    try db.execute(
      sql: "INSERT OR IGNORE INTO disarming (reason, time) VALUES (?, ?)",
      arguments: [reason.rawValue, now.ticks])
    guard db.changesCount > 0 else { return }
    try record(
      AuditEvent(
        "retention.disarm", of: try catalog.storeDescription().id,
        after: ["because": .string(reason.rawValue)]))
  }

  /// Arms purging: a person has confirmed the date and the holds.
  ///
  /// - Parameters:
  ///   - confirmed: Why it was disarmed, as that person was told; nil where it was not.
  ///   - reason: Why, in that person's words.
  /// - Returns: Whether it was disarmed.
  /// - Throws: `StoreError` with `.stale` where it is disarmed for something else by now.
  @discardableResult
  package func arm(confirmed: Disarming.Reason?, reason: String = "") throws -> Bool {
    guard let before = try catalog.disarming() else { return false }
    guard before.reason == confirmed else {
      throw StoreError(
        .stale, "purging was disarmed meanwhile, because \(before.reason.text); run it again",
        objects: [before.reason.rawValue])
    }
    let holds = try catalog.holds().count { $0.state != .released }
    // First the event, which notes a doubtful clock: from now on the clock is the one confirmed.
    try record(
      AuditEvent(
        "retention.arm", of: try catalog.storeDescription().id,
        before: ["because": .string(before.reason.rawValue), "since": JSONValue(before.time)],
        after: ["date": JSONValue(now), "holds": JSONValue(holds)], reason: reason))
    try db.execute(sql: "DELETE FROM disarming")
    return true
  }
}
