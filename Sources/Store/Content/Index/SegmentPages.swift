// SPDX-License-Identifier: Apache-2.0

/// The records of one segment in the tables of an FTS5 index, read and changed one by one.
///
/// Changed pages wait in memory, since the next token often changes the same one again.
struct SegmentPages {
  /// What `fts_idx` tells of a page that begins a token.
  struct TreeEntry {
    /// The text that leads to it: greater than all tokens before it, not greater than its first one.
    var text: [UInt8]
    var page: Int
    /// Whether the list of its last token has an index.
    var hasListIndex: Bool
  }

  let segment: Int
  private var changed: [Int: [UInt8]] = [:]
  private let readStatement: DirectStatement
  private let writeStatement: DirectStatement
  private let deleteStatement: DirectStatement
  private let findStatement: DirectStatement
  private let nextStatement: DirectStatement
  private let leadStatement: DirectStatement
  private let unleadStatement: DirectStatement
  private let clearStatement: DirectStatement

  init(segment: Int, connection: DirectConnection) throws(StoreError) {
    self.segment = segment
    readStatement = try connection.cached("SELECT block FROM fts_data WHERE id = ?")
    writeStatement = try connection.cached("UPDATE fts_data SET block = ? WHERE id = ?")
    deleteStatement = try connection.cached("DELETE FROM fts_data WHERE id BETWEEN ? AND ?")
    findStatement = try connection.cached(
      "SELECT term, pgno FROM fts_idx WHERE segid = ? AND term <= ? ORDER BY term DESC LIMIT 1")
    nextStatement = try connection.cached(
      "SELECT term FROM fts_idx WHERE segid = ? AND term > ? ORDER BY term LIMIT 1")
    leadStatement = try connection.cached(
      "INSERT INTO fts_idx (segid, term, pgno) VALUES (?, ?, ?)")
    unleadStatement = try connection.cached("DELETE FROM fts_idx WHERE segid = ? AND term = ?")
    clearStatement = try connection.cached("DELETE FROM fts_idx WHERE segid = ?")
  }

  // MARK: - Leaves

  func leaf(_ page: Int) throws -> IndexLeaf {
    guard let bytes = try changed[page] ?? record(key(page)), let leaf = IndexLeaf(bytes) else {
      throw UnknownIndexForm()
    }
    return leaf
  }

  mutating func change(_ page: Int, to bytes: [UInt8]) throws {
    guard bytes.count <= IndexLeaf.mostByteCount else { throw UnknownIndexForm() }
    changed[page] = bytes
  }

  /// Writes changed pages.
  ///
  /// - Parameter page: Only those before it; nil for all.
  /// - Throws: `StoreError` when a page cannot be written.
  mutating func write(before page: Int? = nil) throws {
    for (number, bytes) in changed where page.map({ number < $0 }) ?? true {
      try writeStatement.bind(key(number), at: 2)
      try writeStatement.run(binding: bytes, at: 1)
    }
    if let page { changed = changed.filter { $0.key >= page } } else { changed = [:] }
  }

  /// Deletes pages.
  func delete(_ pages: Range<Int>) throws {
    try delete(from: key(pages.lowerBound), through: key(pages.upperBound) - 1)
  }

  /// Deletes all pages and records of lists' indexes before a page; of level 32 on there are none.
  func deleteAll(before page: Int) throws {
    try delete(0..<page)
    for level in 0..<32 {
      try delete(
        from: ListIndexWriter.key(segment: segment, level: level, page: 0),
        through: ListIndexWriter.key(segment: segment, level: level, page: page) - 1)
    }
  }

  /// Deletes all that is left of the segment, the tree too.
  func deleteAll() throws {
    try delete(from: key(0), through: Int64(segment + 1) << 37 - 1)
    try clearStatement.bind(segment, at: 1)
    try clearStatement.run()
  }

  func key(_ page: Int) -> Int64 { Int64(segment) << 37 + Int64(page) }

  // MARK: - The tree

  /// The page that would hold a token; nil where all pages begin after it.
  func entry(for token: ArraySlice<UInt8>) throws -> TreeEntry? {
    try findStatement.bind(segment, at: 1)
    return try unsafe token.withUnsafeBufferPointer { bytes in
      try unsafe findStatement.bindBorrowed(blob: bytes, at: 2)
      defer { findStatement.reset() }
      guard try findStatement.step() else { return nil }
      let value = findStatement.integer(1)
      return TreeEntry(
        text: findStatement.bytes(0), page: Int(value >> 1), hasListIndex: value & 1 == 1)
    }
  }

  /// The text that leads to the next page after that of a token; nil where there is none.
  func textAfter(_ token: ArraySlice<UInt8>) throws -> [UInt8]? {
    try nextStatement.bind(segment, at: 1)
    return try unsafe token.withUnsafeBufferPointer { bytes in
      try unsafe nextStatement.bindBorrowed(blob: bytes, at: 2)
      defer { nextStatement.reset() }
      return try nextStatement.step() ? nextStatement.bytes(0) : nil
    }
  }

  /// Lets the tree lead to a page whose first token is another one now.
  ///
  /// - Parameters:
  ///   - first: The token; nil where the page begins none any more.
  ///   - entry: What led to it.
  ///   - hasListIndex: Whether the list of its last token has an index.
  /// - Throws: `StoreError` when the tree cannot be read or written; `UnknownIndexForm`.
  func lead(
    to first: [UInt8]?, after entry: TreeEntry, hasListIndex: Bool
  ) throws {
    guard let first else { return try delete(entry) }
    var changed = entry
    changed.hasListIndex = hasListIndex
    if !first.starts(with: entry.text) {
      // A text of a token that went must not stay; one more byte than in common is greater.
      let shared = zip(first, entry.text).prefix { $0 == $1 }.count
      guard shared < first.count else { throw UnknownIndexForm() }
      changed.text = Array(first[...shared])
    }
    guard changed.text != entry.text || hasListIndex != entry.hasListIndex else { return }
    try delete(entry)
    try insert(changed)
  }

  func insert(_ entry: TreeEntry) throws {
    // Two pages with one text would be damage, and not one that SQLite should meet.
    guard try self.entry(for: entry.text[...])?.text != entry.text else { throw UnknownIndexForm() }
    try leadStatement.bind(segment, at: 1)
    try leadStatement.bind(entry.page << 1 | (entry.hasListIndex ? 1 : 0), at: 3)
    try leadStatement.run(binding: entry.text, at: 2)
  }

  func delete(_ entry: TreeEntry) throws {
    try unleadStatement.bind(segment, at: 1)
    try unleadStatement.run(binding: entry.text, at: 2)
  }

  // MARK: - Indexes of lists

  func listIndex(ofPage page: Int) throws -> ListIndex {
    try ListIndex(segment: segment, page: page) { try record($0) }
  }

  func delete(_ index: ListIndex) throws {
    for key in index.keys { try delete(from: key, through: key) }
  }

  // MARK: - Records

  private func record(_ key: Int64) throws -> [UInt8]? {
    try readStatement.bind(key, at: 1)
    defer { readStatement.reset() }
    return try readStatement.step() ? readStatement.bytes(0) : nil
  }

  private func delete(from first: Int64, through last: Int64) throws {
    try deleteStatement.bind(first, at: 1)
    try deleteStatement.bind(last, at: 2)
    try deleteStatement.run()
  }
}
