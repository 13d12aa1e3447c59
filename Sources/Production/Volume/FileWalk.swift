// SPDX-License-Identifier: Apache-2.0
import Foundation
import Glibc

/// Goes over what is no folder in a folder, in the order of the paths' bytes.
///
/// Memory holds the names of the folders on the way to a file, not those of all files.
struct FileWalk {
  private struct Level {
    /// From the root, with a slash at its end; empty for the root.
    var path: String
    /// Folders with a slash at their end, so that what lies in them stands in order.
    var names: ArraySlice<String>
  }

  private let root: String
  private var levels: [Level] = []

  init(_ root: String) throws {
    self.root = root
    levels = [try level("")]
  }

  /// The path of the next one from the root; nil at the end.
  ///
  /// - Throws: `ProductionError`, or an error of Foundation, for a folder that cannot be read.
  mutating func next() throws -> String? {
    while let last = levels.indices.last {
      guard let name = levels[last].names.popFirst() else {
        levels.removeLast()
        continue
      }
      let path = levels[last].path + name
      guard name.hasSuffix("/") else { return path }
      levels.append(try level(path))
    }
    return nil
  }

  private func level(_ path: String) throws -> Level {
    let folder = root + "/" + path
    let names = try FileManager.default.contentsOfDirectory(atPath: folder).map { name in
      var facts = stat()
      guard unsafe lstat(folder + name, &facts) == 0 else {
        throw fileError("examine", folder + name)
      }
      return facts.st_mode & S_IFMT == S_IFDIR ? name + "/" : name
    }
    return Level(
      path: path, names: names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }[...])
  }
}
