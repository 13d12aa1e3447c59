// SPDX-License-Identifier: Apache-2.0
import GRDB
import Model

/// Gaps of accounts that nobody bears: they close by themselves when somebody does, and come back when
/// nobody does any more.
extension Change {
  /// Why such a gap is resolved that no person resolved.
  static let attributedReason = "a custodian bears the account"

  /// Brings the gaps of an account in line with whose it is, as part of a change that has an event.
  ///
  /// A gap stays while any account of that id is nobody's, and what a person resolved stays so.
  ///
  /// - Parameter account: Its row.
  /// - Throws: When the catalog cannot be written.
  func followAttribution(of account: Int64) throws {
    let isBorne = try db.cachedStatement(
      sql: """
        SELECT own.native_id, NOT EXISTS (
          SELECT 1 FROM account WHERE native_id = own.native_id AND custodian IS NULL)
        FROM account AS own WHERE own.key = ?
        """)
    guard let row = try Row.fetchOne(isBorne, arguments: [account]) else { return }
    let id: String = row[0]
    if row[1] {
      try db.cachedStatement(
        sql: """
          UPDATE exception SET state = 'resolved', resolved = ?, reason = ?, account = ?
          WHERE code = 'CUSTODIAN_UNKNOWN' AND object = ? AND state = 'open'
          """
      ).execute(arguments: [now.ticks, Self.attributedReason, actor.displayName, id])
    } else {
      try db.cachedStatement(
        sql: """
          UPDATE exception SET state = 'open', resolved = NULL, reason = '', account = ''
          WHERE code = 'CUSTODIAN_UNKNOWN' AND object = ? AND reason = ?
          """
      ).execute(arguments: [id, Self.attributedReason])
    }
  }
}
