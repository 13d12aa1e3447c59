// SPDX-License-Identifier: Apache-2.0
package import Bytes
package import Model

extension Searcher {
  /// The versions of the items of a conversation by the digests of their native bytes.
  ///
  /// - Parameters:
  ///   - conversation: Its id.
  ///   - partition: Where it lies.
  /// - Returns: By item, each digest with the number of the version that has those bytes.
  /// - Throws: `StoreError` when the rows cannot be read.
  package func itemVersions(
    of conversation: ObjectID, partition: Int
  ) throws -> [ObjectID: [SHA256Digest: Int]] {
    var versions: [ObjectID: [SHA256Digest: Int]] = [:]
    try forEachVersion(of: conversation, partition: partition) { version in
      versions[version.id, default: [:]][try version.digest] = version.version
    }
    return versions
  }
}

extension StoredVersion {
  /// Of its native bytes.
  var digest: SHA256Digest {
    get throws {
      let statement = try item.reader.connection.cached("SELECT digest FROM item WHERE row = ?")
      defer { statement.reset() }
      try statement.bind(item.row, at: 1)
      guard try statement.step(), let digest = SHA256Digest(bytes: statement.bytes(0)) else {
        throw StoreError(.damaged, "an item has no digest of its bytes")
      }
      return digest
    }
  }
}
