// SPDX-License-Identifier: Apache-2.0
import Foundation
import Model
import TestSupport
import Testing

/// A store that several processes work on at once, and what must be true of it between the rounds.
private struct Soak {
  let folder: URL

  static let people = 4
  static let conversationsPerRound = 12

  /// Whose a conversation is.
  static func person(_ round: Int, _ number: Int) -> Int { (round + number) % people }

  static func nativeID(_ round: Int, _ number: Int) -> String { "zq\(round)x\(number)zq" }

  init(_ folder: URL) async throws {
    self.folder = folder
    try await expect(["init", "store"], on: nil)
    for person in 0..<Soak.people {
      try await expect(["custodian", "create", "P\(person)", "--user-id", "a\(person)"])
    }
    try await expect(["case", "create", "pier"])
    try await expect(["retention", "update", "--brake", "100", "--confirm", "store"])
    try await expect([
      "policy", "create", "short", "--everyone", "--action", "delete", "--period", "1d", "--mode",
      "on", "--confirm", "short",
    ])
  }

  /// Runs a command.
  ///
  /// - Parameters:
  ///   - words: Its arguments.
  ///   - statuses: What it may end with.
  ///   - store: The store; nil: none is named.
  /// - Returns: How it ended.
  /// - Throws: When it cannot be run.
  @discardableResult
  func expect(
    _ words: [String], in statuses: Set<Int32> = [0], on store: String? = "store"
  ) async throws -> ToolResult {
    let result = try await Tool.run(
      "custody", (store.map { ["--store", $0] } ?? []) + words, in: folder)
    #expect(statuses.contains(result.status), "\(words): \(result.status) \(result.errorText)")
    return result
  }

  // MARK: - What goes on side by side

  /// Brings new conversations, all of them due.
  func capture(_ round: Int) async throws {
    let list = (0..<Soak.conversationsPerRound).map { number in
      let id = Soak.nativeID(round, number)
      let words = String(repeating: "common words \(number) ", count: 20)
      return """
        {"uuid":"\(id)","name":"qtitle\(id)","account":{"uuid":"a\(Soak.person(round, number))"},\
        "created_at":"2024-01-01T00:00:00Z","chat_messages":[{"uuid":"\(id)m","sender":"human",\
        "created_at":"2024-01-01T00:00:00Z","content":[{"type":"text","text":"\(words)\(id)"}]}]}
        """
    }
    let file = "round\(round).json"
    try Data("[\(list.joined(separator: ","))]".utf8).write(
      to: folder.appendingPathComponent(file))
    // Gaps of its records end an import with 3 or 7.
    try await expect(["import", file, "--wait", "5m"], in: [0, 3, 7])
  }

  /// Holds a person, and lets go of the one of two rounds ago.
  func hold(_ round: Int) async throws {
    try await expect([
      "hold", "create", "h\(round)", "--case", "pier", "--custodian", "P\(round % Soak.people)",
    ])
    guard round >= 2 else { return }
    try await release(round - 2)
  }

  func release(_ round: Int) async throws {
    try await expect([
      "hold", "release", "h\(round)", "--cool-down", "0d", "--confirm", "h\(round)",
    ])
  }

  /// Plans and runs what is due.
  ///
  /// Both may meet another process that does the same, or find that
  /// something is held or read meanwhile.
  func dispose() async throws {
    let planned = try await expect(["retention", "plan", "--id-only"], in: [0, 11])
    guard planned.status == 0 else { return }
    let plan = planned.outputText.trimmingCharacters(in: .whitespacesAndNewlines)
    try await expect(
      ["retention", "run", plan, "--confirm", plan, "--wait", "5m"], in: [0, 3, 11])
  }

  func look(_ round: Int) async throws {
    for _ in 0..<2 {
      try await expect(["search", "common", "--count", "--json"], in: [0, 1])
    }
    try await expect(["backup", "create", "--output", "backup\(round)"])
    try await expect(["search", "--all", "--id-only"], in: [0, 1])
  }

  // MARK: - What must be true

  /// Replays the audit log: who was held when each conversation went.
  ///
  /// - Parameter rounds: How many were captured.
  /// - Returns: The native ids of what went.
  /// - Throws: When the log cannot be read.
  func purged(rounds: Int) async throws -> Set<String> {
    var owners: [String: (native: String, person: Int)] = [:]
    for round in 0..<rounds {
      for number in 0..<Soak.conversationsPerRound {
        let native = Soak.nativeID(round, number)
        let id = ObjectID.conversation(route: "claude.ai-export", nativeID: native)
        owners[id.text] = (native, Soak.person(round, number))
      }
    }
    let log = try await expect(["audit", "export"])
    var held: [String: Int] = [:]
    var gone: Set<String> = []
    for line in log.outputText.split(separator: "\n") {
      let event = try #require(
        JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
      let object = event["object"] as? String ?? ""
      let after = event["after"] as? [String: Any]
      switch event["action"] as? String {
      case "hold.create":
        let name = try #require(after?["name"] as? String)
        held[object] = (Int(name.dropFirst()) ?? 0) % Soak.people
      case "hold.release":
        #expect(held.removeValue(forKey: object) != nil)
      case "content.purge":
        let owner = try #require(owners[object])
        #expect(!held.values.contains(owner.person), "\(owner.native) went while it was held")
        #expect(gone.insert(owner.native).inserted, "\(owner.native) went twice")
      default: break
      }
    }
    return gone
  }

  /// Nothing is lost but what a plan removed, and of that nothing is left.
  func check(rounds: Int) async throws {
    // Whatever a reader was in the way of is finished by the next command.
    try await expect(["case", "update", "pier", "--description", "round \(rounds)"])
    let gone = try await purged(rounds: rounds)
    var all: Set<String> = []
    for round in 0..<rounds {
      for number in 0..<Soak.conversationsPerRound { all.insert(Soak.nativeID(round, number)) }
    }
    let found = try await expect(
      ["search", "--all", "--format", "csv", "--fields", "native_conversation_id"], in: [0, 1])
    let here = found.outputText.split(whereSeparator: \.isNewline).dropFirst().map(String.init)
    #expect(Set(here) == all.subtracting(gone), "round \(rounds)")
    #expect(here.count == Set(here).count)
    let counted = try await expect(["search", "common", "--count", "--json"], in: [0, 1])
    #expect(counted.outputText.contains("\"items\":\(here.count),"), "\(counted.outputText)")
    for words in [["verify"], ["audit", "verify"]] { try await expect(words) }
    // A title stands nowhere but in what was captured; ids do in tombstones.
    let root = folder.appendingPathComponent("store").path
    let files = try FileManager.default.subpathsOfDirectory(atPath: root).compactMap {
      try? Data(contentsOf: URL(fileURLWithPath: root + "/" + $0))
    }
    let left = all.filter { id in files.contains { $0.range(of: Data("qtitle\(id)".utf8)) != nil } }
    #expect(left == all.subtracting(gone), "round \(rounds)")
  }
}

@Suite("Several processes at work on one store")
struct SoakTests {
  private static let isLong = ProcessInfo.processInfo.environment["CUSTODY_LONG_TESTS"] != nil

  @Test("lose nothing that is held, and leave nothing of what they remove")
  func soak() async throws {
    try await withTemporaryDirectory { folder in
      let soak = try await Soak(folder)
      let rounds = Self.isLong ? 60 : 5
      for round in 0..<rounds {
        // Two to four of them.
        try await withThrowingTaskGroup(of: Void.self) { group in
          group.addTask { try await soak.capture(round) }
          group.addTask { try await soak.dispose() }
          if round % 3 != 1 { group.addTask { try await soak.hold(round) } }
          if round % 2 == 0 {
            group.addTask { try await soak.look(round) }
          } else {
            group.addTask { try await soak.dispose() }
          }
          try await group.waitForAll()
        }
        if round % 3 == 1 { try await soak.hold(round) }
        try await soak.check(rounds: round + 1)
      }
      for round in stride(from: 0, to: rounds, by: 2) {
        try await soak.expect(["backup", "verify", "backup\(round)"], on: nil)
      }
      // What was held is here, and goes when nothing holds it any more.
      #expect(try await soak.purged(rounds: rounds).count < rounds * Soak.conversationsPerRound)
      for round in max(0, rounds - 2)..<rounds { try await soak.release(round) }
      try await soak.dispose()
      try await soak.check(rounds: rounds)
      #expect(try await soak.purged(rounds: rounds).count == rounds * Soak.conversationsPerRound)
    }
  }
}
