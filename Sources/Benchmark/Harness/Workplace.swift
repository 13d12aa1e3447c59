// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Where the corpus and the files of the measurements lie.
struct Workplace {
  /// The `conversations.json`.
  var corpus: URL
  /// A folder that the benchmark owns.
  var folder: URL
  var tuning: RawIndexTuning

  /// What the generator says of the corpus; nil for a corpus from elsewhere.
  func description() throws -> CorpusDescription? {
    let file = corpus.deletingLastPathComponent().appendingPathComponent("corpus.json")
    guard FileManager.default.fileExists(atPath: file.path) else { return nil }
    return try CorpusDescription(beside: corpus)
  }

  /// What is imported: the corpus, and the people beside it if they are known.
  var captures: [String] {
    let users = corpus.deletingLastPathComponent().appendingPathComponent("users.json")
    return FileManager.default.fileExists(atPath: users.path)
      ? [users.path, corpus.path] : [corpus.path]
  }

  var store: URL { folder.appendingPathComponent("store") }

  var hasStore: Bool { FileManager.default.fileExists(atPath: store.path) }

  func removeStore() throws {
    if hasStore { try FileManager.default.removeItem(at: store) }
  }

  var rawIndex: URL { folder.appendingPathComponent("raw.sqlite") }
}
