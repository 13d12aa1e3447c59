// SPDX-License-Identifier: Apache-2.0
package import Model
import Retention
package import Store

extension HoldCheck {
  /// The holds that touch a person: those that named them in any wording on record, and those in
  /// force whose scope holds everyone or a conversation of theirs.
  ///
  /// A scope counts whatever the query selects: it may select what is captured next.
  ///
  /// - Parameter custodian: The person.
  /// - Returns: Ids of holds, in any state.
  /// - Throws: `StoreError` when the store cannot be read.
  package func holds(touching custodian: Custodian) throws -> Set<ObjectID> {
    try store.read { catalog in
      var found = Set(try catalog.holds(on: custodian).map(\.id))
      let situation = try catalog.holdSituation()
      var rules = situation.rules.rules.filter { rule in
        if rule.scope.everyone { found.insert(rule.hold) }
        return !found.contains(rule.hold)
      }
      for key in try catalog.conversationKeys(of: custodian) where !rules.isEmpty {
        let facts = try catalog.unitFacts(of: key)
        rules.removeAll { rule in
          let isTouched =
            rule.decide(facts, at: situation.now, selected: true).protection != nil
          if isTouched { found.insert(rule.hold) }
          return isTouched
        }
      }
      return found
    }
  }

  /// The holds that protect a conversation now.
  package func holds(protecting record: ConversationRecord) throws -> Set<ObjectID> {
    Set(try protections(of: record).map(\.hold))
  }

  /// The holds that select an item itself now, in any of its versions; its conversation may be held
  /// by others through another item.
  ///
  /// - Parameter id: As written: our id, or the source's.
  /// - Returns: Ids of holds.
  /// - Throws: `StoreError` with `.notFound` or `.ambiguous`, or when the store cannot be read.
  package func holds(protectingItem id: String) throws -> Set<ObjectID> {
    let searcher = try Searcher(store)
    let item = try searcher.onlyItem(bearing: id)
    let (situation, record, facts) = try store.read { catalog in
      let record = try catalog.conversation(item.conversationID)
      return (try catalog.holdSituation(), record, try catalog.unitFacts(of: record.key))
    }
    return Set(
      try searcher.protections(ofItem: item.id, of: record, facts: facts, in: situation).map(\.hold)
    )
  }
}
