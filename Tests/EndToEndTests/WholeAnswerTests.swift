// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing

@Suite("A search that must be complete")
struct WholeAnswerTests {
  private static func export(_ number: Int, files: String = "") -> String {
    """
    [{"uuid":"c\(number)","name":"One","created_at":"2025-01-01T00:00:00Z",\
    "account":{"uuid":"a1"},"chat_messages":[{"uuid":"m\(number)","sender":"human",\
    "created_at":"2025-01-01T00:00:00Z","content":[{"type":"text","text":"the budget"}]\(files)}]}]
    """
  }

  private static func search(_ words: String..., in folder: URL) async throws -> ToolResult {
    try await Tool.run(
      "custody", ["--store", "store", "search", "budget", "--json", "--require-complete"] + words,
      in: folder)
  }

  @Test("ends with 6, after its answer, where items may be missed, and with 0 where none are")
  func complete() async throws {
    try await withTemporaryDirectory { folder in
      let made = try await Tool.run("custody", ["init", "store"], in: folder)
      try #require(made.status == 0)
      func bring(_ number: Int, files: String = "") async throws {
        let text = Self.export(number, files: files)
        try Data(text.utf8).write(to: folder.appendingPathComponent("conversations.json"))
        _ = try await Tool.run(
          "custody", ["--store", "store", "import", "conversations.json"], in: folder)
      }
      try await bring(1)
      try await bring(2)
      #expect(try await Self.search(in: folder).status == 0)
      #expect(try await Self.search("--count", in: folder).status == 0)
      #expect(try await Self.search("--limit", "2", in: folder).status == 0)
      let cut = try await Self.search("--limit", "1", in: folder)
      #expect(cut.status == 6 && cut.outputText.contains("budget"), "\(cut.errorText)")
      #expect(cut.errorText.contains("\"code\":\"INCOMPLETE\""), "\(cut.errorText)")

      try await bring(3, files: #","files":[{"file_name":"plan.pdf"}]"#)
      for words in [[], ["--count"], ["--stats"], ["--id-only", "--format", "human"]] {
        let partial = try await Tool.run(
          "custody", ["--store", "store", "search", "budget", "--require-complete"] + words,
          in: folder)
        #expect(partial.status == 6, "\(words): \(partial.errorText)")
        #expect(!partial.output.isEmpty)
        #expect(partial.errorText.contains("1 items in scope have files"), "\(partial.errorText)")
      }
      let without = try await Tool.run(
        "custody", ["--store", "store", "search", "budget"], in: folder)
      #expect(without.status == 0, "\(without.errorText)")
    }
  }
}
