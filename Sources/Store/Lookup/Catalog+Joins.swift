// SPDX-License-Identifier: Apache-2.0
import Foundation
import GRDB
package import Model

/// A link of a unit to one of another route.
package struct ConversationJoin: Hashable, Sendable {
  /// The other unit's row.
  package var conversation: Int64
  package var id: ObjectID
  package var route: String
  /// How many identifiers both have, by the rule that they serve.
  package var rules: [JoinRule: Int]

  /// The best of its rules.
  package var grade: JoinRule.Grade { rules.keys.map(\.grade).min() ?? .about }
}

extension Catalog {
  /// All units that a unit is joined to.
  ///
  /// - Parameter conversation: The unit's row.
  /// - Returns: The certain ones first, then by id.
  /// - Throws: `StoreError` when the catalog cannot be read.
  package func joins(of conversation: Int64) throws -> [ConversationJoin] {
    var found: [Int64: ConversationJoin] = [:]
    for row in try Row.fetchAll(
      db.cachedStatement(
        sql: """
          SELECT o.key, o.id, o.route, o.kind, k.kind AS key_kind, c.route AS own_route,
            c.kind AS own_kind, count(*) AS number, o.account, c.account AS own_account
          FROM join_key k
            JOIN join_key j ON j.digest = k.digest AND j.kind = k.kind
              AND j.conversation <> k.conversation
            JOIN conversation o ON o.key = j.conversation
            JOIN conversation c ON c.key = k.conversation
          WHERE k.conversation = ? GROUP BY o.key, k.kind
          """), arguments: [conversation])
    {
      let own = JoinRule.Side(route: row["own_route"], kind: try row.value("own_kind"))
      let other = JoinRule.Side(route: row["route"], kind: try row.value("kind"))
      guard let kind = JoinKey.Kind(rawValue: row["key_kind"]),
        let rule = JoinRule(kind, own, other)
      else { continue }
      if rule == .projectLikeness,
        try areOfDifferentPersons(row["account"], row["own_account"])
      {
        continue
      }
      let key: Int64 = row["key"]
      if found[key] == nil {
        found[key] = ConversationJoin(
          conversation: key, id: try row.objectID("id"), route: other.route, rules: [:])
      }
      found[key]?.rules[rule, default: 0] += row["number"]
    }
    return found.values.sorted { ($0.grade, $0.id) < ($1.grade, $1.id) }
  }

  /// The units that are the same interaction as a unit for certain, over any number of joins; itself
  /// left out.
  ///
  /// - Parameter conversation: The unit's row.
  /// - Returns: Rows, ascending.
  /// - Throws: `StoreError` when the catalog cannot be read.
  package func certainTwins(of conversation: Int64) throws -> [Int64] {
    var seen: Set<Int64> = [conversation]
    var pending = [conversation]
    while let next = pending.popLast() {
      for twin in try directTwins(of: next) where seen.insert(twin).inserted {
        pending.append(twin)
      }
    }
    return seen.subtracting([conversation]).sorted()
  }

  /// What the rules of grade `certain` join; the many events about a chat are not looked at.
  private func directTwins(of conversation: Int64) throws -> [Int64] {
    try Int64.fetchAll(
      db.cachedStatement(
        sql: """
          SELECT DISTINCT o.key FROM conversation c
            JOIN join_key k ON k.conversation = c.key
            JOIN join_key j ON j.digest = k.digest AND j.kind = k.kind
            JOIN conversation o ON o.key = j.conversation
          WHERE c.key = ? AND c.kind = 'conversation' AND k.kind IN ('chat', 'call', 'response')
            AND o.kind = 'conversation' AND o.route <> c.route
          """), arguments: [conversation])
  }

  /// Whether it is known of both accounts whose they are, and they are not one person's.
  private func areOfDifferentPersons(_ one: Int64?, _ other: Int64?) throws -> Bool {
    func person(_ account: Int64?) throws -> Int64? {
      guard let account else { return nil }
      return try Int64.fetchOne(
        db.cachedStatement(
          sql: "SELECT custodian FROM account WHERE key = ? AND custodian IS NOT NULL"),
        arguments: [account]
      ).map(root(of:))
    }
    guard let first = try person(one), let second = try person(other) else { return false }
    return first != second
  }
}

extension Change {
  /// Keeps what may join a unit to others.
  ///
  /// - Parameters:
  ///   - keys: The keys that a capture of it gives.
  ///   - conversation: The unit's row.
  /// - Throws: `StoreError` when the catalog cannot be written.
  func recordJoinKeys(_ keys: Set<JoinKey>, of conversation: Int64) throws {
    for key in keys {
      try db.cachedStatement(sql: "INSERT OR IGNORE INTO join_key VALUES (?, ?, ?)")
        .execute(arguments: [conversation, key.kind.rawValue, Data(key.digest)])
    }
  }
}
