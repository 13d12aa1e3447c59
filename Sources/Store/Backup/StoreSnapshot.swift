// SPDX-License-Identifier: Apache-2.0
import Glibc
package import Model

/// A whole store as it is at one moment, to be copied while others go on writing.
///
/// The catalog is the authority, and each partition counts up to the catalog's mark. While the
/// write lock is held, no change of the catalog commits; in that moment all files' snapshots begin.
/// What the catalog names is then in the partitions: content is written before the row that names
/// it, and removed after the tombstone. A partition may hold more, a batch that was not recorded yet,
/// which goes from the copy. The lock is held for as long as it takes to begin the snapshots, a
/// small part of a second, and the log of each file grows until that file has been copied.
package final class StoreSnapshot {
  /// What the catalog says.
  package let facts: StoreFacts
  /// The sizes of the copies, files of captures among those of the partitions, which the removal of an unrecorded batch does not change.
  package let catalogByteCount: Int64
  package let partitionByteCount: Int64

  private let catalog: DirectConnection
  private var partitions: [Int: OpenPartition]
  /// Files of captures as bytes, which nobody removes while the lock lives.
  private let blobs: [BlobRecord]
  /// How many files the copy has.
  package var fileCount: Int { 1 + facts.partitions.count + blobs.count }
  private var blobLock: StoreLock?
  private let blobFolder: String

  /// The name of the catalog's copy: not that of a store, so that no command takes a backup for one
  /// and changes it.
  package static let catalogName = "catalog.backup"

  /// Takes the snapshot.
  ///
  /// - Parameters:
  ///   - store: Opened for writing.
  ///   - actor: Whom the lock's file names.
  /// - Throws: `StoreError` with `.locked` when the write lock is not to be had within a minute,
  ///   `.damaged` when a partition is missing or lacks what the catalog names.
  package convenience init(_ store: Store, as actor: AuditActor) throws {
    let blobLock = try store.lockJob("blobs", as: actor, wait: .seconds(60))
    // Opening a file takes longer than beginning its snapshot, so that comes before the lock.
    let catalog = try DirectConnection(path: store.layout.catalog, access: .read)
    var partitions: [Int: OpenPartition] = [:]
    let known = try StoreFacts(catalog).partitions
    allowOpenFiles(3 * known.count)
    for partition in known {
      partitions[partition.number] = try OpenPartition(partition, in: store.layout)
    }
    let lock = try StoreLock(
      path: store.layout.lock("write"), name: "write", actor: actor, now: store.now,
      wait: .seconds(60))
    try self.init(store, catalog: catalog, opened: partitions)
    self.blobLock = blobLock
    withExtendedLifetime(lock) {}
  }

  /// Looks at a store without its lock, for its facts and size alone: `--dry-run`.
  ///
  /// - Parameter store: Opened for reading.
  /// - Throws: `StoreError`.
  package convenience init(rehearsing store: Store) throws {
    try self.init(
      store, catalog: DirectConnection(path: store.layout.catalog, access: .read), opened: [:])
  }

  init(
    _ store: Store, catalog: DirectConnection, opened: [Int: OpenPartition]
  ) throws {
    try catalog.beginSnapshot()
    let facts = try StoreFacts(catalog)
    var partitions: [Int: OpenPartition] = [:]
    var byteCount: Int64 = 0
    for partition in facts.partitions {
      // A file that was removed and made again since it was opened is another one.
      var open = opened[partition.number]
      if let file = open, !file.isStillThere { open = nil }
      let file = try open ?? OpenPartition(partition, in: store.layout)
      try file.connection.beginSnapshot()
      byteCount += try file.connection.byteCount()
      partitions[partition.number] = file
    }
    self.facts = facts
    blobs = try BlobRecord.all(catalog)
    catalogByteCount = try catalog.byteCount()
    partitionByteCount = blobs.reduce(byteCount) { $0 + $1.byteCount }
    blobFolder = store.layout.folder
    self.catalog = catalog
    self.partitions = partitions
  }

  /// Copies all files into a folder that is new, and makes them durable.
  ///
  /// Each partition's snapshot ends when it has been copied, so this is done once.
  ///
  /// - Parameters:
  ///   - folder: Made here.
  ///   - progress: Gets the bytes copied so far; a throw stops the work.
  /// - Returns: The paths of the files from the folder, in order.
  /// - Throws: `StoreError`, or what `progress` throws; the folder is the caller's to remove.
  package func copy(
    to folder: String, _ progress: (Int64) throws -> Void = { _ in }
  ) throws -> [String] {
    try FileSystem.makePrivateFolder(folder)
    try FileSystem.makePrivateFolder(folder + "/partitions")
    var done: Int64 = 0
    try catalog.copy(to: folder + "/" + Self.catalogName) { try progress($0) }
    done += try catalog.byteCount()
    try FileSystem.sync(folder + "/" + Self.catalogName)
    var paths = [Self.catalogName]
    for partition in facts.partitions {
      guard let connection = partitions.removeValue(forKey: partition.number)?.connection
      else { continue }
      let last = try connection.integer("SELECT max(last_record) FROM batch") ?? 0
      guard last >= partition.mark.record else {
        throw StoreError.damaged(connection.path, "it lacks content that the catalog knows of")
      }
      let path = folder + "/" + partition.path
      try connection.copy(to: path) { try progress(done + $0) }
      done += try connection.byteCount()
      if last > partition.mark.record { try removeUnrecorded(path, above: partition.mark) }
      try FileSystem.sync(path)
      paths.append(partition.path)
    }
    try FileSystem.sync(folder + "/partitions")
    guard !blobs.isEmpty else { return paths }
    try FileSystem.makePrivateFolder(folder + "/blobs")
    for blob in blobs {
      try FileSystem.copy(blobFolder + "/" + blob.path, to: folder + "/" + blob.path)
      done += blob.byteCount
      try progress(done)
      paths.append(blob.path)
    }
    try FileSystem.sync(folder + "/blobs")
    return paths
  }
}

/// A partition's file, opened for copying: unlike for a search, nothing of it is mapped into memory.
struct OpenPartition {
  let connection: DirectConnection
  private let inode: UInt

  init(_ partition: PartitionFacts, in layout: StoreLayout) throws {
    let path = layout.folder + "/" + partition.path
    guard let inode = FileSystem.inode(of: path) else {
      throw StoreError(
        .damaged, "\(path) is missing; run custody verify and restore it from a backup")
    }
    self.inode = inode
    connection = try DirectConnection(path: path, access: .read)
    try connection.execute(
      "PRAGMA query_only = ON; PRAGMA cache_size = -1024; PRAGMA mmap_size = 0;")
  }

  /// Whether its name still stands for the file that was opened.
  var isStillThere: Bool { FileSystem.inode(of: connection.path) == inode }
}

/// Takes a batch away that the catalog did not name yet, as the partition's next writer would.
private func removeUnrecorded(_ path: String, above mark: PartitionMark) throws {
  let connection = try DirectConnection(path: path, access: .write)
  try connection.execute(
    """
    PRAGMA locking_mode = EXCLUSIVE;
    PRAGMA secure_delete = ON;
    PRAGMA temp_store = MEMORY;
    """)
  try PartitionFile.removeUncommitted(connection, above: mark)
  guard try connection.checkpoint() else {
    throw StoreError(.storage, "the log of \(path) cannot be emptied")
  }
}
