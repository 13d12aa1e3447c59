// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing

/// The real program against the stand-in for the Compliance API.
@Suite("custody sync", .serialized)
struct SyncProcessTests {
  private static let key = ComplianceStandIn.key

  private func withSource(
    _ body: (URL, ComplianceStandIn) async throws -> Void
  ) async throws {
    try await withTemporaryDirectory { folder in
      let standIn = try ComplianceStandIn(in: folder.appendingPathComponent("service"))
      defer { standIn.stop() }
      try Self.writeKey(Self.key, to: folder.appendingPathComponent("acme.key"))
      try await Self.makeStore("store", standIn, in: folder)
      try await body(folder, standIn)
    }
  }

  private static func writeKey(_ key: String, to file: URL, mode: Int = 0o600) throws {
    try Data((key + "\n").utf8).write(to: file)
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file.path)
  }

  private static func makeStore(
    _ store: String, _ standIn: ComplianceStandIn, in folder: URL
  ) async throws {
    _ = try await custody(["init", store], in: folder)
    _ = try await custody(
      [
        "--store", store, "source", "create", "acme", "--kind", "compliance-api", "--base-url",
        standIn.baseURL, "--key-file", "acme.key",
      ], in: folder)
  }

  @discardableResult
  private static func custody(
    _ arguments: [String], in folder: URL, status: Int32 = 0
  ) async throws -> ToolResult {
    let result = try await Tool.run("custody", arguments, in: folder)
    #expect(result.status == status, "\(arguments): \(result.errorText)")
    return result
  }

  private static let sync = ["sync", "--rate", "60000", "--store"]

  /// What a store answers, save what tells of its runs.
  private static func state(of store: String, in folder: URL) async throws -> [String] {
    var state: [String] = []
    for words in [
      ["search", "--all", "--format", "jsonl"], ["search", "budget", "--count", "--json"],
      ["custodian", "list", "--fields", "name,identities,groups", "--json"],
      ["exception", "list", "--fields", "code,path,object,kind", "--json"],
    ] {
      let result = try await Tool.run("custody", ["--store", store] + words, in: folder)
      state.append("\(result.status) " + result.outputText)
    }
    let blobs = folder.appendingPathComponent(store + "/blobs").path
    let names = (try? FileManager.default.subpathsOfDirectory(atPath: blobs)) ?? []
    state.append(names.filter { $0.utf8.count > 60 }.sorted().joined(separator: " "))
    return state
  }

  @Test("pulls everything once, and tells counts that add up")
  func pulls() async throws {
    try await withSource { folder, standIn in
      let first = try await Self.custody(Self.sync + ["store", "--json"], in: folder)
      let report = try #require(
        try JSONSerialization.jsonObject(with: Data(first.output)) as? [String: Any])
      func count(_ name: String) -> Int { report[name] as? Int ?? -1 }
      let parts = ["stored", "updated", "duplicates", "merged", "skipped", "exceptions"]
      #expect(count("read") == parts.map(count).reduce(0, +))
      #expect(count("blobs") == 6 && count("exceptions") == 0)
      #expect(first.errors.isEmpty)
      let second = try await Self.custody(Self.sync + ["store", "acme", "--json"], in: folder)
      #expect(second.outputText.contains(#""stored":0"#))
      let shown = try await Self.custody(
        ["--store", "store", "show", "clls_01S"], in: folder)
      #expect(shown.outputText.contains("fix the budget test"))
      try await Self.custody(["--store", "store", "verify"], in: folder)
      _ = standIn
    }
  }

  @Test("killed at any request and run again, ends in the same state")
  func killed() async throws {
    try await withSource { folder, standIn in
      try await Self.custody(Self.sync + ["store"], in: folder)
      let count = try standIn.requestCount()
      let expected = try await Self.state(of: "store", in: folder)
      let step = ProcessInfo.processInfo.environment["CUSTODY_LONG_TESTS"] == nil ? 7 : 1
      for boundary in stride(from: 1, through: count, by: step) {
        let store = "killed-\(boundary)"
        try await Self.makeStore(store, standIn, in: folder)
        try standIn.setFaults(#"{"match":{"nth":\#(boundary)},"action":{"type":"kill"}}"#)
        try await Self.custody(Self.sync + [store], in: folder, status: 137)
        try await Self.custody(Self.sync + [store], in: folder)
        let state = try await Self.state(of: store, in: folder)
        #expect(state == expected, "killed at request \(boundary)")
        try FileManager.default.removeItem(at: folder.appendingPathComponent(store))
      }
    }
  }

  @Test("stops at an interrupt with what it fetched, and goes on")
  func interrupted() async throws {
    try await withSource { folder, standIn in
      try standIn.setFaults(
        """
        {"match":{"path_regex":"apps/projects$"},"action":{"type":"kill","signal":"SIGINT"}}
        """)
      try await Self.custody(Self.sync + ["store"], in: folder, status: 130)
      let count = try await Self.custody(
        ["--store", "store", "search", "budget", "--count", "--json"], in: folder)
      #expect(!count.outputText.contains(#""items":0"#))
      try standIn.setFaults()
      try await Self.custody(Self.sync + ["store"], in: folder)
    }
  }

  @Test("writes the key nowhere, whatever happens")
  func keyStaysSecret() async throws {
    try await withSource { folder, standIn in
      var outputs: [ToolResult] = []
      func sync(_ faults: String...) async throws {
        try standIn.command(#"{"faults":[\#(faults.joined(separator: ","))]}"#)
        outputs.append(
          try await Tool.run("custody", Self.sync + ["store", "-vv", "--json"], in: folder))
      }
      try await sync(#"{"match":{"path_regex":"users"},"action":{"type":"status","status":403}}"#)
      try await sync(
        #"{"match":{"path_regex":"chats"},"action":{"type":"internal","final":true}}"#)
      try await sync(#"{"match":{},"action":{"type":"status","status":401}}"#)
      try await sync()
      outputs.append(
        try await Tool.run("custody", ["--store", "store", "audit", "export"], in: folder))
      outputs.append(
        try await Tool.run(
          "custody", ["--store", "store", "exception", "list", "--json"], in: folder))
      #expect(outputs.map(\.status) == [3, 3, 32, 0, 0, 0])
      let key = Data(Self.key.utf8)
      for output in outputs {
        #expect(Data(output.output).range(of: key) == nil)
        #expect(Data(output.errors).range(of: key) == nil)
      }
      let store = folder.appendingPathComponent("store")
      var fileCount = 0
      for name in try FileManager.default.subpathsOfDirectory(atPath: store.path) {
        let file = store.appendingPathComponent(name)
        guard let bytes = try? Data(contentsOf: file) else { continue }
        fileCount += 1
        #expect(bytes.range(of: key) == nil, "\(name)")
      }
      #expect(fileCount > 3)
    }
  }

  @Test("hands no request in the clear to a proxy")
  func noProxy() async throws {
    try await withSource { folder, standIn in
      let proxy = try ComplianceStandIn(in: folder.appendingPathComponent("proxy"))
      defer { proxy.stop() }
      let result = try await Tool.run(
        "custody", Self.sync + ["store"], in: folder, environment: ["http_proxy": proxy.baseURL])
      #expect(result.status == 0, "\(result.errorText)")
      #expect(try proxy.requestCount() == 0)
      #expect(try standIn.requestCount() > 0)
    }
  }

  @Test("refuses a key that others can read, and an address in the clear")
  func unsafeKeys() async throws {
    try await withSource { folder, standIn in
      try Self.writeKey(Self.key, to: folder.appendingPathComponent("acme.key"), mode: 0o640)
      let open = try await Self.custody(Self.sync + ["store"], in: folder, status: 32)
      #expect(open.errorText.contains("chmod 600"))
      #expect(try standIn.requestCount() == 0)
      let clear = try await Self.custody(
        [
          "--store", "store", "source", "create", "other", "--type", "compliance-api", "--url",
          "http://service.example", "--key-file", "acme.key",
        ], in: folder, status: 2)
      #expect(clear.errorText.contains("https"))
      try Self.writeKey("sk-ant-api03-model", to: folder.appendingPathComponent("acme.key"))
      try await Self.custody(Self.sync + ["store"], in: folder, status: 32)
    }
  }

  @Test("makes a source that deletes by itself a gap of a hold, until it does so no more")
  func deletingSource() async throws {
    try await withSource { folder, standIn in
      try await Self.custody(Self.sync + ["store"], in: folder)
      try await Self.custody(["--store", "store", "case", "create", "C"], in: folder)
      try await Self.custody(
        ["--store", "store", "hold", "create", "H", "--case", "C", "--custodian", "Person 1"],
        in: folder)
      func verify() async throws -> (open: String, remarks: String) {
        let result = try await Self.custody(
          ["--store", "store", "hold", "verify"], in: folder, status: 7)
        let list = try await Self.custody(
          [
            "--store", "store", "exception", "list", "--state", "open", "--fields", "code",
            "--json",
          ],
          in: folder)
        return (list.outputText, result.errorText)
      }
      let first = try await verify()
      #expect(first.open.contains("SOURCE_DELETES"))
      #expect(first.remarks.contains("the source acme deletes everything after 90 days"))
      try standIn.mutate(
        """
        {"op":"put","in":"settings","key":"11111111-2222-4333-8444-555555555555",
         "value":{"settings":[],"api_keys":[]}}
        """)
      try await Self.custody(Self.sync + ["store"], in: folder)
      let second = try await verify()
      #expect(!second.open.contains("SOURCE_DELETES"))
      #expect(!second.remarks.contains("deletes everything"))
    }
  }

  @Test("runs once for a source at a time")
  func once() async throws {
    try await withSource { folder, standIn in
      try standIn.setFaults(
        #"{"match":{"nth":1},"action":{"type":"delay","milliseconds":3000}}"#)
      async let first = Tool.run("custody", Self.sync + ["store"], in: folder)
      while try standIn.requestCount() == 0 { try await Task.sleep(for: .milliseconds(20)) }
      let second = try await Tool.run("custody", Self.sync + ["store"], in: folder)
      #expect(second.status == 11)
      let hold = try await Tool.run(
        "custody", ["--store", "store", "case", "create", "C"], in: folder)
      #expect(hold.status == 0)
      #expect(try await first.status == 0)
    }
  }
}
