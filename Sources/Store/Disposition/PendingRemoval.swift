// SPDX-License-Identifier: Apache-2.0
import GRDB
package import Model

/// Finishes removals that the catalog has decided: it removes nothing that has no tombstone.
///
/// Its caller holds the job lock `content`.
struct PendingRemoval {
  private let store: Store
  private let actor: AuditActor
  private let onStep: @Sendable (RemovalStep) throws -> Void

  init(
    _ store: Store, actor: AuditActor,
    onStep: @escaping @Sendable (RemovalStep) throws -> Void = { _ in }
  ) {
    self.store = store
    self.actor = actor
    self.onStep = onStep
  }

  /// Takes away the rows of a partition that are still behind their tombstones.
  ///
  /// A conversation that is captured again lies in the same partition under the same name, so this
  /// comes before anything is stored.
  ///
  /// - Parameter partition: Its number; nil for all.
  /// - Throws: `StoreError` when the store cannot be written.
  func removeRows(in partition: Int? = nil) throws {
    let (hidden, rows) = try store.read { catalog in
      (try catalog.hiddenConversations(), try PartitionRow.all(catalog.db))
    }
    for (number, names) in hidden.sorted(by: { $0.key < $1.key }) {
      guard partition == nil || partition == number,
        let row = rows.first(where: { $0.number == number })
      else { continue }
      let purge = try PartitionPurge(path: path(of: number), mark: row.mark)
      try purge.transaction {
        for name in names { try purge.removeRows(route: name.route, nativeID: name.nativeID) }
        try onStep(.rowsTaken)
      }
      try onStep(.rowsRemoved)
      try store.change(as: actor) { try $0.noteRemoved(in: number, from: .pending) }
    }
  }

  /// Finishes all removals.
  ///
  /// - Parameter progress: Gets the number of partitions done and of all.
  /// - Returns: What a reader is in the way of; nil when nothing is left.
  /// - Throws: `StoreError` when the store cannot be written; what `progress` throws.
  func finish(
    _ progress: (Int, Int) throws -> Void = { _, _ in }
  ) throws -> PendingRemovals? {
    guard let waiting = try store.read({ try $0.pendingRemovals() }) else {
      // Of no conversation any more: their tombstones were done before the files were.
      return try removeBlobs() ? nil : PendingRemovals(conversations: 0, partitions: [])
    }
    try removeRows()
    guard try removeBlobs(), try cleanCatalog() else {
      return try store.read { try $0.pendingRemovals() }
    }
    try onStep(.catalogCleaned)
    let rows = try store.read { try PartitionRow.all($0.db) }
    for (index, number) in waiting.partitions.enumerated() {
      try progress(index, waiting.partitions.count)
      let mark = rows.first { $0.number == number }?.mark ?? .nothing
      guard try PartitionPurge(path: path(of: number), mark: mark).emptyLog() else { continue }
      try onStep(.logEmptied)
      // A connection of its own: what others read before must not be written any more.
      try PartitionFile.openForWriting(path(of: number)).scrub()
      try onStep(.scrubbed)
      try store.change(as: actor) { try $0.noteRemoved(in: number, from: .removed) }
    }
    try progress(waiting.partitions.count, waiting.partitions.count)
    return try store.read { try $0.pendingRemovals() }
  }

  /// Removes the files that only purged conversations had, and what no capture came to have.
  ///
  /// - Returns: Whether no backup that copies them was in the way.
  private func removeBlobs() throws -> Bool {
    try store.sweepStrayBlobs(as: actor)
    guard try store.read({ try $0.hasBlobsToRemove() }) else { return true }
    let lock: StoreLock
    do {
      lock = try store.lockJob("blobs", as: actor)
    } catch let error as StoreError where error.code == .locked {
      return false
    }
    try withExtendedLifetime(lock) { try store.removeBlobs(as: actor) }
    return true
  }

  /// Fills what names and notes left in the catalog's log and gaps of its pages.
  ///
  /// - Returns: Whether no reader was in the way.
  private func cleanCatalog() throws -> Bool {
    // All who write the catalog take this lock.
    let lock = try store.lockJob("write", as: actor, wait: .seconds(60))
    return try withExtendedLifetime(lock) {
      func open() throws -> DirectConnection {
        let connection = try DirectConnection(path: store.layout.catalog, access: .write)
        try connection.execute(
          "PRAGMA synchronous = FULL; PRAGMA busy_timeout = \(PartitionPurge.patience)")
        return connection
      }
      let connection = try open()
      guard try connection.checkpoint() else { return false }
      guard try connection.scrub() else { return true }
      // Whoever has read pages before would write them as they were, unless somebody else wrote
      // meanwhile: a change that changes nothing.
      let other = try open()
      try other.transaction {
        let version = try other.integer("PRAGMA user_version") ?? 0
        try other.execute("PRAGMA user_version = \(version)")
      }
      return true
    }
  }

  private func path(of number: Int) -> String {
    store.layout.partitions + "/" + PartitionFile.name(number)
  }
}

extension Store {
  /// Finishes removals that a crash or a reader interrupted; every command that writes begins with
  /// it (holds-and-retention section 4, point 6).
  ///
  /// Leaves them to whoever stores content at the moment.
  ///
  /// - Parameter actor: Who runs the command.
  /// - Returns: What is still left; nil when nothing is.
  /// - Throws: `StoreError` when the store cannot be written.
  @discardableResult
  package func finishRemovals(as actor: AuditActor) throws -> PendingRemovals? {
    let (waiting, hasBlobs) = try read { catalog in
      (try catalog.pendingRemovals(), try catalog.hasBlobsToRemove())
    }
    guard waiting != nil || hasBlobs else { return nil }
    let lock: StoreLock
    do {
      lock = try lockJob("content", as: actor)
    } catch let error as StoreError where error.code == .locked {
      return waiting
    }
    return try withExtendedLifetime(lock) { try PendingRemoval(self, actor: actor).finish() }
  }
}

extension Change {
  /// Notes that all removals of a partition came one step further.
  ///
  /// - Parameters:
  ///   - partition: Its number.
  ///   - state: Where they were.
  /// - Throws: `StoreError` when the catalog cannot be written.
  func noteRemoved(in partition: Int, from state: RemovalState) throws {
    let next: RemovalState = state == .pending ? .removed : .done
    try db.execute(
      sql: "UPDATE tombstone SET state = ?, completed = ? WHERE partition = ? AND state = ?",
      arguments: [
        next.rawValue, next == .done ? now.ticks : nil, partition, state.rawValue,
      ])
    guard db.changesCount > 0 else { return }
    try record(
      AuditEvent(
        next == .removed ? "content.remove" : "content.purge.complete",
        of: try catalog.storeDescription().id,
        after: ["partition": JSONValue(partition), "conversations": JSONValue(db.changesCount)]))
  }
}
