// SPDX-License-Identifier: Apache-2.0
import Archives
import CReader
import Glibc
import Model

/// Bytes that are read once, in order.
protocol ByteFeed: AnyObject {
  /// The next bytes; empty at the end.
  func next() throws -> ArraySlice<UInt8>
}

/// What lies behind a descriptor, from its start.
final class DescriptorFeed: ByteFeed {
  private static let pieceByteCount = 1 << 20

  let descriptor: Int32
  private var offset: off_t = 0

  /// - Parameter descriptor: Readable and seekable; the caller closes it.
  init(_ descriptor: Int32) {
    self.descriptor = descriptor
  }

  func next() throws -> ArraySlice<UInt8> {
    var bytes = [UInt8](repeating: 0, count: DescriptorFeed.pieceByteCount)
    let count = unsafe bytes.withUnsafeMutableBytes { buffer in
      unsafe pread(descriptor, buffer.baseAddress, buffer.count, offset)
    }
    guard count >= 0 else {
      throw ExtractionFailure(.decodeError, "it cannot be read from the disk")
    }
    offset += off_t(count)
    return bytes[..<count]
  }
}

/// Bytes in memory.
final class MemoryFeed: ByteFeed {
  private static let pieceByteCount = 1 << 20

  private var bytes: ArraySlice<UInt8>

  init(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
  }

  func next() -> ArraySlice<UInt8> {
    let piece = bytes.prefix(MemoryFeed.pieceByteCount)
    bytes = bytes.dropFirst(piece.count)
    return piece
  }
}

/// The current member of an archive, within what archives may unpack to.
final class MemberFeed: ByteFeed {
  private let archive: ArchiveReader
  private let budget: UnpackingBudget

  init(_ archive: ArchiveReader, _ budget: UnpackingBudget) {
    self.archive = archive
    self.budget = budget
  }

  func next() throws -> ArraySlice<UInt8> {
    let bytes = try archive.read()
    try budget.spend(bytes.count)
    return bytes
  }
}

/// A feed whose first bytes can be looked at before they are read.
final class PeekedFeed: ByteFeed {
  private let feed: any ByteFeed
  private(set) var head: [UInt8] = []
  private var isHeadTaken = false
  private(set) var isWhole = false
  /// What ended the first bytes, thrown behind them.
  private var failure: (any Error)?

  /// - Parameters:
  ///   - feed: Its start is read.
  ///   - byteCount: How many bytes are looked at, where there are so many.
  /// - Throws: What the feed throws before it gives a byte.
  init(_ feed: any ByteFeed, byteCount: Int = 1 << 16) throws {
    self.feed = feed
    while head.count < byteCount {
      let piece: ArraySlice<UInt8>
      do {
        piece = try feed.next()
      } catch {
        guard !head.isEmpty else { throw error }
        failure = error
        break
      }
      guard !piece.isEmpty else {
        isWhole = true
        break
      }
      head += piece
    }
  }

  /// Throws what ended the bytes within those that were looked at.
  func check() throws {
    if let failure { throw failure }
  }

  func next() throws -> ArraySlice<UInt8> {
    if !isHeadTaken {
      isHeadTaken = true
      if !head.isEmpty { return head[...] }
    }
    try check()
    return isWhole ? [] : try feed.next()
  }

  /// Everything, up to a limit.
  ///
  /// - Returns: The bytes, and whether there were more.
  func all(upTo limit: Int) throws -> (bytes: [UInt8], isCut: Bool) {
    var bytes: [UInt8] = []
    while true {
      let piece = try next()
      if piece.isEmpty { return (bytes, false) }
      guard bytes.count + piece.count <= limit else {
        bytes += piece.prefix(limit - bytes.count)
        return (bytes, true)
      }
      bytes += piece
    }
  }
}

/// A file in memory with a descriptor, for readers that jump in it.
@safe
struct MemoryFile: ~Copyable {
  let descriptor: Int32

  /// - Throws: `ExtractionFailure` when the system has no memory for it.
  init(_ bytes: [UInt8]) throws {
    let descriptor = custody_reader_memory()
    guard descriptor >= 0 else {
      throw ExtractionFailure(.readerFailed, "there was no memory for it")
    }
    var offset = 0
    while offset < bytes.count {
      let count = unsafe bytes.withUnsafeBytes { buffer in
        unsafe write(descriptor, buffer.baseAddress?.advanced(by: offset), buffer.count - offset)
      }
      guard count > 0 else {
        close(descriptor)
        throw ExtractionFailure(.readerFailed, "there was no memory for it")
      }
      offset += count
    }
    lseek(descriptor, 0, SEEK_SET)
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }
}
