// SPDX-License-Identifier: Apache-2.0
import Bytes
import Capture
import Foundation

/// The sides of reading a format.
enum FormatReading {
  /// Steps through every value of every line with the benchmark's own scanner, or through every field
  /// of every row.
  ///
  /// - Returns: Bytes and records.
  /// - Throws: `CorpusError` for what is not well formed.
  static func raw(_ files: [URL], of format: FormatCorpus) throws -> (bytes: Int, records: Int) {
    var byteCount = 0
    var recordCount = 0
    for file in files {
      if format.isJSONLines {
        byteCount += try RecordCutter.forEachRecord(of: file) { record in
          var scanner = JSONScanner(record)
          try scanner.skip()
          recordCount += 1
        }
      } else {
        var isQuoted = false
        byteCount += try forEachChunk(of: file) { chunk in
          for index in chunk.indices {
            switch chunk[index] {
            case UInt8(ascii: "\""): isQuoted.toggle()
            case UInt8(ascii: "\n") where !isQuoted: recordCount += 1
            default: break
            }
          }
        }
      }
    }
    return (byteCount, recordCount)
  }

  /// Cuts the lines and reads every value of them as the readers of formats do, text by text, and
  /// makes nothing of it.
  ///
  /// - Returns: Bytes, and bytes of text in the values.
  /// - Throws: `JSONError`, or `CorpusError` for what is no record.
  static func parse(_ files: [URL]) throws -> (bytes: Int, text: Int) {
    var byteCount = 0
    var textCount = 0
    for file in files {
      var splitter = JSONRecordSplitter()
      func readAll() throws {
        while let piece = splitter.next() {
          guard case .record(let record) = piece else {
            throw CorpusError("\(file.lastPathComponent) holds what is no record")
          }
          var cursor = JSONCursor(record.bytes.span)
          textCount += try cursor.readAll()
          try cursor.expectEnd()
        }
      }
      byteCount += try forEachChunk(of: file) { chunk in
        splitter.append(chunk)
        try readAll()
      }
      splitter.finish()
      try readAll()
    }
    return (byteCount, textCount)
  }

  /// Reads files as an import does, and stores nothing.
  ///
  /// - Returns: Bytes and items.
  /// - Throws: `CorpusError` where a record could not be read.
  static func capture(_ files: [URL]) throws -> (bytes: Int, items: Int) {
    let handler = CountingHandler()
    try CaptureSession(handler: handler).read(files.map(\.path))
    guard handler.failureCount == 0, handler.messageCount > 0 else {
      throw CorpusError(
        "\(handler.failureCount) records could not be read, \(handler.messageCount) items were")
    }
    return (Int(handler.byteCount), handler.messageCount)
  }
}

extension JSONCursor {
  /// Reads a value and all in it.
  ///
  /// - Returns: The bytes of all texts in it.
  fileprivate mutating func readAll() throws(JSONError) -> Int {
    var count = 0
    switch try peek() {
    case .object:
      try enterObject()
      while try nextKey() != nil { count += try readAll() }
    case .array:
      try enterArray()
      while try hasNextElement() { count += try readAll() }
    case .string: count = try readString().utf8.count
    case .number: _ = try readInteger()
    case .boolean: _ = try readBoolean()
    case .null: try readNull()
    }
    return count
  }
}
