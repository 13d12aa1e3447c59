// SPDX-License-Identifier: Apache-2.0
import GRDB
import Model
package import Retention

extension Catalog {
  /// Whether units came by several routes, so that some may be the same interaction.
  func hasSeveralRoutes() throws -> Bool {
    try Bool.fetchOne(db, sql: "SELECT min(route) <> max(route) FROM conversation") ?? false
  }
}

extension Searcher {
  /// Opens what judging the conversations of a partition needs: also the other partitions when
  /// conversations may have twins there.
  convenience init(judging partition: Int, of store: Store) throws {
    let isWide = try store.read { try $0.hasSeveralRoutes() }
    try self.init(store, partition: isWide ? nil : partition)
  }

  /// Every hold that protects a conversation, through itself or through one that is the same
  /// interaction for certain.
  ///
  /// - Parameters:
  ///   - record: The conversation.
  ///   - catalog: The state that is asked.
  ///   - situation: The holds in force.
  /// - Returns: One protection a rule, its own first.
  /// - Throws: `StoreError` when the records cannot be read.
  package func protections(
    of record: ConversationRecord, in catalog: Catalog, _ situation: HoldSituation
  ) throws -> [Protection] {
    let own = try protections(
      of: record, facts: catalog.unitFacts(of: record.key), in: situation)
    return own
      + (try twinProtections(of: record.key, besides: own, in: catalog, situation))
  }

  /// Every hold that protects a conversation only because it protects one that is the same
  /// interaction for certain: a hold on either holds both.
  ///
  /// All conversations that are the same are judged at the first question, in the state that it is
  /// asked in; the situation keeps the answer.
  ///
  /// - Parameters:
  ///   - conversation: The conversation's row.
  ///   - own: What protects it by itself.
  ///   - catalog: The state that is asked.
  ///   - situation: The holds in force.
  /// - Returns: One protection a rule.
  /// - Throws: `StoreError` when the records cannot be read.
  package func twinProtections(
    of conversation: Int64, besides own: [Protection] = [], in catalog: Catalog,
    _ situation: HoldSituation
  ) throws -> [Protection] {
    guard !situation.rules.rules.isEmpty else { return [] }
    if let group = situation.twins[conversation] {
      return group.protections(of: conversation, besides: own)
    }
    let twins = try catalog.certainTwins(of: conversation)
    if twins.isEmpty { return [] }
    let members = (twins + [conversation]).sorted()
    var group = TwinGroup()
    for key in members {
      let member = try catalog.conversation(key: key)
      let facts = try catalog.unitFacts(of: key)
      let protections =
        reads(member.partition)
        ? try protections(of: member, facts: facts, in: situation)
        // It was captured after the partitions were opened: held, until it can be asked.
        : situation.rules.protections(ofEmpty: facts, at: situation.now)
      group.add(protections, of: key, member.id)
    }
    situation.twins.keep(group, of: members)
    return group.protections(of: conversation, besides: own)
  }
}

extension Protection {
  /// Whether it also protects what is the same interaction by another route: what holds one only
  /// because its own route does not tell its custodian or project holds nothing else.
  var isOfTwins: Bool {
    !grounds.contains(.custodianNotKnown) && !grounds.contains(.projectNotKnown)
  }
}
