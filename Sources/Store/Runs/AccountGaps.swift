// SPDX-License-Identifier: Apache-2.0
import GRDB
import Model

/// Gaps of accounts that nobody bears: they close by themselves when somebody does, and come back when
/// nobody does any more.
extension Change {
  /// Why such a gap is resolved that no person resolved.
  static let attributedReason = "a custodian bears the account"

  /// Why the gap of a conversation is resolved that no person resolved.
  private static let toldReason = "a capture tells whose it is"

  /// Closes the gap of a conversation that captures did not tell the owner of, once one does, as part of
  /// a change that has an event.
  ///
  /// - Parameter nativeID: The source's id of it; nothing happens while another one of that id is nobody's.
  /// - Throws: When the catalog cannot be written.
  func closeGap(ofConversation nativeID: String) throws {
    let open = try db.cachedStatement(
      sql: """
        SELECT key FROM exception
        WHERE code = 'CUSTODIAN_UNKNOWN' AND object = ?1 AND state = 'open'
          AND (SELECT min(account IS NOT NULL) FROM conversation WHERE native_id = ?1)
        """)
    for key in try Int64.fetchAll(open, arguments: [nativeID]) {
      try closeException(key, reason: Self.toldReason)
    }
  }

  /// Brings the gaps of an account in line with whose it is, as part of a change that has an event.
  ///
  /// A gap stays while any account of that id is nobody's, and what a person resolved stays so.
  ///
  /// - Parameter id: The source's id of the account; another id does nothing.
  /// - Throws: When the catalog cannot be written.
  func followAttribution(of id: String) throws {
    let isBorne = try db.cachedStatement(
      sql: "SELECT min(custodian IS NOT NULL) FROM account WHERE native_id = ?")
    // Nil where there is no such account.
    guard let isBorne = try Bool.fetchOne(isBorne, arguments: [id]) else { return }
    if isBorne {
      let open = try db.cachedStatement(
        sql: """
          SELECT key FROM exception
          WHERE code = 'CUSTODIAN_UNKNOWN' AND object = ? AND state = 'open'
          """)
      for key in try Int64.fetchAll(open, arguments: [id]) {
        try closeException(key, reason: Self.attributedReason)
      }
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
