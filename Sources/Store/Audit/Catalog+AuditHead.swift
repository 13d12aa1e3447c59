// SPDX-License-Identifier: Apache-2.0
package import Bytes
import Foundation
import GRDB
import Model

/// Where the audit log ends, as the store itself says: what a tail that was cut off would miss.
package struct AuditHead: Hashable, Sendable {
  /// How many events there are.
  package var count: Int64
  /// The digest of the last one; 32 zero bytes when there is none.
  package var digest: SHA256Digest

  package init(count: Int64, digest: SHA256Digest) {
    self.count = count
    self.digest = digest
  }
}

extension Catalog {
  /// The store's own id, which it keeps for ever.
  package func storeID() throws -> String {
    guard let id = try String.fetchOne(db, sql: "SELECT id FROM store") else {
      throw StoreError(.damaged, "the catalog has no row that says what store it is")
    }
    return id
  }

  /// The head of the audit log.
  package func auditHead() throws -> AuditHead {
    guard
      let row = try Row.fetchOne(db, sql: "SELECT event_count, event_sha256 FROM store"),
      let digest = SHA256Digest(bytes: [UInt8](row[1] as Data))
    else { throw StoreError(.damaged, "the catalog has no row that says what store it is") }
    return AuditHead(count: row[0], digest: digest)
  }
}
