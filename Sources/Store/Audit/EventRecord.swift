// SPDX-License-Identifier: Apache-2.0
package import Bytes
import Foundation
import GRDB
package import Model

/// One event of the audit log as stored.
package struct EventRecord: Hashable, Sendable {
  /// Position in the log, from 1 without a gap.
  package var seq: Int64
  package var time: Instant
  package var actor: AuditActor
  package var action: String
  package var object: String
  /// Canonical JSON.
  package var before: String
  /// Canonical JSON.
  package var after: String
  package var reason: String
  /// Digest of the line before; of the first event 32 zero bytes.
  package var previous: [UInt8]
  /// The stored digest of this event's line.
  package var digest: [UInt8]

  /// The line of the custody log (export-formats section 10.1): canonical JSON, without a line
  /// feed.
  ///
  /// `prev_sha256` is the SHA-256 of the line before.
  package var line: String {
    let person: JSONValue = [
      "account": .string(actor.account), "calling_account": JSONValue(actor.callingAccount),
      "uid": .integer(actor.userID),
    ]
    let role: JSONValue = [
      "command": .string(actor.command), "host": .string(actor.host),
      "program": .string(actor.program),
    ]
    // Members in canonical order; before and after are canonical already.
    return "{\"action\":" + JSONValue.string(action).canonical + ",\"actor\":" + person.canonical
      + ",\"after\":" + after + ",\"before\":" + before + ",\"host_role\":" + role.canonical
      + ",\"object\":" + JSONValue.string(object).canonical + ",\"prev_sha256\":\""
      + previous.hexadecimal + "\",\"reason\":" + JSONValue.string(reason).canonical + ",\"seq\":"
      + JSONValue.integer(seq).canonical + ",\"time\":\"" + time.rfc3339 + "\"}"
  }

  /// The digest that the line has now.
  package var computedDigest: SHA256Digest { SHA256Digest(of: line) }

  /// Whether before and after are each a JSON value of its own.
  ///
  /// In the line they stand side by side: without this, bytes of one could be taken for the other's
  /// where a value holds what stands between them.
  var keepsValuesApart: Bool { isValue(before) && isValue(after) }
}

private func isValue(_ text: String) -> Bool {
  let bytes = Array(text.utf8)
  var cursor = JSONCursor(bytes.span)
  do {
    let place = try cursor.skipValue()
    return place == bytes.indices
  } catch {
    return false
  }
}

extension EventRecord {
  static let columns = """
    seq, time, user_id, account, calling_account, host, program, command, action, object, \
    before, after, reason, prev_sha256, sha256
    """

  /// Reads a row whatever is in it: an edited file must be found out, not trapped on.
  init(row: Row) {
    seq = integer(row, 0)
    time = Instant(ticks: integer(row, 1))
    actor = AuditActor(
      userID: integer(row, 2), account: text(row, 3),
      callingAccount: String.fromDatabaseValue(row[4]), host: text(row, 5), program: text(row, 6),
      command: text(row, 7))
    action = text(row, 8)
    object = text(row, 9)
    before = text(row, 10)
    after = text(row, 11)
    reason = text(row, 12)
    previous = bytes(row, 13)
    digest = bytes(row, 14)
  }

  func insert(into db: Database) throws {
    let statement = try db.cachedStatement(
      sql: """
        INSERT INTO event (\(EventRecord.columns))
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """)
    try statement.execute(arguments: [
      seq, time.ticks, actor.userID, actor.account, actor.callingAccount, actor.host,
      actor.program, actor.command, action, object, before, after, reason, Data(previous),
      Data(digest),
    ])
  }
}

private func integer(_ row: Row, _ index: Int) -> Int64 {
  Int64.fromDatabaseValue(row[index]) ?? 0
}

private func text(_ row: Row, _ index: Int) -> String {
  String.fromDatabaseValue(row[index]) ?? ""
}

private func bytes(_ row: Row, _ index: Int) -> [UInt8] {
  Data.fromDatabaseValue(row[index]).map { [UInt8]($0) } ?? []
}
