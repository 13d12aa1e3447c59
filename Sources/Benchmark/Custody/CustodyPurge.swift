// SPDX-License-Identifier: Apache-2.0
import Actions
import Model
import Query
import Retention
import Store

/// Our side of removing what is old: its cost is set against that of building an index of it all.
enum CustodyPurge {
  /// What part of all messages is to go.
  private static let share = 0.01

  struct Outcome {
    var duration: Duration
    /// Of the run alone.
    var processorSeconds: Double
    var conversations: Int
    var messages: Int
  }

  /// Runs a plan that removes the oldest hundredth of the messages, with their whole conversations,
  /// from a copy of the store.
  ///
  /// - Parameter place: With a store on which nothing is held.
  /// - Returns: What it cost and removed.
  /// - Throws: `CorpusError` where less was removed.
  static func purge(_ place: Workplace) throws -> Outcome {
    try place.withChangedStore(for: "purge") { store, actor in
      let total = try Searcher(store).itemCount(.all)
      let plan = try plan(removing: Int((Double(total) * share).rounded(.up)), store, actor)
      let count = try store.read { try $0.progress(of: plan).removable }
      let before = processorTime()
      let (duration, result) = try timed {
        try RunAction(store: store, actor: actor).run(plan, confirmedCount: count)
      }
      let used = processorTime() - before
      let left = try Searcher(store).itemCount(.all)
      guard result.purged == count, !result.isPartial else {
        throw CorpusError("\(result.purged) of \(count) conversations were removed")
      }
      return Outcome(
        duration: duration, processorSeconds: used, conversations: count, messages: total - left)
    }
  }

  private static func plan(
    removing count: Int, _ store: Store, _ actor: AuditActor
  ) throws -> PlanRecord {
    let searcher = try Searcher(store)
    func compiled(_ month: Int, _ day: Int) throws -> CompiledQuery {
      let text = String(month % 12 + 1)
      let query =
        "sent<\(month / 12)-\(text.count < 2 ? "0" : "")\(text)-\(day < 10 ? "0" : "")\(day)"
      return try store.read { catalog in
        try QueryCompiler.compile(
          query, options: QueryOptions(clock: store.now), directory: catalog.directory)
      }
    }
    // The first day before which there are so many, among the first 28 of each month.
    var low = 2000 * 12 * 28
    var high = 2100 * 12 * 28
    while low < high {
      let middle = (low + high) / 2
      let node = try compiled(middle / 28, middle % 28 + 1).node
      if try node.map({ try searcher.itemCount($0) }) ?? 0 >= count {
        high = middle
      } else {
        low = middle + 1
      }
    }
    let query = try compiled(low / 28, low % 28 + 1)
    guard let node = query.node, let normalForm = query.normalForm else {
      throw CorpusError("the query for what is old cannot be asked")
    }
    var task = PlanAction.Task()
    task.request = (
      PlanRequest(query: query.text, normalForm: normalForm, reason: "measured"),
      RetentionPlanner.Request(node: node, reason: "measured")
    )
    guard let plan = try PlanAction(store: store, actor: actor).plan(task, isRehearsed: false).plan
    else { throw CorpusError("there is no plan") }
    return plan
  }
}
