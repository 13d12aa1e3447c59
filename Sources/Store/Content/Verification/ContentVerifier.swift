// SPDX-License-Identifier: Apache-2.0
import Bytes
import Foundation
import GRDB
package import Model

/// Checks a store's content and the catalog's side of it: files, references, native digests,
/// counts, and the full-text index against the texts it was made from.
///
/// Takes the writers' lock, changes nothing, and goes on after a finding. In a store that nothing can
/// be written into it does what can be done by reading, and names the rest.
package struct ContentVerifier {
  private let store: Store
  private let actor: AuditActor
  private let wait: Duration

  /// Prepares a verification.
  ///
  /// - Parameters:
  ///   - store: The store.
  ///   - actor: Who verifies: named to those who wait for the lock.
  ///   - wait: How long to wait while content is written.
  package init(_ store: Store, actor: AuditActor, wait: Duration = .seconds(60)) {
    self.store = store
    self.actor = actor
    self.wait = wait
  }

  /// Verifies everything.
  ///
  /// - Parameter report: Gets each finding when it is made.
  /// - Returns: What was looked at.
  /// - Throws: `StoreError` when the store cannot be opened or locked; what `report` throws.
  package func verify(_ report: (Finding) throws -> Void) throws -> VerificationSummary {
    let lock =
      store.isFrozen ? nil : try store.lockJob("content", as: actor, wait: wait)
    return try withExtendedLifetime(lock) {
      var summary = VerificationSummary()
      if store.isFrozen {
        summary.unchecked = ["the structure of the full-text indexes"]
      }
      var findingCount = 0
      var damageCount = 0
      func tell(_ finding: Finding) throws {
        findingCount += 1
        if finding.kind.isDamage { damageCount += 1 }
        try report(finding)
      }
      for finding in try store.read({ try $0.catalogFindings() }) { try tell(finding) }
      let (rows, pending, hidden) = try store.read { catalog in
        (
          try PartitionRow.all(catalog.db), try catalog.pendingRemovals(),
          try catalog.hiddenConversations()
        )
      }
      if let pending { try tell(Finding(pending)) }
      for finding in try leftoverFiles(known: Set(rows.map(\.number))) { try tell(finding) }
      try verifyBlobs(tell)
      for row in rows {
        summary.partitions += 1
        try verify(row, hidden: Set(hidden[row.number] ?? []), &summary, tell)
      }
      summary.findings = findingCount
      summary.damage = damageCount
      return summary
    }
  }

  /// Reads the files of captures, and looks for such that no row names.
  private func verifyBlobs(_ tell: (Finding) throws -> Void) throws {
    let known = try store.read { try $0.blobs() }
    for blob in known {
      let path = store.layout.blob(blob.digest)
      guard try FileSystem.isThere(path) else {
        try tell(
          Finding(.blobMissing, blob.path, "the catalog names it, and there is no such file"))
        continue
      }
      let (digest, byteCount) = try FileSystem.digest(of: path)
      if digest != blob.digest || byteCount != blob.byteCount {
        try tell(Finding(.digestMismatch, blob.path, "its bytes are not those that were captured"))
      }
    }
    let names = Set(known.map(\.digest.hexadecimal))
    for name in try FileSystem.entries(of: store.layout.blobs) ?? [] where !names.contains(name) {
      try tell(Finding(.leftover, "blobs/" + name, "no catalog row names this file"))
    }
  }

  private func leftoverFiles(known: Set<Int>) throws -> [Finding] {
    try (FileSystem.entries(of: store.layout.partitions) ?? []).compactMap { name in
      let file =
        name.hasSuffix("-wal") || name.hasSuffix("-shm") ? String(name.dropLast(4)) : name
      if let number = PartitionFile.number(of: file), known.contains(number) { return nil }
      return Finding(.leftover, "partitions/" + name, "no catalog row names this file")
    }
  }

  private func verify(
    _ row: PartitionRow, hidden: Set<SearchDirectory.AccountName>,
    _ summary: inout VerificationSummary, _ tell: (Finding) throws -> Void
  ) throws {
    let name = "partitions/" + PartitionFile.name(row.number)
    let path = store.layout.folder + "/" + name
    guard try FileSystem.isThere(path) else {
      return try tell(
        Finding(.partitionMissing, name, "the catalog names it, and there is no such file"))
    }
    let known = try store.read { try $0.conversations(inPartition: row.number) }
    let frozen = store.isFrozen ? FrozenFile(path) : nil
    do {
      let verifier = try PartitionVerifier(
        row: row, name: name, hidden: hidden,
        connection: PartitionFile.openForChecking(path, isFrozen: store.isFrozen),
        isFrozen: store.isFrozen)
      try verifier.verify(known, &summary, tell)
    } catch let error as StoreError where error.code == .damaged {
      // A broken page stops the check of this file, not that of the others.
      try tell(Finding(.fileDamaged, name, error.description))
    }
    try frozen?.requireUnchanged()
  }
}

/// A conversation as the catalog has it, for comparison.
struct CatalogedConversation: Sendable {
  struct Version: Sendable {
    var digest: [UInt8]
    var byteCount: Int64
    var itemCount: Int64
  }

  var id: String
  var versions: [Int64: Version]
  var itemCount: Int64
}

extension Catalog {
  /// SQLite's own checks of the catalog.
  func catalogFindings() throws -> [Finding] {
    var findings = try String.fetchAll(db, sql: "PRAGMA integrity_check")
      .filter { $0 != "ok" }
      .map { Finding(.fileDamaged, "catalog.sqlite", $0) }
    for row in try Row.fetchAll(db, sql: "PRAGMA foreign_key_check") {
      let table: String = row[0]
      let rowID: Int64? = row[1]
      let parent: String = row[2]
      findings.append(
        Finding(
          .referenceBroken, "catalog.sqlite",
          "row \(rowID ?? 0) of \(table) refers to a row of \(parent) that is not there"))
    }
    return findings
  }

  /// What a partition must hold, by route and native id.
  func conversations(
    inPartition number: Int
  ) throws -> [SearchDirectory.AccountName: CatalogedConversation] {
    var found: [SearchDirectory.AccountName: CatalogedConversation] = [:]
    let rows = try Row.fetchCursor(
      db,
      sql: """
        SELECT c.route, c.native_id, c.id, c.item_count, v.version, v.digest, v.byte_count,
          v.item_count
        FROM conversation c LEFT JOIN conversation_version v ON v.conversation = c.key
        WHERE c.partition = ?
        """, arguments: [number])
    while let row = try rows.next() {
      let name = SearchDirectory.AccountName(route: row[0], nativeID: row[1])
      var entry =
        found[name] ?? CatalogedConversation(id: row[2], versions: [:], itemCount: row[3])
      if let version: Int64 = row[4] {
        entry.versions[version] = CatalogedConversation.Version(
          digest: [UInt8](row[5] as Data), byteCount: row[6], itemCount: row[7])
      }
      found[name] = entry
    }
    return found
  }
}
