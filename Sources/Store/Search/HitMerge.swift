// SPDX-License-Identifier: Apache-2.0
import Model
import Query

/// In which order a search gives its items.
package enum SearchOrder: Sendable, Hashable, CaseIterable {
  /// By time, then id; items without a time come last.
  case oldestFirst
  /// By time backwards, then id backwards; items without a time come last.
  case newestFirst
}

/// Merges the results of all partitions in the order of time, then id, each item once.
///
/// A partition is asked only when the merge comes to its first time, so a page costs the
/// partitions that it needs.
final class HitMerge {
  struct Hit {
    var found: FoundRow
    var reader: PartitionReader

    var place: RowPlace { RowPlace(partition: reader.number, row: found.row) }
  }

  private struct Source {
    var plan: SearchPlan
    var entries: ClosedRange<Int64>
    /// The key of the first row that it can give.
    var start: Int64
    var rows: RowFeed?
    /// Nil where no item has several rows.
    var groups: ItemGroups?
  }

  /// The next row of a source; the row itself stays there, so that ordering moves numbers alone.
  private struct Head {
    var key: TimeOrder.Key
    var source: Int
  }

  private let order: SearchOrder
  private let selection: RowSelection
  private let readsAhead: Bool
  private var sources: [Source] = []
  private var nextUnopened = 0
  private var heads: [Head] = []

  /// - Parameters:
  ///   - plans: Of one question, one a partition.
  ///   - order: Of the items.
  ///   - selection: What is read of each row.
  ///   - readsAhead: Whether partitions are read by other threads while results are taken: nothing else
  ///     may use the partitions' readers until ``stop()``.
  init(
    _ plans: [SearchPlan], order: SearchOrder, selection: RowSelection = .row,
    readsAhead: Bool = false
  ) {
    self.order = order
    self.selection = selection
    self.readsAhead = readsAhead
    for plan in plans where plan.upper != .none && plan.reader.mark.row > 0 {
      addSources(of: plan)
    }
    sources.sort { $0.start < $1.start }
  }

  private func addSources(of plan: SearchPlan) {
    let groups = plan.reader.hasLaterVersions ? ItemGroups(plan.reader) : nil
    if let times = plan.reader.times, plan.entries.overlaps(EntryNumbers.timed) {
      let since = max(times.lowerBound, plan.interval?.since?.ticks ?? .min)
      let last = min(times.upperBound, (plan.interval?.before?.ticks).map { $0 - 1 } ?? .max)
      sources.append(
        Source(
          plan: plan, entries: plan.entries.clamped(to: EntryNumbers.timed),
          start: order == .oldestFirst ? since : -last, groups: groups))
    }
    if plan.reader.hasUntimed, plan.entries.upperBound >= EntryNumbers.untimed {
      sources.append(
        Source(plan: plan, entries: EntryNumbers.untimed...(.max), start: .max, groups: groups))
    }
  }

  /// Ends all reading ahead; what was not taken is not read.
  func stop() {
    for source in sources { source.rows?.stop() }
  }

  /// The first matching row of the next item; nil at the end.
  func next() throws -> Hit? {
    while nextUnopened < sources.count {
      // Equal times may still come before it by their ids.
      if let head = heads.last, head.key.time < sources[nextUnopened].start { break }
      try open(nextUnopened)
      nextUnopened += 1
    }
    guard let source = heads.popLast()?.source, let found = sources[source].rows?.take() else {
      return nil
    }
    try advance(source)
    return Hit(found: found, reader: sources[source].plan.reader)
  }

  private func open(_ index: Int) throws {
    let source = sources[index]
    sources[index].rows = RowFeed(
      try TimeOrder(
        source.plan, entries: source.entries, order: order, selection: selection),
      groups: source.groups, readsAhead: readsAhead)
    try advance(index)
  }

  private func advance(_ index: Int) throws {
    guard let rows = sources[index].rows else { return }
    guard let key = try rows.nextKey() else {
      sources[index].rows = nil
      return
    }
    // The next one stands last, where taking it moves nothing.
    let position = heads.lastIndex { $0.key > key }
    heads.insert(Head(key: key, source: index), at: position.map { $0 + 1 } ?? 0)
  }
}
