// SPDX-License-Identifier: Apache-2.0
import GRDB
package import Model

/// What an upgrade of a store does.
package struct StoreUpgrade: Hashable, Sendable {
  /// The version of the store before.
  package var from: Int
  /// The version after; equal where nothing is to be done.
  package var to: Int
  /// Migrations that are still to be applied.
  package var steps: Int

  /// Whether the store is of this program's version already.
  package var isDone: Bool { steps == 0 && from == to }
}

extension Store {
  /// Tells what ``upgrade(at:as:clock:)`` would do; takes no lock and writes nothing.
  ///
  /// - Throws: `StoreError` with `.noStore`, `.damaged`, or `.version` for a store of a newer
  ///   program.
  package static func plannedUpgrade(at folder: String) throws -> StoreUpgrade {
    try plannedUpgrade(at: folder, with: Migrations.migrator(), to: Migrations.formatVersion)
  }

  /// Brings a store of an older version to this program's.
  ///
  /// Each migration is one transaction. An upgrade that was killed goes on where it stood, and is
  /// on record once it is complete.
  ///
  /// - Returns: What was done.
  /// - Throws: `StoreError` as ``plannedUpgrade(at:)``, and `.locked`.
  package static func upgrade(
    at folder: String, as actor: AuditActor, clock: () -> Instant = { Instant.now() }
  ) throws -> StoreUpgrade {
    try upgrade(
      at: folder, as: actor, with: Migrations.migrator(), to: Migrations.formatVersion,
      now: clock())
  }

  static func plannedUpgrade(
    at folder: String, with migrator: DatabaseMigrator, to version: Int
  ) throws -> StoreUpgrade {
    let layout = StoreLayout(folder: folder)
    try requireCatalog(layout, .reading)
    return try StoreError.wrapping(layout.catalog) {
      let database = try connect(layout.catalog, access: .reading)
      defer { try? database.close() }
      return try database.read { db in
        try plannedUpgrade(db, layout: layout, with: migrator, to: version)
      }
    }
  }

  static func upgrade(
    at folder: String, as actor: AuditActor, with migrator: DatabaseMigrator, to version: Int,
    now: Instant
  ) throws -> StoreUpgrade {
    let layout = StoreLayout(folder: folder)
    try requireCatalog(layout, .writing)
    let lock = try StoreLock(
      path: layout.lock("write"), name: "write", actor: actor, now: now, wait: .seconds(60))
    return try withExtendedLifetime(lock) {
      try StoreError.wrapping(layout.catalog) {
        let queue = try DatabaseQueue(path: layout.catalog)
        defer { try? queue.close() }
        try queue.writeWithoutTransaction { db in
          try db.execute(sql: "PRAGMA synchronous = FULL; PRAGMA secure_delete = ON")
        }
        let plan = try queue.read { db in
          try plannedUpgrade(db, layout: layout, with: migrator, to: version)
        }
        guard !plan.isDone else { return plan }
        try migrator.migrate(queue)
        try queue.write { db in
          try db.execute(sql: "UPDATE store SET format_version = ?", arguments: [version])
          let id = try String.fetchOne(db, sql: "SELECT id FROM store") ?? ""
          try Change(db: db, actor: actor, now: now).record(
            AuditEvent(
              "store.upgrade", of: id, before: ["format_version": JSONValue(plan.from)],
              after: ["format_version": JSONValue(version)]))
        }
        return plan
      }
    }
  }

  private static func plannedUpgrade(
    _ db: Database, layout: StoreLayout, with migrator: DatabaseMigrator, to version: Int
  ) throws -> StoreUpgrade {
    try checkIsCatalog(db, layout: layout)
    guard try !migrator.hasBeenSuperseded(db) else { throw isNewer(layout) }
    let applied = try migrator.appliedIdentifiers(db)
    let from = try Int.fetchOne(db, sql: "SELECT format_version FROM store") ?? 0
    return StoreUpgrade(
      from: from, to: version, steps: migrator.migrations.count { !applied.contains($0) })
  }

  static func checkIsCatalog(_ db: Database, layout: StoreLayout) throws {
    guard try Int32.fetchOne(db, sql: "PRAGMA application_id") == Migrations.applicationID else {
      throw StoreError(
        .damaged, "\(layout.catalog) is not the catalog of a store; restore it from a backup")
    }
  }

  static func isNewer(_ layout: StoreLayout) -> StoreError {
    StoreError(
      .version,
      "the store at \(layout.folder) was made by a newer version of this program; use that version")
  }
}
