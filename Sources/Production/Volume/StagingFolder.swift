// SPDX-License-Identifier: Apache-2.0
import Foundation
import Glibc

/// A hidden folder beside the final place in which a volume is made.
///
/// A run that ends early so leaves nothing under the final name. The next run to the same place removes it.
package final class StagingFolder {
  /// The folder itself.
  package let path: String
  /// Where the volume goes when it is complete.
  let destination: String
  private let lock: Int32

  /// Makes the folder new and locks it for this process.
  ///
  /// - Parameters:
  ///   - directory: The folder of the volume; made when it is not there.
  ///   - name: The volume's final name with its extension.
  /// - Throws: `ProductionError` when another process writes to the same place.
  package init(in directory: String, for name: String) throws {
    destination = directory + "/" + name
    path = directory + "/." + name + ".partial"
    try makeFolders(directory)
    // The lock lies beside, since the folder may have to go before there is one to lock.
    guard let lock = try takeLock(path + ".lock") else {
      throw ProductionError(.exists, "another run is writing \(destination)")
    }
    self.lock = lock
    // From here on the deinitializer gives the lock back, also of what is thrown.
    guard bringBack(to: destination) else { throw fileError("rename", path + "/replaced") }
    try removeTree(path)
    guard unsafe mkdir(path, 0o700) == 0 else { throw fileError("create", path) }
  }

  deinit {
    // An earlier volume that could not be brought back is left for the next run.
    if bringBack(to: destination) { try? removeTree(path) }
    unsafe unlink(path + ".lock")
    Glibc.close(lock)
  }

  /// Moves a finished file or folder to its final name.
  ///
  /// A file is replaced in one step; an old folder is first moved into the staging folder, from
  /// where it comes back when the second step fails, and by the next run if this one ends between
  /// the two.
  ///
  /// - Parameters:
  ///   - staged: The name inside the staging folder.
  ///   - finalPath: The final path.
  ///   - replacing: Whether something may be there already.
  /// - Throws: `ProductionError` with `.exists` or `.fileSystem`.
  package func publish(_ staged: String, as finalPath: String, replacing: Bool) throws {
    let source = path + "/" + staged
    if exists(finalPath) {
      guard replacing else {
        throw ProductionError(.exists, "\(finalPath) is there already")
      }
      if isFolder(finalPath) || isFolder(source) {
        let old = path + "/replaced"
        guard unsafe rename(finalPath, old) == 0 else { throw fileError("rename", finalPath) }
      }
    }
    guard unsafe rename(source, finalPath) == 0 else {
      let error = fileError("rename", source)
      _ = bringBack(to: finalPath)
      throw error
    }
    try syncFolder((finalPath as NSString).deletingLastPathComponent)
  }

  /// Moves an earlier volume that was put aside back, where nothing has taken its place.
  ///
  /// - Returns: Whether none is left behind; else `errno` tells why.
  private func bringBack(to finalPath: String) -> Bool {
    let old = path + "/replaced"
    guard exists(old), !exists(finalPath) else { return true }
    return unsafe rename(old, finalPath) == 0
  }

  /// Takes a finished file or folder out of sight in one step; it goes with the staging folder.
  func takeAway(_ finalPath: String, as name: String) throws {
    guard unsafe rename(finalPath, path + "/" + name) == 0 else {
      throw fileError("remove", finalPath)
    }
    try syncFolder((finalPath as NSString).deletingLastPathComponent)
  }

  /// Removes a finished file if it is there.
  func remove(_ finalPath: String) throws {
    guard unsafe unlink(finalPath) == 0 || errno == ENOENT else {
      throw fileError("remove", finalPath)
    }
    try syncFolder((finalPath as NSString).deletingLastPathComponent)
  }
}

/// The descriptor of the locked file; nil when another process holds it.
private func takeLock(_ path: String) throws -> Int32? {
  while true {
    let descriptor = unsafe Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw fileError("create", path) }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      Glibc.close(descriptor)
      return nil
    }
    // A run that ended meanwhile may have removed the file that was just locked.
    var locked = stat()
    var named = stat()
    if unsafe fstat(descriptor, &locked) == 0, unsafe lstat(path, &named) == 0,
      locked.st_ino == named.st_ino
    {
      return descriptor
    }
    Glibc.close(descriptor)
  }
}

/// Whether something stands under a path, a dangling link included.
func exists(_ path: String) -> Bool {
  var facts = stat()
  return unsafe lstat(path, &facts) == 0
}

private func isFolder(_ path: String) -> Bool {
  var facts = stat()
  return unsafe lstat(path, &facts) == 0 && facts.st_mode & S_IFMT == S_IFDIR
}

/// Makes a folder and those above it, mode 0700.
func makeFolders(_ path: String) throws {
  if unsafe mkdir(path, 0o700) == 0 { return }
  var reason = errno
  let parent = (path as NSString).deletingLastPathComponent
  if reason == ENOENT, !parent.isEmpty, parent != path {
    try makeFolders(parent)
    // Another process may have made it meanwhile.
    if unsafe mkdir(path, 0o700) == 0 { return }
    reason = errno
  }
  var facts = stat()
  if reason == EEXIST, unsafe stat(path, &facts) == 0, facts.st_mode & S_IFMT == S_IFDIR { return }
  errno = reason
  throw fileError("create the folder", path)
}

private func removeTree(_ path: String) throws {
  guard exists(path) else { return }
  do {
    try FileManager.default.removeItem(atPath: path)
  } catch {
    throw ProductionError(.fileSystem, "cannot remove \(path)", cause: error)
  }
}

/// Makes the names in a folder durable.
package func syncFolder(_ path: String) throws {
  let descriptor = unsafe Glibc.open(path.isEmpty ? "." : path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
  guard descriptor >= 0 else { throw fileError("open", path) }
  defer { Glibc.close(descriptor) }
  guard fsync(descriptor) == 0 else { throw fileError("sync", path) }
}
