// SPDX-License-Identifier: Apache-2.0
import Bytes
import GRDB
import Glibc
package import Model

/// Makes a store of a backup's files in a folder that is new or empty.
///
/// Everything goes into a hidden folder inside and moves out at the end, the catalog last: a
/// restoration that ends early leaves no store. What a killed one left is removed by the next.
package final class StoreRestoration {
  /// Where the backup's files go, under the same paths.
  package let staging: String
  private let layout: StoreLayout
  private let descriptor: Int32
  private let madeFolder: Bool
  private var isFinished = false

  private static let stagingName = ".restore.partial"

  /// Prepares the folder.
  ///
  /// - Parameter folder: New or empty.
  /// - Throws: `StoreError` with `.exists` for a folder with anything in it, `.locked` while another
  ///   process restores into it, `.storage` on a network file system or where it cannot write.
  package init(at folder: String) throws {
    let layout = StoreLayout(folder: folder)
    self.layout = layout
    staging = layout.folder + "/" + Self.stagingName
    let isThere = FileSystem.exists(layout.folder)
    try Self.check(layout)
    madeFolder = !isThere
    try FileSystem.makePrivateFolder(layout.folder)
    descriptor = unsafe open(layout.folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileSystem.failure("cannot open \(layout.folder)") }
    do {
      guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
        throw StoreError(.locked, "another process restores into \(layout.folder)")
      }
      // Others may have come between the look and the lock.
      try Self.check(layout)
      if FileSystem.isNetwork(type: try FileSystem.type(at: layout.folder)) {
        throw StoreError(
          .storage,
          "\(layout.folder) lies on a network file system, where locks cannot be trusted; choose "
            + "a local disk")
      }
      try removeLeftovers()
      try FileSystem.makePrivateFolder(staging)
      try FileSystem.makePrivateFolder(staging + "/partitions")
      try FileSystem.makePrivateFolder(staging + "/blobs")
    } catch {
      if madeFolder { unsafe rmdir(layout.folder) }
      close(descriptor)
      throw error
    }
  }

  deinit {
    if !isFinished {
      try? removeLeftovers()
      if madeFolder { unsafe rmdir(layout.folder) }
    }
    close(descriptor)
  }

  /// Checks what ``init(at:)`` checks, without making anything.
  package static func checkCanRestore(at folder: String) throws {
    try check(StoreLayout(folder: folder))
  }

  private static func check(_ layout: StoreLayout) throws {
    guard FileSystem.exists(layout.folder) else {
      guard FileSystem.exists(layout.parent) else {
        throw StoreError(.storage, "there is no folder \(layout.parent); make it first")
      }
      return
    }
    let entries = try FileSystem.entries(of: layout.folder) ?? []
    // Only a restoration that did not end leaves the hidden folder without a catalog; it moves the
    // partitions out when the hidden folder has a catalog of that name. Partitions beside any other
    // are somebody's evidence.
    if entries.contains(stagingName) {
      var leftovers: Set = [stagingName, "locks"]
      if FileSystem.exists(layout.folder + "/" + stagingName + "/catalog.sqlite") {
        leftovers.formUnion(["partitions", "blobs"])
      }
      if leftovers.isSuperset(of: entries) { return }
    }
    if let entry = entries.first {
      throw StoreError(
        .exists, "the folder \(layout.folder) is not empty; name a new or an empty one",
        objects: [entry])
    }
  }

  /// Makes the staged files a store: disarms purging, records where it came from, and gives the files
  /// their names.
  ///
  /// - Parameters:
  ///   - backup: The backup's id, whose own copy of the catalog has it as running.
  ///   - outcome: What the backup holds.
  ///   - path: Where the backup stands.
  ///   - actor: Who restores.
  ///   - now: The time.
  /// - Throws: `StoreError`; nothing is left in the folder then.
  package func finish(
    _ backup: ObjectID, _ outcome: BackupOutcome, from path: String, as actor: AuditActor,
    now: Instant = .now()
  ) throws {
    let copy = staging + "/" + StoreSnapshot.catalogName
    let catalog = staging + "/catalog.sqlite"
    try FileSystem.rename(copy, to: catalog, in: staging)
    try StoreError.wrapping(catalog) {
      let queue = try DatabaseQueue(path: catalog)
      try queue.writeWithoutTransaction { db in
        try db.execute(sql: "PRAGMA synchronous = FULL; PRAGMA secure_delete = ON")
      }
      try queue.write { db in
        let change = Change(db: db, actor: actor, now: now)
        let store = try change.catalog.storeDescription().id
        try change.setOutcome(backup, outcome)
        try change.setComplete(backup)
        try change.record(
          AuditEvent(
            "store.restore", of: store,
            after: [
              "backup": .string(backup.text), "path": .string(path),
              "folder": .string(layout.folder), "events": .integer(outcome.facts.auditHead.count),
              "manifest_sha256": .string(outcome.manifestDigest.hexadecimal),
            ]))
        // Before the catalog gets its name: there is no moment in which the store could purge.
        try change.disarm(.restored)
      }
      try queue.close()
    }
    try FileSystem.sync(catalog)
    try FileSystem.sync(staging + "/partitions")
    try FileSystem.makePrivateFolder(layout.locks)
    try FileSystem.rename(staging + "/partitions", to: layout.partitions, in: layout.folder)
    try FileSystem.sync(staging + "/blobs")
    try FileSystem.rename(staging + "/blobs", to: layout.blobs, in: layout.folder)
    try FileSystem.rename(catalog, to: layout.catalog, in: layout.folder)
    isFinished = true
    try FileSystem.sync(layout.parent)
    // The store is complete; what may be left of the folder holds nothing.
    try? removeStaging()
  }

  /// Removes what a restoration made, this or an earlier one, and nothing else.
  private func removeLeftovers() throws {
    // The hidden folder goes last: it is the sign that the others are leftovers.
    guard FileSystem.exists(staging), !FileSystem.exists(layout.catalog) else { return }
    try removeFiles(in: layout.partitions)
    try removeFiles(in: layout.blobs)
    try removeFiles(in: layout.locks)
    try removeStaging()
  }

  private func removeStaging() throws {
    try removeFiles(in: staging + "/partitions")
    try removeFiles(in: staging + "/blobs")
    try removeFiles(in: staging)
  }

  private func removeFiles(in folder: String) throws {
    for name in try FileSystem.entries(of: folder) ?? [] {
      try FileSystem.remove(folder + "/" + name)
    }
    if unsafe rmdir(folder) != 0, errno != ENOENT {
      throw FileSystem.failure("cannot remove \(folder)")
    }
  }
}
