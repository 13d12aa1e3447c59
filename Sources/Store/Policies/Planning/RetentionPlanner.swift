// SPDX-License-Identifier: Apache-2.0
import GRDB
package import Model
package import Query
package import Retention

/// Decides the fate of all conversations, partition by partition.
///
/// The same function decides as for a single conversation; what scopes cover is decided once for all
/// conversations with the same owners, and what queries select is asked of the index once a
/// partition. Index and records are written by one transaction, so the index never lags; a run asks
/// each conversation again on its stored records.
package final class RetentionPlanner {
  /// A removal on request: what it selects, and why.
  package struct Request: Sendable {
    /// A conversation is selected when any item matches; one without items, when what is known of
    /// it does.
    package var node: QueryNode
    package var removal: RemovalRequest

    package init(node: QueryNode, reason: String) {
      self.node = node
      removal = RemovalRequest(reason: reason)
    }
  }

  private let store: Store
  private let situation: RetentionSituation
  private let request: Request?
  private let partitions: [PartitionRow]
  private let holds: HoldIndex
  private let people: MomentPeople
  private let simulates: Bool
  private let namesModels: Bool
  /// The rules as they would be without the last change of each person's groups, and the accounts of
  /// those persons; nil where that makes no difference.
  private let former: (rules: [PolicyRule], accounts: Set<Int64>)?
  private var places: [Place: [Applicability]] = [:]
  private var formerPlaces: [Place: [Applicability]] = [:]

  /// The owners that scopes ask for.
  private struct Place: Hashable {
    var unit: UnitFacts
    var models: Set<String>
    var modelsAreKnown: Bool
  }

  /// Prepares a plan on the store as it is.
  ///
  /// - Parameters:
  ///   - store: The store.
  ///   - time: Asks as of another time; nil: now.
  ///   - request: A removal on request; nil asks for periods.
  /// - Throws: `StoreError` when the store cannot be read.
  package init(_ store: Store, asOf time: Instant? = nil, request: Request? = nil) throws {
    self.store = store
    self.request = request
    (situation, partitions, former) = try store.read { catalog in
      let catalog = time.map(catalog.asOf) ?? catalog
      return (
        try catalog.retentionSituation(), try PartitionRow.all(catalog.db),
        request == nil ? try catalog.formerPolicyRules() : nil
      )
    }
    people = MomentPeople(situation.directories)
    holds = HoldIndex(situation.holds.rules.rules)
    simulates = situation.rules.contains { $0.mode == .simulate } && request == nil
    namesModels = situation.rules.contains { rule in
      [rule.retainScope, rule.deleteScope].contains {
        !$0.included.models.isEmpty || !$0.excluded.models.isEmpty
      }
    }
  }

  /// The time of the decisions.
  package var now: Instant { situation.now }

  /// The partitions, in order.
  package var partitionNumbers: [Int] { partitions.map(\.number) }

  /// Labels that a rule sets on conversations without one.
  package typealias LabelFit = (conversation: ObjectID, policy: ObjectID)

  /// Decides every conversation of a partition.
  ///
  /// - Parameters:
  ///   - number: The partition.
  ///   - body: Gets each conversation in the order of the catalog's rows, with the label that a rule
  ///     sets on it.
  /// - Throws: `StoreError` when the partition cannot be read; what the body throws.
  package func forEachConversation(
    in number: Int, _ body: (PlannedConversation, LabelFit?) throws -> Void
  ) throws {
    guard let row = partitions.first(where: { $0.number == number }) else {
      throw StoreError(.notFound, "there is no partition \(number)")
    }
    let reader = try PartitionReader(
      number: number,
      path: store.layout.partitions + "/" + PartitionFile.name(number))
    try reader.begin(at: row.mark, situation.directories.now)
    let keys = try conversationKeys(reader)
    let models = namesModels ? try PartitionModels(reader) : nil
    let sets = try ConversationSets(reader, people: people)
    // Twins may lie in any partition; most stores have none.
    let isWide = try store.read { try $0.hasSeveralRoutes() }
    let twins = isWide && !holds.rules.isEmpty ? try Searcher(store) : nil
    try store.read { catalog in
      let stream = try PlanStream(catalog.db, partition: number)
      while let entry = try stream.next() {
        // What came after the plan began is not in it.
        guard let key = keys[entry.name] else { continue }
        let (planned, fit) = try decide(entry, at: key, models, sets, catalog, twins)
        try sets.requireReadable()
        try body(planned, fit)
      }
    }
  }

  private func conversationKeys(_ reader: PartitionReader) throws -> [String: Int64] {
    let rows = try reader.connection.prepare("SELECT key, route, native_id FROM conversation")
    var keys: [String: Int64] = [:]
    while try rows.step() { keys[rows.text(1) + "\u{0}" + rows.text(2)] = rows.integer(0) }
    return keys
  }

  private func decide(
    _ entry: PlanStream.Entry, at key: Int64, _ models: PartitionModels?, _ sets: ConversationSets,
    _ catalog: Catalog, _ twins: Searcher?
  ) throws -> (PlannedConversation, LabelFit?) {
    var facts = entry.facts
    models?.complete(&facts, of: key)
    let selected = try request.map { try isSelected(entry, at: key, by: $0, sets) } ?? true
    var question = RetentionQuestion(
      facts: facts, request: selected ? request?.removal : nil, now: now)
    let place = place(of: facts, situation.rules, &places)
    func condition(_ rule: Int, _ side: PolicySide) -> Applicability {
      entry.itemCount == 0
        ? .undecided([.conditionNotDecided("it has no items")])
        : self.condition(rule, side, key, sets)
    }
    func fate() -> RetentionDecision {
      question.decide(situation.rules, place: place, condition: condition)
    }
    var decision = fate()
    var wouldBe: RetentionDecision?
    if simulates {
      question.modes = [.on, .simulate]
      wouldBe = fate()
      question.modes = [.on]
    }
    var holdIDs: [ObjectID] = []
    var setIDs: [ObjectID] = []
    if selected, decision.isDue || wouldBe?.isDue == true {
      var protections = protections(entry, key, facts.unit, sets)
      protections +=
        try twins?.twinProtections(
          of: entry.key, besides: protections, in: catalog, situation.holds) ?? []
      if !protections.isEmpty {
        holdIDs = Array(Set(protections.map(\.hold))).sorted()
        if decision.isDue { decision.outcome = .held }
        wouldBe?.outcome = .held
      } else {
        setIDs = try catalog.keepingReviewSets(entry.key).map(\.set).sorted()
        if !setIDs.isEmpty {
          if decision.isDue { decision.outcome = .inReviewSet }
          wouldBe?.outcome = .inReviewSet
        }
      }
    }
    // A removal on request concerns what it selects; nothing else falls due by the way.
    if !selected { decision.outcome = .notDeleted }
    let isSimulated = !decision.isDue && wouldBe?.isDue == true
    let shown = isSimulated ? wouldBe ?? decision : decision
    var planned = PlannedConversation(
      key: entry.key, id: entry.id, isSelected: selected, outcome: decision.outcome,
      simulated: wouldBe.map(\.outcome).flatMap { $0 == decision.outcome ? nil : $0 },
      purgeAt: shown.purgeAt, deciding: Array(Set(shown.decidingPolicies)).sorted(),
      holds: holdIDs, reviewSets: setIDs, itemCount: entry.itemCount, byteCount: entry.byteCount)
    if planned.entryState != nil, let former,
      !former.accounts.isDisjoint(with: facts.unit.accounts)
    {
      if isSimulated { question.modes = [.on, .simulate] }
      let date =
        question.decide(
          former.rules, place: self.place(of: facts, former.rules, &formerPlaces),
          condition: condition
        ).purgeAt ?? .never
      if date > shown.purgeAt ?? .never { planned.formerPurgeAt = date }
    }
    let label = decision.settings.first { $0.isPending && $0.fits }
    return (planned, label.map { (conversation: entry.id, policy: $0.rule.policy) })
  }

  private func isSelected(
    _ entry: PlanStream.Entry, at key: Int64, by request: Request, _ sets: ConversationSets
  ) throws -> Bool {
    if entry.itemCount == 0 {
      return try sets.matchesEmpty(
        key, request.node, started: entry.facts.unit.started, situation.directories.now)
    }
    let isSelected = sets.contains(key, request.node)
    try sets.requireReadable()
    guard let isSelected else {
      throw StoreError(
        .usage, "the query of a removal on request asks for what the index cannot tell; use another"
      )
    }
    return isSelected
  }

  private func protections(
    _ entry: PlanStream.Entry, _ key: Int64, _ unit: UnitFacts, _ sets: ConversationSets
  ) -> [Protection] {
    holds.candidates(unit).compactMap { index in
      let rule = holds.rules[index]
      let selected = rule.selects(key, isEmpty: entry.itemCount == 0, unit, sets)
      return rule.decide(unit, at: now, selected: selected).protection
    }
  }

  // MARK: - Scopes and conditions

  /// What scopes cover of all conversations with the same owners.
  private func place(
    of facts: RetentionFacts, _ rules: [PolicyRule], _ places: inout [Place: [Applicability]]
  ) -> (Int, PolicySide) -> Applicability {
    var unit = facts.unit
    unit.started = nil
    let key = Place(unit: unit, models: facts.models, modelsAreKnown: facts.modelsAreKnown)
    if places[key] == nil {
      places[key] = rules.flatMap { rule in
        [rule.retainScope.covers(facts), rule.deleteScope.covers(facts)]
      }
    }
    let answers = places[key] ?? []
    return { rule, side in answers[rule * 2 + (side == .retain ? 0 : 1)] }
  }

  private func condition(
    _ index: Int, _ side: PolicySide, _ conversation: Int64, _ sets: ConversationSets
  ) -> Applicability {
    let partial = QueryNode.restriction(
      PropertyRestriction(property: .indexstatus, condition: .keyword("partial", isPrefix: false)))
    let answers = situation.rules[index].readings(side).lazy.map { reading in
      Applicability(
        reading.node.answer { leaf in
          switch sets.contains(conversation, leaf, at: reading.moment) {
          case true: return .matches
          case false:
            return sets.contains(conversation, partial) == false
              ? .doesNotMatch : .undecided("a file of it has no text")
          default: return .undecided("the index cannot decide it")
          }
        })
    }
    return .joined(answers, on: side)
  }
}

/// The models that the conversations of a partition name.
private struct PartitionModels {
  private var models: [Int64: Set<String>] = [:]
  private var unknown: Set<Int64> = []

  init(_ reader: PartitionReader) throws {
    let rows = try reader.connection.prepare(
      """
      SELECT DISTINCT conversation, model, kind = 'response' FROM item WHERE row <= ?
      """)
    try rows.bind(reader.mark.row, at: 1)
    while try rows.step() {
      let conversation = rows.integer(0)
      if let model = rows.optionalInteger(1).flatMap(reader.term) {
        models[conversation, default: []].insert(model.text.lowercased())
      } else if rows.integer(2) == 1 {
        unknown.insert(conversation)
      }
    }
  }

  func complete(_ facts: inout RetentionFacts, of conversation: Int64) {
    facts.models = models[conversation] ?? []
    facts.modelsAreKnown = !unknown.contains(conversation)
  }
}
