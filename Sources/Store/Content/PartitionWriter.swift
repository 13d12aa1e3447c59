// SPDX-License-Identifier: Apache-2.0
import Bytes
import Detection
import Model

/// Writes one partition file, on one thread.
///
/// Units are prepared into a batch in memory; `flush` writes the batch in one durable transaction
/// and tells the caller what the catalog has to record.
final class PartitionWriter {
  let number: Int
  let connection: DirectConnection
  var batch = PendingBatch()
  /// Ids of the conversations of the batch.
  private(set) var pendingConversations: Set<ObjectID> = []
  /// What the catalog must be told with the batch.
  private(set) var commits: [ConversationCommit] = []
  /// What became of the records of the batch.
  private var counts = IngestCounts()

  /// The terms of the source and run that the batch belongs to.
  private(set) var sourceTerm: Int64 = 0
  private(set) var runTerm: Int64 = 0

  /// Counts the sensitive types in an item's texts.
  var tally = SensitiveTally()
  private let index: IndexBuilder
  private var terms: [TermName: Int64] = [:]
  private var nextTerm: Int64
  private var nextConversation: Int64
  private var nextRecord: Int64
  private var nextRow: Int64
  private var numbering: EntryNumbering

  private struct TermName: Hashable {
    var kind: String
    var text: String
    var detail: String
  }

  /// Opens or makes a partition and takes away what a crash left above the catalog's rows.
  ///
  /// - Parameters:
  ///   - number: The partition's.
  ///   - path: Its file.
  ///   - committed: Up to where the catalog knows of its content.
  ///   - index: Builds its index; may serve other partitions too.
  /// - Throws: `StoreError` when the file cannot be written or lacks what the catalog knows of.
  init(
    number: Int, path: String, committed: PartitionMark, index: IndexBuilder = IndexBuilder()
  ) throws {
    self.number = number
    self.index = index
    try PartitionFile.removeUncommitted(path, above: committed)
    connection = try PartitionFile.openForBatches(path)
    nextTerm = try connection.integer("SELECT max(last_term) FROM batch") ?? 0
    nextConversation = try connection.integer("SELECT max(last_conversation) FROM batch") ?? 0
    nextRecord = try connection.integer("SELECT max(last_record) FROM batch") ?? 0
    nextRow = try connection.integer("SELECT max(last_row) FROM batch") ?? 0
    numbering = EntryNumbering(connection)
    let statement = try connection.prepare("SELECT key, kind, text, detail FROM term")
    while try statement.step() {
      let name = TermName(
        kind: statement.text(1), text: statement.text(2), detail: statement.text(3))
      terms[name] = statement.integer(0)
    }
  }

  /// Says where the next batch comes from.
  func begin(source: ObjectID, run: ObjectID) {
    sourceTerm = term(.source, source.text)
    runTerm = term(.run, run.text)
  }

  /// The number of a name, which is made when it is new.
  func term(_ kind: TermKind, _ text: String, detail: String = "") -> Int64 {
    let name = TermName(kind: kind.rawValue, text: text, detail: detail)
    if let key = terms[name] { return key }
    nextTerm += 1
    terms[name] = nextTerm
    batch.terms.append(
      PendingBatch.Term(key: nextTerm, kind: name.kind, text: text, detail: detail))
    return nextTerm
  }

  func makeConversationKey() -> Int64 {
    nextConversation += 1
    return nextConversation
  }

  func makeRecordRow() -> Int64 {
    nextRecord += 1
    return nextRecord
  }

  func note(_ commit: ConversationCommit, _ counts: IngestCounts) {
    pendingConversations.insert(commit.id)
    commits.append(commit)
    self.counts += counts
  }

  /// Writes the batch.
  ///
  /// The content is in the partition's log then, and counts once that is on the disk and the catalog
  /// says so (`BatchCommitter`).
  func flush() throws -> BatchCommit {
    let order = batch.order
    let firstRow = nextRow + 1
    var rows = [Int64](repeating: 0, count: order.count)
    for (offset, index) in order.enumerated() { rows[index] = firstRow + Int64(offset) }
    nextRow += Int64(order.count)
    numbering.beginBatch()
    let entries = try order.map { try numbering.next(time: batch.items[$0].time) }
    // Several partitions are open at once, but a lane writes one at a time.
    try connection.execute("PRAGMA cache_size = -\(PartitionFile.writingCacheKilobytes)")
    defer {
      try? connection.execute("PRAGMA cache_size = -\(PartitionFile.idleCacheKilobytes)")
    }
    try connection.transaction {
      try insertNames()
      try insertRecords()
      try insertItems(order: order, rows: rows, entries: entries)
      try insertFiles(order: order, rows: rows)
      try insertAliases(rows: rows)
      try insertSensitive(order: order, rows: rows)
      try insertBatch(firstRow: firstRow)
    }
    let result = BatchCommit(
      partition: number, mark: PartitionMark(row: nextRow, record: nextRecord),
      conversations: commits, counts: counts)
    batch = PendingBatch()
    commits = []
    counts = IngestCounts()
    pendingConversations = []
    return result
  }

  // MARK: - Statements of a batch

  private func insertNames() throws {
    let term = try connection.cached(
      "INSERT INTO term (key, kind, text, detail) VALUES (?, ?, ?, ?)")
    for entry in batch.terms {
      try term.bind(entry.key, at: 1)
      try term.bind(entry.kind, at: 2)
      try term.bind(entry.text, at: 3)
      try term.bind(entry.detail, at: 4)
      try term.run()
    }
    let conversation = try connection.cached(
      """
      INSERT INTO conversation (key, id_key, native_key, kind, route, native_id)
      VALUES (?, ?, ?, ?, ?, ?)
      """)
    for entry in batch.conversations {
      try conversation.bind(entry.key, at: 1)
      try conversation.bind(entry.idKey, at: 2)
      try conversation.bind(LookupKey.native(entry.nativeID), at: 3)
      try conversation.bind(entry.kind.rawValue, at: 4)
      try conversation.bind(entry.route, at: 5)
      try conversation.bind(entry.nativeID, at: 6)
      try conversation.run()
    }
  }

  private func insertRecords() throws {
    let source = sourceTerm
    let run = runTerm
    let statement = try connection.cached(
      """
      INSERT INTO record (row, conversation, version, title, account, project, source, run,
        captured, created, updated, leaf, flags, item_count, digest, byte_count, native,
        organization, deleted)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """)
    try unsafe batch.arena.withUnsafeBufferPointer { arena in
      for record in batch.records {
        try statement.bind(record.row, at: 1)
        try statement.bind(record.conversation, at: 2)
        try statement.bind(record.version, at: 3)
        try statement.bind(record.title, at: 4)
        try statement.bind(record.account, at: 5)
        try statement.bind(record.project, at: 6)
        try statement.bind(source, at: 7)
        try statement.bind(run, at: 8)
        try statement.bind(record.captured.ticks, at: 9)
        try statement.bind(record.created, at: 10)
        try statement.bind(record.updated, at: 11)
        try statement.bind(record.leaf, at: 12)
        try statement.bind(record.flags.map(\.rawValue).joined(separator: " "), at: 13)
        try statement.bind(record.itemCount, at: 14)
        try statement.bind(blob: record.digest, at: 15)
        try statement.bind(record.byteCount, at: 16)
        try statement.bind(record.organization, at: 18)
        try statement.bind(record.deleted, at: 19)
        try unsafe statement.bindBorrowed(
          blob: UnsafeBufferPointer(rebasing: arena[record.compressed]), at: 17)
        try statement.run()
      }
    }
  }

  private func insertItems(order: [Int], rows: [Int64], entries: [Int64]) throws {
    let item = try connection.cached(
      """
      INSERT INTO item (row, entry, conversation, record, first, version, position, time, id_key,
        byte_count, flags, kind, role, account, model, updated, native_key, native_id, parent,
        native_role, native_offset, digest, sender)
      VALUES (?1, ?22, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18,
        ?19, ?20, ?21, ?23)
      """)
    let text = try connection.cached(
      """
      INSERT INTO item_text (row, body, title, names, files, facet) VALUES (?, ?, ?, ?, ?, ?)
      """)
    try unsafe batch.arena.withUnsafeBufferPointer { arena in
      for (position, entry) in zip(order, entries) {
        try item.bind(entry, at: 22)
        try unsafe insert(
          batch.items[position], row: rows[position], rows: rows, arena: arena, into: item)
      }
      for (position, entry) in zip(order, entries) {
        try text.bind(rows[position], at: 1)
        let texts = batch.items[position].texts
        func take(_ range: Range<Int>, column: Int) throws {
          let bytes = unsafe UnsafeBufferPointer(rebasing: arena[range])
          try unsafe text.bindBorrowed(text: bytes, at: column + 2)
          unsafe index.add(UnsafeRawBufferPointer(bytes), column: column, row: entry)
        }
        try take(texts.body, column: 0)
        try take(texts.title, column: 1)
        try take(texts.names, column: 2)
        try take(texts.files, column: 3)
        try take(texts.facet, column: 4)
        try text.run()
        if index.isFull { try index.flush(into: connection) }
      }
    }
    try index.flush(into: connection)
  }

  private func insert(
    _ item: PendingBatch.Item, row: Int64, rows: [Int64], arena: UnsafeBufferPointer<UInt8>,
    into statement: DirectStatement
  ) throws {
    func bind(_ range: Range<Int>?, at index: Int) throws {
      guard let range else { return try statement.bindNull(at: index) }
      try unsafe statement.bindBorrowed(
        text: UnsafeBufferPointer(rebasing: arena[range]), at: index)
    }
    let first =
      switch item.first {
      case .own: row
      case .row(let known): known
      case .pending(let index): rows[index]
      }
    try statement.bind(row, at: 1)
    try statement.bind(item.conversation, at: 2)
    try statement.bind(item.record, at: 3)
    try statement.bind(first, at: 4)
    try statement.bind(item.version, at: 5)
    try statement.bind(item.position, at: 6)
    try statement.bind(item.time, at: 7)
    try statement.bind(item.idKey, at: 8)
    try statement.bind(item.byteCount, at: 9)
    try statement.bind(item.flags.rawValue, at: 10)
    try bind(item.kind, at: 11)
    try bind(item.role, at: 12)
    try statement.bind(item.account, at: 13)
    try statement.bind(item.sender, at: 23)
    try statement.bind(item.model, at: 14)
    try statement.bind(item.updated, at: 15)
    try statement.bind(item.nativeKey, at: 16)
    try bind(item.nativeID, at: 17)
    try bind(item.parent, at: 18)
    try bind(item.nativeRole, at: 19)
    try statement.bind(item.nativeOffset, at: 20)
    try unsafe statement.bindBorrowed(
      blob: UnsafeBufferPointer(rebasing: arena[item.digest]), at: 21)
    try statement.run()
  }

  private func insertFiles(order: [Int], rows: [Int64]) throws {
    let statement = try connection.cached(
      """
      INSERT INTO item_file (row, number, kind, native_key, native_id, name, type, extension,
        byte_count, version, has_text, sha256, md5, content_sha256, content_md5, lack, note, reader)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """)
    for index in order {
      for (number, place) in batch.items[index].files.enumerated() {
        let file = batch.files[place]
        try statement.bind(rows[index], at: 1)
        try statement.bind(number, at: 2)
        try statement.bind(file.kind, at: 3)
        try statement.bind(file.nativeID.map(LookupKey.native), at: 4)
        try statement.bind(file.nativeID, at: 5)
        try statement.bind(file.name, at: 6)
        try statement.bind(file.type, at: 7)
        try statement.bind(file.fileExtension, at: 8)
        try statement.bind(file.byteCount, at: 9)
        try statement.bind(file.version, at: 10)
        try statement.bind(file.hasText ? 1 : 0, at: 11)
        try statement.bind(blob: file.hasText ? file.sha256 : nil, at: 12)
        try statement.bind(blob: file.hasText ? file.md5 : nil, at: 13)
        try statement.bind(blob: file.contentSHA256.isEmpty ? nil : file.contentSHA256, at: 14)
        try statement.bind(blob: file.contentMD5.isEmpty ? nil : file.contentMD5, at: 15)
        try statement.bind(file.lack, at: 16)
        try statement.bind(file.note, at: 17)
        try statement.bind(file.reader, at: 18)
        try statement.run()
      }
    }
  }

  private func insertAliases(rows: [Int64]) throws {
    guard !batch.aliases.isEmpty else { return }
    let statement = try connection.cached(
      "INSERT INTO item_alias (row, native_key, native_id) VALUES (?, ?, ?)")
    for index in batch.items.indices {
      for alias in batch.aliases[batch.items[index].aliases] {
        try statement.bind(rows[index], at: 1)
        try statement.bind(LookupKey.native(alias), at: 2)
        try statement.bind(alias, at: 3)
        try statement.run()
      }
    }
  }

  private func insertSensitive(order: [Int], rows: [Int64]) throws {
    guard !batch.sensitive.isEmpty else { return }
    let statement = try connection.cached(SensitiveRows.insertion)
    for index in order {
      for place in batch.items[index].sensitive {
        try SensitiveRows.insert(batch.sensitive[place], row: rows[index], with: statement)
      }
    }
  }

  private func insertBatch(firstRow: Int64) throws {
    let times = batch.items.lazy.compactMap(\.time)
    let timedCount = times.count
    let statement = try connection.cached(
      """
      INSERT INTO batch (first_row, last_row, last_record, last_conversation, last_term, min_time,
        max_time, untimed_count, max_shift, detector)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """)
    try statement.bind(firstRow, at: 1)
    try statement.bind(nextRow, at: 2)
    try statement.bind(nextRecord, at: 3)
    try statement.bind(nextConversation, at: 4)
    try statement.bind(nextTerm, at: 5)
    try statement.bind(times.min(), at: 6)
    try statement.bind(times.max(), at: 7)
    try statement.bind(batch.items.count - timedCount, at: 8)
    try statement.bind(numbering.shift, at: 9)
    try statement.bind(Detector.version, at: 10)
    try statement.run()
  }
}

/// What a partition's `term` holds.
enum TermKind: String {
  case account, project, source, run, model, tool
  case fileExtension = "extension"
  case mediaType = "type"
  case organization
}
