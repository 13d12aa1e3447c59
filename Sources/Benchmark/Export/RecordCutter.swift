// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Reads the elements of a JSON array from a file one after the other, with memory for the
/// largest one and a chunk.
enum RecordCutter {
  /// Gives each object of the outermost array to `body`.
  ///
  /// - Returns: the bytes of the file.
  static func forEachRecord(of path: URL, _ body: (Span<UInt8>) throws -> Void) throws -> Int {
    var buffer: [UInt8] = []
    var search = ObjectSearch()
    let byteCount = try forEachChunk(of: path) { chunk in
      unsafe chunk.withUnsafeBufferPointer { unsafe buffer.append(contentsOf: $0) }
      while let range = search.next(in: buffer.span) {
        try body(buffer.span.extracting(range))
      }
      buffer.removeSubrange(0..<search.start)
      search.moveToFront()
    }
    guard search.depth == 0 else { throw CorpusError("the file ends within a record") }
    return byteCount
  }
}

/// Finds the objects of the outermost level in bytes that come in pieces.
private struct ObjectSearch {
  /// Where the object begins that is not at its end yet; bytes before it are done with.
  private(set) var start = 0
  private(set) var depth = 0
  private var position = 0
  private var isInString = false
  private var isEscaped = false

  /// The range of the next whole object; nil when more bytes are needed.
  mutating func next(in bytes: Span<UInt8>) -> Range<Int>? {
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      if isInString {
        if isEscaped {
          isEscaped = false
        } else if byte == UInt8(ascii: "\\") {
          isEscaped = true
        } else if byte == UInt8(ascii: "\"") {
          isInString = false
        }
        continue
      }
      switch byte {
      case UInt8(ascii: "\""): isInString = true
      case UInt8(ascii: "{"):
        if depth == 0 { start = position - 1 }
        depth += 1
      case UInt8(ascii: "}"):
        depth -= 1
        guard depth == 0 else { continue }
        let range = start..<position
        start = position
        return range
      default: break
      }
    }
    if depth == 0 { start = position }
    return nil
  }

  /// Says that the bytes before `start` are gone.
  mutating func moveToFront() {
    position -= start
    start = 0
  }
}
