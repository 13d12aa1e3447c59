// SPDX-License-Identifier: Apache-2.0
import Model
import Query

/// Merges the batches of all partitions in the order of time, then id.
///
/// Inside a batch rows stand in that order already. A batch is asked only when the merge comes to
/// its first time, so a page costs the batches that it needs.
final class HitMerge {
  private struct Head {
    var time: Int64
    var idKey: Int64
    var place: RowPlace
    var source: Int
  }

  private struct Source {
    var set: RowSet
    var batch: PartitionReader.Batch
    var cursor: RowCursor?
    var order: SQLiteStatement?
  }

  private var sources: [Source]
  private var nextUnopened = 0
  private var heads: [Head] = []
  private let readers: [Int: PartitionReader]

  init(_ sets: [RowSet]) throws {
    readers = Dictionary(uniqueKeysWithValues: sets.map { ($0.reader.number, $0.reader) })
    sources = sets.flatMap { set in
      set.reader.batches.map { Source(set: set, batch: $0, cursor: nil, order: nil) }
    }
    sources.sort { ($0.batch.times?.lowerBound ?? .max) < ($1.batch.times?.lowerBound ?? .max) }
  }

  func reader(of place: RowPlace) -> PartitionReader {
    guard let reader = readers[place.partition] else {
      preconditionFailure("a place comes from one of the readers")
    }
    return reader
  }

  /// The next row; nil at the end.
  func next() throws -> RowPlace? {
    while nextUnopened < sources.count {
      let start = sources[nextUnopened].batch.times?.lowerBound ?? .max
      if let head = heads.first, head.time < start { break }
      try open(nextUnopened)
      nextUnopened += 1
    }
    guard let head = heads.first else { return nil }
    heads.removeFirst()
    try advance(head.source)
    return head.place
  }

  private func open(_ index: Int) throws {
    let source = sources[index]
    sources[index].cursor = try RowCursor(source.set, rows: source.batch.rows)
    sources[index].order = try source.set.reader.connection.prepare(
      "SELECT time, id_key FROM item WHERE row = ?")
    try advance(index)
  }

  private func advance(_ index: Int) throws {
    guard let cursor = sources[index].cursor, let order = sources[index].order else { return }
    guard let row = try cursor.next() else {
      sources[index].cursor = nil
      sources[index].order = nil
      return
    }
    order.reset()
    try order.bind(row, at: 1)
    guard try order.step() else {
      throw StoreError.damaged(
        sources[index].set.reader.connection.path, "its index names a row that is not there")
    }
    let head = Head(
      time: order.optionalInteger(0) ?? .max, idKey: order.integer(1),
      place: RowPlace(partition: sources[index].set.reader.number, row: row), source: index)
    let position = heads.firstIndex { ($0.time, $0.idKey) > (head.time, head.idKey) }
    heads.insert(head, at: position ?? heads.count)
  }
}
