// SPDX-License-Identifier: Apache-2.0
import Actions
import Foundation
import Model
import Query
import Store
import TestSupport
import Testing

@Suite("The provenance of a message")
struct ProvenanceTests {
  private static let told: [(id: String, json: String, word: String)] = [
    ("clsm_0", "null", "verified"),
    ("clsm_1", #"{"type":"client_asserted"}"#, "client-asserted"),
    ("clsm_2", #"{"type":"synthetic_marker"}"#, "synthetic"),
    ("clsm_3", #"{"type":"content_unavailable","reason":"oversize"}"#, "unavailable"),
    ("clsm_4", #"{"type":"content_unavailable","reason":"cmek_key_revoked"}"#, "unavailable"),
    // A word that the format does not know is nothing that was verified.
    ("clsm_5", #"{"type":"future"}"#, "client-asserted"),
  ]

  @Test("is searched for by the index as by reading, alone and in any combination")
  func searched() async throws {
    try await PurgeBench.with { bench in
      let messages = Self.told.map {
        """
        {"type":"compliance_local_session_message","id":"\($0.id)","role":"assistant",\
        "created_at":"2026-05-01T09:00:00Z","provenance":\($0.json),\
        "content":[{"type":"text","text":"words"}]}
        """
      }
      let file = bench.folder.appendingPathComponent("session.json")
      try Data(
        """
        {"session":{"type":"compliance_local_session","id":"clls_1","user":{"id":"user_1"}},\
        "data":[\(messages.joined(separator: ","))],"next_page":null}
        """.utf8
      ).write(to: file)
      _ = try ImportAction(store: bench.store, actor: PurgeBench.actor).run([file.path])
      let words = ["verified", "client-asserted", "synthetic", "unavailable"]
      for mask in 1..<16 {
        let chosen = words.indices.filter { mask & (1 << $0) != 0 }.map { words[$0] }
        for isNegated in [false, true] {
          let text = chosen.map { "provenance:" + $0 }.joined(separator: " OR ")
          let compiled = try bench.store.read { catalog in
            try QueryCompiler.compile(
              isNegated ? "words NOT (\(text))" : "words AND (\(text))",
              options: QueryOptions(clock: bench.store.now), directory: catalog.directory)
          }
          #expect(compiled.diagnostics.isEmpty)
          var found: [String] = []
          let node = try compiled.node.unwrapped
          let searcher = try Searcher(bench.store)
          try searcher.forEachHit(node) { hit in
            found.append(hit.nativeID ?? "")
            return true
          }
          let expected = Self.told.filter { chosen.contains($0.word) != isNegated }.map(\.id)
          #expect(found.sorted() == expected)
          // The stored record says the same as the index.
          let record = try bench.store.read { try $0.conversation(written: "clls_1") }
          var read = 0
          try searcher.forEachVersion(of: record.id, partition: record.partition) { version in
            if try version.matches(node) { read += 1 }
          }
          #expect(read == expected.count)
        }
      }
    }
  }
}
