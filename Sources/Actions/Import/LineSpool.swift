// SPDX-License-Identifier: Apache-2.0
import Bytes
import Capture
import Foundation
import Glibc
import Model
import Store

/// Keeps lines in a temporary file without a name, so that they can be read again and none is held in
/// memory.
final class LineSpool {
  private let descriptor: Int32
  private(set) var byteCount: Int64 = 0
  private var buffer: [UInt8] = []

  /// - Throws: `StoreError` with `.storage` when there is no room for temporary files.
  init() throws {
    do throws(CaptureError) {
      descriptor = try unnamedFile()
    } catch {
      throw StoreError(.storage, error.message + "; name a folder with room in TMPDIR")
    }
  }

  deinit {
    close(descriptor)
  }

  private static func failure(_ what: String) -> StoreError {
    StoreError(
      .storage,
      "a temporary file cannot be \(what): \(systemText()); name a folder with room in TMPDIR")
  }

  /// Adds a line, with a mark that tells what kind of line it is.
  func append(_ mark: UInt8, _ line: [UInt8]) throws {
    buffer.append(mark)
    buffer += line
    buffer.append(0x0A)
    byteCount += Int64(line.count + 2)
    if buffer.count >= 1 << 20 { try flush() }
  }

  func flush() throws {
    var written = 0
    while written < buffer.count {
      let count = unsafe buffer.withUnsafeBytes { bytes in
        unsafe write(descriptor, bytes.baseAddress?.advanced(by: written), bytes.count - written)
      }
      guard count > 0 else { throw LineSpool.failure("written") }
      written += count
    }
    buffer.removeAll(keepingCapacity: true)
  }

  /// Reads lines of a range from its start.
  struct Cursor {
    private let spool: LineSpool
    private var offset: Int64
    private let end: Int64
    private var chunk: [UInt8] = []
    private var position = 0

    fileprivate init(_ spool: LineSpool, _ range: Range<Int64>) {
      self.spool = spool
      offset = range.lowerBound
      end = range.upperBound
    }

    /// The next line with its mark; nil at the end.
    mutating func next() throws -> (mark: UInt8, line: [UInt8])? {
      var line: [UInt8] = []
      while true {
        if position == chunk.count {
          guard offset < end else { return nil }
          chunk = try spool.read(at: offset, count: Int(min(1 << 18, end - offset)))
          offset += Int64(chunk.count)
          position = 0
        }
        let stop = chunk.span.firstIndex(of: 0x0A, from: position)
        line += chunk[position..<min(stop, chunk.count)]
        position = min(stop + 1, chunk.count)
        if stop < chunk.count, let mark = line.first { return (mark, Array(line.dropFirst())) }
      }
    }
  }

  /// Lines that were flushed, from their first byte to behind their last.
  func cursor(_ range: Range<Int64>) -> Cursor { Cursor(self, range) }

  private func read(at offset: Int64, count: Int) throws -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    let found = unsafe bytes.withUnsafeMutableBytes { buffer in
      unsafe pread(descriptor, buffer.baseAddress, buffer.count, Int(offset))
    }
    guard found > 0 else { throw LineSpool.failure("read") }
    return Array(bytes.prefix(found))
  }
}
