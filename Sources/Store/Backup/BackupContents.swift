// SPDX-License-Identifier: Apache-2.0
import GRDB
package import Model

/// The databases in a backup, looked at where they lie: nothing is written, not even beside them.
package struct BackupContents {
  private let folder: String

  /// - Parameter folder: The backup's.
  package init(folder: String) {
    self.folder = folder
  }

  private var catalogPath: String { folder + "/" + StoreSnapshot.catalogName }

  /// What the copy of the catalog says.
  ///
  /// - Throws: `StoreError` with `.damaged` when it cannot be read, `.version` for a store of
  ///   another version.
  package func facts() throws -> StoreFacts {
    try withCatalog { _ in }
    return try StoreFacts(DirectConnection(path: catalogPath, access: .immutable))
  }

  /// The files of captures that the copy of the catalog names.
  ///
  /// - Throws: `StoreError` when the file stops answering.
  package func blobs() throws -> [BlobRecord] { try withCatalog { try $0.blobs() } }

  /// SQLite's own checks of the catalog, and its audit chain computed anew.
  ///
  /// - Throws: `StoreError` when the file stops answering.
  package func checkCatalog() throws -> (findings: [Finding], audit: AuditVerification) {
    try withCatalog { catalog in (try catalog.catalogFindings(), try catalog.verifyAudit()) }
  }

  /// How a backup began, as its own copy of the catalog has it: what binds a manifest to its files.
  ///
  /// - Parameter id: The backup's.
  /// - Returns: Time, actor and the new value of its first audit event, canonical JSON; nil when the
  ///   catalog has no such backup running.
  /// - Throws: `StoreError` when the file stops answering.
  package func beginning(
    of id: ObjectID
  ) throws -> (time: Instant, actor: AuditActor, after: String)? {
    try withCatalog { catalog in
      guard let backup = try? catalog.backup(id.text), backup.state == .running else { return nil }
      var event: EventRecord?
      try catalog.forEachEvent(AuditFilter(action: "backup.create", object: id.text)) {
        event = $0
      }
      return event.map { ($0.time, $0.actor, $0.after) }
    }
  }

  /// The last record in the copy of a partition: what the catalog's mark must name.
  package func lastRecord(of partition: PartitionFacts) throws -> Int64 {
    let connection = try DirectConnection(
      path: folder + "/" + partition.path, access: .immutable)
    guard try connection.integer("PRAGMA application_id") == PartitionSchema.applicationID else {
      throw StoreError.damaged(connection.path, "it is not a partition of a store")
    }
    return try connection.integer("SELECT max(last_record) FROM batch") ?? 0
  }

  private func withCatalog<Result>(_ body: (Catalog) throws -> Result) throws -> Result {
    guard FileSystem.exists(catalogPath) else {
      throw StoreError(.damaged, "\(catalogPath) is missing; take another copy of the backup")
    }
    return try StoreError.wrapping(catalogPath) {
      var configuration = Configuration()
      configuration.readonly = true
      let queue = try DatabaseQueue(
        path: FileSystem.immutableName(of: catalogPath), configuration: configuration)
      defer { try? queue.close() }
      return try queue.read { db in
        try Store.checkIsCatalog(db, layout: StoreLayout(folder: folder))
        try checkVersion(db)
        return try body(Catalog(db: db, now: .now()))
      }
    }
  }

  private func checkVersion(_ db: Database) throws {
    let migrator = Migrations.migrator()
    guard try migrator.hasCompletedMigrations(db), try !migrator.hasBeenSuperseded(db) else {
      throw StoreError(
        .version,
        "the backup \(folder) was made by another version of this program; use that version")
    }
  }
}
