// SPDX-License-Identifier: Apache-2.0

/// One record that was cut out of a stream.
package struct JSONRecord: Sendable, Hashable {
  /// From the first to the last byte of the value.
  package var bytes: [UInt8]
  /// Where the first byte lies in the stream, from 0.
  package var offset: Int64
  /// How many records and damaged pieces came before it.
  package var index: Int
}

/// A piece of a stream that is no record.
package struct JSONDamage: Sendable, Hashable {
  /// Where it begins in the stream, from 0.
  package var offset: Int64
  /// How many bytes it covers; 0 for an array that ends without its bracket.
  package var byteCount: Int64
  /// How many records and damaged pieces came before it.
  package var index: Int
  /// What is wrong; its position counts in the whole stream.
  package var error: JSONError
}

/// Cuts a stream of JSON bytes into its top-level records.
///
/// Records are the elements of a top-level array, and values that follow each other (one object,
/// JSON lines, concatenated values). Every byte that is not white space, a comma or a bracket of
/// the outer array belongs to exactly one record or one damaged piece.
///
/// The splitter checks as much of the grammar as it needs to notice that it lost its way: strings,
/// nesting, the kinds of brackets, the bytes outside strings. The rest is for the parser of the
/// record, so a small fault costs one record and no search. After a loss it looks from the record's
/// second byte on for the next plausible start: an object whose first two keys are those of the
/// first good record; in a sequence also an object at the start of a line. What lies before
/// that, all the rest if there is none, is one damaged piece. Where one start after the other leads
/// to the same loss, it looks on from there, so that the work does not grow with their square.
///
/// Memory: one chunk and one record, or a damaged piece that is no larger than a record may be. A
/// record past ``Limits/recordByteCount`` is passed over without being kept, and is a damaged piece
/// of its exact length.
package struct JSONRecordSplitter: Sendable {
  /// What is read at most.
  package struct Limits: Sendable {
    /// The largest record in bytes.
    ///
    /// 64 MiB by default: an import holds a record, its parsed form and its compressed form at once
    /// on each of its threads, and the largest conversations that have been seen are a tenth of it.
    package var recordByteCount = 64 << 20
    /// The deepest nesting inside a record.
    package var depth = JSONCursor.depthLimit

    package init() {}
  }

  /// What comes out.
  package enum Piece: Sendable, Hashable {
    case record(JSONRecord)
    case damage(JSONDamage)
  }

  enum Stage {
    /// Outside any record.
    case between
    /// In a record that begins at `start` of the buffer.
    case inside
    /// In a record that is too large to keep.
    case skipping
    /// Looking for the next plausible record.
    case searching
  }

  let limits: Limits
  var buffer: [UInt8] = []
  /// Where the buffer begins in the stream.
  var bufferOffset: Int64 = 0
  /// The next byte to look at, in the buffer.
  var position = 0
  /// Where the current record begins, in the buffer.
  var start = 0
  var stage = Stage.between
  var isInArray = false
  var isFinished = false
  var pieceCount = 0
  /// Where the current damage or oversized record begins in the stream, and why.
  var damageOffset: Int64 = 0
  var damageError = JSONError(.unexpectedByte, at: 0)
  /// How far in the stream lost records were scanned, how many bytes for the first time and how many
  /// again.
  var scannedOffset: Int64 = 0
  var scannedByteCount: Int64 = 0
  var rescannedByteCount: Int64 = 0
  /// The bytes of the damaged piece that ``next()`` gave last; empty for one that is larger than a
  /// record may be.
  package private(set) var damagedBytes: [UInt8] = []
  var nesting: JSONNesting
  var signature: JSONSignature?

  /// Starts at the head of a stream.
  ///
  /// - Parameters:
  ///   - limits: What is read at most.
  ///   - firstKeys: The first keys of a record of the expected format, used to find the next record
  ///     after damage as long as no good record was seen.
  package init(limits: Limits = Limits(), firstKeys: [String] = []) {
    self.limits = limits
    nesting = JSONNesting(limit: limits.depth)
    signature = firstKeys.isEmpty ? nil : JSONSignature(keys: firstKeys.map { Array($0.utf8) })
  }

  /// Adds the next bytes of the stream.
  ///
  /// Take all pieces with ``next()`` before the next call.
  package mutating func append(_ chunk: Span<UInt8>) {
    compact()
    unsafe chunk.withUnsafeBufferPointer { bytes in
      unsafe buffer.append(contentsOf: bytes)
    }
  }

  /// Says that the stream has ended; the last pieces come from ``next()``.
  package mutating func finish() {
    isFinished = true
  }

  /// The next piece; nil when more bytes are needed, or at the end after ``finish()``.
  package mutating func next() -> Piece? {
    while true {
      let step: Step
      switch stage {
      case .between: step = beginRecord()
      case .inside, .skipping: step = scanRecord()
      case .searching: step = searchRecord()
      }
      switch step {
      case .piece(let piece):
        pieceCount += 1
        return piece
      case .again: continue
      case .needsMore: return nil
      }
    }
  }

  /// The outcome of one step of the machine.
  enum Step {
    case piece(Piece)
    case again
    case needsMore
  }

  /// Where a place of the buffer lies in the stream.
  func offset(of index: Int) -> Int64 { bufferOffset + Int64(index) }

  /// Drops what no step needs any more.
  private mutating func compact() {
    let kept: Int
    switch stage {
    case .inside: kept = start
    case .between, .skipping: kept = position
    case .searching:
      let lost = Int(damageOffset - bufferOffset)
      let isKept = lost >= 0 && buffer.count - lost <= limits.recordByteCount
      kept = isKept ? lost : max(0, position - 1)  // the byte before tells a line's start
    }
    guard kept > 0 else { return }
    bufferOffset += Int64(kept)
    position -= kept
    start = max(0, start - kept)
    if kept == buffer.count, buffer.capacity > 16 << 20 {
      buffer = []  // a large record has passed; give its memory back
    } else {
      buffer.removeSubrange(0..<kept)
    }
  }

  /// Finds the first byte of the next record.
  private mutating func beginRecord() -> Step {
    let end = buffer.count
    while position < end {
      switch buffer[position] {
      case 0x20, 0x0A, 0x0D, 0x09, UInt8(ascii: ","):
        position += 1
      case 0xEF where offset(of: position) == 0:  // a byte order mark at the head
        guard end - position >= 3 || isFinished else { return .needsMore }
        guard buffer[position..<end].starts(with: ByteOrderMark.utf8)
        else { return lose(JSONError(.unexpectedByte, at: offset(of: position)), from: position) }
        position += 3
      case UInt8(ascii: "[") where !isInArray:
        isInArray = true
        position += 1
      case UInt8(ascii: "]") where isInArray:
        isInArray = false
        position += 1
      case let byte where JSONNesting.startsValue(byte):
        start = position
        stage = .inside
        nesting.reset()
        return .again
      default:
        return lose(JSONError(.unexpectedByte, at: offset(of: position)), from: position)
      }
    }
    guard isFinished, isInArray else { return .needsMore }
    isInArray = false
    damagedBytes = []
    return .piece(
      .damage(
        JSONDamage(
          offset: offset(of: position), byteCount: 0, index: pieceCount,
          error: JSONError(.arrayNotClosed, at: offset(of: position)))))
  }

  /// Begins the search for the next record after damage that begins at `index` of the buffer.
  mutating func lose(_ error: JSONError, from index: Int) -> Step {
    damageOffset = offset(of: index)
    damageError = error
    stage = .searching
    position = index + 1
    return .again
  }

  /// Ends the current damage before `index` of the buffer.
  mutating func damage(until index: Int) -> Piece {
    let first = Int(damageOffset - bufferOffset)
    let isHere = first >= 0 && index - first <= limits.recordByteCount
    damagedBytes = isHere ? Array(buffer[first..<index]) : []
    return .damage(
      JSONDamage(
        offset: damageOffset, byteCount: offset(of: index) - damageOffset, index: pieceCount,
        error: damageError))
  }
}
