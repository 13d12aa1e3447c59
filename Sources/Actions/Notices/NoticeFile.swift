// SPDX-License-Identifier: Apache-2.0
import Foundation
import Model
import Store

/// The file of a notice: it stands complete under its name, or not at all.
enum NoticeFile {
  /// Whether a file stands, with these bytes.
  ///
  /// - Throws: `StoreError` with `.exists` where another one bears the name.
  static func stands(_ name: String, in folder: String, bytes: [UInt8]) throws -> Bool {
    let path = folder + "/" + name
    guard unsafe access(path, F_OK) == 0 else { return false }
    guard let found = try? Data(contentsOf: URL(fileURLWithPath: path)), Array(found) == bytes
    else {
      throw StoreError(
        .exists, "there is another file '\(path)' where a notice belongs; move it away",
        objects: [path])
    }
    return true
  }

  /// Writes a file beside its place, makes it durable, and gives it its name.
  ///
  /// Only one process writes notices at a time, so what an earlier one left unfinished may go.
  static func write(_ bytes: [UInt8], as name: String, in folder: String) throws {
    let path = folder + "/" + name
    let unfinished = folder + "/." + name + ".new"
    unsafe unlink(unfinished)
    let descriptor = unsafe open(unfinished, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw failure("cannot make a file in '\(folder)'") }
    defer { close(descriptor) }
    do {
      try FileHandle(fileDescriptor: descriptor).write(contentsOf: Data(bytes))
    } catch {
      unsafe unlink(unfinished)
      throw failure("cannot write '\(path)'")
    }
    guard fsync(descriptor) == 0 else { throw failure("cannot write '\(path)'") }
    // A link fails where a file appeared meanwhile; a rename would replace it.
    guard unsafe link(unfinished, path) == 0 else { throw failure("cannot name '\(path)'") }
    unsafe unlink(unfinished)
    try sync(folder)
  }

  /// Makes the folder, unless it is there.
  static func makeFolder(_ path: String) throws {
    if unsafe mkdir(path, 0o700) == 0 { return }
    var status = stat()
    guard errno == EEXIST, unsafe stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR
    else { throw failure("cannot make the folder '\(path)'") }
  }

  private static func sync(_ folder: String) throws {
    let descriptor = unsafe open(folder, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure("cannot open '\(folder)'") }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw failure("cannot write '\(folder)'") }
  }

  private static func failure(_ what: String) -> StoreError {
    StoreError(
      .storage,
      "\(what): \(unsafe String(cString: strerror(errno))); check the folder and its "
        + "permissions")
  }
}
