// SPDX-License-Identifier: Apache-2.0
import Model

/// Removes conversations from one partition file so that no byte of them is left in it.
///
/// Rows, index entries and names go in one transaction. What SQLite keeps of them after that goes
/// with the log (`emptyLog`) and with the gaps of pages (`DirectConnection.scrub`), once for all
/// conversations.
///
/// Only the store's own disposition calls it: what it is told to remove was judged before.
final class PartitionPurge {
  /// How long the log's readers are waited for when it is emptied, in milliseconds.
  static let patience = 1_000
  /// Page cache of the connection: room for the pages of the tables, which a batch changes in no
  /// order.
  ///
  /// Those of the index, which are many more, are changed in order; to keep them costs more
  /// than to write them at once.
  private static let cacheKilobytes = 16 << 10

  private let path: String
  private var connection: DirectConnection
  /// Whether the connection has used the `fts` table, and so cannot change its pages any more.
  private var hasUsedIndex = false
  private var entries: EntryRemoval
  /// The names that removed rows refer to, and the groups of facets that their numbers stand in.
  private var names: [Int64: Set<Facet.Group>] = [:]

  /// Opens the partition for its writer, who holds the job lock `content`.
  init(path: String, mark: PartitionMark) throws {
    self.path = path
    connection = try PartitionPurge.open(path)
    entries = EntryRemoval(connection)
    // That may have made the index anew.
    hasUsedIndex = try PartitionFile.removeUncommitted(connection, above: mark)
  }

  private static func open(_ path: String) throws -> DirectConnection {
    let connection = try PartitionFile.openForWriting(path)
    // Pages of the index are read once, all over the file: without a copy where they lie. Pages that
    // get free are not written once more to be cleared: the scrub clears them where they lie.
    try connection.execute(
      """
      PRAGMA secure_delete = FAST;
      PRAGMA cache_size = -\(PartitionPurge.cacheKilobytes);
      PRAGMA mmap_size = 1073741824;
      """)
    return connection
  }

  /// Removes all rows of a conversation, whichever version they belong to; nothing where it is gone
  /// already.
  ///
  /// - Parameters:
  ///   - route: Of its capture.
  ///   - nativeID: The source's own id.
  /// - Returns: Whether it was there.
  /// - Throws: `StoreError` when the file cannot be written; nothing is removed then.
  @discardableResult
  func remove(route: String, nativeID: String) throws -> Bool {
    try transaction { try removeRows(route: route, nativeID: nativeID) }
  }

  /// Runs a body that removes several conversations, all or none.
  func transaction<Result>(_ body: () throws -> Result) throws -> Result {
    if hasUsedIndex {
      connection = try PartitionPurge.open(path)
      hasUsedIndex = false
    }
    entries = EntryRemoval(connection)
    names = [:]
    return try connection.transaction {
      let result = try body()
      hasUsedIndex = try entries.finish()
      try removeUnusedNames()
      return result
    }
  }

  /// The same as ``remove(route:nativeID:)`` inside of ``transaction(_:)``.
  @discardableResult
  func removeRows(route: String, nativeID: String) throws -> Bool {
    let find = try connection.cached(
      "SELECT key FROM conversation WHERE route = ? AND native_id = ?")
    try find.bind(route, at: 1)
    try find.bind(nativeID, at: 2)
    guard try find.step() else {
      find.reset()
      return false
    }
    let key = find.integer(0)
    find.reset()
    try noteNames(of: key)
    try entries.take(where: "i.conversation = ?", key)
    for table in ["item_file", "item_alias", "item_sensitive", "item_reread", "item_text"] {
      try run(
        "DELETE FROM \(table) WHERE row IN (SELECT row FROM item WHERE conversation = ?)", key)
    }
    try run("DELETE FROM item WHERE conversation = ?", key)
    try run("DELETE FROM record WHERE conversation = ?", key)
    try run("DELETE FROM conversation WHERE key = ?", key)
    return true
  }

  /// Empties the log, which holds older states of the file.
  ///
  /// - Returns: Whether no reader held on to an older state.
  /// - Throws: `StoreError` when the file cannot be written.
  func emptyLog() throws -> Bool {
    try connection.execute("PRAGMA busy_timeout = \(PartitionPurge.patience)")
    return try connection.checkpoint()
  }

  private func run(_ sql: String, _ key: Int64) throws {
    let statement = try connection.cached(sql)
    try statement.bind(key, at: 1)
    try statement.run()
  }

  // MARK: - Names

  /// Notes the names that rows of a conversation refer to: what only removed ones knew goes with
  /// them.
  private func noteNames(of conversation: Int64) throws {
    let facets = try connection.cached(
      """
      SELECT t.facet FROM item i JOIN item_text t ON t.row = i.row WHERE i.conversation = ?1
      """)
    defer { facets.reset() }
    try facets.bind(conversation, at: 1)
    while try facets.step() {
      for token in facets.text(0).unicodeScalars.dropFirst().split(separator: " ") {
        let text = String(String.UnicodeScalarView(token))
        guard let group = Facet.Group(rawValue: String(text.prefix(1))),
          let key = Int64(text.dropFirst())
        else { continue }
        names[key, default: []].insert(group)
      }
    }
    let records = try connection.cached(
      "SELECT account, project, organization FROM record WHERE conversation = ?")
    defer { records.reset() }
    try records.bind(conversation, at: 1)
    while try records.step() {
      if let account = records.optionalInteger(0) { names[account, default: []].insert(.account) }
      if let project = records.optionalInteger(1) { names[project, default: []].insert(.project) }
      if let organization = records.optionalInteger(2) {
        names[organization, default: []].insert(.organization)
      }
    }
  }

  private func removeUnusedNames() throws {
    for (key, groups) in names.sorted(by: { $0.key < $1.key }) where try !isUsed(key, groups) {
      try run("DELETE FROM term WHERE key = ?", key)
    }
  }

  private func isUsed(_ key: Int64, _ groups: Set<Facet.Group>) throws -> Bool {
    // Sources and runs are the store's own names.
    guard groups.isDisjoint(with: [.source, .run]) else { return true }
    for group in groups {
      hasUsedIndex = true
      let entries = try connection.cached("SELECT 1 FROM fts WHERE fts MATCH ? LIMIT 1")
      defer { entries.reset() }
      try entries.bind(IndexExpression.facet(Facet.term(group, key)).match, at: 1)
      if try entries.step() { return true }
    }
    // A conversation without items has no entry in the index.
    for (group, column) in [
      (Facet.Group.account, "account"), (.project, "project"), (.organization, "organization"),
    ] where groups.contains(group) {
      let sql = "SELECT EXISTS (SELECT 1 FROM record WHERE \(column) = ?)"
      if try connection.integer(sql, key) == 1 { return true }
    }
    return false
  }
}
