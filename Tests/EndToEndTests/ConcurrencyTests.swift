// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing

@Suite("Two processes on one store")
struct ConcurrencyTests {
  private static func conversations(_ count: Int, prefix: String) -> String {
    let list = (0..<count).map { number in
      let text = String(repeating: "word\(number) budget plan ", count: 50)
      return """
        {"uuid":"\(prefix)\(number)","name":"Number \(number)","account":{"uuid":"a1"},\
        "created_at":"2025-01-01T00:00:00Z","chat_messages":[{"uuid":"\(prefix)m\(number)",\
        "sender":"human","created_at":"2025-01-01T00:00:00Z","content":[{"type":"text",\
        "text":"\(text)"}]}]}
        """
    }
    return "[" + list.joined(separator: ",\n") + "]"
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

  /// Waits until a process holds the lock of an import, as the lock's file tells.
  private static func waitForImport(_ process: Process, in store: URL) async throws {
    let locks = store.appendingPathComponent("locks")
    for _ in 0..<1000 {
      for name in (try? FileManager.default.contentsOfDirectory(atPath: locks.path)) ?? []
      where name.hasPrefix("content") {
        let text = try? String(contentsOf: locks.appendingPathComponent(name), encoding: .utf8)
        if text?.contains("process \(process.processIdentifier) ") ?? false { return }
      }
      try await Task.sleep(for: .milliseconds(5))
    }
    Issue.record("the import never took its lock")
  }

  @Test("the second import names the first and ends with 11, while all else goes on")
  func twoImports() async throws {
    try await withTemporaryDirectory { folder in
      try Data(Self.conversations(12000, prefix: "first").utf8).write(
        to: folder.appendingPathComponent("first.json"))
      try Data(Self.conversations(3, prefix: "second").utf8).write(
        to: folder.appendingPathComponent("second.json"))
      let made = try await Tool.run("custody", ["init", "store"], in: folder)
      #expect(made.status == 0)
      let first = try Self.start(["--store", "store", "import", "first.json"], in: folder)
      try await Self.waitForImport(first, in: folder.appendingPathComponent("store"))

      for (source, lock) in [("import", "import-"), ("other", "content")] {
        let second = try await Tool.run(
          "custody",
          ["--store", "store", "import", "second.json", "--source", source, "--json"], in: folder)
        #expect(second.status == 11)
        #expect(second.outputText == "")
        let record = try #require(
          JSONSerialization.jsonObject(with: Data((second.errorLines.last ?? "").utf8))
            as? [String: Any])
        #expect(record["code"] as? String == "LOCKED")
        #expect(record["exit"] as? Int == 11)
        #expect(record["retryable"] as? Bool == true)
        let message = try #require(record["message"] as? String)
        #expect(message.contains("process \(first.processIdentifier) on "), "\(message)")
        #expect(message.contains(", import by "), "\(message)")
        #expect(message.contains(lock), "\(message)")
      }
      for words in [
        ["case", "create", "Pier 9"], ["hold", "create", "h", "--case", "Pier 9", "--everyone"],
        ["search", "budget", "--count", "--json"], ["import", "second.json", "--dry-run"],
        ["status", "--json"],
      ] {
        let result = try await Tool.run("custody", ["--store", "store"] + words, in: folder)
        #expect([0, 7].contains(result.status), "\(words): \(result.errorText)")
      }
      // Otherwise nothing was shown.
      #expect(first.isRunning)
      let waiting = try await Tool.run(
        "custody", ["--store", "store", "import", "second.json", "--json", "--wait", "5m"],
        in: folder)
      #expect(waiting.status == 0, "\(waiting.errorText)")
      #expect(waiting.outputText.contains("\"stored\":3,"))
      first.waitUntilExit()
      #expect(first.terminationStatus == 0)
      let again = try await Tool.run(
        "custody", ["--store", "store", "import", "second.json", "--json"], in: folder)
      #expect(again.status == 0, "\(again.errorText)")
      #expect(again.outputText.contains("\"duplicates\":3,"))
      let count = try await Tool.run(
        "custody", ["--store", "store", "search", "budget", "--id-only"], in: folder)
      #expect(count.outputText.split(separator: "\n").count == 12003)
      for check in [["verify"], ["audit", "verify"]] {
        let result = try await Tool.run("custody", ["--store", "store"] + check, in: folder)
        #expect(result.status == 0, "\(check): \(result.errorText)")
      }
    }
  }
}

@Suite("Two checks of holds at once")
struct HoldCheckProcessTests {
  @Test("leave each gap once, and one that does not wait names the other and ends with 11")
  func records() async throws {
    try await withTemporaryDirectory { folder in
      func custody(_ words: String...) async throws -> ToolResult {
        try await Tool.run("custody", ["--store", "store"] + words, in: folder)
      }
      #expect(try await custody("init").status == 0)
      #expect(try await custody("case", "create", "m").status == 0)
      for name in ["one", "two", "three"] {
        let made = try await custody("custodian", "create", name)
        #expect(made.status == 0)
        let held = try await custody("hold", "create", name, "--case", "m", "--everyone")
        #expect(held.status == 0)
      }
      let results = try await withThrowingTaskGroup(of: Int32.self) { group in
        for name in ["one", "two", "three", ""] {
          let holds = name.isEmpty ? [] : [name]
          group.addTask {
            try await Tool.run(
              "custody", ["--store", "store", "hold", "verify", "--wait", "1m"] + holds, in: folder
            ).status
          }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(results == [7, 7, 7, 7])
      let list = try await custody("exception", "list", "--fields", "state,code", "--format", "csv")
      let lines = list.outputText.split(separator: "\n").dropFirst()
      #expect(lines == ["open,NOTHING_CAPTURED", "open,NOTHING_CAPTURED", "open,NOTHING_CAPTURED"])

      let path = folder.appendingPathComponent("store/locks/hold-verify.lock")
      let lock = try FileHandle(forUpdating: path)
      let taken = flock(lock.fileDescriptor, LOCK_EX | LOCK_NB)
      #expect(taken == 0)
      let second = try await custody("hold", "verify")
      #expect(second.status == 11)
      #expect(second.errorText.contains("the lock hold-verify is held by"), "\(second.errorText)")
      let reading = try await custody("hold", "verify", "--no-record")
      #expect(reading.status == 7)
      try lock.close()
      let third = try await custody("hold", "verify")
      #expect(third.status == 7)
      let audit = try await custody("audit", "verify")
      #expect(audit.status == 0)
    }
  }
}

@Suite("A folder that may not be read")
struct PermissionTests {
  @Test("is a named exception, and what lies beside it is imported")
  func unreadable() async throws {
    try await withTemporaryDirectory { folder in
      // Permissions do not bind root, so root does it as another user.
      var words = [Tool.buildFolder.appendingPathComponent("custody").path]
      if getuid() == 0 {
        let copy = folder.appendingPathComponent("custody")
        try FileManager.default.copyItem(atPath: words[0], toPath: copy.path)
        words = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", copy.path]
      }
      func custody(_ arguments: String...) async throws -> ToolResult {
        try await Tool.run(
          words[0], words.dropFirst() + ["--store", "store"] + arguments, in: folder)
      }
      func set(_ mode: Int, _ path: String) throws {
        try FileManager.default.setAttributes(
          [.posixPermissions: mode], ofItemAtPath: folder.appendingPathComponent(path).path)
      }
      for path in ["in/closed", "in/open"] {
        let place = folder.appendingPathComponent(path)
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        for name in ["a", "b"] {
          try Data("[{\"uuid\":\"\(path)/\(name)\",\"chat_messages\":[]}]".utf8).write(
            to: place.appendingPathComponent(name + ".json"))
        }
      }
      try set(0o755, "in/open/a.json")
      try set(0, "in/open/b.json")
      for path in ["", "in", "in/open"] { try set(0o777, path) }
      try set(0, "in/closed")
      defer { try? set(0o700, "in/closed") }

      let made = try await custody("init")
      #expect(made.status == 0, "\(made.errorText)")
      let rehearsed = try await custody("import", "in", "--json", "--dry-run")
      let run = try await custody("import", "in", "--json")
      for result in [rehearsed, run] {
        #expect(result.status == 3, "\(result.errorText)")
        #expect(result.outputText.contains("\"stored\":1,"))
        #expect(result.outputText.contains("\"exceptions\":2,"))
      }
      let list = try await custody("exception", "list", "--fields", "code,path", "--format", "csv")
      #expect(
        Set(list.outputText.split(whereSeparator: \.isNewline).map(String.init)).isSuperset(of: [
          "PERMISSION_DENIED,in/closed", "PERMISSION_DENIED,in/open/b.json",
        ]), "\(list.outputText)")
    }
  }
}
