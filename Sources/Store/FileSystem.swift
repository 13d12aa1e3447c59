// SPDX-License-Identifier: Apache-2.0
import Bytes
import CSQLiteSettings
import Glibc
import Model

/// The few system calls that making and opening a store needs.
enum FileSystem {
  /// Whether a file system of that type, as statfs(2) tells it, lies on another machine, where
  /// locks and shared memory of the write-ahead log cannot be trusted.
  static func isNetwork(type: Int64) -> Bool {
    switch UInt32(truncatingIfNeeded: type) {
    case 0x6969: true  // NFS
    case 0x517B, 0xFE53_4D42, 0xFF53_4D42: true  // SMB, SMB2, CIFS
    default: false
    }
  }

  /// The type of the file system that a path lies on.
  static func type(at path: String) throws -> Int64 {
    var type: Int64 = 0
    guard unsafe custody_file_system_type(path, &type) == 0 else {
      throw failure("cannot look at \(path)")
    }
    return type
  }

  /// Waits until all that was written to a file is on the disk.
  ///
  /// Not for a file that a lock is held on: closing it would give up the process's locks.
  static func synchronize(_ path: String) throws {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    guard descriptor >= 0 else { throw failure("cannot open \(path)") }
    defer { close(descriptor) }
    guard fdatasync(descriptor) == 0 else { throw failure("cannot write \(path) to the disk") }
  }

  /// The bytes of a file; 0 when there is none.
  static func byteCount(of path: String) -> Int64 {
    var facts = stat()
    guard unsafe stat(path, &facts) == 0 else { return 0 }
    return Int64(facts.st_size)
  }

  /// The entries of a folder, without `.` and `..`; nil when there is no such folder.
  static func entries(of path: String) throws -> [String]? {
    guard let folder = unsafe opendir(path) else {
      if errno == ENOENT { return nil }
      throw failure("cannot open the folder \(path)")
    }
    defer { unsafe closedir(folder) }
    var names: [String] = []
    while let entry = unsafe readdir(folder) {
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { text in
          unsafe String(cString: text)
        }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  /// Makes a folder that only its owner may use; one that exists already is made so.
  static func makePrivateFolder(_ path: String) throws {
    if unsafe mkdir(path, 0o700) != 0, errno != EEXIST {
      throw failure("cannot make the folder \(path)")
    }
    guard unsafe chmod(path, 0o700) == 0 else {
      throw failure("cannot set the mode of \(path)")
    }
  }

  /// Makes an empty file that only its owner may use.
  ///
  /// SQLite gives its other files the same mode.
  static func makePrivateFile(_ path: String) throws {
    let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw failure("cannot make \(path)") }
    fchmod(descriptor, 0o600)
    close(descriptor)
  }

  /// Copies a file to a path that is free, and makes the copy durable; only its owner may use it.
  static func copy(_ path: String, to target: String) throws {
    let source = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard source >= 0 else { throw failure("cannot open \(path)") }
    defer { close(source) }
    let copy = unsafe open(target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard copy >= 0 else { throw failure("cannot make \(target)") }
    defer { close(copy) }
    try forEachPiece(of: source, path) { piece in
      var done = 0
      while done < piece.count {
        let count = unsafe piece.withUnsafeBytes { bytes in
          unsafe write(copy, bytes.baseAddress?.advanced(by: done), bytes.count - done)
        }
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { throw failure("cannot write \(target)") }
        done += count
      }
    }
    guard fsync(copy) == 0 else { throw failure("cannot write \(target) to the disk") }
  }

  /// The SHA-256 of a file, and its size.
  static func digest(of path: String) throws -> (SHA256Digest, byteCount: Int64) {
    let source = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard source >= 0 else { throw failure("cannot open \(path)") }
    defer { close(source) }
    var hasher = SHA256Hasher()
    var byteCount: Int64 = 0
    try forEachPiece(of: source, path) { piece in
      hasher.update(piece.span)
      byteCount += Int64(piece.count)
    }
    return (hasher.finish(), byteCount)
  }

  private static func forEachPiece(
    of descriptor: Int32, _ path: String, _ body: (ArraySlice<UInt8>) throws -> Void
  ) throws {
    var buffer = [UInt8](repeating: 0, count: 1 << 20)
    while true {
      let size = buffer.count
      let count = unsafe buffer.withUnsafeMutableBytes { bytes in
        unsafe read(descriptor, bytes.baseAddress, size)
      }
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw failure("cannot read \(path)") }
      if count == 0 { return }
      try body(buffer[..<count])
    }
  }

  /// Renames a file and makes the new name durable.
  static func rename(_ path: String, to target: String, in folder: String) throws {
    guard unsafe Glibc.rename(path, target) == 0 else { throw failure("cannot rename \(path)") }
    try sync(folder)
  }

  /// Makes what a file or folder holds durable.
  static func sync(_ path: String) throws {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure("cannot open \(path)") }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw failure("cannot write \(path) to the disk") }
  }

  /// What tells a file from another that got its name; nil where there is none.
  static func inode(of path: String) -> UInt? {
    var facts = stat()
    guard unsafe lstat(path, &facts) == 0 else { return nil }
    return UInt(facts.st_ino)
  }

  /// Bytes that a user may still write where a path lies; the path need not exist, its folder must.
  static func freeByteCount(at path: String) throws -> Int64 {
    var facts = statvfs()
    guard unsafe statvfs(path, &facts) == 0 else { throw failure("cannot look at \(path)") }
    return Int64(clamping: UInt64(facts.f_bavail) * UInt64(facts.f_frsize))
  }

  /// The name by which SQLite opens a file that nothing changes: no lock, no file beside it.
  static func immutableName(of path: String) -> String {
    var name = "file:"
    for byte in path.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "/"), UInt8(ascii: "."),
        UInt8(ascii: "-"), UInt8(ascii: "_"):
        name.unicodeScalars.append(UnicodeScalar(byte))
      default: name += "%" + [byte].hexadecimal
      }
    }
    return name + "?immutable=1"
  }

  /// Removes a file if it is there.
  static func remove(_ path: String) throws {
    if unsafe unlink(path) != 0, errno != ENOENT { throw failure("cannot remove \(path)") }
  }

  /// Whether a file or folder is there; false too where nobody may look.
  static func exists(_ path: String) -> Bool {
    unsafe access(path, F_OK) == 0
  }

  /// Whether a file or folder is there.
  ///
  /// - Throws: `StoreError` with `.denied` or `.storage` where that cannot be told.
  static func isThere(_ path: String) throws -> Bool {
    if unsafe access(path, F_OK) == 0 { return true }
    guard errno == ENOENT || errno == ENOTDIR else { throw failure("cannot look at \(path)") }
    return false
  }

  /// Refuses what this account may not do with a file or folder.
  ///
  /// - Parameters:
  ///   - path: What is there.
  ///   - mode: `R_OK`, `W_OK` and `X_OK`, added up.
  ///   - what: The beginning of the message.
  /// - Throws: `StoreError` with `.denied` or `.storage`.
  static func require(_ path: String, _ mode: Int32, _ what: String) throws {
    guard unsafe access(path, mode) == 0 else { throw failure(what + " " + path) }
  }

  /// Whether a database lies where this account can write nothing beside it, and has no write-ahead
  /// log: SQLite then opens it only as a file that does not change.
  static func isFrozen(_ path: String) -> Bool {
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
    return unsafe access(folder, W_OK) != 0 && byteCount(of: path + "-wal") == 0
  }

  /// An error of the system call that just failed.
  static func failure(_ what: String) -> StoreError {
    let number = errno
    let text = unsafe String(cString: strerror(number))
    let code: ExitStatus = number == EACCES || number == EPERM ? .denied : .storage
    return StoreError(code, what + ": " + text.lowercased())
  }
}
