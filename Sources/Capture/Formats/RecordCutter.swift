// SPDX-License-Identifier: Apache-2.0
import Bytes
import Model

/// Cuts a file into its records, by the way of its format.
struct RecordCutter {
  /// A record, or what is wrong in its place.
  struct Piece {
    /// From 0.
    var index: Int
    var content: Result<[UInt8], CaptureError>
    /// The bytes of what is wrong; empty where they are too many to be held.
    var damagedBytes: [UInt8] = []
  }

  private enum Splitter {
    case json(JSONRecordSplitter)
    case csv(CSVRecordSplitter)
    case whole(WholeFile)
  }

  /// A file that is one record, as it comes.
  private struct WholeFile {
    /// The largest file that is taken so: as large as a record in a file of several.
    private static let byteLimit = JSONRecordSplitter.Limits().recordByteCount

    private var bytes: [UInt8] = []
    private var byteCount = 0
    private var isFinished = false
    private var isGiven = false

    mutating func append(_ chunk: ArraySlice<UInt8>) {
      isFinished = chunk.isEmpty
      byteCount += chunk.count
      if byteCount > Self.byteLimit { bytes = [] } else { bytes += chunk }
    }

    mutating func next() -> Result<[UInt8], CaptureError>? {
      guard isFinished, !isGiven else { return nil }
      isGiven = true
      guard byteCount <= Self.byteLimit else {
        return .failure(
          CaptureError(
            code: .decodeError, message: "the file is too large: \(byteCount) bytes"))
      }
      return .success(bytes)
    }
  }

  private var splitter: Splitter
  private var count = 0

  init(_ splitting: RecordSplitting) {
    switch splitting {
    case .json: splitter = .json(JSONRecordSplitter())
    case .csv: splitter = .csv(CSVRecordSplitter())
    case .whole: splitter = .whole(WholeFile())
    }
  }

  /// Adds the next bytes; none mean the end.
  mutating func append(_ chunk: ArraySlice<UInt8>) {
    switch splitter {
    case .json(var json):
      splitter = .csv(CSVRecordSplitter())  // so that the buffer has one owner
      if chunk.isEmpty { json.finish() } else { json.append(chunk.span) }
      splitter = .json(json)
    case .csv(var csv):
      splitter = .json(JSONRecordSplitter())
      if chunk.isEmpty { csv.finish() } else { csv.append(chunk.span) }
      splitter = .csv(csv)
    case .whole(var whole):
      splitter = .json(JSONRecordSplitter())
      whole.append(chunk)
      splitter = .whole(whole)
    }
  }

  /// The next record or damage; nil when more bytes are needed, or at the end.
  mutating func next() -> Piece? {
    let content: Result<[UInt8], CaptureError>?
    var damagedBytes: [UInt8] = []
    switch splitter {
    case .json(var json):
      splitter = .csv(CSVRecordSplitter())
      content = json.next().map { RecordCutter.content(of: $0) }
      if case .failure? = content { damagedBytes = json.damagedBytes }
      splitter = .json(json)
    case .csv(var csv):
      splitter = .json(JSONRecordSplitter())
      let row = csv.next()
      if case .unterminated(let bytes)? = row { damagedBytes = bytes }
      content = row.map { RecordCutter.content(of: $0) }
      splitter = .csv(csv)
    case .whole(var whole):
      splitter = .json(JSONRecordSplitter())
      content = whole.next()
      splitter = .whole(whole)
    }
    guard let content else { return nil }
    count += 1
    return Piece(index: count - 1, content: content, damagedBytes: damagedBytes)
  }

  private static func content(
    of piece: JSONRecordSplitter.Piece
  ) -> Result<[UInt8], CaptureError> {
    switch piece {
    case .record(let record): .success(record.bytes)
    case .damage(let damage):
      .failure(
        CaptureError(
          code: .decodeError,
          message: "bytes \(damage.offset) to \(damage.offset + damage.byteCount): "
            + damage.error.message))
    }
  }

  private static func content(
    of piece: CSVRecordSplitter.Piece
  ) -> Result<[UInt8], CaptureError> {
    switch piece {
    case .row(let bytes): .success(bytes)
    case .oversized(let byteCount):
      .failure(
        CaptureError(code: .decodeError, message: "the row is too large: \(byteCount) bytes"))
    case .unterminated(let bytes):
      .failure(
        CaptureError(
          code: .decodeError,
          message: "a quoted field does not end; it takes the last \(bytes.count) bytes"))
    }
  }
}
