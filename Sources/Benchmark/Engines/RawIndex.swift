// SPDX-License-Identifier: Apache-2.0
import Foundation

/// The raw engine of indexing and search: one thread, SQLite's FTS5 with `unicode61` and external
/// content, tuned.
enum RawIndex {
  /// Messages in a transaction.
  static let transactionSize = 50_000

  /// Builds the index in a new file from a `conversations.json`.
  ///
  /// Reading the JSON stands outside the time measured.
  ///
  /// - Returns: the time for storing and indexing, the last checkpoint included, and the counts.
  static func build(
    _ file: String, from corpus: URL, tuning: RawIndexTuning
  ) throws -> (duration: Duration, messages: Int, textBytes: Int) {
    for suffix in ["", "-wal", "-shm"] {
      try? FileManager.default.removeItem(atPath: file + suffix)
    }
    let database = try SQLiteDatabase(file)
    try create(database, tuning)
    var reader = MessageReader()
    var duration = Duration.zero
    var messageCount = 0
    var textByteCount = 0
    let message = try database.prepare(
      "INSERT INTO message (id, account, time, text) VALUES (?, ?, ?, ?)")
    let index = try database.prepare("INSERT INTO message_text (rowid, text) VALUES (?, ?)")
    _ = try reader.read(corpus, batchSize: transactionSize) { batch in
      let start = ContinuousClock.now
      try database.execute("BEGIN")
      try insert(batch, after: messageCount, message, index)
      try database.execute("COMMIT")
      duration += ContinuousClock.now - start
      messageCount += batch.count
      textByteCount += batch.text.count
    }
    let start = ContinuousClock.now
    try database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    duration += ContinuousClock.now - start
    try storeAccounts(reader.accountIDs, in: database)
    return (duration, messageCount, textByteCount)
  }

  private static func create(
    _ database: borrowing SQLiteDatabase, _ tuning: RawIndexTuning
  ) throws(CorpusError) {
    try database.execute(
      """
      PRAGMA page_size = \(tuning.pageByteCount);
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = OFF;
      PRAGMA cache_size = -65536;
      CREATE TABLE account (id INTEGER PRIMARY KEY, native TEXT NOT NULL) STRICT;
      CREATE TABLE message (
        id INTEGER PRIMARY KEY, account INTEGER NOT NULL, time INTEGER NOT NULL,
        text TEXT NOT NULL) STRICT;
      CREATE VIRTUAL TABLE message_text USING fts5 (
        text, content = 'message', content_rowid = 'id', tokenize = 'unicode61');
      INSERT INTO message_text (message_text, rank) VALUES ('hashsize', \(tuning.hashByteCount));
      INSERT INTO message_text (message_text, rank) VALUES ('automerge', \(tuning.automerge));
      """)
  }

  private static func insert(
    _ batch: MessageBatch, after last: Int, _ message: borrowing DirectStatement,
    _ index: borrowing DirectStatement
  ) throws(CorpusError) {
    for number in 0..<batch.count {
      let id = Int64(last + number + 1)
      let text = batch.text.span.extracting(batch.textRange(number))
      message.bind(id, at: 1)
      message.bind(Int64(batch.accounts[number]), at: 2)
      message.bind(batch.times[number], at: 3)
      message.bind(borrowedText: text, at: 4)
      _ = try message.step()
      message.reset()
      index.bind(id, at: 1)
      index.bind(borrowedText: text, at: 2)
      _ = try index.step()
      index.reset()
    }
  }

  private static func storeAccounts(
    _ ids: [String], in database: borrowing SQLiteDatabase
  ) throws(CorpusError) {
    let insert = try database.prepare("INSERT INTO account (id, native) VALUES (?, ?)")
    for (number, id) in ids.enumerated() {
      insert.bind(Int64(number), at: 1)
      insert.bind(id, at: 2)
      _ = try insert.step()
      insert.reset()
    }
  }
}
