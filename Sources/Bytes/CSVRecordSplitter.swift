// SPDX-License-Identifier: Apache-2.0

/// Cuts a stream of comma-separated values (RFC 4180) into its rows, byte for byte.
///
/// A row ends at a line feed, a carriage return or both outside quotes; the line end belongs to no
/// row, and empty lines are no rows. Quotes open only at the start of a field, as ``CSVReader`` has
/// it: any other is a character like others. A byte-order mark at the head is passed over. Memory: one
/// chunk and one row; a row past the limit is passed over and told by its length.
package struct CSVRecordSplitter: Sendable {
  /// What comes out.
  package enum Piece: Sendable, Hashable {
    case row([UInt8])
    /// A row that is too large, with its length, or one whose quotes never end, with its bytes so
    /// far.
    case oversized(byteCount: Int64)
    case unterminated([UInt8])
  }

  private let byteLimit: Int
  private var buffer: [UInt8] = []
  private var position = 0
  private var start = 0
  private var isInQuotes = false
  /// Whether a quote opens a field here, or goes on with one: it was doubled.
  private var opensQuotes = true
  private var isFinished = false
  private var isAtHead = true
  /// Bytes of the current row that were dropped because it is too large.
  private var droppedByteCount: Int64 = 0

  /// Starts at the head of a stream.
  ///
  /// - Parameter byteLimit: The largest row in bytes.
  package init(byteLimit: Int = 64 << 20) {
    self.byteLimit = byteLimit
  }

  /// Adds the next bytes of the stream; take all pieces with ``next()`` before the next call.
  package mutating func append(_ chunk: Span<UInt8>) {
    if start > 0 {
      buffer.removeSubrange(0..<start)
      position -= start
      start = 0
    }
    unsafe chunk.withUnsafeBufferPointer { unsafe buffer.append(contentsOf: $0) }
  }

  /// Says that the stream has ended.
  package mutating func finish() {
    isFinished = true
  }

  /// The next piece; nil when more bytes are needed, or at the end after ``finish()``.
  package mutating func next() -> Piece? {
    if isAtHead {
      guard buffer.count >= 3 || isFinished else { return nil }
      isAtHead = false
      if buffer.starts(with: ByteOrderMark.utf8) {
        start = 3
        position = 3
      }
    }
    while position < buffer.count {
      let byte = buffer[position]
      position += 1
      if byte == UInt8(ascii: "\"") {
        if isInQuotes {
          isInQuotes = false
          opensQuotes = true
        } else {
          isInQuotes = opensQuotes
        }
      } else if !isInQuotes {
        let isLineEnd = byte == 0x0A || byte == 0x0D
        opensQuotes = isLineEnd || byte == UInt8(ascii: ",")
        if isLineEnd, let piece = endRow(at: position - 1) { return piece }
      }
    }
    if position - start > byteLimit {
      droppedByteCount += Int64(position - start)
      start = position
    }
    guard isFinished else { return nil }
    guard isInQuotes, start < position, droppedByteCount == 0 else {
      return endRow(at: position)
    }
    isInQuotes = false
    let rest = Array(buffer[start..<position])
    start = position
    return .unterminated(rest)
  }

  /// Ends the row before `end`; nil when the line is empty.
  private mutating func endRow(at end: Int) -> Piece? {
    let row = start..<end
    start = position
    let byteCount = droppedByteCount + Int64(row.count)
    guard byteCount > 0 else { return nil }
    droppedByteCount = 0
    guard byteCount <= byteLimit else { return .oversized(byteCount: byteCount) }
    return .row(Array(buffer[row]))
  }
}
