// SPDX-License-Identifier: Apache-2.0
import Model
import Query
import Retention

/// The conversations of one partition with an item that matches, by their row in the partition.
///
/// Each question is put to the index once for the whole partition, when it is first asked for.
final class ConversationSets {
  private struct Key: Hashable {
    var node: QueryNode
    var moment: DirectoryMoment
  }

  private let reader: PartitionReader
  private let directories: DirectoryMoments
  /// The conversation of each row; row 0 does not exist.
  private let owners: [Int32]
  private let conversationCount: Int
  private var known: [Key: [Bool]?] = [:]

  /// Prepares a partition.
  ///
  /// - Parameters:
  ///   - reader: The partition.
  ///   - directories: The persons at each moment that is asked for.
  /// - Throws: `StoreError` when the partition cannot be read.
  init(_ reader: PartitionReader, directories: DirectoryMoments) throws {
    self.reader = reader
    self.directories = directories
    var owners = [Int32](repeating: 0, count: Int(reader.mark.row) + 1)
    var last: Int64 = 0
    let rows = try reader.connection.prepare("SELECT row, conversation FROM item WHERE row <= ?")
    try rows.bind(reader.mark.row, at: 1)
    while try rows.step() {
      let conversation = rows.integer(1)
      owners[Int(rows.integer(0))] = Int32(conversation)
      last = max(last, conversation)
    }
    self.owners = owners
    conversationCount = Int(last) + 1
  }

  /// Whether an item of a conversation matches; nil when that cannot be told of the partition.
  func contains(
    _ conversation: Int64, _ node: QueryNode, at moment: DirectoryMoment = .now
  ) -> Bool? {
    let key = Key(node: node, moment: moment)
    if let found = known[key] { return found.map { holds($0, conversation) } }
    // What the index cannot decide is decided for none of them.
    let found = try? set(node, at: moment)
    known[key] = .some(found)
    return found.map { holds($0, conversation) }
  }

  private func holds(_ set: [Bool], _ conversation: Int64) -> Bool {
    conversation < set.count && set[Int(conversation)]
  }

  private func set(_ node: QueryNode, at moment: DirectoryMoment) throws -> [Bool] {
    guard let directory = directories[moment] else {
      throw StoreError(.failure, "the directory of persons at the time of a hold is not at hand")
    }
    var set = [Bool](repeating: false, count: conversationCount)
    let plan = try SearchPlan(node, reader: reader, directory: directory)
    try plan.forEachRowNumber { row in set[Int(owners[Int(row)])] = true }
    return set
  }
}

extension SearchPlan {
  /// Calls a body with the number of every row of the result, in any order.
  ///
  /// Reads no item where the index decides alone.
  func forEachRowNumber(_ body: (Int64) throws -> Void) throws {
    guard upper != .none, reader.mark.row > 0 else { return }
    guard evaluator == nil, conditions.isEmpty else {
      try forEachRow { row in try body(row.row) }
      return
    }
    let isWhole = upper == .all
    let sql = RowCursor.sql(
      upper, conditions: [], columns: isWhole ? "i.row" : "f.rowid", order: "")
    let statement = try reader.connection.borrow(sql)
    defer { reader.connection.giveBack(statement, sql: sql) }
    try RowCursor.bind(statement, upper, conditions: [], rows: 0...reader.mark.row)
    while try statement.step() { try body(statement.integer(0)) }
  }
}
