// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing

@Suite("Exports that are killed or run out of space")
struct ExportInterruptionTests {
  private static let store = ["--store", "store"]

  /// Conversations whose texts make a volume of some megabytes.
  private static func conversations(_ count: Int, wordCount: Int) -> String {
    let conversations = (0..<count).map { number in
      let day = String(number % 28 + 1)
      let time = "2025-03-" + (day.count < 2 ? "0" : "") + day + "T00:00:00Z"
      let text = String(repeating: "word\(number) budget plan ", count: wordCount)
      return """
        {"uuid":"c\(number)","name":"Number \(number)","created_at":"\(time)",\
        "account":{"uuid":"a\(number % 7)"},"chat_messages":[{"uuid":"m\(number)",\
        "sender":"human","created_at":"\(time)","content":[{"type":"text","text":"\(text)"}]}]}
        """
    }
    return "[" + conversations.joined(separator: ",\n") + "]"
  }

  /// A store with a review set of everything.
  private static func prepare(_ folder: URL, _ conversations: String) async throws {
    try Data(conversations.utf8).write(to: folder.appendingPathComponent("conversations.json"))
    for words in [
      ["init", "store"], store + ["import", "conversations.json"],
      store + ["case", "create", "Matter"],
      store + ["review", "create", "Everything", "--case", "Matter"],
      store + ["review", "add", "Everything", "--everyone", "--all"],
    ] {
      let result = try await Tool.run("custody", words, in: folder)
      try #require(result.status == 0, "\(words): \(result.errorText)")
    }
  }

  private static func export(_ name: String, _ more: String...) -> [String] {
    store + ["export", "create", "--review", "Everything", "--output", name] + more
  }

  private static func names(in folder: URL) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
  }

  /// Paths and digests of all files of a volume and of its digest file.
  private static func digests(_ volume: String, in folder: URL) async throws -> String {
    let names = try names(in: folder).filter { $0.hasPrefix(volume) }
    let files = try await Tool.run("find", names + ["-type", "f"], in: folder)
    let paths = files.outputText.split(separator: "\n").map(String.init).sorted()
    try #require(!paths.isEmpty)
    return try await Tool.run("sha256sum", paths, in: folder).outputText
  }

  @Test(
    "a volume stands under its name whole or not at all, whenever its export was killed",
    arguments: ["VOL001", "VOL001.zip"])
  func killed(_ name: String) async throws {
    try await withTemporaryDirectory { folder in
      try await Self.prepare(folder, Self.conversations(200, wordCount: 60))
      let out = folder.appendingPathComponent("out", isDirectory: true)
      let start = ContinuousClock.now
      let clean = try await Tool.run("custody", Self.export("clean/" + name), in: folder)
      let duration = ContinuousClock.now - start
      try #require(clean.status == 0, "\(clean.errorText)")

      var killedCount = 0
      for part in 1...5 {
        let process = Process()
        process.executableURL = Tool.buildFolder.appendingPathComponent("custody")
        process.arguments = Self.export("out/" + name, "--force")
        process.currentDirectoryURL = folder
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        try await Task.sleep(for: duration * part / 6)
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        if process.terminationReason == .uncaughtSignal { killedCount += 1 }
        // What a killed run leaves bears a hidden name of the volume's own.
        let known = [name, name + ".sha256", "." + name + ".partial", "." + name + ".partial.lock"]
        guard let left = try? Self.names(in: out) else { continue }
        #expect(left.allSatisfy { known.contains($0) }, "\(left)")
        guard left.contains(name) else { continue }
        let verified = try await Tool.run(
          "custody", ["export", "verify", "out/" + name], in: folder)
        #expect(verified.status == 0, "\(part): \(verified.outputText)\(verified.errorText)")
      }
      // Without a process that died on the way the test would show nothing.
      #expect(killedCount > 0)

      let again = try await Tool.run("custody", Self.export("out/" + name, "--force"), in: folder)
      #expect(again.status == 0, "\(again.errorText)")
      #expect(try Self.names(in: out).allSatisfy { !$0.hasPrefix(".") })
      let digests = try await Self.digests(name, in: out)
      #expect(try await digests == Self.digests(name, in: folder.appendingPathComponent("clean")))
      for check in [["verify"], ["audit", "verify"]] {
        let result = try await Tool.run("custody", Self.store + check, in: folder)
        #expect(result.status == 0, "\(check): \(result.errorText)")
      }
      let list = try await Tool.run(
        "custody", Self.store + ["export", "list", "--json"], in: folder)
      #expect(list.outputText.contains("\"complete\""))
      #expect(!list.outputText.contains("\"running\""), "\(list.outputText)")
    }
  }

  @Test(
    "an export that cannot write on says so and leaves nothing",
    arguments: ["VOL001", "VOL001.zip"])
  func noSpace(_ name: String) async throws {
    try await withTemporaryDirectory { folder in
      // One text that is longer than any file may get; the store's own changes are smaller.
      try await Self.prepare(folder, Self.conversations(1, wordCount: 250_000))
      // The signal for too long a file is ignored, so that the write itself fails as on a full disk.
      let command =
        "trap '' XFSZ; ulimit -f 4096; exec custody \"$@\""
      let failed = try await Tool.run(
        "bash", ["-c", command, "bash"] + Self.export("out/" + name), in: folder)
      #expect(failed.status == 31, "\(failed.errorText)")
      #expect(failed.errorText.contains("cannot write"), "\(failed.errorText)")
      #expect(failed.errorText.contains("File too large"), "\(failed.errorText)")
      #expect(try Self.names(in: folder.appendingPathComponent("out")) == [])
      let list = try await Tool.run(
        "custody", Self.store + ["export", "list", "--json"], in: folder)
      #expect(list.outputText.contains("\"failed\""), "\(list.outputText)")

      let again = try await Tool.run("custody", Self.export("out/" + name), in: folder)
      #expect(again.status == 0, "\(again.errorText)")
      let verified = try await Tool.run("custody", ["export", "verify", "out/" + name], in: folder)
      #expect(verified.status == 0, "\(verified.errorText)")
      let check = try await Tool.run("custody", Self.store + ["verify"], in: folder)
      #expect(check.status == 0, "\(check.errorText)")
    }
  }

  @Test("an earlier volume that a killed run had put aside comes back")
  func putAside() async throws {
    try await withTemporaryDirectory { folder in
      try await Self.prepare(folder, Self.conversations(3, wordCount: 5))
      let made = try await Tool.run("custody", Self.export("VOL001"), in: folder)
      try #require(made.status == 0, "\(made.errorText)")
      // The state between the two steps in which a folder takes the place of another.
      try FileManager.default.createDirectory(
        at: folder.appendingPathComponent(".VOL001.partial"), withIntermediateDirectories: false)
      try FileManager.default.moveItem(
        at: folder.appendingPathComponent("VOL001"),
        to: folder.appendingPathComponent(".VOL001.partial/replaced"))
      let refused = try await Tool.run("custody", Self.export("VOL001"), in: folder)
      #expect(refused.status == 21, "\(refused.errorText)")
      let verified = try await Tool.run("custody", ["export", "verify", "VOL001"], in: folder)
      #expect(verified.status == 0, "\(verified.errorText)")
    }
  }
}
