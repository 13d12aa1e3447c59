// SPDX-License-Identifier: Apache-2.0
import Archives
import Bytes
import Glibc
import Model

/// Bytes that come in order.
protocol ByteSource: AnyObject {
  /// The next bytes; empty at the end.
  func read() throws -> ArraySlice<UInt8>
}

/// Bytes that count against what an archive may unpack to.
protocol BudgetedSource: ByteSource {
  var budget: ArchiveBudget? { get }
}

/// A file that was opened for reading.
final class FileSource: ByteSource {
  let descriptor: Int32
  private var chunk = [UInt8](repeating: 0, count: 1 << 18)

  /// Opens a regular file without following a link at its last step.
  init(_ place: FilePlace) throws(CaptureError) {
    descriptor = place.open()
    guard descriptor >= 0 else {
      throw CaptureError(
        code: errno == EACCES || errno == EPERM ? .permissionDenied : .decodeError,
        message: "cannot be opened: " + systemText())
    }
  }

  /// Takes a descriptor over.
  init(descriptor: Int32) {
    self.descriptor = descriptor
  }

  deinit {
    close(descriptor)
  }

  func read() throws -> ArraySlice<UInt8> {
    let count = unsafe chunk.withUnsafeMutableBytes { buffer in
      unsafe Glibc.read(descriptor, buffer.baseAddress, buffer.count)
    }
    guard count >= 0 else {
      throw CaptureError(code: .decodeError, message: "cannot be read: " + systemText())
    }
    return chunk[0..<count]
  }

  func rewind() {
    lseek(descriptor, 0, SEEK_SET)
  }
}

/// The content of an archive's current member.
final class MemberSource: BudgetedSource {
  private let reader: ArchiveReader
  let budget: ArchiveBudget?

  init(_ reader: ArchiveReader, budget: ArchiveBudget) {
    self.reader = reader
    self.budget = budget
  }

  func read() throws -> ArraySlice<UInt8> {
    do {
      let chunk = try reader.read()
      try budget?.spend(bytes: chunk.count)
      return chunk
    } catch let error as ArchiveError {
      throw CaptureError(code: .archiveDamaged, message: error.message, cause: error)
    }
  }
}

/// Gives back what was read to look at, counts and hashes all that passes.
final class CountingSource: ByteSource {
  private let source: any ByteSource
  private var hasher = SHA256Hasher()
  private var head: [UInt8] = []
  private var headIsGiven = false
  /// What stopped the look ahead; it is thrown when reading reaches that place.
  private var failure: (any Error)?
  private(set) var byteCount: Int64 = 0
  private(set) var isAtEnd = false

  init(_ source: any ByteSource) {
    self.source = source
  }

  var digest: SHA256Digest { hasher.finish() }

  /// The first bytes, up to a number; reading starts with them.
  ///
  /// - Throws: What the source throws before its first byte. Of a later failure the bytes before it
  ///   are given, and reading throws it after them.
  func peek(_ count: Int) throws -> [UInt8] {
    while head.count < count, !isAtEnd, failure == nil {
      do {
        head += try pull()
      } catch  where !head.isEmpty {
        failure = error
      }
    }
    return head
  }

  func read() throws -> ArraySlice<UInt8> {
    if !headIsGiven {
      headIsGiven = true
      if !head.isEmpty {
        let given = head[...]
        head = []
        return given
      }
    }
    if let failure { throw failure }
    return isAtEnd ? [] : try pull()
  }

  /// Reads to the end, for the count and the digest.
  func drain() throws {
    while try !read().isEmpty {}
  }

  private func pull() throws -> ArraySlice<UInt8> {
    let chunk = try source.read()
    if chunk.isEmpty { isAtEnd = true }
    hasher.update(chunk.span)
    byteCount += Int64(chunk.count)
    return chunk
  }
}

/// The system's words for the last failure.
package func systemText() -> String {
  unsafe String(cString: strerror(errno))
}

/// Makes an empty file without a name in `TMPDIR`, else in `/tmp`: it goes with its descriptor, however
/// the process ends, and no program that is started inherits it.
///
/// - Returns: Its descriptor, for reading and writing; the caller closes it.
/// - Throws: `CaptureError` with `archiveLimit` where there is no room for one.
package func unnamedFile() throws(CaptureError) -> Int32 {
  let folder = unsafe getenv("TMPDIR").map { unsafe String(cString: $0) } ?? "/tmp"
  // The system puts a name of its own in the place of the last six letters (mkstemp(3)).
  var template = Array((folder + "/custody-XXXXXX").utf8CString)
  let descriptor = unsafe template.withUnsafeMutableBufferPointer { buffer -> Int32 in
    guard let start = buffer.baseAddress else { return -1 }
    let descriptor = unsafe mkstemp(start)
    guard descriptor >= 0 else { return -1 }
    _ = unsafe unlink(start)
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    return descriptor
  }
  guard descriptor >= 0 else {
    throw CaptureError(
      code: .archiveLimit, message: "no temporary file can be made in \(folder): " + systemText())
  }
  return descriptor
}

/// Copies a source into a file without a name, so that it can be read from any place.
func unnamedCopy(of source: any ByteSource) throws -> FileSource {
  let descriptor = try unnamedFile()
  let copy = FileSource(descriptor: descriptor)
  while true {
    let chunk = try source.read()
    if chunk.isEmpty { break }
    var written = 0
    while written < chunk.count {
      let rest = chunk.dropFirst(written)
      let count = unsafe rest.withUnsafeBytes { buffer in
        unsafe write(descriptor, buffer.baseAddress, buffer.count)
      }
      guard count > 0 else {
        throw CaptureError(
          code: .archiveLimit, message: "the temporary file cannot be written: " + systemText())
      }
      written += count
    }
  }
  copy.rewind()
  return copy
}
