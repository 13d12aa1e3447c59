// SPDX-License-Identifier: Apache-2.0
import GRDB
package import Model
package import Retention

extension Catalog {
  /// The rows of all conversations and other units, in ascending order.
  package func conversationKeys() throws -> [Int64] {
    try Int64.fetchAll(db, sql: "SELECT key FROM conversation ORDER BY key")
  }
}

extension Searcher {
  /// Every hold that protects a conversation, decided on its stored records, never on the index.
  ///
  /// - Parameters:
  ///   - record: The conversation.
  ///   - unit: What is known of it.
  ///   - rules: The holds in force.
  ///   - now: The time of the decision.
  /// - Returns: One protection a rule, in the order of the rules.
  /// - Throws: `StoreError` when the records cannot be read.
  package func protections(
    of record: ConversationRecord, facts unit: UnitFacts, rules: HoldRules, at now: Instant
  ) throws -> [Protection] {
    var versions: [StoredVersion] = []
    try forEachVersion(of: record.id, partition: record.partition) { versions.append($0) }
    return rules.protections(
      ofConversation: unit, items: versions.map(\.item), at: now,
      facts: { item in
        guard let version = versions.first(where: { $0.item === item }) else {
          return ItemFacts(time: nil, obstacle: "it cannot be read")
        }
        return ItemFacts(
          time: version.time, obstacle: version.isPartial ? "a file of it has no text" : nil)
      })
  }
}
