// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing

/// Backups with real processes: others that write meanwhile, and kills.
@Suite("Backups among processes")
struct BackupProcessTests {
  private static let store = ["--store", "store"]

  /// Conversations of many months, so that they fill several partitions and batches.
  private static func conversations(_ count: Int, wordCount: Int) -> String {
    let list = (0..<count).map { number in
      let time = "202\(number % 4 + 1)-0\(number % 9 + 1)-01T00:00:00Z"
      let text = String(repeating: "word\(number) budget plan ", count: wordCount)
      return """
        {"uuid":"c\(number)","name":"Number \(number)","account":{"uuid":"a\(number % 7)"},\
        "created_at":"\(time)","chat_messages":[{"uuid":"m\(number)","sender":"human",\
        "created_at":"\(time)","content":[{"type":"text","text":"\(text)"}]}]}
        """
    }
    return "[" + list.joined(separator: ",\n") + "]"
  }

  private static func prepare(_ folder: URL, _ conversations: String) async throws {
    try Data(conversations.utf8).write(to: folder.appendingPathComponent("conversations.json"))
    for words in [["init", "store"], store + ["case", "create", "pier"]] {
      let result = try await Tool.run("custody", words, in: folder)
      try #require(result.status == 0, "\(words): \(result.errorText)")
    }
  }

  private static func fill(_ folder: URL, _ conversations: String) async throws {
    try await prepare(folder, conversations)
    for words in [
      store + ["import", "conversations.json"],
      store + ["hold", "create", "kept", "--case", "pier", "--everyone"],
    ] {
      let result = try await Tool.run("custody", words, in: folder)
      try #require(result.status == 0, "\(words): \(result.errorText)")
    }
  }

  private static func start(_ words: [String], in folder: URL) throws -> Process {
    let process = Process()
    process.executableURL = Tool.buildFolder.appendingPathComponent("custody")
    process.arguments = words
    process.currentDirectoryURL = folder
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    return process
  }

  private static func names(in folder: URL) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
  }

  /// A field of the first record that a command prints as JSON.
  private static func number(_ name: String, _ words: [String], in folder: URL) async throws -> Int
  {
    let result = try await Tool.run("custody", words + ["--json"], in: folder)
    #expect(result.status == 0, "\(words): \(result.errorText)")
    let record = try #require(
      JSONSerialization.jsonObject(with: Data(result.output)) as? [String: Any])
    return try #require(record[name] as? Int)
  }

  private static func lines(_ words: [String], in folder: URL) async throws -> [String] {
    let result = try await Tool.run("custody", words, in: folder)
    #expect(result.status == 0, "\(words): \(result.errorText)")
    return result.outputText.split(separator: "\n").map(String.init)
  }

  @Test(
    "made while an import runs and holds are set hold what the catalog said, no more and no less")
  func whileImporting() async throws {
    try await withTemporaryDirectory { folder in
      try await Self.prepare(folder, Self.conversations(5000, wordCount: 60))
      let importing = try Self.start(Self.store + ["import", "conversations.json"], in: folder)
      var made: [(name: String, holds: ClosedRange<Int>)] = []
      var holds = 0
      while importing.isRunning, made.count < 8 {
        let before = holds
        let name = "backup\(made.count)"
        let backup = try Self.start(
          Self.store + ["backup", "create", "--output", name], in: folder)
        repeat {
          let hold = try await Tool.run(
            "custody",
            Self.store + ["hold", "create", "h\(holds)", "--case", "pier", "--everyone"],
            in: folder)
          #expect(hold.status == 0, "\(hold.errorText)")
          holds += 1
        } while backup.isRunning
        backup.waitUntilExit()
        #expect(backup.terminationStatus == 0)
        made.append((name, before...holds))
      }
      // Otherwise nothing was shown.
      #expect(made.count >= 2)
      importing.waitUntilExit()
      #expect(importing.terminationStatus == 0)

      var sizes: [Int] = []
      for (name, holds) in made {
        let items = try await Self.number("items", ["backup", "verify", name], in: folder)
        sizes.append(items)
        guard name == made.first?.name || name == made.last?.name else { continue }
        let target = name + "-restored"
        let restored = try await Tool.run(
          "custody", ["backup", "restore", name, target], in: folder)
        #expect(restored.status == 0, "\(restored.errorText)")
        let verified = try await Tool.run(
          "custody", ["--store", target, "verify", "--format", "csv"], in: folder)
        #expect(verified.status == 0, "\(verified.errorText)")
        // Not even a leftover of the batch that was being written.
        #expect(verified.outputText.split(separator: "\n").count == 1, "\(verified.outputText)")
        let found = try await Self.number(
          "items", ["--store", target, "search", "--all", "--count"], in: folder)
        #expect(found == items)
        let words = try await Self.number(
          "items", ["--store", target, "search", "budget", "--count"], in: folder)
        #expect(words == items)
        let held = try await Self.lines(
          ["--store", target, "hold", "list", "--id-only"], in: folder)
        #expect(holds.contains(held.count), "\(held.count) of \(holds)")
        // The rest of the import goes into the restored store as into the other.
        guard name == made.first?.name else { continue }
        let again = try await Tool.run(
          "custody", ["--store", target, "import", "conversations.json"], in: folder)
        #expect(again.status == 0, "\(again.errorText)")
        let all = try await Self.lines(
          ["--store", target, "search", "--all", "--id-only"], in: folder)
        #expect(
          try await all
            == Self.lines(Self.store + ["search", "--all", "--id-only"], in: folder))
      }
      #expect(sizes == sizes.sorted())
      #expect((sizes.first ?? 0) < 5000)
    }
  }

  @Test("a backup stands under its name whole or not at all, whenever it was killed")
  func killedCreate() async throws {
    try await withTemporaryDirectory { folder in
      try await Self.fill(folder, Self.conversations(1500, wordCount: 60))
      let start = ContinuousClock.now
      let clean = try await Tool.run(
        "custody", Self.store + ["backup", "create", "--output", "clean"], in: folder)
      let duration = ContinuousClock.now - start
      try #require(clean.status == 0, "\(clean.errorText)")
      let out = folder.appendingPathComponent("out")
      try FileManager.default.createDirectory(at: out, withIntermediateDirectories: false)
      var killedCount = 0
      var standing = 0
      for part in 1...10 {
        let name = "out/b\(part)"
        let process = try Self.start(
          Self.store + ["backup", "create", "--output", name], in: folder)
        try await Task.sleep(for: duration * part / 10)
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        if process.terminationReason == .uncaughtSignal { killedCount += 1 }
        guard try Self.names(in: out).contains("b\(part)") else { continue }
        standing += 1
        let verified = try await Tool.run("custody", ["backup", "verify", name], in: folder)
        #expect(verified.status == 0, "\(part): \(verified.errorText)")
      }
      // Without a process that died on the way the test would show nothing.
      #expect(killedCount > 0)
      let again = try await Tool.run(
        "custody", Self.store + ["backup", "create", "--output", "out/last"], in: folder)
      #expect(again.status == 0, "\(again.errorText)")
      // The last one removed what the others left, whatever they were to be called.
      #expect(try Self.names(in: out).allSatisfy { !$0.hasPrefix(".") })
      // What stands is on record as complete, what does not as failed, and no other.
      let list = try await Self.lines(
        Self.store + ["backup", "list", "--format", "csv", "--fields", "state,presence"],
        in: folder)
      #expect(list.dropFirst().allSatisfy { $0 == "complete,present" || $0 == "failed,none" })
      #expect(list.filter { $0 == "complete,present" }.count == standing + 2, "\(list)")
      for check in [["verify"], ["audit", "verify"]] {
        let result = try await Tool.run("custody", Self.store + check, in: folder)
        #expect(result.status == 0, "\(check): \(result.errorText)")
      }
    }
  }

  @Test("a restored store is there whole or not at all, whenever its restoration was killed")
  func killedRestore() async throws {
    try await withTemporaryDirectory { folder in
      try await Self.fill(folder, Self.conversations(1500, wordCount: 60))
      let made = try await Tool.run(
        "custody", Self.store + ["backup", "create", "--output", "backup"], in: folder)
      try #require(made.status == 0, "\(made.errorText)")
      let start = ContinuousClock.now
      let clean = try await Tool.run(
        "custody", ["backup", "restore", "backup", "clean"], in: folder)
      let duration = ContinuousClock.now - start
      try #require(clean.status == 0, "\(clean.errorText)")
      var killedCount = 0
      for part in 1...8 {
        // Into the same folder, over what the one before left, as long as there is no store.
        let process = try Self.start(["backup", "restore", "backup", "target"], in: folder)
        try await Task.sleep(for: duration * part / 8)
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        if process.terminationReason == .uncaughtSignal { killedCount += 1 }
        let status = try await Tool.run(
          "custody", ["--store", "target", "hold", "list", "--id-only"], in: folder)
        #expect([0, 10].contains(status.status), "\(part): \(status.errorText)")
        guard status.status == 0 else { continue }
        let verified = try await Tool.run("custody", ["--store", "target", "verify"], in: folder)
        #expect(verified.status == 0, "\(part): \(verified.errorText)")
        let audit = try await Tool.run(
          "custody", ["--store", "target", "audit", "list", "--format", "csv"], in: folder)
        #expect(audit.outputText.contains("store.restore"), "\(part)")
        try FileManager.default.removeItem(at: folder.appendingPathComponent("target"))
      }
      #expect(killedCount > 0)
      let target = folder.appendingPathComponent("target")
      if !FileManager.default.fileExists(atPath: target.path + "/catalog.sqlite") {
        let again = try await Tool.run(
          "custody", ["backup", "restore", "backup", "target"], in: folder)
        #expect(again.status == 0, "\(again.errorText)")
      }
      #expect(try Self.names(in: target) == Self.names(in: folder.appendingPathComponent("clean")))
      let verified = try await Tool.run("custody", ["--store", "target", "verify"], in: folder)
      #expect(verified.status == 0, "\(verified.errorText)")
    }
  }

  @Test("on a full disk, backups and restorations say so and leave nothing")
  func fullDisk() async throws {
    try await withTemporaryDirectory { folder in
      try await Self.fill(folder, Self.conversations(800, wordCount: 400))
      let made = try await Tool.run(
        "custody", Self.store + ["backup", "create", "--output", "backup"], in: folder)
      try #require(made.status == 0, "\(made.errorText)")
      let before = try Self.names(in: folder)
      // The signal for too long a file is ignored, so that the write itself fails as on a full disk.
      // The store's own changes are smaller, the partitions greater than that.
      let command = "trap '' XFSZ; ulimit -f 1024; exec custody \"$@\""
      for words in [
        Self.store + ["backup", "create", "--output", "other"],
        ["backup", "restore", "backup", "restored"],
      ] {
        let failed = try await Tool.run("bash", ["-c", command, "bash"] + words, in: folder)
        #expect(failed.status == 31, "\(words): \(failed.errorText)")
        #expect(try Self.names(in: folder) == before, "\(words)")
      }
      let list = try await Self.lines(
        Self.store + ["backup", "list", "--format", "csv", "--fields", "state"], in: folder)
      #expect(list == ["state", "failed", "complete"])
      let verified = try await Tool.run("custody", Self.store + ["verify"], in: folder)
      #expect(verified.status == 0, "\(verified.errorText)")
    }
  }

  @Test("stopped by a signal, leave nothing under the name, and say how they ended")
  func interrupted() async throws {
    try await withTemporaryDirectory { folder in
      try await Self.fill(folder, Self.conversations(1500, wordCount: 60))
      let before = try Self.names(in: folder)
      let start = ContinuousClock.now
      let clean = try await Tool.run(
        "custody", Self.store + ["backup", "create", "--output", "clean"], in: folder)
      let duration = ContinuousClock.now - start
      try #require(clean.status == 0, "\(clean.errorText)")
      var stoppedCount = 0
      for part in 2...5 {
        let process = try Self.start(
          Self.store + ["backup", "create", "--output", "stopped"], in: folder)
        try await Task.sleep(for: duration * part / 6)
        process.terminate()
        process.waitUntilExit()
        guard process.terminationStatus == 143 else {
          try? FileManager.default.removeItem(at: folder.appendingPathComponent("stopped"))
          continue
        }
        stoppedCount += 1
      }
      #expect(stoppedCount > 0)
      let left = try Self.names(in: folder).filter { $0 != "clean" && $0 != "stopped" }
      #expect(left == before)
      // One that was stopped before it began to copy is not on record; none is left as running.
      let list = try await Self.lines(
        Self.store + ["backup", "list", "--format", "csv", "--fields", "state"], in: folder)
      #expect(list.contains("complete"))
      #expect(list.dropFirst().allSatisfy { ["complete", "failed"].contains($0) }, "\(list)")
    }
  }

  @Test("are made one at a time; the second names the first")
  func oneAtATime() async throws {
    try await withTemporaryDirectory { folder in
      try await Self.fill(folder, Self.conversations(3, wordCount: 5))
      let busy = try await Tool.run(
        "flock",
        ["store/locks/backup.lock", "custody"] + Self.store
          + ["backup", "create", "--output", "backup"],
        in: folder)
      #expect(busy.status == 11, "\(busy.errorText)")
      #expect(!FileManager.default.fileExists(atPath: folder.appendingPathComponent("backup").path))
      // Content that is being written is no reason to wait.
      let meanwhile = try await Tool.run(
        "flock",
        ["store/locks/content.lock", "custody"] + Self.store
          + ["backup", "create", "--output", "backup"],
        in: folder)
      #expect(meanwhile.status == 0, "\(meanwhile.errorText)")
    }
  }

  @Test("a plain copy of the folder carries the holds, too")
  func plainCopy() async throws {
    try await withTemporaryDirectory { folder in
      try await Self.fill(folder, Self.conversations(20, wordCount: 5))
      let copied = try await Tool.run("cp", ["-a", "store", "copy"], in: folder)
      #expect(copied.status == 0)
      for words in [
        ["hold", "list", "--json"], ["hold", "verify", "--no-record", "--json"],
        ["audit", "verify", "--json"],
        ["search", "--all", "--id-only"],
      ] {
        let results = try await (
          Tool.run("custody", Self.store + words, in: folder),
          Tool.run("custody", ["--store", "copy"] + words, in: folder)
        )
        #expect(results.0 == results.1, "\(words)")
        #expect(results.0.outputText != "[]\n")
      }
      let verified = try await Tool.run("custody", ["--store", "copy", "verify"], in: folder)
      #expect(verified.status == 0, "\(verified.errorText)")
    }
  }
}
