// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing

@Suite("Killed and run again")
struct InterruptionTests {
  /// An export of many small conversations, so that an import takes several batches.
  private static func export(_ count: Int) -> String {
    let conversations = (0..<count).map { number in
      let id = String(number)
      let text = String(repeating: "word\(number) budget plan ", count: 60)
      return """
        {"uuid":"c\(id)","name":"Number \(id)","created_at":"2025-0\(number % 9 + 1)-01T00:00:00Z",\
        "account":{"uuid":"a\(number % 7)"},"chat_messages":[{"uuid":"m\(id)","sender":"human",\
        "created_at":"2025-0\(number % 9 + 1)-01T00:00:00Z","content":[{"type":"text",\
        "text":"\(text)"}]}]}
        """
    }
    return "[" + conversations.joined(separator: ",\n") + "]"
  }

  private static func state(of store: String, in folder: URL) async throws -> [String] {
    var state: [String] = []
    for words in [
      ["search", "--all", "--id-only"], ["search", "budget", "--count", "--json"],
      ["search", "\"word7 budget\"", "--id-only"],
    ] {
      let result = try await Tool.run("custody", ["--store", store] + words, in: folder)
      #expect(result.status == 0, "\(words): \(result.errorText)")
      state.append(result.outputText)
    }
    return state
  }

  @Test("an import ends in the same state whenever it was killed")
  func killedImport() async throws {
    let count = 4000
    try await withTemporaryDirectory { folder in
      try Data(Self.export(count).utf8).write(
        to: folder.appendingPathComponent("conversations.json"))
      for store in ["clean", "killed"] {
        let made = try await Tool.run("custody", ["init", store], in: folder)
        #expect(made.status == 0)
      }
      let clean = try await Tool.run(
        "custody", ["--store", "clean", "import", "conversations.json"], in: folder)
      #expect(clean.status == 0)
      var killedCount = 0
      for milliseconds in [20, 60, 120, 200, 300, 450] {
        let process = Process()
        process.executableURL = Tool.buildFolder.appendingPathComponent("custody")
        process.arguments = ["--store", "killed", "import", "conversations.json"]
        process.currentDirectoryURL = folder
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        try await Task.sleep(for: .milliseconds(milliseconds))
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        if process.terminationReason == .uncaughtSignal { killedCount += 1 }
      }
      // Without a process that died on the way the test would show nothing.
      #expect(killedCount > 0)
      let again = try await Tool.run(
        "custody", ["--store", "killed", "import", "conversations.json", "--json"], in: folder)
      #expect(again.status == 0, "\(again.errorText)")
      #expect(again.outputText.contains("\"read\":\(count),"))
      for check in [["verify"], ["audit", "verify"]] {
        let result = try await Tool.run("custody", ["--store", "killed"] + check, in: folder)
        #expect(result.status == 0, "\(check): \(result.errorText)")
      }
      let states = try await (
        Self.state(of: "clean", in: folder), Self.state(of: "killed", in: folder)
      )
      #expect(states.0 == states.1)
      #expect(states.0[0].split(separator: "\n").count == count)
    }
  }
}
