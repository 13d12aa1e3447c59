// SPDX-License-Identifier: Apache-2.0
import Bytes
package import FileText
import Foundation
package import Model
import Synchronization

/// Stores captured units: a dispatcher in front of lanes, each a thread with partitions of its own.
///
/// The order that a crash cannot break, for each batch of one partition:
///
/// 1. The batch is prepared in memory; a conversation in it goes to no other lane meanwhile.
/// 2. One transaction of the partition writes names, native records, items, texts and index into its
///    log, which is then brought to the disk.
/// 3. One change of the catalog records the conversation versions and raises the partition's mark
///    (`last_row`, `last_record`), with an audit event.
///
/// The lane goes on after the transaction; the rest is the committer's. Killed after 1, nothing
/// happened. Killed between 2 and 3, the rows lie above the mark: readers
/// do not look there, and the next writer of that partition removes them, so that the repeated
/// import stores them again. Rows are numbered upward, so the mark is a snapshot for readers too.
///
/// `add` is called from one thread. A store takes one writer at a time: it holds the job lock
/// `content`.
package final class ContentWriter {
  /// Bytes of native records that wait in front of a lane.
  private static let queueByteLimit = 2 << 20

  private let lock: StoreLock
  private let lookup: ConversationLookup
  private let pending = PendingConversations()
  private let gate = LaneGate()
  private let lanes: [WriterLane]
  private let committer: BatchCommitter
  private var plan: PartitionPlan
  private var duplicateCounts = IngestCounts()
  private var furtherSourceOf: [ObjectID] = []
  private let context: IngestContext

  /// Prepares to store what one run of one source brings; removes partition files that no catalog
  /// row names.
  ///
  /// - Parameters:
  ///   - store: Opened for writing.
  ///   - actor: Who imports.
  ///   - source: An existing source.
  ///   - run: An existing run of it.
  ///   - laneCount: Threads that write and index side by side, 1 to 8.
  ///   - batchByteCount: Bytes that a lane gathers before it writes.
  ///   - capacity: Items after which a partition takes no new conversations.
  ///   - extractor: Reads files that stand in the records.
  ///   - wait: How long to wait while another process stores content.
  /// - Throws: `StoreError` with `.locked`, naming the other process.
  package init(
    store: Store, actor: AuditActor, source: ObjectID, run: ObjectID, laneCount: Int = 2,
    batchByteCount: Int = 18 << 20, capacity: Int = PartitionPlan.defaultCapacity,
    extractor: FileTextExtractor = FileTextExtractor(), wait: Duration = .zero
  ) throws {
    lock = try store.lockJob("content", as: actor, wait: wait)
    try PendingRemoval(store, actor: actor).removeRows()
    lookup = try ConversationLookup(path: store.layout.catalog)
    let entries = try store.read { catalog in try catalog.partitionEntries() }
    try removeUnknownPartitions(store.layout, known: Set(entries.map(\.number)))
    plan = PartitionPlan(entries: entries, capacity: capacity, laneCount: laneCount)
    let context = IngestContext(
      store: store, actor: actor, source: source, run: run, pending: pending,
      batchByteCount: batchByteCount, extractor: extractor)
    self.context = context
    let gate = gate
    let committer = BatchCommitter(context: context)
    self.committer = committer
    lanes = try (0..<laneCount).map { _ in
      try WriterLane(context: context, committer: committer, gate: gate)
    }
  }

  /// Waits for all threads: none may write once the lock is given up.
  deinit {
    for lane in lanes { lane.stop() }
    for lane in lanes { lane.waitForEnd() }
    committer.stop()
  }

  /// Takes a unit; waits while its lane is busy.
  ///
  /// - Throws: What stopped a lane before.
  package func add(_ unit: CapturedUnit) throws {
    let id = ObjectID.conversation(route: unit.route, nativeID: unit.nativeID)
    var known: KnownConversation?
    let partition: Int
    let digest = SHA256Digest(of: unit.native.span)
    let waiting = pending.partition(of: id)
    if let waiting {
      partition = waiting
      plan.add(itemCount: unit.items.count, to: partition)
    } else {
      known = try lookup.find(id)
      if let known {
        if known.has(unit, digest: digest) {
          try noteDuplicate(unit, id: id)
          return
        }
        partition = known.partition
        plan.add(itemCount: unit.items.count, to: partition)
      } else {
        let started = unit.createdAt?.instant ?? unit.items.compactMap { $0.time?.instant }.min()
        partition = try plan.assign(
          month: started.map { CalendarMonth(of: $0) }, itemCount: unit.items.count,
          lane: WriterLane.lightest(
            of: lanes, gate: gate, limit: ContentWriter.queueByteLimit))
      }
    }
    pending.add(id, in: partition)
    try lanes[plan.lane(of: partition)].enqueue(
      WriterLane.Job(
        unit: unit, id: id, digest: digest, partition: partition, known: known,
        mustLookUp: waiting != nil), limit: ContentWriter.queueByteLimit)
  }

  /// Writes what is left, and gives the counts of the whole run.
  ///
  /// - Throws: What stopped a lane.
  package func finish() throws -> IngestCounts {
    for lane in lanes { lane.close() }
    var counts = duplicateCounts
    for lane in lanes { counts += try lane.join() }
    try committer.finish()
    try recordFurtherSource()
    return counts
  }

  private func noteDuplicate(_ unit: CapturedUnit, id: ObjectID) throws {
    duplicateCounts.noteDuplicate(recordCount: unit.recordCount)
    furtherSourceOf.append(id)
    if furtherSourceOf.count == 5000 { try recordFurtherSource() }
  }

  private func recordFurtherSource() throws {
    let ids = try lookup.lacking(source: context.source, among: furtherSourceOf)
    furtherSourceOf = []
    guard !ids.isEmpty else { return }
    try context.change { change in
      try change.recordFurtherSource(context.source, of: ids)
    }
  }
}

private func removeUnknownPartitions(_ layout: StoreLayout, known: Set<Int>) throws {
  for name in try FileSystem.entries(of: layout.partitions) ?? [] {
    let file = name.hasSuffix("-wal") || name.hasSuffix("-shm") ? String(name.dropLast(4)) : name
    guard let number = PartitionFile.number(of: file), !known.contains(number) else { continue }
    try FileSystem.remove(layout.partitions + "/" + name)
  }
}

/// What all lanes of a writer share.
struct IngestContext: Sendable {
  let store: Store
  let actor: AuditActor
  let source: ObjectID
  let run: ObjectID
  let pending: PendingConversations
  let batchByteCount: Int
  let extractor: FileTextExtractor
  /// The catalog's lock is between processes; threads would wait for each other by polling it.
  private let lock = NSLock()

  init(
    store: Store, actor: AuditActor, source: ObjectID, run: ObjectID,
    pending: PendingConversations, batchByteCount: Int, extractor: FileTextExtractor
  ) {
    self.store = store
    self.actor = actor
    self.source = source
    self.run = run
    self.pending = pending
    self.batchByteCount = batchByteCount
    self.extractor = extractor
  }

  func change(_ body: (Change) throws -> Void) throws {
    try lock.withLock { try store.change(as: actor, body) }
  }
}

/// Conversations that are on their way into a partition: further versions must follow them there.
final class PendingConversations: Sendable {
  private let partitions = Mutex<[ObjectID: (partition: Int, count: Int)]>([:])

  func partition(of id: ObjectID) -> Int? {
    partitions.withLock { $0[id]?.partition }
  }

  func add(_ id: ObjectID, in partition: Int) {
    partitions.withLock { $0[id] = (partition, ($0[id]?.count ?? 0) + 1) }
  }

  func remove(_ ids: some Sequence<ObjectID>) {
    partitions.withLock { partitions in
      for id in ids {
        guard let entry = partitions[id] else { continue }
        partitions[id] = entry.count > 1 ? (entry.partition, entry.count - 1) : nil
      }
    }
  }
}

/// Finds conversations in the catalog, one prepared statement for all.
final class ConversationLookup {
  private let connection: DirectConnection

  init(path: String) throws(StoreError) {
    connection = try DirectConnection(path: path, access: .read)
  }

  func find(_ id: ObjectID) throws -> KnownConversation? {
    let statement = try connection.cached(
      """
      SELECT c.partition, v.version, v.digest, a.custodian IS NOT NULL FROM conversation c
      JOIN conversation_version v ON v.conversation = c.key LEFT JOIN account a ON a.key = c.account
      WHERE c.id = ? ORDER BY v.version
      """)
    defer { statement.reset() }
    try statement.bind(id.text, at: 1)
    var known: KnownConversation?
    while try statement.step() {
      let version = (version: Int(statement.integer(1)), digest: statement.bytes(2))
      if known == nil {
        known = KnownConversation(
          partition: Int(statement.integer(0)), versions: [],
          isAttributed: statement.integer(3) != 0)
      }
      known?.versions.append(version)
    }
    return known
  }

  /// Those of the conversations that the source has not brought before.
  func lacking(source: ObjectID, among ids: [ObjectID]) throws -> [ObjectID] {
    let statement = try connection.cached(
      """
      SELECT 1 FROM conversation c, source s WHERE c.id = ? AND s.id = ? AND c.source <> s.key
        AND NOT EXISTS (SELECT 1 FROM conversation_source f
          WHERE f.conversation = c.key AND f.source = s.key)
      """)
    return try ids.filter { id in
      defer { statement.reset() }
      try statement.bind(id.text, at: 1)
      try statement.bind(source.text, at: 2)
      return try statement.step()
    }
  }
}

extension Catalog {
  /// The partitions, for a plan.
  func partitionEntries() throws -> [PartitionPlan.Entry] {
    try PartitionRow.all(db).map { row in
      PartitionPlan.Entry(number: row.number, months: row.months, itemCount: row.itemCount)
    }
  }
}
