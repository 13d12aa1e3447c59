// SPDX-License-Identifier: Apache-2.0
import Model

/// Removes conversations from one partition file so that no byte of them is left in it.
///
/// Rows and index entries go in one transaction a conversation. What SQLite keeps of them after
/// that (old segments of the full-text index, gaps in pages, the log) goes with `complete`, once for
/// all conversations.
///
/// Only the store's own disposition calls it: what it is told to remove was judged before.
struct PartitionPurge {
  /// How long the log's readers are waited for when it is emptied, in milliseconds.
  private static let patience = 1_000
  /// Page cache of the connection: a merge of the index passes over most of its pages, and without
  /// room for them it would write and read them over and over.
  private static let cacheKilobytes = 64 << 10

  private let connection: DirectConnection

  /// Opens the partition for its writer, who holds the job lock `content`.
  init(path: String, mark: PartitionMark) throws {
    connection = try PartitionFile.openForWriting(path)
    try connection.execute("PRAGMA cache_size = -\(PartitionPurge.cacheKilobytes)")
    try PartitionFile.removeUncommitted(connection, above: mark)
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
    try connection.transaction { try removeRows(route: route, nativeID: nativeID) }
  }

  /// Runs a body that removes several conversations, all or none.
  func transaction<Result>(_ body: () throws -> Result) throws -> Result {
    try connection.transaction(body)
  }

  /// The same as ``remove(route:nativeID:)`` inside of ``transaction(_:)``.
  @discardableResult
  func removeRows(route: String, nativeID: String) throws -> Bool {
    let find = try connection.prepare(
      "SELECT key FROM conversation WHERE route = ? AND native_id = ?")
    try find.bind(route, at: 1)
    try find.bind(nativeID, at: 2)
    guard try find.step() else { return false }
    let key = find.integer(0)
    find.reset()
    let terms = try terms(of: key)
    try FullTextIndex.delete(connection, where: "i.conversation = ?", key)
    for table in ["item_file", "item_alias", "item_sensitive", "item_text"] {
      try run(
        "DELETE FROM \(table) WHERE row IN (SELECT row FROM item WHERE conversation = ?)", key)
    }
    try run("DELETE FROM item WHERE conversation = ?", key)
    try run("DELETE FROM record WHERE conversation = ?", key)
    try run("DELETE FROM conversation WHERE key = ?", key)
    for term in terms where try !isUsed(term) {
      try run("DELETE FROM term WHERE key = ?", term.key)
    }
    return true
  }

  /// Removes what SQLite keeps of deleted rows and empties the log; what gaps of pages hold is left to
  /// `DirectConnection.scrub`.
  ///
  /// - Returns: Whether all of it is gone; not while a reader holds on to an older state.
  /// - Throws: `StoreError` when the file cannot be written.
  func complete() throws -> Bool {
    try rewrite()
    return try emptyLog()
  }

  /// Removes what SQLite keeps of deleted rows in the file.
  ///
  /// The index is merged into one segment, since its segments keep the words of deleted rows.
  ///
  /// - Throws: `StoreError` when the file cannot be written.
  func rewrite() throws {
    try connection.execute("INSERT INTO fts (fts) VALUES ('optimize')")
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

  /// A row of `term` and the groups of facets that its number stands in.
  private struct Term {
    var key: Int64
    var groups: [Facet.Group]
  }

  /// The names that rows of a conversation refer to: what only it knew goes with it.
  private func terms(of conversation: Int64) throws -> [Term] {
    let facets = try connection.cached(
      """
      SELECT t.facet FROM item i JOIN item_text t ON t.row = i.row WHERE i.conversation = ?1
      """)
    defer { facets.reset() }
    try facets.bind(conversation, at: 1)
    var groups: [Int64: Set<Facet.Group>] = [:]
    while try facets.step() {
      for token in facets.text(0).unicodeScalars.dropFirst().split(separator: " ") {
        let text = String(String.UnicodeScalarView(token))
        guard let group = Facet.Group(rawValue: String(text.prefix(1))),
          let key = Int64(text.dropFirst())
        else { continue }
        groups[key, default: []].insert(group)
      }
    }
    let records = try connection.cached(
      "SELECT account, project, organization FROM record WHERE conversation = ?")
    defer { records.reset() }
    try records.bind(conversation, at: 1)
    while try records.step() {
      if let account = records.optionalInteger(0) { groups[account, default: []].insert(.account) }
      if let project = records.optionalInteger(1) { groups[project, default: []].insert(.project) }
      if let organization = records.optionalInteger(2) {
        groups[organization, default: []].insert(.organization)
      }
    }
    return groups.keys.sorted().map { key in
      Term(key: key, groups: (groups[key] ?? []).sorted { $0.rawValue < $1.rawValue })
    }
  }

  private func isUsed(_ term: Term) throws -> Bool {
    for group in term.groups {
      // Sources and runs are the store's own names.
      if group == .source || group == .run { return true }
      let entries = try connection.cached("SELECT 1 FROM fts WHERE fts MATCH ? LIMIT 1")
      defer { entries.reset() }
      try entries.bind(IndexExpression.facet(Facet.term(group, term.key)).match, at: 1)
      if try entries.step() { return true }
    }
    // A conversation without items has no entry in the index.
    for (group, column) in [
      (Facet.Group.account, "account"), (.project, "project"), (.organization, "organization"),
    ] where term.groups.contains(group) {
      let sql = "SELECT EXISTS (SELECT 1 FROM record WHERE \(column) = ?)"
      if try connection.integer(sql, term.key) == 1 { return true }
    }
    return false
  }
}
