// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing

@Suite("A certificate of disposition")
struct CertificateTests {
  private static let export = """
    [{"uuid":"c1","name":"One","created_at":"2025-01-01T00:00:00Z","account":{"uuid":"a1"},\
    "chat_messages":[{"uuid":"m1","sender":"human","created_at":"2025-01-01T00:00:00Z",\
    "content":[{"type":"text","text":"the budget"}]}]}]
    """

  /// What is done to the catalog, and what the certificate then says.
  static let changes: [(sql: String, verified: String, status: Int32)] = [
    ("SELECT 1", "yes", 0),
    // The chain is broken elsewhere; nothing of the plan is.
    (
      "DROP TRIGGER event_is_never_changed; UPDATE event SET reason = 'x' WHERE seq = 2", "no", 14
    ),
    ("UPDATE retention_plan SET created = created - 1", "no", 14),
    (
      """
      DROP TRIGGER tombstone_is_never_changed;
      UPDATE tombstone SET byte_count = byte_count + 1
      """, "no", 14
    ),
  ]

  @Test("is verified where plan, tombstones and audit log agree, and not else", arguments: 0..<4)
  func verified(number: Int) async throws {
    let change = Self.changes[number]
    try await withTemporaryDirectory { folder in
      func custody(_ line: String) async throws -> ToolResult {
        try await Tool.run(
          "custody", ["--store", "s"] + line.split(separator: " ").map(String.init), in: folder)
      }
      try Data(Self.export.utf8).write(to: folder.appendingPathComponent("conversations.json"))
      for line in ["init s", "import conversations.json"] {
        let done = try await custody(line)
        try #require(done.status == 0, "\(done.errorText)")
      }
      let planned = try await custody("retention plan --query budget --reason asked --id-only")
      let plan = planned.outputText.trimmingCharacters(in: .whitespacesAndNewlines)
      let run = try await custody("retention run \(plan) --confirm \(plan) --confirm-count 1")
      try #require(run.status == 0, "\(run.errorText)")
      let changed = try await Tool.run("sqlite3", ["s/catalog.sqlite", change.sql], in: folder)
      try #require(changed.status == 0, "\(changed.errorText)")
      let result = try await custody("retention certificate \(plan) --verify --fields verified")
      #expect(result.outputText == "verified: \(change.verified)\n")
      #expect(result.status == change.status, "\(result.errorText)")
    }
  }
}
