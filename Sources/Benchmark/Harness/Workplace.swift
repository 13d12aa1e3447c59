// SPDX-License-Identifier: Apache-2.0
import Foundation
import Model
import Store

/// Where the corpus and the files of the measurements lie.
struct Workplace {
  /// The `conversations.json`.
  var corpus: URL
  /// A folder that the benchmark owns.
  var folder: URL
  var tuning: RawIndexTuning

  /// The database of the raw index.
  var rawIndex: URL { folder.appendingPathComponent("raw.sqlite") }

  /// Our store.
  var store: URL { folder.appendingPathComponent("store") }

  /// A copy of it that is changed.
  var changedStore: URL { folder.appendingPathComponent("changed-store") }

  var hasStore: Bool { FileManager.default.fileExists(atPath: store.path) }

  /// The exported volumes.
  var volume: URL { folder.appendingPathComponent("VOL001") }
  var zip: URL { folder.appendingPathComponent("VOL001.zip") }
  var deflatedZip: URL { folder.appendingPathComponent("deflated/VOL001.zip") }
  var tar: URL { folder.appendingPathComponent("VOL001.tar.zst") }

  /// What is imported: the corpus, and the people beside it if they are known.
  var captures: [String] {
    let users = corpus.deletingLastPathComponent().appendingPathComponent("users.json")
    return FileManager.default.fileExists(atPath: users.path)
      ? [users.path, corpus.path] : [corpus.path]
  }

  /// What the generator says of the corpus; nil for a corpus from elsewhere.
  func description() throws -> CorpusDescription? {
    let file = corpus.deletingLastPathComponent().appendingPathComponent("corpus.json")
    guard FileManager.default.fileExists(atPath: file.path) else { return nil }
    return try CorpusDescription(beside: corpus)
  }

  /// Removes a file or folder if it is there.
  func remove(_ item: URL) throws {
    guard FileManager.default.fileExists(atPath: item.path) else { return }
    try FileManager.default.removeItem(at: item)
  }
}

extension Workplace {
  /// Lets something change a copy of the store, and removes the copy.
  ///
  /// - Parameters:
  ///   - command: What is measured, as the copy's audit log has it.
  ///   - body: Gets the copy.
  /// - Returns: What the body gives.
  /// - Throws: `StoreError`, what the body throws.
  func withChangedStore<Result>(
    for command: String, _ body: (Store, AuditActor) throws -> Result
  ) throws -> Result {
    try remove(changedStore)
    try FileManager.default.copyItem(at: store, to: changedStore)
    let copy = try Store.open(at: changedStore.path, access: .writing)
    let result = try body(copy, .current(program: "benchmark", command: command))
    try copy.close()
    try remove(changedStore)
    return result
  }
}

/// The bytes of a file, or of all files in a folder.
func byteCount(of place: URL) throws -> Int {
  let own = try place.resourceValues(forKeys: [.fileSizeKey, .isDirectoryKey])
  guard own.isDirectory == true else { return own.fileSize ?? 0 }
  let names = try FileManager.default.subpathsOfDirectory(atPath: place.path)
  return try names.reduce(0) { sum, name in
    let file = place.appendingPathComponent(name)
    let values = try file.resourceValues(forKeys: [.fileSizeKey, .isRegularFileKey])
    return sum + (values.isRegularFile == true ? values.fileSize ?? 0 : 0)
  }
}
