// SPDX-License-Identifier: Apache-2.0
import Actions
import Capture
import Foundation
import Model
import Query
import Store
import TestSupport
import Testing

/// All orders of some numbers from 0.
private func orders(of count: Int) -> [[Int]] {
  guard count > 0 else { return [[]] }
  return orders(of: count - 1).flatMap { order in
    (0...order.count).map { place in
      var longer = order
      longer.insert(count - 1, at: place)
      return longer
    }
  }
}

@Suite("Imports of one session in any order")
struct ImportOrderTests {
  private static let actor = AuditActor.current(program: "test", command: "test")
  private static let session = "5e550000-0000-4000-8000-000000000001"

  private static func line(
    _ type: String, _ uuid: String, after parent: String?, _ second: Int, folder: String = "app",
    _ fields: String
  ) -> String {
    let digits = second < 10 ? "0\(second)" : "\(second)"
    return
      #"{"type":"\#(type)","uuid":"\#(uuid)","parentUuid":\#(parent.map { "\"\($0)\"" } ?? "null"),"#
      + #""sessionId":"\#(session)","timestamp":"2026-05-05T08:00:\#(digits).000Z","#
      + #""cwd":"/home/ada/\#(folder)",\#(fields)}"#
  }

  private static func said(
    _ uuid: String, after parent: String?, _ second: Int, folder: String = "app", _ words: String,
    _ fields: String = #""isSidechain":false"#
  ) -> String {
    line(
      "user", uuid, after: parent, second, folder: folder,
      #""message":{"role":"user","content":"\#(words)"},"# + fields)
  }

  private static func answered(
    _ uuid: String, after parent: String, _ second: Int, message: String, _ block: String
  ) -> String {
    line(
      "assistant", uuid, after: parent, second,
      #""message":{"id":"\#(message)","role":"assistant","model":"claude-m","content":[\#(block)]}"#
    )
  }

  private static let begun = [
    said("u-1", after: nil, 0, "begin zebra"),
    answered("a-1", after: "u-1", 1, message: "msg_1", #"{"type":"text","text":"looking"}"#),
    answered(
      "a-2", after: "a-1", 2, message: "msg_1",
      #"{"type":"tool_use","id":"toolu_9","name":"Task","input":{"prompt":"count quaggas"}}"#),
  ]
  private static let grown =
    begun + [
      line(
        "user", "t-1", after: "a-2", 9,
        #""message":{"role":"user","content":[{"type":"tool_result","tool_use_id":"toolu_9","#
          + #""content":"seven okapis"}]},"toolUseResult":{"agentId":"7"}"#),
      said("u-2", after: "t-1", 10, "first way"), said("u-3", after: "t-1", 20, "other way"),
      answered(
        "a-3", after: "u-3", 21, message: "msg_2", #"{"type":"text","text":"a tapir"}"#),
      #"{"type":"ai-title","aiTitle":"Made title","sessionId":"\#(session)"}"#,
    ]
  private static let agent = [
    said(
      "g-1", after: nil, 3, folder: "app/sub", "count quaggas",
      #""isSidechain":true,"agentId":"7""#),
    line(
      "assistant", "g-2", after: "g-1", 4, folder: "app/sub",
      #""isSidechain":true,"agentId":"7","message":{"id":"msg_g","role":"assistant","model":"claude-m","#
        + #""content":[{"type":"text","text":"seven okapis"}]}"#),
  ]
  private static let moved =
    [
      said("u-3", after: "t-1", 20, "other way"),
      said("u-4", after: "a-3", 30, folder: "elsewhere", "and the gnus"),
      #"{"type":"custom-title","customTitle":"Given title","sessionId":"\#(session)"}"#,
    ]

  private static let files: [(name: String, lines: [String])] = [
    ("1/p/\(session).jsonl", begun), ("2/p/\(session).jsonl", grown),
    ("3/p/\(session)/subagents/agent-7.jsonl", agent), ("4/p/\(session).jsonl", moved),
  ]

  /// What a search and a look at the session see.
  private func state(of store: Store) throws -> [String] {
    let keys = try store.read { try $0.conversationKeys() }
    try #require(keys.count == 1)
    let record = try store.read { try $0.conversation(key: keys[0]) }
    let natives = try NativeReader(store)
    let unit = try CaptureRoutes.parse(
      try (1...record.versionCount).map { try natives.native(of: record, version: $0) },
      kind: record.kind, route: record.route, nativeID: record.nativeID)
    let visible = Set(ConversationThread(of: unit).visibleBranch)
    let owner = "\(record.custodian) \(record.accountID) \(record.itemCount)"
    let project = "\(unit.title) \(unit.projectID ?? "-") \(unit.accountID ?? "-")"
    let place = "\(unit.currentLeafID ?? "-") \(record.started?.rfc3339 ?? "-")"
    var lines = [[owner, project, place].joined(separator: " ")]
    for (index, item) in unit.items.enumerated() {
      let links = "\(item.nativeID ?? "-") < \(item.parentNativeID ?? "-")"
      let facts = "\(item.kind) \(item.time?.text ?? "-") \(visible.contains(index))"
      let flags = item.flags.map(\.rawValue).joined(separator: ",")
      let blocks = item.blocks.map { $0.kind.rawValue + ":" + $0.text }.joined(separator: "|")
      lines.append([links, facts, flags, blocks].joined(separator: " "))
    }
    for query in [
      "zebra", "looking", "quaggas", "okapis", "way", "tapir", "gnus", "title:given",
      "project:app", "custodian:Ada", "kind:prompt",
    ] {
      let compiled = try store.read { catalog in
        try QueryCompiler.compile(
          query, options: QueryOptions(clock: store.now), directory: catalog.directory)
      }
      var found: [String] = []
      try Searcher(store).forEachHit(try compiled.node.unwrapped) { hit in
        found.append(hit.nativeID ?? "-")
        return true
      }
      lines.append(query + " " + found.sorted().joined(separator: " "))
    }
    lines.append("held by \(try HoldCheck(store: store).protections(of: record).count)")
    return lines
  }

  /// What a store sees once the files are imported, each by itself.
  private func imported(_ order: [Int], in folder: URL) throws -> [String] {
    let store = try Store.create(
      at: folder.appendingPathComponent("store-" + UUID().uuidString).path, as: Self.actor)
    try store.change(as: Self.actor) { change in
      _ = try change.createCustodian(
        name: "Ada", identities: [IdentityDefinition(.account, "ada")])
      let matter = try change.createMatter(name: "Case")
      _ = try change.createHold(
        name: "H", in: matter,
        HoldDefinition(scope: Scope(custodians: [try change.catalog.custodian("Ada").id.text])))
    }
    for number in order {
      let action = ImportAction(store: store, actor: Self.actor)
      let path = folder.appendingPathComponent("\(number + 1)").path
      let rehearsed = try action.rehearse([path])
      let report = try action.run([path])
      #expect(report.counts == rehearsed.counts && report.counts.addUp)
      #expect(report.counts.exceptions == 0)
    }
    return try state(of: store)
  }

  private func withFiles(_ body: (URL) throws -> Void) async throws {
    try await withTemporaryDirectory { folder in
      for file in Self.files {
        let place = folder.appendingPathComponent(file.name)
        try FileManager.default.createDirectory(
          at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data((file.lines.joined(separator: "\n") + "\n").utf8).write(to: place)
      }
      try body(folder)
    }
  }

  @Test("end in the same state", arguments: orders(of: 4))
  func sameState(order: [Int]) async throws {
    try await withFiles { folder in
      let told = try imported(order, in: folder)
      #expect(told == (try imported([0, 1, 2, 3], in: folder)))
      let all = told.joined(separator: "\n")
      #expect(all.contains("Ada ada 8 Given title /home/ada/app ada u-4"))
      #expect(all.contains("\ntitle:given a-1 a-3 g-1 g-2 u-1 u-2 u-3 u-4\n"))
    }
  }

  @Test("keep the custodian that one of them names", arguments: orders(of: 3))
  func namedCustodian(order: [Int]) async throws {
    try await withFiles { folder in
      let store = try Store.create(
        at: folder.appendingPathComponent("store").path, as: Self.actor)
      try store.change(as: Self.actor) { _ = try $0.createCustodian(name: "Bob") }
      for number in order {
        _ = try ImportAction(
          store: store, actor: Self.actor, custodian: number == 1 ? "Bob" : nil
        ).run([folder.appendingPathComponent("\(number + 1)").path])
      }
      let keys = try store.read { try $0.conversationKeys() }
      let key = try #require(keys.first)
      #expect(try store.read { try $0.conversation(key: key) }.custodian == "Bob")
    }
  }
}
