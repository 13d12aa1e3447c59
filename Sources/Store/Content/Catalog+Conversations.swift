// SPDX-License-Identifier: Apache-2.0
import Bytes
import GRDB
package import Model

/// A conversation, or another unit, as the catalog knows it.
package struct ConversationRecord: Hashable, Sendable {
  package var key: Int64
  package var id: ObjectID
  package var kind: UnitKind
  package var route: String
  package var nativeID: String
  package var partition: Int
  /// The version that was captured last.
  package var versionCount: Int
  /// The version that the source changed last; where it does not tell, the one captured last.
  package var currentVersion: Int
  package var itemCount: Int
  package var started: Instant?
  /// The name of its custodian; empty when the directory does not know the account.
  package var custodian: String
  /// The id of its custodian; empty when the directory does not know the account.
  package var custodianID: String
  /// The first address of the custodian; empty when there is none.
  package var emailAddress: String
  package var accountID: String
  package var source: String
  package var firstCaptured: Instant?
}

/// Somebody whose account a capture of a conversation named.
package struct ConversationWriter: Hashable, Sendable {
  package var accountID: String
  /// The id of the person; empty where the directory does not know the account.
  package var custodianID = ""
  package var name = ""
  package var emailAddress = ""
}

extension Catalog {
  /// All whose accounts captures of conversations named, by conversation.
  ///
  /// - Parameters:
  ///   - keys: Row keys, at most a few hundred at a time.
  ///   - people: Names that were looked up before; gets those that are looked up now.
  /// - Returns: Those of each conversation, by account.
  /// - Throws: `StoreError` when the catalog cannot be read.
  package func writers(
    in keys: [Int64], people: inout CustodianNames
  ) throws -> [Int64: [ConversationWriter]] {
    var writers: [Int64: [ConversationWriter]] = [:]
    for row in try Row.fetchAll(
      db,
      sql: """
        SELECT o.conversation, a.native_id, a.custodian FROM conversation_account o
          JOIN account a ON a.key = o.account
        WHERE o.conversation IN (\(list(keys))) ORDER BY 1, 2
        """)
    {
      var writer = ConversationWriter(accountID: row[1])
      if let person = try (row[2] as Int64?).map({ try people.name(of: $0, in: self) }) {
        writer.custodianID = person.id
        writer.name = person.name
        writer.emailAddress = person.emailAddress
      }
      writers[row[0], default: []].append(writer)
    }
    return writers
  }

  /// The conversation with an id of ours, or with a source's own id.
  ///
  /// - Throws: `StoreError` with `.notFound` or `.ambiguous`.
  package func conversation(written: String) throws -> ConversationRecord {
    let rows = try Row.fetchAll(
      db,
      sql: """
        SELECT key FROM conversation WHERE id = ?1
        UNION SELECT key FROM conversation WHERE native_id = ?1
        """, arguments: [written])
    guard let first = rows.first else {
      throw StoreError(
        .notFound, "there is no conversation \(written)", objects: [written])
    }
    guard rows.count == 1 else {
      throw StoreError(.ambiguous, "several conversations bear the id \(written)")
    }
    return try conversation(key: first[0])
  }

  package func conversation(_ id: ObjectID) throws -> ConversationRecord {
    guard
      let key = try Int64.fetchOne(
        db, sql: "SELECT key FROM conversation WHERE id = ?", arguments: [id.text])
    else { throw StoreError(.notFound, "there is no conversation \(id)", objects: [id.text]) }
    return try conversation(key: key)
  }

  /// The conversation with an id; nil when there is none.
  package func conversationIfPresent(_ id: ObjectID) throws -> ConversationRecord? {
    try Int64.fetchOne(
      db.cachedStatement(sql: "SELECT key FROM conversation WHERE id = ?"), arguments: [id.text]
    ).map { try conversation(key: $0) }
  }

  /// The conversation of a row.
  ///
  /// - Throws: `StoreError` with `.notFound`; where the row was read in another state, a run of a plan
  ///   may have removed it since.
  package func conversation(key: Int64) throws -> ConversationRecord {
    guard let record = try conversationIfPresent(key: key) else {
      throw StoreError(.notFound, "there is no such conversation")
    }
    return record
  }

  /// The conversation of a row; nil when there is none any more.
  package func conversationIfPresent(key: Int64) throws -> ConversationRecord? {
    var people = CustodianNames()
    return try conversations(keys: [key], people: &people).first
  }

  /// The conversations of some rows, in the order of the rows' keys; one that is not there is left
  /// out.
  ///
  /// - Parameters:
  ///   - keys: Row keys, at most a few hundred at a time.
  ///   - people: Names that were looked up before; gets those that are looked up now.
  /// - Returns: The conversations.
  /// - Throws: `StoreError` when the catalog cannot be read.
  package func conversations(
    keys: [Int64], people: inout CustodianNames
  ) throws -> [ConversationRecord] {
    let select = """
      SELECT c.*, a.native_id AS account_id, a.custodian AS custodian_key,
        s.name AS source_name,
        (SELECT min(captured) FROM conversation_version v WHERE v.conversation = c.key)
          AS captured
      FROM conversation c JOIN source s ON s.key = c.source
        LEFT JOIN account a ON a.key = c.account
      """
    // One at a time is asked for over and over.
    let rows =
      keys.count == 1
      ? try Row.fetchAll(
        db.cachedStatement(sql: select + " WHERE c.key = ?"), arguments: [keys[0]])
      : try Row.fetchAll(
        db, sql: select + " WHERE c.key IN (\(list(keys))) ORDER BY c.key")
    return try rows.map { row in
      let person = try (row["custodian_key"] as Int64?).map { try people.name(of: $0, in: self) }
      return ConversationRecord(
        key: row["key"], id: try row.objectID("id"), kind: try row.value("kind"),
        route: row["route"], nativeID: row["native_id"], partition: row["partition"],
        versionCount: row["version_count"], currentVersion: row["current_version"],
        itemCount: row["item_count"],
        started: row.optionalInstant("started"), custodian: person?.name ?? "",
        custodianID: person?.id ?? "", emailAddress: person?.emailAddress ?? "",
        accountID: row["account_id"] ?? "", source: row["source_name"],
        firstCaptured: row.optionalInstant("captured"))
    }
  }
}

/// Names and first addresses of custodians, each looked up once.
package struct CustodianNames {
  private var known: [Int64: Person] = [:]

  fileprivate struct Person {
    var id: String
    var name: String
    var emailAddress: String
  }

  package init() {}

  fileprivate mutating func name(
    of key: Int64, in catalog: Catalog
  ) throws -> Person {
    if let known = known[key] { return known }
    let person = try catalog.custodian(key: key)
    let address = try catalog.identities(of: person).first { $0.kind == .emailAddress }
    let found = Person(
      id: person.id.text, name: person.name, emailAddress: address?.value ?? "")
    known[key] = found
    return found
  }
}

/// Reads native records back from the partitions.
package final class NativeReader {
  private static let maximumConnectionCount = 128

  private let layout: StoreLayout
  private var connections: [Int: DirectConnection] = [:]
  private let expander: ZstdExpander

  package init(_ store: Store) throws {
    layout = store.layout
    expander = try ZstdExpander()
  }

  /// The bytes of one version of a conversation, before they are checked.
  ///
  /// - Throws: `StoreError` with `.damaged` when they are not there.
  package func stored(_ record: ConversationRecord, version: Int) throws -> StoredNative {
    let connection = try connection(record.partition)
    let statement = try connection.cached(
      """
      SELECT r.native, r.byte_count, r.digest FROM record r
      JOIN conversation c ON c.key = r.conversation
      WHERE c.route = ? AND c.native_id = ? AND r.version = ?
      """)
    defer { statement.reset() }
    try statement.bind(record.route, at: 1)
    try statement.bind(record.nativeID, at: 2)
    try statement.bind(version, at: 3)
    let name = "version \(version) of \(record.id)"
    guard try statement.step() else {
      throw StoreError.damaged(connection.path, "it lacks " + name)
    }
    let bytes = try expander.expand(
      statement.bytes(0), byteCount: Int(statement.integer(1)))
    return StoredNative(
      bytes: bytes, digest: statement.bytes(2), name: name, path: connection.path)
  }

  private func connection(_ partition: Int) throws -> DirectConnection {
    if let open = connections[partition] { return open }
    if connections.count >= NativeReader.maximumConnectionCount { connections.removeAll() }
    let connection = try PartitionFile.openForReadingOnce(
      layout.partitions + "/" + PartitionFile.name(partition))
    connections[partition] = connection
    return connection
  }

  /// Whether a conversation has an item that the source calls so, in any version.
  ///
  /// - Throws: `StoreError` when its partition cannot be read.
  package func holds(item nativeID: String, in record: ConversationRecord) throws -> Bool {
    let statement = try connection(record.partition).cached(
      """
      SELECT 1 FROM item i JOIN conversation c ON c.key = i.conversation
      WHERE i.native_key = ? AND i.native_id = ? AND c.route = ? AND c.native_id = ? LIMIT 1
      """)
    defer { statement.reset() }
    try statement.bind(LookupKey.native(nativeID), at: 1)
    try statement.bind(nativeID, at: 2)
    try statement.bind(record.route, at: 3)
    try statement.bind(record.nativeID, at: 4)
    return try statement.step()
  }

  /// The bytes of one version of a conversation, as captured.
  ///
  /// - Throws: `StoreError` with `.damaged` when they are not there or not what their digest says.
  package func native(of record: ConversationRecord, version: Int) throws -> [UInt8] {
    try stored(record, version: version).verified()
  }
}

/// A native record from a partition, to be checked where there is time.
package struct StoredNative: Sendable {
  private let bytes: [UInt8]
  private let digest: [UInt8]
  // What it is and where it lies, for messages.
  private let name: String
  private let path: String

  fileprivate init(bytes: [UInt8], digest: [UInt8], name: String, path: String) {
    self.bytes = bytes
    self.digest = digest
    self.name = name
    self.path = path
  }

  package var byteCount: Int { bytes.count }

  /// The bytes as captured.
  ///
  /// - Throws: `StoreError` with `.damaged` when they are not what their digest says.
  package func verified() throws -> [UInt8] {
    guard SHA256Digest(of: bytes.span).bytes == digest else {
      throw StoreError.damaged(path, name + " is not what its digest says")
    }
    return bytes
  }
}
