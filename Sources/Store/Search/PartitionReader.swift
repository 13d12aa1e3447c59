// SPDX-License-Identifier: Apache-2.0
import Model
import Query

/// One connection to a partition for reading, with the names that its rows use.
final class PartitionReader {
  /// A name of the `term` table.
  struct Term: Sendable {
    var key: Int64
    var text: String
    var detail: String
  }

  let number: Int
  let connection: DirectConnection
  /// Of conversations and their records.
  let names: KnownNames
  /// Up to where the content counts.
  private(set) var mark = PartitionMark.nothing
  private(set) var terms: [String: [Term]] = [:]
  /// The numbers of accounts by name.
  private(set) var accountKeys: [SearchDirectory.AccountName: Int64] = [:]
  /// Accounts that the catalog does not know.
  private(set) var strangers: [SearchDirectory.AccountName] = []
  /// The times of all items that have one; nil when none has.
  private(set) var times: ClosedRange<Int64>?
  private(set) var hasUntimed = false
  /// The largest shift of an entry's number (`EntryNumbers`).
  private(set) var shift: Int64 = 0
  /// Whether the index holds entries above the mark.
  private(set) var isAhead = false
  /// By key; those of conversations that were removed are gone.
  private var termTexts: [Term?] = []
  private(set) var directory = SearchDirectory()
  private var owners: [Int64: Owner] = [:]
  private var sourceNames: [Int64: String] = [:]
  private var idle: [IndexQuery.Shape: [DirectStatement]] = [:]
  /// Whether an item has several rows.
  private(set) var hasLaterVersions = false
  /// What was done with its conversations and items, as far as it was asked for.
  let state = PartitionState()
  /// When questions have to end; nil for never.
  var deadline: Deadline?
  private var knownPostings: PostingSource?
  private var hasForeignIndex = false

  init(number: Int, path: String) throws(StoreError) {
    self.number = number
    connection = try PartitionFile.openForReading(path)
    names = KnownNames(connection)
    // One state of the file for all questions, and no lock to take for each.
    try connection.execute("BEGIN")
  }

  /// Takes the state that the catalog gives.
  func begin(at mark: PartitionMark, _ directory: SearchDirectory) throws {
    let names = try connection.prepare("SELECT key, kind, text, detail FROM term ORDER BY key")
    while try names.step() {
      let term = Term(key: names.integer(0), text: names.text(2), detail: names.text(3))
      terms[names.text(1), default: []].append(term)
      while termTexts.count < term.key { termTexts.append(nil) }
      termTexts.append(term)
    }
    for term in terms(.account) {
      let name = SearchDirectory.AccountName(route: term.detail, nativeID: term.text)
      accountKeys[name] = term.key
      if directory.accounts[name] == nil { strangers.append(name) }
    }
    let rows = try connection.prepare(
      """
      SELECT min(min_time), max(max_time), max(untimed_count), max(max_shift),
        max(last_record) > ?1 FROM batch
      """)
    try rows.bind(mark.record, at: 1)
    if try rows.step() {
      if let first = rows.optionalInteger(0), let last = rows.optionalInteger(1) {
        times = first...last
      }
      hasUntimed = rows.integer(2) > 0
      shift = rows.integer(3)
      isAhead = rows.integer(4) == 1
    }
    hasLaterVersions =
      try connection.integer(
        // By the rows up to the mark it would look at all of them.
        "SELECT EXISTS (SELECT 1 FROM item INDEXED BY item_by_first WHERE first <> row AND row <= ?)",
        mark.row) == 1
    self.mark = mark
    self.directory = directory
  }

  /// The lists of the full-text index; nil where they have a form that only FTS5 may know.
  func postings() throws -> PostingSource? {
    if hasForeignIndex { return nil }
    if let knownPostings { return knownPostings }
    knownPostings = try PostingSource(connection, deadline: deadline)
    hasForeignIndex = knownPostings == nil
    return knownPostings
  }

  func terms(_ kind: TermKind) -> [Term] { terms[kind.rawValue] ?? [] }

  func term(_ key: Int64) -> Term? {
    termTexts.indices.contains(Int(key)) ? termTexts[Int(key)] : nil
  }

  /// A statement of a shape that is the caller's alone until it is given back: several cursors may
  /// be open at once.
  func borrow(_ shape: IndexQuery.Shape) throws -> DirectStatement {
    if let statement = idle[shape]?.popLast() { return statement }
    return try connection.prepare(shape.sql)
  }

  /// Takes a borrowed statement back.
  func giveBack(_ statement: DirectStatement, _ shape: IndexQuery.Shape) {
    statement.reset()
    if idle.count >= 64 { idle.removeAll() }
    idle[shape, default: []].append(statement)
  }

  /// Whose an account is, as results show it.
  struct Owner {
    /// The custodian's id; nil when the directory does not know the account.
    var custodianID: String?
    /// The directory's name, else the account's id.
    var name: String
  }

  /// Whose an account of the partition is; nil for an account that it does not name.
  func owner(ofAccount key: Int64) -> Owner? {
    if let known = owners[key] { return known }
    guard let account = term(key) else { return nil }
    let id = directory.identity(route: account.detail, nativeID: account.text).custodian
    let owner = Owner(custodianID: id, name: id.flatMap { directory.names[$0] } ?? account.text)
    owners[key] = owner
    return owner
  }

  /// What a source of the partition is called.
  func sourceName(_ key: Int64) -> String {
    if let known = sourceNames[key] { return known }
    let id = term(key)?.text ?? ""
    let name = directory.sources[id]?.last ?? id
    sourceNames[key] = name
    return name
  }

  /// The key of a conversation; nil where the partition holds no such one.
  func conversationKey(of name: SearchDirectory.AccountName) throws -> Int64? {
    let statement = try connection.cached(
      "SELECT key FROM conversation WHERE route = ? AND native_id = ?")
    defer { statement.reset() }
    try statement.bind(name.route, at: 1)
    try statement.bind(name.nativeID, at: 2)
    return try statement.step() ? statement.integer(0) : nil
  }

  /// The keys of conversations that any of the sources brought after another one.
  func conversationKeys(
    broughtBy sources: Set<String>, in directory: SearchDirectory
  ) throws -> [Int64] {
    let wanted = sources.flatMap { directory.furtherConversations[$0] ?? [] }
    let statement = try connection.cached(
      "SELECT key, route, native_id FROM conversation WHERE id_key = ?")
    defer { statement.reset() }
    var keys: [Int64] = []
    for id in wanted {
      statement.reset()
      try statement.bind(LookupKey.id(id), at: 1)
      while try statement.step() {
        let found = ObjectID.conversation(
          route: statement.text(1), nativeID: statement.text(2))
        if found == id { keys.append(statement.integer(0)) }
      }
    }
    return keys.sorted()
  }
}
