// SPDX-License-Identifier: Apache-2.0
import Capture
import Foundation

/// Both sides of reading a format.
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
