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
  private var conversations: [Int64: Conversation] = [:]
  private var records: [Int64: Record] = [:]

  init(_ connection: DirectConnection) {
    self.connection = connection
  }

  /// The names of a conversation; nil where the partition lacks it.
  func conversation(_ key: Int64) throws -> Conversation? {
    if let known = conversations[key] { return known }
    let statement = try connection.cached(
      "SELECT route, native_id FROM conversation WHERE key = ?")
    defer { statement.reset() }
    try statement.bind(key, at: 1)
    guard try statement.step() else { return nil }
    let route = statement.text(0)
    let nativeID = statement.text(1)
    let conversation = Conversation(
      id: ObjectID.conversation(route: route, nativeID: nativeID), route: route,
      nativeID: nativeID)
    if conversations.count >= KnownNames.limit { conversations.removeAll(keepingCapacity: true) }
    conversations[key] = conversation
    return conversation
  }

  /// What a record tells; nil where the partition lacks it.
  func record(_ row: Int64) throws -> Record? {
    if let known = records[row] { return known }
    let statement = try connection.cached(
      "SELECT version, title, source FROM record WHERE row = ?")
    defer { statement.reset() }
    try statement.bind(row, at: 1)
    guard try statement.step() else { return nil }
    let record = Record(
      version: Int(statement.integer(0)), title: statement.text(1), source: statement.integer(2))
    if records.count >= KnownNames.limit { records.removeAll(keepingCapacity: true) }
    records[row] = record
    return record
  }
}
