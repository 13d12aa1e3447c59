// SPDX-License-Identifier: Apache-2.0
import Model

extension Store {
  /// The version of the files that this program reads and writes.
  package static var formatVersion: Int { Migrations.formatVersion }

  /// Whether there is a store in a folder, of whatever version.
  package static func exists(at folder: String) -> Bool {
    FileSystem.exists(StoreLayout(folder: folder).catalog)
  }

  /// Checks what ``create(at:as:clock:)`` checks before it makes anything.
  ///
  /// - Throws: `StoreError` with `.exists` where a store or anything else is already.
  package static func checkCanCreate(at folder: String) throws {
    guard !exists(at: folder) else {
      throw StoreError(.exists, "there is a store at \(folder) already")
    }
    if let entry = try FileSystem.entries(of: folder)?.first {
      throw StoreError(
        .exists, "the folder \(folder) is not empty; name a new or an empty one",
        objects: [entry])
    }
  }
}
