// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing

@Suite("An account without all permissions")
struct AccountPermissionTests {
  private static let export = """
    [{"uuid":"c1","name":"One","created_at":"2025-01-01T00:00:00Z","account":{"uuid":"a1"},\
    "chat_messages":[{"uuid":"m1","sender":"human","created_at":"2025-01-01T00:00:00Z",\
    "content":[{"type":"text","text":"the budget"}]}]}]
    """

  /// Runs the tool as somebody who is not the superuser, whom no mode stops.
  private static func run(_ words: [String], in folder: URL) async throws -> ToolResult {
    guard geteuid() == 0 else { return try await Tool.run("custody", words, in: folder) }
    return try await Tool.run(
      "setpriv",
      ["--reuid=65534", "--regid=65534", "--clear-groups", "custody"] + words, in: folder)
  }

  private static func shell(_ command: String, in folder: URL) async throws {
    let result = try await Tool.run("sh", ["-ec", command], in: folder)
    try #require(result.status == 0, "\(result.errorText)")
  }

  private static func withStore(_ body: (URL) async throws -> Void) async throws {
    try await withTemporaryDirectory { folder in
      try Data(export.utf8).write(to: folder.appendingPathComponent("conversations.json"))
      for words in [["init", "store"], ["--store", "store", "import", "conversations.json"]] {
        let made = try await Tool.run("custody", words, in: folder)
        try #require(made.status == 0, "\(made.errorText)")
      }
      try await shell("chmod a+rx .", in: folder)
      defer { _ = unsafe chmod(folder.path + "/store", 0o700) }
      try await body(folder)
    }
  }

  @Test("a store that may not be looked into is not told to be missing")
  func denied() async throws {
    try await Self.withStore { folder in
      for mode in ["0000 store", "0000 store/catalog.sqlite"] {
        try await Self.shell("chmod -R a+rX store; chmod \(mode)", in: folder)
        for words in [["status"], ["verify"], ["case", "create", "pier"], ["upgrade"]] {
          let result = try await Self.run(["--store", "store", "--json"] + words, in: folder)
          let what = "\(words) \(mode): \(result.errorText)"
          #expect(result.status == 24 && result.errorText.contains("permission denied"), "\(what)")
        }
      }
      try await Self.shell("chmod 0755 store", in: folder)
      let missing = try await Self.run(["--store", "store/none", "status"], in: folder)
      #expect(missing.status == 10, "\(missing.errorText)")
    }
  }

  @Test("a store that cannot be written into is read and checked, and what is not checked is named")
  func readOnly() async throws {
    try await Self.withStore { folder in
      let made = try await Tool.run("custody", ["--store", "store", "verify"], in: folder)
      #expect(made.status == 0, "\(made.errorText)")
      try await Self.shell("chmod -R a+rX,a-w store; chmod a+rX store", in: folder)
      let hash = "find store -type f | sort | xargs sha256sum"
      let before = try await Tool.run("sh", ["-c", hash], in: folder)
      for (words, text) in [
        (["status"], "custodians"), (["search", "budget"], "budget"), (["show", "c1"], "budget"),
      ] {
        let result = try await Self.run(["--store", "store"] + words, in: folder)
        // A gap is open: nobody bears the account.
        #expect(result.status == (words == ["status"] ? 7 : 0), "\(result.errorText)")
        #expect(result.outputText.contains(text), "\(result.errorText)")
      }
      let checked = try await Self.run(["--store", "store", "verify", "--json"], in: folder)
      #expect(checked.status == 3, "\(checked.errorText)")
      #expect(checked.outputText == "[]\n")
      #expect(
        checked.errorText.contains("not checked: the structure of the full-text indexes"))
      let changed = try await Self.run(["--store", "store", "case", "create", "x"], in: folder)
      #expect(changed.status == 24, "\(changed.errorText)")
      let after = try await Tool.run("sh", ["-c", hash], in: folder)
      #expect(after == before)
      // Damage is found as ever, and counts more than what is not checked.
      let damage = try await Tool.run(
        "sqlite3",
        [
          "store/partitions/0001.sqlite", "UPDATE record SET digest = zeroblob(32)",
          "PRAGMA wal_checkpoint(TRUNCATE)",
        ], in: folder)
      #expect(damage.status == 0, "\(damage.errorText)")
      let damaged = try await Self.run(["--store", "store", "verify"], in: folder)
      #expect(damaged.status == 13, "\(damaged.errorText)")
    }
  }
}
