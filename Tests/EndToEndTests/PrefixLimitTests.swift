// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing

@Suite("Prefixes that stand for too many words")
struct PrefixLimitTests {
  private static let environment = ["CUSTODY_STORE": "s"]

  @Test("are refused wherever a query is read, before anything is written")
  func refused() async throws {
    try await withTemporaryDirectory { folder in
      func run(_ words: [String]) async throws -> ToolResult {
        try await Tool.run("custody", words, in: folder, environment: Self.environment)
      }
      // 10,001 words with the same beginning.
      let text = (10_000...20_000).map { "pre\($0)" }.joined(separator: " ")
      let export = """
        [{"uuid":"c1","name":"trip","account":{"uuid":"a1"},"created_at":"2025-01-10T09:00:00Z",\
        "chat_messages":[{"uuid":"m1","sender":"human","created_at":"2025-01-10T09:00:00Z",\
        "content":[{"type":"text","text":"one \(text)"}]}]}]
        """
      try Data(export.utf8).write(to: folder.appendingPathComponent("conversations.json"))
      for words in [
        ["init", "s"], ["import", "conversations.json"], ["case", "create", "pier"],
        ["hold", "create", "kept", "--case", "pier", "--everyone"],
        ["policy", "create", "old", "--everyone", "--action", "delete", "--period", "1y"],
        ["review", "create", "first", "--case", "pier"],
      ] {
        let result = try await run(words)
        try #require(result.status == 0, "\(words): \(result.errorText)")
      }
      let before = try await run(["audit", "list", "--format", "jsonl"]).outputText
      for words in [
        ["search", "PHRASE", "--everyone"],
        ["hold", "create", "more", "--case", "pier", "--everyone", "--query", "PHRASE"],
        ["hold", "update", "kept", "--query", "PHRASE", "--confirm", "kept"],
        [
          "policy", "create", "new", "--everyone", "--action", "delete", "--period", "1y",
          "--condition", "PHRASE",
        ],
        ["policy", "update", "old", "--condition", "PHRASE", "--confirm", "old"],
        ["retention", "plan", "--query", "PHRASE", "--reason", "request 1"],
        ["review", "filter", "create", "f", "--review", "first", "--query", "PHRASE"],
      ] {
        let result = try await run(words.map { $0 == "PHRASE" ? "\"one pre*\"" : $0 })
        #expect(result.status == 2, "\(words): \(result.outputText)")
        #expect(result.errorText.contains("E405"), "\(words): \(result.errorText)")
        // One letter more, and it is half as many words.
        let shorter = words.map { $0 == "PHRASE" ? "\"one pre1*\"" : $0 } + ["--dry-run"]
        guard words[0] == "hold", words[1] == "create" else { continue }
        #expect(try await run(shorter).status == 0)
      }
      #expect(try await run(["audit", "list", "--format", "jsonl"]).outputText == before)
    }
  }
}
