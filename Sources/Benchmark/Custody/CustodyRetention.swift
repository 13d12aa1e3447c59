// SPDX-License-Identifier: Apache-2.0
import Actions
import Foundation
import Model
import Query
import Store

/// Our side of deciding what may be disposed of: no raw engine does it, so the bounds are absolute.
enum CustodyRetention {
  private static let policyCount = 50
  private static let holdCount = 200
  /// Holds with a query; every third policy has a condition.
  private static let queriedHoldCount = 20
  private static let matterName = "benchmark retention"

  /// Computes a plan for all conversations of the store, and records nothing.
  ///
  /// - Returns: How long it took, and the conversations decided.
  static func decide(_ place: Workplace) throws -> (duration: Duration, conversations: Int) {
    let actor = AuditActor.current(program: "benchmark", command: "decide")
    let store = try Store.open(at: place.store.path, access: .writing)
    try prepare(store, actor, place)
    let (duration, result) = try timed {
      try PlanAction(store: store, actor: actor).plan(PlanAction.Task(), isRehearsed: true)
    }
    return (duration, result.counts.conversations)
  }

  /// Makes the policies and holds, once.
  private static func prepare(_ store: Store, _ actor: AuditActor, _ place: Workplace) throws {
    let isPrepared = try store.read { catalog in
      try catalog.matters().contains { $0.name == matterName }
    }
    guard !isPrepared else { return }
    var selection = try CaseSelection(rawIndex: place.rawIndex.path)
    let queries = try selection.cases(describedBy: place.description()).map(\.keyQL)
    var random = RandomSource(seed: 1)
    try store.change(as: actor) { change in
      let people = try change.catalog.custodians().map(\.id.text)
      func somebody(_ count: Int) -> [String] {
        people.isEmpty ? [] : (0..<count).map { _ in people[random.below(people.count)] }
      }
      func query(_ purpose: QueryPurpose) throws -> StoredQuery? {
        let compiled = try QueryCompiler.compile(
          queries[random.below(queries.count)],
          options: QueryOptions(clock: change.now, purpose: purpose),
          directory: change.catalog.directory)
        return StoredQuery(compiled)
      }
      let matter = try change.createMatter(name: matterName)
      for number in 0..<holdCount {
        let custodians = somebody(3)
        try change.createHold(
          name: "hold \(number)", in: matter,
          HoldDefinition(
            scope: Scope(everyone: custodians.isEmpty, custodians: custodians),
            query: number < queriedHoldCount ? try query(.hold) : nil))
      }
      for number in 0..<policyCount {
        // The first few are for everyone.
        let custodians = number < 3 ? [] : somebody(20)
        try change.createPolicy(
          name: "policy \(number)", kind: .policy,
          PolicyDefinition(
            action: RetentionAction.allCases[number % RetentionAction.allCases.count],
            period: .months(6 + random.below(30)),
            start: number.isMultiple(of: 2) ? .lastActivity : .created,
            scope: PolicyScope(
              everyone: custodians.isEmpty, included: PolicyNames(custodians: custodians)),
            condition: number.isMultiple(of: 3) ? try query(.condition) : nil, mode: .on))
      }
    }
  }
}
