// SPDX-License-Identifier: Apache-2.0
import Actions
import Capture
import Foundation
import Model
import Query
import Store

/// Our side of reading and importing.
enum CustodyImport {
  /// Reads and parses a capture, without storing anything.
  ///
  /// - Returns: its bytes and messages.
  static func capture(_ place: Workplace) throws -> (bytes: Int, messages: Int) {
    let handler = CountingHandler()
    try CaptureSession(handler: handler).read([place.corpus.path])
    guard handler.failureCount == 0 else {
      throw CorpusError("\(handler.failureCount) records of the corpus could not be read")
    }
    return (Int(handler.byteCount), handler.messageCount)
  }

  /// Imports the corpus into a new store.
  ///
  /// - Throws: `CorpusError` when a record was not stored.
  static func importAll(_ place: Workplace) throws {
    let actor = AuditActor.current(program: "benchmark", command: "import")
    let store = try Store.create(at: place.store.path, as: actor)
    let report = try ImportAction(store: store, actor: actor).run(place.captures)
    try store.close()
    guard report.isClean else {
      throw CorpusError("\(report.counts.exceptions) records of the corpus became exceptions")
    }
  }
  /// The messages that searches in the store look at.
  static func storedMessageCount(_ place: Workplace) throws -> Int {
    let store = try Store.open(at: place.store.path, access: .reading)
    return try Searcher(store).itemCount(.all)
  }
}
