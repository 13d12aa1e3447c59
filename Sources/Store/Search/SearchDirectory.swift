// SPDX-License-Identifier: Apache-2.0
import GRDB
import Model
import Query

/// What the catalog knows of the names in the partitions: whose an account is, what a source is
/// called.
struct SearchDirectory: Sendable {
  struct AccountName: Hashable, Sendable {
    var route: String
    var nativeID: String
  }

  /// Where to read what was done with conversations, when a query asks for it; nil for a directory
  /// that is not asked so.
  var store: Store?
  private(set) var accounts: [AccountName: ItemIdentity] = [:]
  /// The names of custodians by id.
  private(set) var names: [String: String] = [:]
  /// Id and name of each source by id.
  private(set) var sources: [String: [String]] = [:]
  /// By source, the conversations that it brought after another source had.
  private(set) var furtherConversations: [String: Set<ObjectID>] = [:]
  /// The ids of those sources.
  var furtherSources: Set<String> { Set(furtherConversations.keys) }

  init() {}

  init(_ db: Database) throws {
    let persons = try Row.fetchAll(
      db,
      sql: """
        WITH RECURSIVE member (root, key) AS (
          SELECT key, key FROM custodian WHERE merged_into IS NULL
          UNION ALL SELECT m.root, c.key FROM member m JOIN custodian c ON c.merged_into = m.key)
        SELECT m.key, r.id, r.name FROM member m JOIN custodian r ON r.key = m.root
        """)
    var roots: [Int64: String] = [:]
    var names: [String: Set<String>] = [:]
    for row in persons {
      let id: String = row[1]
      roots[row[0]] = id
      names[id, default: []].insert(row[2])
      self.names[id] = row[2]
    }
    let identities = try Row.fetchCursor(
      db, sql: "SELECT custodian, value FROM identity WHERE removed IS NULL")
    while let row = try identities.next() {
      let custodian: Int64 = row[0]
      if let root = roots[custodian] { names[root, default: []].insert(row[1]) }
    }
    let rows = try Row.fetchCursor(db, sql: "SELECT route, native_id, custodian FROM account")
    while let row = try rows.next() {
      let name = AccountName(route: row[0], nativeID: row[1])
      let key: Int64? = row[2]
      let custodian = key.flatMap { roots[$0] }
      let known = custodian.flatMap { names[$0] } ?? []
      accounts[name] = ItemIdentity(
        custodian: custodian, names: ([name.nativeID] + known.sorted()).uniqued)
    }
    for row in try Row.fetchAll(db, sql: "SELECT id, name FROM source") {
      sources[row[0]] = [row[0], row[1]]
    }
    let further = try Row.fetchCursor(
      db,
      sql: """
        SELECT s.id, c.id FROM conversation_source f JOIN source s ON s.key = f.source
          JOIN conversation c ON c.key = f.conversation
        """)
    while let row = try further.next() {
      if let id = ObjectID(row[1] as String) {
        furtherConversations[row[0], default: []].insert(id)
      }
    }
  }

  /// The same directory with whose accounts were at a time, and under which identities.
  ///
  /// A person who was merged into another since is somebody of their own.
  ///
  /// - Parameters:
  ///   - moment: The time.
  ///   - isLenient: Whether accounts that were nobody's then are seen as they are now.
  ///   - db: The catalog.
  /// - Returns: The directory of that time.
  /// - Throws: `StoreError` when the catalog cannot be read.
  func seen(
    at moment: Instant, fallingBackToNow isLenient: Bool = false, _ db: Database
  ) throws -> SearchDirectory {
    var names: [Int64: Set<String>] = [:]
    let identities = try Row.fetchCursor(
      db,
      sql: """
        SELECT custodian, value FROM identity
        WHERE added <= ?1 AND (removed IS NULL OR removed > ?1)
        """, arguments: [moment.ticks])
    while let row = try identities.next() { names[row[0], default: []].insert(row[1]) }
    var then = self
    let rows = try Row.fetchCursor(
      db,
      sql: """
        SELECT a.route, a.native_id, t.custodian, c.id FROM account a
          LEFT JOIN attribution t ON t.account = a.key AND t.since <= ?1
            AND (t.until IS NULL OR t.until > ?1)
          LEFT JOIN custodian c ON c.key = t.custodian
        ORDER BY a.key, t.since DESC
        """, arguments: [moment.ticks])
    // Where a clock that was set back lets two fit, the one who had it first comes last.
    while let row = try rows.next() {
      if isLenient, (row[2] as Int64?) == nil { continue }
      let name = AccountName(route: row[0], nativeID: row[1])
      let known = (row[2] as Int64?).flatMap { names[$0] } ?? []
      then.accounts[name] = ItemIdentity(
        custodian: row[3], names: ([name.nativeID] + known.sorted()).uniqued)
    }
    return then
  }

  /// The person behind an account; somebody with just the account's id when the directory does not
  /// know it.
  func identity(route: String, nativeID: String) -> ItemIdentity {
    accounts[AccountName(route: route, nativeID: nativeID)]
      ?? ItemIdentity(custodian: nil, names: [nativeID])
  }
}

extension Array where Element: Hashable {
  /// Without repeats, in order.
  fileprivate var uniqued: [Element] {
    var seen: Set<Element> = []
    return filter { seen.insert($0).inserted }
  }
}
