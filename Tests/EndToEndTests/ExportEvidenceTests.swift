// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing

@Suite("Exports that prove what they say")
struct ExportEvidenceTests {
  private static let store = ["--store", "store"]

  private static func prepare(_ folder: URL) async throws {
    let text = """
      [{"uuid":"c1","name":"Budget","created_at":"2025-03-01T00:00:00Z",\
      "account":{"uuid":"a1"},"chat_messages":[{"uuid":"m1","sender":"human",\
      "created_at":"2025-03-01T00:00:00Z","content":[{"type":"text","text":"The budget plan"}],\
      "attachments":[{"file_name":"plan.txt","extracted_content":"the plan"}]},\
      {"uuid":"m2","sender":"assistant","created_at":"2025-03-02T00:00:00Z",\
      "content":[{"type":"text","text":"=1+1"}]}]}]
      """
    try Data(text.utf8).write(to: folder.appendingPathComponent("conversations.json"))
    for words in [
      ["init", "store"], store + ["import", "conversations.json"],
      store + ["case", "create", "Matter"],
      store + ["review", "create", "Set", "--case", "Matter"],
      store + ["review", "add", "Set", "--everyone", "--all"],
    ] {
      try await run(words, in: folder)
    }
    let key = try await Tool.run(
      "ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "test", "-f", "key"], in: folder)
    try #require(key.status == 0)
  }

  /// Runs the tool, and expects a status.
  @discardableResult
  private static func run(
    _ words: [String], status: Int32 = 0, in folder: URL
  ) async throws -> ToolResult {
    let result = try await Tool.run("custody", words, in: folder)
    #expect(result.status == status, "\(words): \(result.outputText)\(result.errorText)")
    return result
  }

  private static func export(_ output: String, _ more: String...) -> [String] {
    store + ["export", "create", "--review", "Set", "--output", output] + more
  }

  @Test("a signed export with a proof of the audit log verifies without the store")
  func evidence() async throws {
    try await withTemporaryDirectory { folder in
      try await Self.prepare(folder)
      try await Self.run(
        Self.export("VOL001.zip", "--key-file", "key", "--proof", "--certification"), in: folder)
      try FileManager.default.removeItem(at: folder.appendingPathComponent("store"))
      let good = try await Self.run(
        ["export", "verify", "VOL001.zip", "--signer", "key.pub", "--json"], in: folder)
      #expect(good.outputText.contains("\"signer_known\":true"))
      let other = try await Tool.run(
        "ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", "other"], in: folder)
      try #require(other.status == 0)
      try await Self.run(
        ["export", "verify", "VOL001.zip", "--signer", "other.pub"], status: 13, in: folder)
      let sheet = try await Tool.run(
        "unzip", ["-p", "VOL001.zip", "VOL001/MANIFEST/certification.txt"], in: folder)
      #expect(sheet.outputText.contains("Source: import; method: import;"))
      let proof = try await Tool.run(
        "unzip", ["-p", "VOL001.zip", "VOL001/MANIFEST/audit-proof.json"], in: folder)
      #expect(proof.outputText.contains("export.create"))
    }
  }

  @Test("a time stamp is asked for and kept without a network, and asked for again when verifying")
  func timeStamp() async throws {
    try await withTemporaryDirectory { folder in
      try await Self.prepare(folder)
      try await Self.run(Self.export("VOL001.zip"), in: folder)
      let authority = try await LocalTimeAuthority(in: folder.appendingPathComponent("tsa"))
      let stamp = ["export", "stamp", "VOL001.zip"]
      try await Self.run(stamp + ["--request", "1.tsq"], in: folder)
      try await Self.run(stamp + ["--request", "1.tsq"], status: 21, in: folder)
      try await authority.answer(folder.path + "/1.tsq", to: folder.path + "/1.tsr")
      for (words, status) in [
        ([], 2), (["--request", "a", "--reply", "b"], 2), (["--request", "a", "--chain", "b"], 2),
        (["--reply", "VOL001.zip"], 13), (["--reply", "none"], 20),
        (["--reply", "1.tsr", "--chain", "1.tsq"], 13),
      ] as [([String], Int32)] {
        try await Self.run(stamp + words, status: status, in: folder)
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/VOL001.zip.tsr"))
      }
      let verify = ["export", "verify", "VOL001.zip"]
      let asked = verify + ["--tsa-ca", "tsa/root.pem", "--json"]
      let missing = try await Self.run(asked, status: 13, in: folder)
      #expect(
        missing.errorText.contains(
          "the time stamp of the volume does not hold; the volume has none"))
      try await Self.run(stamp + ["--reply", "1.tsr", "--chain", "tsa/tsa.pem"], in: folder)
      try await Self.run(stamp + ["--reply", "1.tsr"], status: 21, in: folder)
      // Nothing of a refused reply is kept.
      try FileManager.default.removeItem(atPath: folder.path + "/VOL001.zip.tsa-chain.pem")
      try await Self.run(
        stamp + ["--reply", "1.tsr", "--chain", "tsa/tsa.pem"], status: 21, in: folder)
      #expect(!FileManager.default.fileExists(atPath: folder.path + "/VOL001.zip.tsa-chain.pem"))
      let record = try await Self.run(
        stamp + ["--reply", "1.tsr", "--chain", "tsa/tsa.pem", "--force", "--json"], in: folder)
      #expect(record.outputText.contains("\"stamped_at\":\""))
      let unsigned = try await Self.run(
        asked + ["--signer", "key.pub"], status: 13, in: folder)
      #expect(unsigned.errorText.contains("none of the signers signed the volume"))
      #expect(!unsigned.errorText.contains("another copy"))
      let good = try await Self.run(asked, in: folder)
      #expect(good.outputText.contains("\"stamp_known\":true"))
      // As export-formats 10.3 has it, without this program.
      let list = try await Tool.run(
        "unzip", ["-p", "VOL001.zip", "VOL001/MANIFEST/SHA256SUMS"], in: folder)
      try Data(list.output).write(to: folder.appendingPathComponent("SHA256SUMS"))
      let openssl = try await Tool.run(
        "openssl",
        ["ts", "-verify", "-data", "SHA256SUMS", "-in", "VOL001.zip.tsr", "-CAfile"]
          + ["tsa/root.pem", "-untrusted", "VOL001.zip.tsa-chain.pem"], in: folder)
      #expect((openssl.outputText + openssl.errorText).contains("Verification: OK"))
      // What lies beside a volume comes with it when it is imported.
      let box = folder.appendingPathComponent("box")
      try FileManager.default.createDirectory(at: box, withIntermediateDirectories: false)
      for name in ["VOL001.zip", "VOL001.zip.sha256", "VOL001.zip.tsr", "VOL001.zip.tsa-chain.pem"]
      {
        try FileManager.default.copyItem(
          atPath: folder.path + "/" + name, toPath: box.path + "/" + name)
      }
      try await Self.run(["init", "second"], in: folder)
      // The volume alone is named: it carries no review data.
      let imported = try await Self.run(
        ["--store", "second", "import", "box"], status: 3, in: folder)
      #expect((imported.outputText + imported.errorText).contains("exceptions 1, files 4"))
    }
  }

  @Test(
    "a time stamp stays with a volume that is made again, and goes with one that is replaced by another",
    arguments: ["VOL001.zip", "VOL001"])
  func replacedStamp(_ volume: String) async throws {
    try await withTemporaryDirectory { folder in
      try await Self.prepare(folder)
      try await Self.run(Self.export(volume), in: folder)
      let authority = try await LocalTimeAuthority(in: folder.appendingPathComponent("tsa"))
      let stamp = ["export", "stamp", volume]
      try await Self.run(stamp + ["--request", "1.tsq"], in: folder)
      try await authority.answer(folder.path + "/1.tsq", to: folder.path + "/1.tsr")
      try await Self.run(stamp + ["--reply", "1.tsr"], in: folder)
      let asked = ["export", "verify", volume, "--tsa-ca", "tsa/root.pem"]
      try await Self.run(Self.export(volume, "--force"), in: folder)
      try await Self.run(asked, in: folder)
      try await Self.run(Self.export(volume, "--force", "--prefix", "ZZZ"), in: folder)
      try await Self.run(asked, status: 13, in: folder)
      try await Self.run(["export", "verify", volume], in: folder)
    }
  }

  @Test("keys and passphrases that others may read, and short ones, are refused with status 32")
  func secrets() async throws {
    try await withTemporaryDirectory { folder in
      try await Self.prepare(folder)
      for (name, text, mode) in [
        ("open", "long enough for anybody", 0o644), ("short", "short", 0o600), ("empty", "", 0o600),
        ("good", "long enough for anybody\nmore", 0o600),
      ] {
        let file = folder.appendingPathComponent(name)
        try Data(text.utf8).write(to: file)
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file.path)
        try await Self.run(
          Self.export("VOL001.zip", "--encrypt", "--passphrase-file", name),
          status: name == "good" ? 0 : 32, in: folder)
      }
      try await Self.run(
        Self.export("VOL002.zip", "--encrypt", "--no-input"), status: 32, in: folder)
      try await Self.run(Self.export("VOL002", "--key-file", "key.pub"), status: 32, in: folder)
      try await Self.run(
        ["export", "verify", "VOL001.zip", "--no-input"], status: 32, in: folder)
      try await Self.run(
        ["export", "verify", "VOL001.zip", "--passphrase-file", "good"], in: folder)
      let other = folder.appendingPathComponent("other")
      try Data("not the passphrase".utf8).write(to: other)
      try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: other.path)
      let diff = ["export", "diff", "VOL001.zip", "VOL001.zip"]
      for words in [["export", "verify", "VOL001.zip"], diff] {
        let refused = try await Self.run(
          words + ["--passphrase-file", "other"], status: 32, in: folder)
        #expect(refused.errorText.contains("does not open"))
        #expect(refused.outputText.isEmpty)
      }
      try await Self.run(diff, status: 32, in: folder)
      let stamp = ["export", "stamp", "VOL001.zip", "--request", "1.tsq"]
      try await Self.run(stamp + ["--no-input"], status: 32, in: folder)
      try await Self.run(stamp + ["--passphrase-file", "other"], status: 32, in: folder)
      try await Self.run(stamp + ["--passphrase-file", "good"], in: folder)
      try await Self.run(diff + ["--passphrase-file", "good"], in: folder)
    }
  }

  @Test("every kind of volume is made from the command line and verifies")
  func kinds() async throws {
    try await withTemporaryDirectory { folder in
      try await Self.prepare(folder)
      for (output, more) in [
        ("a/VOL001", ["--rendering", "html", "--rendering", "rsmf", "--rendering", "eml"]),
        ("b/VOL001", ["--rendering", "edrm-1.1", "--rendering", "rsmf-1.0"]),
        ("c/VOL001", ["--package", "bagit"]),
        ("d/VOL001.zip", ["--zip-compression", "deflate", "--layout", "report", "--with-body"]),
        (
          "e/VOL001.tar.zst",
          ["--max-documents", "1", "--rendering", "edrm", "--key-file", "key", "--proof"]
        ),
      ] {
        let words =
          Self.store + ["export", "create", "--review", "Set", "--output", output] + more
        try await Self.run(words, in: folder)
        try await Self.run(["export", "verify", output], in: folder)
      }
      try await Self.run(
        ["export", "verify", "e/VOL002.tar.zst", "--signer", "key.pub"], in: folder)
      let same = try await Self.run(
        ["export", "diff", "a/VOL001", "a/VOL001", "--json"], in: folder)
      #expect(same.outputText.filter { !$0.isWhitespace } == "[]")
      let diff = try await Self.run(
        ["export", "diff", "a/VOL001", "c/VOL001", "--json"], in: folder)
      #expect(diff.outputText.contains("options.renderings"))
      for wrong in [
        ["--package", "folder", "--encrypt"], ["--layout", "report", "--rendering", "eml"],
        ["--rendering", "rsmf", "--rendering", "rsmf-1.0"], ["--with-body"],
        ["--max-documents", "0"],
      ] {
        try await Self.run(
          Self.store + ["export", "create", "--review", "Set", "--output", "x/VOL001"] + wrong,
          status: 2, in: folder)
      }
    }
  }

  @Test("other slices give other documents, which never take a number that was given")
  func numbers() async throws {
    try await withTemporaryDirectory { folder in
      try await Self.prepare(folder)
      func first(_ output: String, _ more: [String]) async throws -> String {
        let words =
          Self.store + ["export", "create", "--review", "Set", "--output", output, "--json"] + more
        let text = try await Self.run(words, in: folder).outputText
        let place = try #require(text.range(of: #""first":"#))
        return String(text[place.upperBound...].drop { $0 == " " }.prefix { $0.isNumber })
      }
      #expect(try await first("a/VOL001", []) == "1")
      #expect(try await first("b/VOL001", ["--slice", "conversation"]) == "4")
      #expect(try await first("c/VOL001", ["--timezone", "Asia/Tokyo"]) == "6")
      #expect(try await first("d/VOL001", ["--rendering", "eml"]) == "1")
      #expect(try await first("e/VOL001", ["--slice", "conversation"]) == "4")
    }
  }

  @Test("an anchor kept elsewhere shows that the log goes on, and finds a change and a cut")
  func anchors() async throws {
    try await withTemporaryDirectory { folder in
      try await Self.prepare(folder)
      let anchor = Self.store + ["audit", "anchor", "--output", "anchor", "--key-file", "key"]
      try await Self.run(anchor, in: folder)
      try await Self.run(anchor, status: 21, in: folder)
      try await Self.run(Self.store + ["case", "create", "Later"], in: folder)
      let verify = Self.store + ["audit", "verify", "--anchor", "anchor"]
      let good = try await Self.run(verify + ["--signer", "key.pub"], in: folder)
      #expect(good.errorText.contains("events of the anchor, unchanged"))

      // Of another store.
      try await Self.run(["init", "second"], in: folder)
      try await Self.run(
        ["--store", "second", "audit", "verify", "--anchor", "anchor"], status: 14, in: folder)
      // Forged.
      let text = try String(contentsOf: folder.appendingPathComponent("anchor"), encoding: .utf8)
      let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
      let forged = [lines[0], "1", lines[2]].joined(separator: "\n") + "\n"
      try Data(forged.utf8).write(to: folder.appendingPathComponent("forged"))
      try await Self.run(
        Self.store + ["audit", "verify", "--anchor", "forged"], status: 14, in: folder)
      try await Self.run(
        Self.store + ["audit", "verify", "--anchor", "forged", "--signer", "key.pub"],
        status: 14, in: folder)
      // A log that was written anew up to an earlier event is sound by itself.
      let script = """
        import sqlite3
        c = sqlite3.connect('store/catalog.sqlite')
        c.execute("DROP TRIGGER IF EXISTS event_is_kept")
        for (name,) in c.execute("SELECT name FROM sqlite_master WHERE type='trigger'").fetchall():
            c.execute('DROP TRIGGER "%s"' % name)
        c.execute('DELETE FROM event WHERE seq > 2')
        digest = c.execute('SELECT sha256 FROM event WHERE seq = 2').fetchone()[0]
        c.execute('UPDATE store SET event_count = 2, event_sha256 = ?', (digest,))
        c.commit()
        """
      let cut = try await Tool.run("python3", ["-c", script], in: folder)
      try #require(cut.status == 0, "\(cut.errorText)")
      try await Self.run(Self.store + ["audit", "verify"], in: folder)
      try await Self.run(verify, status: 14, in: folder)
    }
  }
}
