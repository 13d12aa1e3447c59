// SPDX-License-Identifier: Apache-2.0
import GRDB
import Glibc
package import Model

/// A store: a folder with the catalog, which is the authority, and the partitions with the content.
///
/// Readers take no lock. A writer takes the kernel's write lock for one transaction at a time.
package final class Store: Sendable {
  /// What a command means to do.
  package enum Access: Sendable {
    /// Opened read-only; needs no permission to write.
    case reading
    case writing
  }

  let layout: StoreLayout
  package let access: Access
  let catalogDatabase: any DatabaseReader
  /// The catalog's file as it was opened, where nothing can be written beside it; else nil.
  private let frozen: FrozenFile?
  private let clock: @Sendable () -> Instant

  private init(
    layout: StoreLayout, access: Access, database: any DatabaseReader, frozen: FrozenFile?,
    clock: @escaping @Sendable () -> Instant
  ) {
    self.layout = layout
    self.access = access
    catalogDatabase = database
    self.frozen = frozen
    self.clock = clock
  }

  /// The store's folder.
  package var folder: String { layout.folder }

  /// The store's clock: the system's, save in tests.
  ///
  /// Nothing sets the clock of a change.
  package var now: Instant { clock() }

  /// Opens a store of this program's version.
  ///
  /// - Throws: `StoreError` with `.noStore` where there is none, `.version` when it must be
  ///   migrated first or was made by a newer program, `.damaged`, `.denied` or `.storage`.
  package static func open(
    at folder: String, access: Access, clock: @escaping @Sendable () -> Instant = { Instant.now() }
  ) throws -> Store {
    let layout = StoreLayout(folder: folder)
    try requireCatalog(layout, access)
    return try StoreError.wrapping(layout.catalog) {
      let isFrozen = access == .reading && FileSystem.isFrozen(layout.catalog)
      let frozen = isFrozen ? FrozenFile(layout.catalog) : nil
      let path = isFrozen ? FileSystem.immutableName(of: layout.catalog) : layout.catalog
      let database = try connect(path, access: access)
      try database.read { db in try checkVersion(db, layout: layout) }
      return Store(
        layout: layout, access: access, database: database, frozen: frozen, clock: clock)
    }
  }

  /// Opens a store for a check: for writing where this account may write into it, else for reading.
  ///
  /// - Throws: As ``open(at:access:clock:)``.
  package static func openForChecking(at folder: String) throws -> Store {
    let layout = StoreLayout(folder: folder)
    return try open(
      at: folder, access: FileSystem.isFrozen(layout.catalog) ? .reading : .writing)
  }

  /// Whether nothing can be written into the store's folder.
  package var isFrozen: Bool { frozen != nil }

  /// Closes the catalog now, rather than with the last reference.
  package func close() throws {
    try StoreError.wrapping(layout.catalog) { try catalogDatabase.close() }
  }

  /// Reads the catalog; everything in the closure sees one state.
  ///
  /// Not reentrant.
  package func read<Value>(_ body: (Catalog) throws -> Value) throws -> Value {
    try StoreError.wrapping(layout.catalog) {
      let result = Result { try catalogDatabase.read { try body(Catalog(db: $0, now: clock())) } }
      try frozen?.requireUnchanged()
      return try result.get()
    }
  }

  /// Changes the catalog in one transaction, under the write lock; waits for the lock up to a
  /// minute.
  ///
  /// Not reentrant.
  ///
  /// A closure that changes a row must record at least one audit event; without one nothing is
  /// committed. Long jobs
  /// call this batch by batch, each at most about a second, so that a hold can always be set.
  package func change<Result>(
    as actor: AuditActor, _ body: (Change) throws -> Result
  ) throws -> Result {
    guard let writer = catalogDatabase as? any DatabaseWriter, access == .writing else {
      throw StoreError(.denied, "the store was opened for reading only")
    }
    let lock = try StoreLock(
      path: layout.lock("write"), name: "write", actor: actor, now: clock(), wait: .seconds(60))
    return try withExtendedLifetime(lock) {
      try StoreError.wrapping(layout.catalog) {
        try writer.write { db in
          let change = Change(db: db, actor: actor, now: clock())
          let rowCount = db.totalChangesCount
          let result = try body(change)
          guard change.recordedCount > 0 || db.totalChangesCount == rowCount else {
            throw StoreError(.failure, "a change without an audit event was refused")
          }
          return result
        }
      }
    }
  }

  /// Takes a job lock, such as `import-src_…`: one job of its kind at a time, kept to the job's end.
  ///
  /// - Parameters:
  ///   - name: Letters, digits, `-` and `_`.
  ///   - actor: Whom the lock's file names.
  ///   - wait: How long to wait while another process holds it.
  /// - Returns: The lock, held as long as the value lives.
  /// - Throws: `StoreError` with `.locked`, naming process, host, command and start.
  package func lockJob(
    _ name: String, as actor: AuditActor, wait: Duration = .zero
  ) throws -> StoreLock {
    try StoreLock(path: layout.lock(name), name: name, actor: actor, now: clock(), wait: wait)
  }
}

extension Store {
  /// Whoever may write does so unseen by a reader that can leave no trace: what such a reader gets may
  /// be of two states.
  static let changedUnseen = StoreError(
    .locked,
    "another account changed the store while it was read without permission to write; run again")

  static func requireCatalog(_ layout: StoreLayout, _ access: Access) throws {
    _ = SQLiteSettings.areMade
    guard try FileSystem.isThere(layout.catalog) else {
      throw StoreError(
        .noStore,
        "there is no store at \(layout.folder); make one with custody init, or name another with "
          + "--store")
    }
    try FileSystem.require(layout.catalog, R_OK, "no permission to read the store's")
    guard access == .writing else { return }
    try FileSystem.require(layout.folder, W_OK | X_OK, "no permission to write into the store")
    try FileSystem.require(layout.catalog, W_OK, "no permission to write the store's")
  }

  /// Connects to the catalog at a path.
  static func connect(_ path: String, access: Access) throws -> any DatabaseReader {
    var configuration = Configuration()
    configuration.busyMode = .timeout(60)
    configuration.label = "catalog"
    switch access {
    case .reading:
      configuration.readonly = true
      return try DatabaseQueue(path: path, configuration: configuration)
    case .writing:
      configuration.maximumReaderCount = 4
      let pool = try DatabasePool(path: path, configuration: configuration)
      // GRDB chooses NORMAL with a write-ahead log; a decision that was reported must survive a
      // loss of power.
      try pool.writeWithoutTransaction { db in
        try db.execute(sql: "PRAGMA synchronous = FULL")
        try db.execute(sql: "PRAGMA secure_delete = ON")
        // Each commit of an import or a purge changes rows, and leaves of indexes, all over the
        // catalog: with SQLite's 2 MB it would write and read the same pages over and over, then
        // fold all of it into the file.
        try db.execute(sql: "PRAGMA cache_size = -16384")
        try db.execute(sql: "PRAGMA wal_autocheckpoint = 4000")
      }
      return pool
    }
  }

  private static func checkVersion(_ db: Database, layout: StoreLayout) throws {
    try checkIsCatalog(db, layout: layout)
    let migrator = Migrations.migrator()
    if try migrator.hasBeenSuperseded(db) { throw isNewer(layout) }
    guard try migrator.hasCompletedMigrations(db) else {
      throw StoreError(
        .version,
        "the store at \(layout.folder) is of an older version; make a backup and run "
          + "custody upgrade")
    }
  }
}
