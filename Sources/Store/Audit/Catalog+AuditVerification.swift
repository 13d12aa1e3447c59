// SPDX-License-Identifier: Apache-2.0
package import Bytes
import Foundation
import GRDB
import Model

/// Something wrong with the audit log, with the number of the event where it shows.
package struct AuditDefect: Hashable, Sendable {
  /// What is wrong.
  package enum Kind: String, Sendable, CaseIterable {
    /// An event does not have the digest that was stored with it: it was edited.
    case edited
    /// An event does not follow the one before: something was edited, removed, added or moved.
    case broken
    /// A number is missing.
    case missing
    /// The log ends before or after the event that the store names as its last.
    case tail
    /// The last event is not the one that the store names.
    case head
  }

  package var kind: Kind
  /// The number of the event, from 1.
  package var seq: Int64
  /// In words.
  package var detail: String
}

/// What a verification of the audit log found.
package struct AuditVerification: Hashable, Sendable {
  package var eventCount: Int64
  /// The digest of the last event; 32 zero bytes when there is none.
  package var headDigest: SHA256Digest
  /// In order of the events.
  package var defects: [AuditDefect]

  package var isSound: Bool { defects.isEmpty }
}

extension Catalog {
  /// Computes the chain anew from the first event, and compares it with what is stored.
  ///
  /// It finds each edit, removal, insertion and change of order; events cut from the end as long as
  /// the store's own note of its head was not changed with them (an anchor kept elsewhere tells
  /// then).
  package func verifyAudit() throws -> AuditVerification {
    let head = try auditHead()
    var defects: [AuditDefect] = []
    var expected: Int64 = 1
    var previous = [UInt8](repeating: 0, count: 32)
    let rows = try Row.fetchCursor(
      db, sql: "SELECT \(EventRecord.columns) FROM event ORDER BY seq")
    while let row = try rows.next() {
      let event = EventRecord(row: row)
      if event.seq != expected {
        defects.append(
          AuditDefect(
            kind: .missing, seq: expected,
            detail: event.seq == expected + 1
              ? "event \(expected) is missing"
              : "events \(expected) to \(event.seq - 1) are missing"))
      }
      if event.computedDigest.bytes != event.digest {
        defects.append(
          AuditDefect(
            kind: .edited, seq: event.seq,
            detail: "event \(event.seq) was edited: it does not have its stored digest"))
      } else if !event.keepsValuesApart {
        defects.append(
          AuditDefect(
            kind: .edited, seq: event.seq,
            detail: "event \(event.seq) was edited: what it tells of before and after is not split "
              + "where it was"))
      }
      if event.previous != previous {
        defects.append(
          AuditDefect(
            kind: .broken, seq: event.seq,
            detail: "event \(event.seq) does not follow the event before it"))
      }
      previous = event.digest
      expected = event.seq + 1
    }
    let count = expected - 1
    if count != head.count {
      defects.append(
        AuditDefect(
          kind: .tail, seq: min(count, head.count) + 1,
          detail: "the log ends at event \(count), the store says \(head.count)"))
    } else if previous != head.digest.bytes {
      defects.append(
        AuditDefect(
          kind: .head, seq: count, detail: "the last event is not the one that the store names"))
    }
    // A digest of another length was told as an edit above.
    let digest = SHA256Digest(bytes: previous) ?? head.digest
    return AuditVerification(eventCount: count, headDigest: digest, defects: defects)
  }
}
