// SPDX-License-Identifier: Apache-2.0
import Actions
import Foundation
import Model
import Store
import TestSupport
import Testing

@Suite("Code artifacts and the messages that name them")
struct CodeArtifactVersionTests {
  private static func line(
    _ number: Int, _ time: String, after parent: Int?, _ content: String
  ) -> String {
    #"{"parentUuid":\#(parent.map { "\"u-\($0)\"" } ?? "null"),"sessionId":"s-1","cwd":"/srv","#
      + #""version":"2.1.200","type":"\#(number % 2 == 0 ? "user" : "assistant")","uuid":"u-\#(number)","#
      + #""timestamp":"\#(time)","message":{"role":"\#(number % 2 == 0 ? "user" : "assistant")","#
      + #""model":"m","content":\#(content)}}"#
  }

  private static func text(_ words: String) -> String {
    #"[{"type":"text","text":"\#(words)"}]"#
  }

  /// A transcript whose second message publishes the page, and which then forks.
  private static let transcript =
    [
      line(0, "2026-05-10T09:00:00Z", after: nil, text("make it; not xcart_01C, not cart_")),
      line(
        1, "2026-05-10T09:01:00Z", after: 0,
        #"[{"type":"tool_use","id":"toolu_1","name":"Publish","input":{"page":"cart_01C"}}]"#),
      line(2, "2026-05-10T09:05:00Z", after: 1, text("better")),
      line(
        4, "2026-05-11T09:05:00.5Z", after: 1, text("see cart_01C, and cart_unknown, cart_01C.")),
      line(6, "2026-05-13T00:00:00Z", after: 0, text("never named here: cart_01Cx")),
      line(8, "2026-05-01T00:00:00Z", after: 4, text("a clock that is wrong")),
    ].joined(separator: "\n") + "\n"

  @Test("each has the version that is not later than it, in its own branch")
  func versions() async throws {
    try await withTemporaryDirectory { folder in
      let synced = try SyncedStore(in: folder)
      try synced.standIn.mutate(
        """
        {"op":"set","in":"code_artifacts","id":"cart_01C","value":{"versions":[
         {"id":"cartv_01","name":"Sketch","created_at":"2026-05-10T09:00:30Z"},
         {"id":"cartv_02","name":"Page","created_at":"2026-05-10T09:05:00Z"},
         {"id":"cartv_00","name":"No time"},
         {"id":"cartv_03","name":"Final page","created_at":"2026-05-11T09:05:01Z"}]}}
        """)
      try synced.sync()
      let file = folder.appendingPathComponent("s-1.jsonl")
      try Data(Self.transcript.utf8).write(to: file)
      let report = try ImportAction(store: synced.store, actor: SyncedStore.actor)
        .run([file.path])
      #expect(report.counts.exceptions == 0 && report.counts.stored == 6)
      let record = try synced.store.read { try $0.conversation(written: "s-1") }
      func seen(at time: String) throws -> [String: [String]] {
        let then = try Reconstruction(
          record, at: try #require(Instant(rfc3339: time)), in: synced.store)
        return Dictionary(
          uniqueKeysWithValues: then.entries.map { entry in
            (
              entry.item.nativeID ?? "-",
              entry.seen.map {
                "\($0.kind.rawValue) \($0.id) \($0.versionID ?? "-") \($0.name) \($0.grade.rawValue)"
              }
            )
          })
      }
      let page = "code-artifact cart_01C"
      #expect(
        try seen(at: "2026-07-01T00:00:00Z") == [
          "u-0": [], "u-1": [page + " cartv_01 Sketch captured-later"],
          "u-2": [page + " cartv_02 Page captured-later"],
          "u-4": [page + " cartv_02 Page captured-later"], "u-6": [],
          // Before the first version that is known: which it was is not.
          "u-8": [page + " - Sketch unknown"],
        ])
      // A time between two messages leaves the later ones out, and changes nothing before; what
      // followed one of them follows nothing then.
      #expect(
        try seen(at: "2026-05-10T09:05:00Z") == [
          "u-0": [], "u-1": [page + " cartv_01 Sketch captured-later"],
          "u-2": [page + " cartv_02 Page captured-later"], "u-8": [],
        ])
    }
  }
}
