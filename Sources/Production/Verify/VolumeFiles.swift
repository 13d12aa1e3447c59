// SPDX-License-Identifier: Apache-2.0
import Archives
import Foundation
import Glibc

/// Goes over the files of a volume that was verified, in the order of their names.
package enum VolumeFiles {
  /// Calls a body with each file; links and devices are passed over.
  ///
  /// - Parameters:
  ///   - path: The folder, bag or archive.
  ///   - passphrase: Opens an encrypted zip.
  ///   - body: Gets the path from the volume's root and what reads the next bytes, none at the end; false
  ///     ends the walk.
  /// - Throws: `ProductionError`, `ArchiveError`, what the body throws.
  package static func forEach(
    in path: String, passphrase: String? = nil,
    _ body: (_ path: String, _ next: () throws -> ArraySlice<UInt8>) throws -> Bool
  ) throws {
    var facts = stat()
    guard unsafe stat(path, &facts) == 0 else { throw fileError("examine", path) }
    if facts.st_mode & S_IFMT == S_IFDIR {
      _ = try walk(exists(path + "/bagit.txt") ? path + "/data" : path, "", body)
      return
    }
    let descriptor = unsafe Glibc.open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw fileError("open", path) }
    defer { Glibc.close(descriptor) }
    let reader = try ArchiveReader(descriptor: descriptor, passphrase: passphrase)
    while let member = try reader.next() {
      guard member.kind == .file, let name = member.path, let cut = name.firstIndex(of: "/") else {
        continue
      }
      guard try body(String(name[name.index(after: cut)...]), { try reader.read() }) else { return }
    }
  }

  private static func walk(
    _ root: String, _ prefix: String,
    _ body: (String, () throws -> ArraySlice<UInt8>) throws -> Bool
  ) throws -> Bool {
    let place = prefix.isEmpty ? root : root + "/" + prefix
    let names = try FileManager.default.contentsOfDirectory(atPath: place)
    for name in names.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) {
      let path = prefix.isEmpty ? name : prefix + "/" + name
      var facts = stat()
      guard unsafe lstat(root + "/" + path, &facts) == 0 else {
        throw fileError("examine", root + "/" + path)
      }
      switch facts.st_mode & S_IFMT {
      case S_IFDIR: guard try walk(root, path, body) else { return false }
      case S_IFREG:
        let input = try InputFile(root + "/" + path)
        var offset: Int64 = 0
        var buffer: [UInt8] = []
        let goesOn = try body(path) {
          let count = try input.read(into: &buffer, at: offset, count: 1 << 18)
          offset += Int64(count)
          return buffer[..<count]
        }
        guard goesOn else { return false }
      default: continue
      }
    }
    return true
  }
}
