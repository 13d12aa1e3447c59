// SPDX-License-Identifier: Apache-2.0
import Dispatch
import Synchronization

/// Gives the rows of one source of a merge, of each item the first one; where many are taken, another
/// thread reads the next ones meanwhile.
final class RowFeed {
  /// Rows that are taken before it pays to read ahead: more than a page.
  private static let firstCount = 256

  private let source: RowSource
  private let readsAhead: Bool
  private var takenCount = 0
  /// The rows at hand, last first: taking one moves nothing.
  private var rows: [TimeOrder.Keyed] = []
  private var ahead: ReadAhead?

  init(_ rows: TimeOrder, groups: ItemGroups?, readsAhead: Bool) {
    source = RowSource(rows: rows, groups: groups)
    self.readsAhead = readsAhead
  }

  /// The key of the next row; nil at the end.
  func nextKey() throws -> TimeOrder.Key? {
    if rows.isEmpty { try fill() }
    return rows.last?.key
  }

  /// The row of which ``nextKey()`` told the key.
  func take() -> FoundRow? { rows.popLast()?.row }

  private func fill() throws {
    if ahead == nil, readsAhead, takenCount >= RowFeed.firstCount { ahead = ReadAhead(source) }
    guard let ahead else {
      takenCount += 1
      if let row = try source.next() { rows.append(row) }
      return
    }
    rows = try ahead.next() ?? []
  }

  /// Ends reading ahead: afterwards no other thread uses the partition.
  func stop() { ahead?.stop() }
}

/// Rows in order, without those that stand for an item that came before.
private struct RowSource {
  let rows: TimeOrder
  let groups: ItemGroups?

  func next() throws -> TimeOrder.Keyed? {
    while let row = try rows.next() {
      if try groups?.isNew(row.row) ?? true { return row }
    }
    return nil
  }
}

/// Reads the chunks of a source one after another on other threads, a few ahead of who takes them.
///
/// No thread waits for one to be taken: each chunk is a job of its own, which begins when there is room.
private final class ReadAhead: Sendable {
  // A chunk has at most so many rows, and ends with the one that makes it as large as this.
  private static let rowCount = 512
  private static let byteCount: Int64 = 1 << 20
  private static let maximumChunkCount = 4

  private struct State {
    var chunks: [HandedOver<Chunk>] = []
    var failure: (any Error)?
    var isReading = false
    var isAtEnd = false
  }

  private let source: HandedOver<RowSource>
  private let state = Mutex(State())
  private let jobs = DispatchGroup()
  // Counts the chunks, and the end.
  private let ready = DispatchSemaphore(value: 0)

  init(_ source: RowSource) {
    self.source = HandedOver(value: source)
  }

  /// The next rows, at least one, last first; nil at the end.
  func next() throws -> [TimeOrder.Keyed]? {
    readOn()
    ready.wait()
    let (chunk, failure) = state.withLock { state in
      state.chunks.isEmpty ? (nil, state.failure) : (state.chunks.removeFirst(), nil)
    }
    readOn()
    if let chunk { return chunk.value.rows }
    // At the end for good. The last job may still be letting go of the partition.
    ready.signal()
    jobs.wait()
    if let failure { throw failure }
    return nil
  }

  func stop() {
    state.withLock { $0.isAtEnd = true }
    jobs.wait()
  }

  private func readOn() {
    let isNeeded = state.withLock { state in
      guard !state.isReading, !state.isAtEnd,
        state.chunks.count < ReadAhead.maximumChunkCount
      else { return false }
      state.isReading = true
      return true
    }
    guard isNeeded else { return }
    DispatchQueue.global(qos: .userInitiated).async(group: jobs) { [self] in read() }
  }

  private func read() {
    var goesOn = true
    while goesOn {
      let outcome = Result { try chunk() }
      let signalCount: Int
      (goesOn, signalCount) = state.withLock { state in
        var hasRows = false
        switch outcome {
        case .success(let chunk):
          hasRows = !chunk.value.rows.isEmpty
          if hasRows { state.chunks.append(chunk) }
          if chunk.value.isLast { state.isAtEnd = true }
        case .failure(let error):
          state.failure = error
          state.isAtEnd = true
        }
        let isLast = state.isAtEnd
        state.isReading = !isLast && state.chunks.count < ReadAhead.maximumChunkCount
        return (state.isReading, (hasRows ? 1 : 0) + (isLast ? 1 : 0))
      }
      for _ in 0..<signalCount { ready.signal() }
    }
  }

  private struct Chunk {
    var rows: [TimeOrder.Keyed] = []
    var isLast = false
  }

  // One job reads at a time, and nobody else after the first one began.
  private func chunk() throws -> HandedOver<Chunk> {
    var chunk = Chunk()
    chunk.rows.reserveCapacity(ReadAhead.rowCount)
    var byteCount: Int64 = 0
    while chunk.rows.count < ReadAhead.rowCount, byteCount < ReadAhead.byteCount {
      guard let row = try source.value.next() else {
        chunk.isLast = true
        break
      }
      byteCount += row.row.byteCount
      chunk.rows.append(row)
    }
    chunk.rows.reverse()
    return HandedOver(value: chunk)
  }
}
