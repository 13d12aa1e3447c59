// SPDX-License-Identifier: Apache-2.0
import Archives
package import Bytes
import Glibc

/// A new file, mode 0600, that is hashed as it is written; or, in a rehearsal, no file at all.
package final class OutputFile: ArchiveReceiver {
  /// Which digests will be asked for.
  package enum Hashing {
    case none
    /// ``sha256()`` alone.
    case sha256
    /// ``digests()``.
    case all
  }

  package let path: String
  package private(set) var byteCount: Int64 = 0
  private var hasher: FileHasher?
  private var sha256Hasher: SHA256Hasher?
  private var descriptor: Int32
  private let isRehearsed: Bool
  private var buffer: [UInt8] = []
  private static let bufferByteCount = 1 << 18

  /// Creates a file; one that is there already is an error.
  ///
  /// - Parameters:
  ///   - path: Where the file goes.
  ///   - hashing: Which digests will be asked for.
  /// - Throws: `ProductionError` with `.fileSystem`.
  package init(creating path: String, hashing: Hashing = .all) throws {
    self.path = path
    isRehearsed = false
    hasher = hashing == .all ? FileHasher() : nil
    sha256Hasher = hashing == .sha256 ? SHA256Hasher() : nil
    descriptor = unsafe Glibc.open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw fileError("create", path) }
  }

  /// Takes bytes for their number and digests alone, and keeps none.
  ///
  /// - Parameter path: Where the file would be.
  init(rehearsing path: String) {
    self.path = path
    isRehearsed = true
    hasher = FileHasher()
    descriptor = -1
  }

  deinit {
    if descriptor >= 0 { Glibc.close(descriptor) }
  }

  package func receive(_ bytes: Span<UInt8>) throws {
    try write(bytes)
  }

  /// Adds bytes at the end.
  package func write(_ bytes: Span<UInt8>) throws {
    byteCount += Int64(bytes.count)
    hasher?.update(bytes)
    sha256Hasher?.update(bytes)
    if isRehearsed { return }
    if buffer.count + bytes.count > OutputFile.bufferByteCount { try flush() }
    if bytes.count >= OutputFile.bufferByteCount {
      try writeOut(bytes)
    } else {
      buffer.append(bytes)
    }
  }

  /// The digests of all bytes so far; of nothing where they were not to be asked for.
  func digests() -> FileDigests { (hasher ?? FileHasher()).finish() }

  /// The SHA-256 of all bytes so far; of nothing where it was not to be asked for.
  package func sha256() -> SHA256Digest { (sha256Hasher ?? SHA256Hasher()).finish() }

  /// Hands all bytes to the system and closes the file.
  ///
  /// - Parameter syncing: Whether to wait until they are on the disk.
  /// - Throws: `ProductionError` with `.fileSystem`.
  package func close(syncing: Bool = false) throws {
    if isRehearsed { return }
    try flush()
    if syncing, fsync(descriptor) != 0 { throw fileError("sync", path) }
    let status = Glibc.close(descriptor)
    descriptor = -1
    guard status == 0 else { throw fileError("close", path) }
  }

  private func flush() throws {
    let pending = buffer
    buffer.removeAll(keepingCapacity: true)
    try writeOut(pending.span)
  }

  private func writeOut(_ bytes: Span<UInt8>) throws {
    var done = 0
    while done < bytes.count {
      let count = unsafe bytes.extracting(done...).withUnsafeBytes { buffer in
        unsafe Glibc.write(descriptor, buffer.baseAddress, buffer.count)
      }
      if count < 0 {
        if errno == EINTR { continue }
        throw fileError("write", path)
      }
      done += count
    }
  }
}

/// A file open for reading in pieces.
package final class InputFile {
  package let path: String
  private let descriptor: Int32

  package init(_ path: String) throws {
    self.path = path
    descriptor = unsafe Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    guard descriptor >= 0 else { throw fileError("open", path) }
  }

  deinit {
    Glibc.close(descriptor)
  }

  /// The size in bytes now.
  package func byteCount() throws -> Int64 {
    var facts = stat()
    guard unsafe fstat(descriptor, &facts) == 0 else { throw fileError("examine", path) }
    return Int64(facts.st_size)
  }

  /// Reads bytes from an offset into a buffer, fewer only at the end of the file.
  func read(into buffer: inout [UInt8], at offset: Int64, count: Int) throws -> Int {
    if buffer.count < count { buffer += Array(repeating: 0, count: count - buffer.count) }
    var done = 0
    while done < count {
      let read = unsafe buffer.withUnsafeMutableBytes { bytes in
        unsafe pread(
          descriptor, bytes.baseAddress?.advanced(by: done), count - done, Int(offset) + done)
      }
      if read < 0 {
        if errno == EINTR { continue }
        throw fileError("read", path)
      }
      if read == 0 { break }
      done += read
    }
    return done
  }

  /// Hands the bytes of a range to a body, piece by piece.
  package func forEachPiece(
    from start: Int64 = 0, byteCount: Int64, _ body: (Span<UInt8>) throws -> Void
  ) throws {
    var buffer: [UInt8] = []
    var offset = start
    let end = start + byteCount
    while offset < end {
      let count = try read(into: &buffer, at: offset, count: Int(min(1 << 18, end - offset)))
      guard count > 0 else {
        throw ProductionError(.fileSystem, "\(path) ends before it should")
      }
      try body(buffer.span.extracting(..<count))
      offset += Int64(count)
    }
  }
}

/// The error for a system call that failed just now.
func fileError(_ verb: String, _ path: String) -> ProductionError {
  let reason = unsafe String(cString: strerror(errno))
  return ProductionError(.fileSystem, "cannot \(verb) \(path): \(reason)")
}
