// SPDX-License-Identifier: Apache-2.0
package import Bytes
import Foundation
import GRDB
package import Model

/// Files of captures as bytes, beside the partitions.
///
/// A file is written under a name of its own, made durable, and moved to its place in the change
/// that records it: what is in no row of the catalog does not exist, and ``sweepBlobs(of:as:)``
/// removes it.
extension Store {
  /// A path for a file of a source that is on its way.
  ///
  /// - Parameters:
  ///   - source: The source.
  ///   - number: Tells it from others of the same run.
  /// - Returns: The path; nothing is there yet.
  /// - Throws: `StoreError` when its folder cannot be made.
  package func stagingPath(of source: ObjectID, _ number: Int) throws -> String {
    try FileSystem.makePrivateFolder(layout.blobs)
    return layout.blobs + "/" + Store.stagingPrefix(of: source) + String(number)
  }

  private static let stagingPrefix = "incoming-"

  private static func stagingPrefix(of source: ObjectID) -> String {
    stagingPrefix + source.text + "-"
  }

  /// Where the bytes of a file lie.
  package func blobPath(_ digest: SHA256Digest) -> String { layout.blob(digest) }

  /// Moves a staged file to its place; called in the change that records it.
  ///
  /// - Throws: `StoreError` when the disk refuses.
  package func adoptBlob(staged path: String, digest: SHA256Digest) throws {
    try FileSystem.rename(path, to: layout.blob(digest), in: layout.blobs)
  }

  /// Removes what an interrupted run of a source left on its way, and files that no row names.
  ///
  /// - Parameters:
  ///   - source: The source, whose job lock the caller holds.
  ///   - actor: Who runs the command.
  /// - Throws: `StoreError` when the disk or the catalog refuse.
  package func sweepBlobs(of source: ObjectID, as actor: AuditActor) throws {
    let names = try FileSystem.entries(of: layout.blobs) ?? []
    for name in names where name.hasPrefix(Store.stagingPrefix(of: source)) {
      try FileSystem.remove(layout.blobs + "/" + name)
    }
    try sweepUnnamedBlobs(as: actor)
  }

  /// Removes what interrupted runs left on its way, where no run of its source goes on, and files
  /// that no row names: nobody knows any more which conversations they belong to.
  func sweepStrayBlobs(as actor: AuditActor) throws {
    guard let names = try FileSystem.entries(of: layout.blobs), !names.isEmpty else { return }
    let prefix = Store.stagingPrefix
    let sources = Set(
      names.filter { $0.hasPrefix(prefix) }.compactMap { name in
        name.dropFirst(prefix.count).split(separator: "-").first.flatMap { ObjectID(String($0)) }
      })
    for source in sources.sorted() {
      do {
        let lock = try lockJob(Store.syncLock(of: source), as: actor)
        try withExtendedLifetime(lock) { try sweepBlobs(of: source, as: actor) }
      } catch let error as StoreError where error.code == .locked {
        continue
      }
    }
    let known = try read { try $0.blobCount() }
    if names.count(where: { SHA256Digest(hexadecimal: $0) != nil }) > known {
      try sweepUnnamedBlobs(as: actor)
    }
  }

  /// The job lock of a run that brings files of a source.
  package static func syncLock(of source: ObjectID) -> String { "sync-" + source.text }

  private func sweepUnnamedBlobs(as actor: AuditActor) throws {
    // Under the write lock no file is moved to its place.
    try change(as: actor) { change in
      for name in try FileSystem.entries(of: layout.blobs) ?? [] {
        guard let digest = SHA256Digest(hexadecimal: name) else { continue }
        if try change.catalog.isNamed(digest) { continue }
        if try change.catalog.isToBeRemoved(digest) { continue }
        try FileSystem.remove(layout.blob(digest))
      }
    }
  }

  /// Removes the files that only purged conversations had.
  func removeBlobs(as actor: AuditActor) throws {
    try change(as: actor) { change in
      let digests = try Data.fetchAll(change.db, sql: "SELECT sha256 FROM blob_removal")
      for data in digests {
        guard let digest = SHA256Digest(bytes: [UInt8](data)) else { continue }
        if try !change.catalog.isNamed(digest) { try FileSystem.remove(layout.blob(digest)) }
        try change.db.execute(
          sql: "DELETE FROM blob_removal WHERE sha256 = ?", arguments: [data])
      }
      guard !digests.isEmpty else { return }
      // Before the catalog forgets them.
      try FileSystem.sync(layout.blobs)
      try change.record(
        AuditEvent(
          "content.files.remove", of: try change.catalog.storeDescription().id,
          after: ["files": JSONValue(digests.count)]))
    }
  }
}

extension BlobRecord {
  /// The files that a catalog names, each once, by digest, as a connection sees it.
  static func all(_ connection: DirectConnection) throws -> [BlobRecord] {
    let statement = try connection.prepare(
      "SELECT DISTINCT sha256, byte_count FROM source_file ORDER BY sha256")
    var found: [BlobRecord] = []
    while try statement.step() {
      guard let digest = SHA256Digest(bytes: statement.bytes(0)) else { continue }
      found.append(BlobRecord(digest: digest, byteCount: statement.integer(1)))
    }
    return found
  }
}

extension Catalog {
  /// Whether a file of these bytes belongs to a capture.
  func isNamed(_ digest: SHA256Digest) throws -> Bool {
    try Bool.fetchOne(
      db.cachedStatement(sql: "SELECT EXISTS (SELECT 1 FROM source_file WHERE sha256 = ?)"),
      arguments: [Data(digest.bytes)]) ?? false
  }

  /// How many different files belong to captures or are to be removed.
  fileprivate func blobCount() throws -> Int {
    try Int.fetchOne(
      db,
      sql: """
        SELECT count(*) FROM (SELECT sha256 FROM source_file UNION SELECT sha256 FROM blob_removal)
        """) ?? 0
  }

  func isToBeRemoved(_ digest: SHA256Digest) throws -> Bool {
    try Bool.fetchOne(
      db.cachedStatement(sql: "SELECT EXISTS (SELECT 1 FROM blob_removal WHERE sha256 = ?)"),
      arguments: [Data(digest.bytes)]) ?? false
  }

  func hasBlobsToRemove() throws -> Bool {
    try Bool.fetchOne(db, sql: "SELECT EXISTS (SELECT 1 FROM blob_removal)") ?? false
  }

  /// The files that the catalog names, each once, by digest.
  package func blobs() throws -> [BlobRecord] {
    try Row.fetchAll(
      db, sql: "SELECT DISTINCT sha256, byte_count FROM source_file ORDER BY sha256"
    ).compactMap { row in
      SHA256Digest(bytes: [UInt8](row[0] as Data)).map {
        BlobRecord(digest: $0, byteCount: row[1])
      }
    }
  }

  /// The files of a conversation whose bytes are here, by the source's id.
  package func files(of conversation: ConversationRecord) throws -> [String: BlobRecord] {
    var found: [String: BlobRecord] = [:]
    for row in try Row.fetchAll(
      db,
      sql: """
        SELECT f.native_id, f.sha256, f.byte_count FROM conversation_file c
          JOIN source_file f ON f.key = c.file
        WHERE c.conversation = ?
        """, arguments: [conversation.key])
    {
      guard let digest = SHA256Digest(bytes: [UInt8](row[1] as Data)) else { continue }
      found[row[0]] = BlobRecord(digest: digest, byteCount: row[2])
    }
    return found
  }
}

/// A file of captures as bytes.
package struct BlobRecord: Hashable, Sendable {
  package var digest: SHA256Digest
  package var byteCount: Int64

  /// The path of its file from the store's folder.
  package var path: String { "blobs/" + digest.hexadecimal }
}
