// SPDX-License-Identifier: Apache-2.0
import Model
import Query

/// In which order a search gives its items.
package enum SearchOrder: Sendable, Hashable, CaseIterable {
  /// By time, then id; items without a time come last.
  case oldestFirst
  /// By time backwards, then id backwards; items without a time come last.
  case newestFirst
  /// By partition, then row: the cheapest, and stable as long as nothing is deleted.
  case stored
}

/// Merges the batches of all partitions in the order of time, then id.
///
/// Inside a batch rows stand in that order already. A batch is asked only when the merge comes to
/// its first time, so a page costs the batches that it needs.
final class HitMerge {
  struct Hit {
    var found: FoundRow
    var reader: PartitionReader

    var place: RowPlace { RowPlace(partition: reader.number, row: found.row) }
  }

  private struct Source {
    var plan: SearchPlan
    var rows: ClosedRange<Int64>
    /// The key of the first row that it can give.
    var start: Int64
    var cursor: RowCursor?
  }

  private struct Head {
    var key: Int64
    var idKey: Int64
    var hit: Hit
    var source: Int
  }

  private let order: SearchOrder
  private var sources: [Source] = []
  private var nextUnopened = 0
  private var heads: [Head] = []

  init(_ plans: [SearchPlan], order: SearchOrder) {
    self.order = order
    for plan in plans where plan.upper != .none { addSources(of: plan) }
    if order != .stored { sources.sort { $0.start < $1.start } }
  }

  private func addSources(of plan: SearchPlan) {
    guard order != .stored else {
      if plan.reader.mark.row > 0 {
        sources.append(Source(plan: plan, rows: 1...plan.reader.mark.row, start: .min))
      }
      return
    }
    for batch in plan.reader.batches {
      let lastTimed = batch.rows.upperBound - batch.untimedCount
      if let times = batch.times, lastTimed >= batch.rows.lowerBound {
        sources.append(
          Source(
            plan: plan, rows: batch.rows.lowerBound...lastTimed,
            start: order == .oldestFirst ? times.lowerBound : -times.upperBound))
      }
      if batch.untimedCount > 0 {
        sources.append(
          Source(
            plan: plan, rows: (lastTimed + 1)...batch.rows.upperBound, start: .max))
      }
    }
  }

  /// The next row; nil at the end.
  func next() throws -> Hit? {
    while nextUnopened < sources.count {
      if let head = heads.last {
        // Equal keys may still come before it by their ids.
        if order == .stored || head.key < sources[nextUnopened].start { break }
      }
      try open(nextUnopened)
      nextUnopened += 1
    }
    guard let head = heads.popLast() else { return nil }
    try advance(head.source)
    return head.hit
  }

  private func open(_ index: Int) throws {
    let source = sources[index]
    sources[index].cursor = try RowCursor(
      source.plan, expression: source.plan.upper, certainty: source.plan.certainty,
      rows: source.rows, direction: order == .newestFirst ? .descending : .ascending)
    try advance(index)
  }

  private func advance(_ index: Int) throws {
    guard let cursor = sources[index].cursor else { return }
    guard let found = try cursor.next() else {
      sources[index].cursor = nil
      return
    }
    let isBackwards = order == .newestFirst
    let head = Head(
      key: order == .stored
        ? .min : found.time.map { isBackwards ? -$0 : $0 } ?? .max,
      idKey: isBackwards ? -found.idKey : found.idKey,
      hit: Hit(found: found, reader: sources[index].plan.reader), source: index)
    // The next one stands last, where taking it moves nothing.
    let position = heads.lastIndex { ($0.key, $0.idKey) > (head.key, head.idKey) }
    heads.insert(head, at: position.map { $0 + 1 } ?? 0)
  }
}
