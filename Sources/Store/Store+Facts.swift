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

  /// Says at once that a disk is too small for what is to be written, rather than when it is full.
  ///
  /// - Parameters:
  ///   - byteCount: Bytes to be written.
  ///   - folder: Where.
  /// - Throws: `StoreError` with `.storage`.
  package static func requireSpace(_ byteCount: Int64, in folder: String) throws {
    let free = try FileSystem.freeByteCount(at: folder)
    guard free >= byteCount else {
      throw StoreError(
        .storage,
        "no space left for \(byteCount) bytes in \(folder), where \(free) are free; make room or "
          + "choose another disk")
    }
  }
}
