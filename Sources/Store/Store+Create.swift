// SPDX-License-Identifier: Apache-2.0
import Foundation
import GRDB
package import Model

extension Store {
  /// Makes a store in a folder that is new or empty, and opens it for writing.
  ///
  /// The catalog gets its name last, so an attempt that was killed leaves no store, and another
  /// may follow it.
  ///
  /// - Throws: `StoreError` with `.exists` for a folder with something in it, `.storage` on a
  ///   network file system or where it cannot write.
  package static func create(
    at folder: String, as actor: AuditActor,
    clock: @escaping @Sendable () -> Instant = { Instant.now() }
  ) throws -> Store {
    let layout = StoreLayout(folder: folder)
    try prepareFolder(layout)
    let lock = try StoreLock(
      path: layout.lock("write"), name: "write", actor: actor, now: clock(), wait: .zero)
    try withExtendedLifetime(lock) {
      if FileSystem.exists(layout.catalog) { throw alreadyThere(layout) }
      for suffix in ["", "-wal", "-shm", "-journal"] {
        try FileSystem.remove(layout.unfinishedCatalog + suffix)
      }
      try FileSystem.makePrivateFile(layout.unfinishedCatalog)
      try StoreError.wrapping(layout.unfinishedCatalog) {
        try buildCatalog(layout, actor: actor, now: clock())
      }
      try FileSystem.rename(
        layout.unfinishedCatalog, to: layout.catalog, in: layout.folder)
    }
    return try open(at: folder, access: .writing, clock: clock)
  }

  private static func prepareFolder(_ layout: StoreLayout) throws {
    _ = SQLiteSettings.areMade
    let leftovers: Set = [
      "locks", "partitions", "catalog.sqlite.new", "catalog.sqlite.new-wal",
      "catalog.sqlite.new-shm", "catalog.sqlite.new-journal",
    ]
    if let entries = try FileSystem.entries(of: layout.folder) {
      if entries.contains("catalog.sqlite") { throw alreadyThere(layout) }
      if let other = entries.first(where: { !leftovers.contains($0) }) {
        throw StoreError(
          .exists, "the folder \(layout.folder) is not empty; name a new or an empty one",
          objects: [other])
      }
    } else {
      let parent = URL(fileURLWithPath: layout.folder).deletingLastPathComponent().path
      do {
        try FileManager.default.createDirectory(
          atPath: parent, withIntermediateDirectories: true)
      } catch {
        throw StoreError(.storage, "cannot make the folder \(parent)", cause: error)
      }
    }
    try FileSystem.makePrivateFolder(layout.folder)
    if FileSystem.isNetwork(type: try FileSystem.type(at: layout.folder)) {
      throw StoreError(
        .storage,
        "\(layout.folder) lies on a network file system, where locks cannot be trusted; choose a "
          + "local disk")
    }
    try FileSystem.makePrivateFolder(layout.partitions)
    try FileSystem.makePrivateFolder(layout.locks)
  }

  private static func alreadyThere(_ layout: StoreLayout) -> StoreError {
    StoreError(.exists, "there is a store at \(layout.folder) already")
  }

  private static func buildCatalog(_ layout: StoreLayout, actor: AuditActor, now: Instant) throws {
    let queue = try DatabaseQueue(path: layout.unfinishedCatalog)
    try queue.writeWithoutTransaction { db in
      try db.execute(sql: "PRAGMA application_id = \(Migrations.applicationID)")
    }
    try Migrations.migrator().migrate(queue)
    try queue.write { db in
      let id = ObjectID.random(.store)
      let version = Migrations.formatVersion
      try db.execute(
        sql: """
          INSERT INTO store (key, id, created, format_version, event_count, event_sha256)
          VALUES (1, ?, ?, ?, 0, zeroblob(32))
          """, arguments: [id.text, now.ticks, version])
      try Change(db: db, actor: actor, now: now).record(
        AuditEvent("store.create", of: id, after: ["format_version": JSONValue(version)]))
    }
    try queue.writeWithoutTransaction { db in
      _ = try String.fetchOne(db, sql: "PRAGMA journal_mode = WAL")
    }
    try queue.close()
  }
}
