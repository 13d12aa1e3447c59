// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing

/// `retention run --at-source` with the real program against the stand-in for the Compliance API.
@Suite("custody retention run --at-source", .serialized)
struct AtSourceProcessTests {
  private static let deleter = "sk-ant-api01-test-deleter-0123456789"
  private static let chats = ["claude_chat_01T00002", "claude_chat_01T00004"]

  /// A synced store with a plan that removes two chats.
  private static func withPlan(
    key: String = deleter, _ body: (URL, ComplianceStandIn, String) async throws -> Void
  ) async throws {
    try await withTemporaryDirectory { folder in
      let standIn = try ComplianceStandIn(in: folder.appendingPathComponent("service"))
      defer { standIn.stop() }
      try setKey(key, in: folder)
      try await custody(["init", "store"], in: folder)
      try await custody(
        [
          "--store", "store", "source", "create", "acme", "--kind", "compliance-api", "--base-url",
          standIn.baseURL, "--key-file", "acme.key",
        ], in: folder)
      try await custody(["sync", "--rate", "60000", "--store", "store"], in: folder)
      let plan = try await custody(
        [
          "--store", "store", "retention", "plan", "--query", "quarterly OR never", "--reason",
          "asked", "--id-only",
        ], in: folder)
      try await body(folder, standIn, plan.outputText.filter { !$0.isWhitespace })
    }
  }

  private static func setKey(_ key: String, in folder: URL) throws {
    let file = folder.appendingPathComponent("acme.key")
    try Data((key + "\n").utf8).write(to: file)
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file.path)
  }

  @discardableResult
  private static func custody(
    _ arguments: [String], in folder: URL, status: Int32 = 0
  ) async throws -> ToolResult {
    let result = try await Tool.run("custody", arguments, in: folder)
    #expect(result.status == status, "\(arguments): \(result.errorText)")
    return result
  }

  /// Runs a plan that has still to remove a number of conversations here.
  @discardableResult
  private static func run(
    _ plan: String, left: Int = 2, _ more: [String] = [], in folder: URL, status: Int32 = 0
  ) async throws -> [String: Any] {
    let result = try await custody(
      [
        "--store", "store", "retention", "run", plan, "--at-source", "--rate", "60000", "--confirm",
        plan, "--confirm-count", "\(left)", "--json",
      ] + more, in: folder, status: status)
    guard !result.output.isEmpty else { return [:] }
    let read = try JSONSerialization.jsonObject(with: Data(result.output))
    return read as? [String: Any] ?? [:]
  }

  /// What is left after a run, whatever the way to it was.
  private static func state(_ plan: String, in folder: URL) async throws -> [String] {
    var state: [String] = []
    let fields = "conversation,outcome,at_source"
    for words in [
      ["retention", "show", plan, "--results", "--fields", fields, "--json"],
      ["search", "quarterly", "--count", "--json"],
    ] {
      state.append(try await custody(["--store", "store"] + words, in: folder).outputText)
    }
    return state
  }

  @Test("tells what it did, everywhere where one looks for it")
  func tells() async throws {
    try await Self.withPlan { folder, standIn, plan in
      let count = try standIn.requestCount()
      let dry = try await Self.run(plan, ["--dry-run"], in: folder)
      #expect((dry["at_source"] as? [String: Any])?["deletable"] as? Int == 2)
      #expect(try standIn.requestCount() == count)
      let report = try await Self.run(plan, in: folder)
      let told = report["at_source"] as? [String: Any] ?? [:]
      #expect(told["deleted"] as? Int == 2 && told["calls"] as? Int == 4)
      #expect(try standIn.deletes() == Self.chats.map { "/v1/compliance/apps/chats/" + $0 })
      let certificate = try await Self.custody(
        ["--store", "store", "retention", "certificate", plan, "--verify", "--json"], in: folder)
      #expect(certificate.outputText.contains(#""at_source":{"deleted":2}"#))
      #expect(certificate.outputText.contains(#""verified":"yes""#))
      let why = try await Self.custody(["--store", "store", "why", Self.chats[0]], in: folder)
      #expect(why.outputText.contains("deleted at acme"))
      let sync = try await Self.custody(
        ["sync", "--rate", "60000", "--store", "store", "--json"], in: folder)
      #expect(sync.outputText.contains(#""deletions":0"#))
      // The record is bound to the log: who changes it by hand is found out.
      let database = folder.appendingPathComponent("store/catalog.sqlite").path
      let change = """
        DROP TRIGGER settled_source_deletion_is_never_changed;
        UPDATE source_deletion SET request_id = 'req_other' WHERE tombstone = 1;
        """
      let edited = try await Tool.run("sqlite3", [database, change], in: folder)
      #expect(edited.status == 0)
      try await Self.custody(
        ["--store", "store", "retention", "certificate", plan, "--verify"], in: folder, status: 14)
    }
  }

  @Test("killed at any request and run again, it ends in the same state and deletes once")
  func killed() async throws {
    var expected: [String] = []
    try await Self.withPlan { folder, _, plan in
      try await Self.run(plan, in: folder)
      expected = try await Self.state(plan, in: folder)
    }
    // Two readings and two deletions; by then no request is left to be killed at.
    for boundary in 1...4 {
      try await Self.withPlan { folder, standIn, plan in
        try standIn.setFaults(#"{"match":{"nth":\#(boundary)},"action":{"type":"kill"}}"#)
        try await Self.run(plan, in: folder, status: 137)
        try standIn.setFaults()
        // The order of requests: read the first, delete it, read the second, delete it.
        try await Self.run(plan, left: [2, 1, 1, 0][boundary - 1], in: folder)
        let state = try await Self.state(plan, in: folder)
        #expect(state == expected, "killed at request \(boundary)")
        let deletes = try standIn.deletes()
        #expect(deletes.count == 2 && Set(deletes).count == 2, "killed at request \(boundary)")
      }
    }
  }

  @Test("refused or out of reach, it says what to do, and status tells what waits")
  func refused() async throws {
    try await Self.withPlan(key: ComplianceStandIn.key) { folder, standIn, plan in
      let refused = try await Tool.run(
        "custody",
        [
          "--store", "store", "retention", "run", plan, "--at-source", "--rate", "60000",
          "--confirm", plan, "--confirm-count", "2",
        ], in: folder)
      #expect(refused.status == 24)
      #expect(refused.errorText.contains("delete:compliance_user_data"))
      #expect(!refused.errorText.contains(ComplianceStandIn.key))
      let status = try await Self.custody(
        ["--store", "store", "retention", "status"], in: folder, status: 7)
      #expect(status.outputText.contains("not deleted at its source"))
      try Self.setKey("", in: folder)
      try await Self.run(plan, in: folder, status: 32)
      try Self.setKey(Self.deleter, in: folder)
      try await Self.run(plan, left: 1, in: folder)
      try await Self.custody(["--store", "store", "retention", "status"], in: folder)
      #expect(try standIn.deletes().count == 3)
    }
  }

  @Test("stops at an interrupt, and goes on")
  func interrupted() async throws {
    try await Self.withPlan { folder, standIn, plan in
      try standIn.setFaults(
        #"{"match":{"method":"DELETE","nth":1},"action":{"type":"kill","signal":"SIGINT"}}"#,
        // Time enough for the signal to arrive.
        #"{"match":{"path_regex":"00004"},"action":{"type":"delay","milliseconds":1000}}"#)
      try await Self.run(plan, in: folder, status: 130)
      #expect(try standIn.deletes().count == 1)
      try standIn.setFaults()
      try await Self.run(plan, left: 1, in: folder)
      #expect(try standIn.deletes() == Self.chats.map { "/v1/compliance/apps/chats/" + $0 })
    }
  }
}
