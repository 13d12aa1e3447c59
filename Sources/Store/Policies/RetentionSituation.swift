// SPDX-License-Identifier: Apache-2.0
import GRDB
package import Model
import Query
package import Retention

/// All that fates are decided from at one time: holds, policies, labels, and the persons that they
/// name.
package struct RetentionSituation: Sendable {
  package let holds: HoldSituation
  /// Policies and labels that are on or simulated, the oldest first.
  package let rules: [PolicyRule]
  /// The directory at every moment that holds or conditions ask for.
  package let directories: DirectoryMoments

  /// When it was read, or the later time that it is asked about.
  package var now: Instant { holds.now }
}

extension Catalog {
  /// What fates are decided from; a run reads it inside its deleting transaction.
  ///
  /// - Returns: The situation.
  /// - Throws: `StoreError` when the catalog cannot be read.
  package func retentionSituation() throws -> RetentionSituation {
    let holds = try holdSituation()
    let rules = try policyRules()
    let moments = rules.flatMap(\.moments) + holds.directories.moments.keys
    return RetentionSituation(
      holds: holds, rules: rules,
      directories: moments.isEmpty ? holds.directories : try DirectoryMoments(db, moments))
  }

  /// What is known of one conversation, models aside, which its items tell.
  ///
  /// - Parameter key: The conversation's row.
  /// - Returns: The facts.
  /// - Throws: `StoreError` with `.notFound` when there is no such row.
  package func retentionFacts(of key: Int64) throws -> RetentionFacts {
    let unit = try unitFacts(of: key)
    let row = try Row.fetchOne(
      db.cachedStatement(
        sql: """
          SELECT last_activity,
            (SELECT max(captured) FROM conversation_version WHERE conversation = ?1)
          FROM conversation WHERE key = ?1
          """), arguments: [key])
    let label = try label(of: key)
    return RetentionFacts(
      unit: unit, lastActivity: (row?[0] as Int64?).map { Instant(ticks: $0) },
      captured: (row?[1] as Int64?).map { Instant(ticks: $0) },
      label: label.map { AssignedLabel(policy: $0.policy, since: $0.since) })
  }

  /// The review sets of open cases that keep a conversation.
  package func keepingReviewSets(_ conversation: Int64) throws -> [KeepingReviewSet] {
    try reviewSets(keeping: conversation).map { set in
      KeepingReviewSet(
        set: set.id, name: set.name, matter: set.matter.id, matterName: set.matter.name)
    }
  }
}

/// Which label a decision takes a conversation to bear.
package enum LabelChoice: Hashable, Sendable {
  /// The one that is set.
  case asIs
  /// Another one, or none.
  case instead(AssignedLabel?)
}

extension PolicyRule {
  /// The moments in which its condition sees persons.
  fileprivate var moments: [DirectoryMoment] {
    guard case .query(let retain, let delete) = condition else { return [] }
    return (retain + delete).map(\.moment)
  }

  /// The readings of its condition for one side.
  func readings(_ side: PolicySide) -> [QueryReading] {
    guard case .query(let retain, let delete) = condition else { return [] }
    return side == .retain ? retain : delete
  }
}

extension Searcher {
  /// Decides the fate of one conversation on its stored records, never on the index.
  ///
  /// This is what `custody why` asks, and what a run asks again inside its deleting transaction.
  ///
  /// - Parameters:
  ///   - record: The conversation.
  ///   - catalog: The state that is asked; inside a change that of its transaction.
  ///   - situation: Holds and policies of the same state.
  ///   - request: A removal on request; nil asks for periods.
  ///   - modes: Which policies count.
  ///   - label: Asks as if the conversation bore this label, or none.
  /// - Returns: The decision with all that led there.
  /// - Throws: `StoreError` when the records cannot be read.
  package func decision(
    on record: ConversationRecord, in catalog: Catalog, _ situation: RetentionSituation,
    request: RemovalRequest? = nil, modes: Set<PolicyMode> = [.on], label: LabelChoice = .asIs
  ) throws -> RetentionDecision {
    var facts = try catalog.retentionFacts(of: record.key)
    if case .instead(let other) = label { facts.label = other }
    var conditions = ConditionTable(situation.rules)
    var versions: [StoredVersion] = []
    try forEachVersion(
      of: record.id, partition: record.partition, seenIn: situation.directories
    ) { version in
      versions.append(version)
      conditions.take(version)
      if let model = try version.model {
        facts.models.insert(model)
      } else if version.isResponse {
        facts.modelsAreKnown = false
      }
    }
    let itemFacts = Dictionary(
      uniqueKeysWithValues: try versions.map { (ObjectIdentifier($0.item), try $0.facts) })
    let holds = situation.holds.rules.protections(
      ofConversation: facts.unit, items: versions.map(\.item), at: situation.now,
      facts: { item in
        itemFacts[ObjectIdentifier(item)] ?? ItemFacts(time: nil, obstacle: "it cannot be read")
      })
    let joined = try twinProtections(
      of: record.key, besides: holds, in: catalog, situation.holds)
    let question = RetentionQuestion(
      facts: facts, holds: holds + joined, reviewSets: try catalog.keepingReviewSets(record.key),
      request: request, now: situation.now, modes: modes)
    return question.decide(situation.rules) { conditions.answer($0, $1) }
  }
}

extension Applicability {
  /// What a condition says of a conversation.
  init(_ answer: ConversationAnswer) {
    switch answer {
    case .matches: self = .applies
    case .doesNotMatch: self = .doesNot
    case .undecided(let why): self = .undecided([.conditionNotDecided(why)])
    }
  }
}

/// The conditions of all rules over one conversation.
private struct ConditionTable {
  private struct Key: Hashable {
    var rule: Int
    var side: PolicySide
  }

  private var evaluators: [Key: [(reading: QueryReading, evaluator: ConversationEvaluator)]] = [:]
  private var isEmpty = true

  init(_ rules: [PolicyRule]) {
    for index in rules.indices {
      for side in [PolicySide.retain, .delete] {
        let readings = rules[index].readings(side)
        if readings.isEmpty { continue }
        evaluators[Key(rule: index, side: side)] = readings.map {
          ($0, ConversationEvaluator($0.node))
        }
      }
    }
  }

  mutating func take(_ version: StoredVersion) {
    isEmpty = false
    for key in Array(evaluators.keys) {
      for number in (evaluators[key] ?? []).indices {
        guard let moment = evaluators[key]?[number].reading.moment else { continue }
        do {
          let item = try version.item.seen(at: moment)
          evaluators[key]?[number].evaluator.take(item, obstacle: version.obstacle)
        } catch {
          evaluators[key]?[number].evaluator.take(
            StubItem(), obstacle: String(describing: error))
        }
      }
    }
  }

  /// What its readings say together.
  func answer(_ rule: Int, _ side: PolicySide) -> Applicability {
    if isEmpty { return .undecided([.conditionNotDecided("it has no items")]) }
    let answers = (evaluators[Key(rule: rule, side: side)] ?? []).map { entry in
      Applicability(entry.evaluator.answer)
    }
    return .joined(answers, on: side)
  }
}
