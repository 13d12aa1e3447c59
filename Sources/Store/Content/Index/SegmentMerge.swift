// SPDX-License-Identifier: Apache-2.0

/// Makes one segment of several, as FTS5 does, at a fraction of its cost.
///
/// Lists are not decoded: of each row the distance from the one before is written anew, and its
/// positions are copied. Where the rows of one segment all come before those of the next, which is
/// what captures in the order of time bring, its rows go over in one run.
///
/// The caller's transaction holds all of it: the connection must not have used the `fts` table
/// before (see ``IndexBuilder``).
@safe
struct SegmentMerge: ~Copyable {
  /// Each is changed where it lies: a copy would count references for every row.
  private let streams: UnsafeMutableBufferPointer<SegmentStream>
  private var writer: SegmentWriter
  /// A row of a stream.
  private struct Row: BitwiseCopyable {
    var row: Int64
    var stream: Int
  }

  /// Numbers of streams that have a token, that of the least last.
  private var waiting: [Int]
  /// Rows of streams that have the token, the least last.
  private var rows: PlainBuffer<Row>
  /// The streams that have it.
  private var members: [Int]

  /// Merges segments and deletes them.
  ///
  /// - Parameters:
  ///   - segments: In the index's structure, not empty, and no row is in two of them.
  ///   - id: A number that no segment of the index has.
  ///   - connection: Of the partition, in a transaction.
  ///   - pageByteCount: Bytes after which a page of the new segment is full.
  /// - Returns: The new segment; nil where nothing was in them.
  /// - Throws: `UnknownIndexForm`, also where an entry is marked as deleted or in two segments; then
  ///   the transaction must be undone. `StoreError` when the tables cannot be read or written.
  static func merge(
    _ segments: [IndexStructure.Segment], into id: Int, connection: DirectConnection,
    pageByteCount: Int
  ) throws -> IndexStructure.Segment? {
    var merge = try SegmentMerge(
      segments, into: id, connection: connection, pageByteCount: pageByteCount)
    try merge.run()
    let pageCount = try merge.writer.finish()
    for number in unsafe merge.streams.indices { try unsafe merge.streams[number].deleteAll() }
    guard pageCount > 0 else { return nil }
    return IndexStructure.Segment(id: id, firstPage: 1, lastPage: pageCount)
  }

  private init(
    _ segments: [IndexStructure.Segment], into id: Int, connection: DirectConnection,
    pageByteCount: Int
  ) throws {
    let streams = try segments.map { try SegmentStream($0, connection: connection) }
    let writer = try SegmentWriter(
      segment: id, connection: connection, pageByteCount: pageByteCount)
    unsafe self.streams = UnsafeMutableBufferPointer.allocate(capacity: streams.count)
    _ = unsafe self.streams.initialize(from: streams)
    self.writer = writer
    waiting = []
    rows = PlainBuffer(capacity: segments.count)
    members = []
  }

  deinit {
    unsafe streams.deinitialize().deallocate()
  }

  private mutating func run() throws {
    for number in unsafe streams.indices where try unsafe streams[number].nextToken() {
      wait(number)
    }
    while let first = waiting.popLast() {
      try unsafe streams[first].beginList(in: &writer)
      members.append(first)
      while let next = waiting.last, isSameToken(next, first) {
        waiting.removeLast()
        members.append(next)
      }
      for number in members { try take(number) }
      try mergeRows()
      for number in members where try unsafe streams[number].nextToken() { wait(number) }
      members.removeAll(keepingCapacity: true)
    }
  }

  private func isSameToken(_ left: Int, _ right: Int) -> Bool {
    unsafe streams[left].head == streams[right].head
      && streams[left].token == streams[right].token
  }

  private func precedes(_ left: Int, _ right: Int) -> Bool {
    let heads = unsafe (streams[left].head, streams[right].head)
    return unsafe heads.0 != heads.1
      ? heads.0 < heads.1 : streams[left].token.lexicographicallyPrecedes(streams[right].token)
  }

  /// Puts a stream in its place by its token.
  private mutating func wait(_ number: Int) {
    var low = 0
    var high = waiting.count
    while low < high {
      let middle = (low + high) / 2
      if precedes(number, waiting[middle]) {
        low = middle + 1
      } else {
        high = middle
      }
    }
    waiting.insert(number, at: low)
  }

  // MARK: - Rows

  /// Takes the first row of a stream whose token it is.
  private mutating func take(_ number: Int) throws {
    guard let row = try unsafe streams[number].nextRow() else { throw UnknownIndexForm() }
    try insert(row, of: number)
  }

  private mutating func mergeRows() throws {
    guard !rows.isEmpty else { return }
    var number = popRow().stream
    while true {
      let limit = rows.isEmpty ? .max : rows[rows.count - 1].row
      // The run of rows that come before those of all other streams.
      var row: Int64?
      repeat {
        try unsafe streams[number].copyRow(to: &writer)
        row = try unsafe streams[number].nextRow()
      } while row.map { $0 < limit } ?? false
      if let row { try insert(row, of: number) }
      guard !rows.isEmpty else { return }
      number = popRow().stream
    }
  }

  private mutating func popRow() -> Row {
    let last = rows[rows.count - 1]
    rows.removeLast(to: rows.count - 1)
    return last
  }

  private mutating func insert(_ row: Int64, of number: Int) throws {
    // Most come near to the least, and a list of a few is quicker to walk through than to halve.
    let new = Row(row: row, stream: number)
    var place = rows.count
    rows.append(new)
    while place > 0, rows[place - 1].row < row {
      rows[place] = rows[place - 1]
      place -= 1
    }
    // Of a row in two segments FTS5 takes the newer entry.
    guard place == 0 || rows[place - 1].row != row else { throw UnknownIndexForm() }
    rows[place] = new
  }
}
