// SPDX-License-Identifier: Apache-2.0
import Model

/// What the rows of conversations and of their records tell, remembered for those asked for last:
/// many hits share them.
///
/// Belongs to one reader, whose transaction keeps the rows as they are.
final class KnownNames {
  /// A conversation by its names.
  struct Conversation {
    var id: ObjectID
    var route: String
    var nativeID: String
  }

  /// A version of a conversation.
  struct Record {
    var version: Int
    var title: String
    /// The key of the source's name.
    var source: Int64
  }

  /// Rows that are remembered of each kind, at most.
  private static let limit = 2048

  private let connection: DirectConnection
  private var statement: DirectStatement?
  private var conversations: [Int64: Conversation] = [:]
  private var records: [Int64: Record] = [:]

  init(_ connection: DirectConnection) {
    self.connection = connection
  }

  /// The names of a conversation and what a record of it tells, in one question to the partition; nil
  /// where it lacks one of them.
  func names(
    ofConversation key: Int64, record row: Int64
  ) throws -> (conversation: Conversation, record: Record)? {
    if let conversation = conversations[key], let record = records[row] {
      return (conversation, record)
    }
    let statement = try prepared()
    defer { statement.reset() }
    try statement.bind(key, at: 1)
    try statement.bind(row, at: 2)
    guard try statement.step() else { return nil }
    let conversation = conversations[key] ?? conversation(statement.text(0), statement.text(1))
    let record = Record(
      version: Int(statement.integer(2)), title: statement.text(3), source: statement.integer(4))
    if conversations.count >= KnownNames.limit { conversations.removeAll(keepingCapacity: true) }
    conversations[key] = conversation
    if records.count >= KnownNames.limit { records.removeAll(keepingCapacity: true) }
    records[row] = record
    return (conversation, record)
  }

  private func conversation(_ route: String, _ nativeID: String) -> Conversation {
    Conversation(
      id: ObjectID.conversation(route: route, nativeID: nativeID), route: route,
      nativeID: nativeID)
  }

  private func prepared() throws -> DirectStatement {
    if let statement { return statement }
    let new = try connection.prepare(
      """
      SELECT c.route, c.native_id, r.version, r.title, r.source
      FROM conversation c CROSS JOIN record r WHERE c.key = ? AND r.row = ?
      """)
    statement = new
    return new
  }
}
