// SPDX-License-Identifier: Apache-2.0
import Actions
import Foundation
import Model
import Query
import Store
import TestSupport
import Testing

/// How far captures are behind, by person and source.
@Suite("The lag of captures")
struct CaptureLagTests {
  private struct Row: Hashable {
    var custodian: String
    var source: String
    var newest: Instant?
    var isOnHold = false
  }

  private func rows(_ bench: AtSourceBench) throws -> [Row] {
    try bench.store.read { try $0.captureLags() }.map { lag in
      Row(
        custodian: lag.custodian.name, source: lag.source.name, newest: lag.newestItem,
        isOnHold: lag.isOnHold)
    }
  }

  /// Imports an export in which an account has one conversation.
  private func importExport(_ account: String, at time: String, _ bench: AtSourceBench) throws {
    let file = bench.synced.folder.appendingPathComponent("conversations.json")
    try Data(
      """
      [{"uuid":"\(UUID())","name":"T","account":{"uuid":"\(account)"},"chat_messages":[
      {"uuid":"\(UUID())","sender":"human","created_at":"\(time)",
      "content":[{"type":"text","text":"words"}]}]}]
      """.utf8
    ).write(to: file)
    _ = try ImportAction(store: bench.store, actor: AtSourceBench.actor).run([file.path])
  }

  @Test("tells of each person each source that brought or lists them, and the newest item")
  func all() async throws {
    // Somebody who has no chats yet.
    func addPerson(_ fixture: inout [String: Any]) {
      var users = fixture["users"] as? [[String: Any]] ?? []
      var user = users[0]
      user["id"] = "user_01TEST100"
      user["email"] = "quiet@example.org"
      user["full_name"] = "Quiet Person"
      users.append(user)
      fixture["users"] = users
    }
    try await AtSourceBench.with(changes: addPerson) { bench in
      // By hand: whose each conversation is, and when its newest item was.
      var expected: [String: Row] = [:]
      try bench.store.read { catalog in
        for person in try catalog.custodians() where try !catalog.accounts(of: person).isEmpty {
          expected[person.name] = Row(custodian: person.name, source: "acme")
        }
      }
      try Searcher(bench.store).forEachHit(.all) { hit in
        guard let time = hit.time, var row = expected[hit.custodian] else { return true }
        row.newest = max(row.newest ?? time, time)
        expected[hit.custodian] = row
        return true
      }
      #expect(expected.values.contains { $0.newest == nil })
      #expect(expected.values.contains { $0.newest != nil })
      #expect(try Set(rows(bench)) == Set(expected.values))
      let names = try rows(bench).map(\.custodian)
      #expect(names == names.sorted())
      // What a second source brings is a row of its own.
      let person = try bench.person(2)
      let account = try #require(
        try bench.store.read { try $0.accounts(of: person).first?.nativeID })
      try importExport(account, at: "2026-05-31T10:00:00Z", bench)
      let own = try rows(bench).filter { $0.custodian == person.name }
      #expect(own.map(\.source) == ["acme", "import"])
      #expect(own.last?.newest == Instant(rfc3339: "2026-05-31T10:00:00Z"))
      #expect(own.first?.newest == expected[person.name]?.newest)
    }
  }

  @Test("is not shortened by an import that found nothing to keep, but by one that found all known")
  func emptyImport() async throws {
    try await AtSourceBench.with { bench in
      try importExport("somebody", at: "2026-05-31T10:00:00Z", bench)
      let source = try bench.store.read { try $0.source("import") }
      func last() throws -> Instant? { try bench.store.read { try $0.lastCompleteRun(of: source) } }
      let first = try #require(try last())
      let folder = bench.synced.folder
      let known = folder.appendingPathComponent("conversations.json")
      let empty = folder.appendingPathComponent("empty")
      try FileManager.default.createDirectory(at: empty, withIntermediateDirectories: false)
      try Data("[]".utf8).write(to: empty.appendingPathComponent("conversations.json"))
      let broken = folder.appendingPathComponent("broken")
      try FileManager.default.createDirectory(at: broken, withIntermediateDirectories: false)
      try Data("[{\"uuid\":".utf8).write(to: broken.appendingPathComponent("conversations.json"))
      let action = ImportAction(store: bench.store, actor: AtSourceBench.actor)
      for path in [empty, broken] {
        try bench.synced.pass(hours: 1)
        #expect(try action.run([path.path]).counts.kept == 0)
        #expect(try last() == first, "\(path.lastPathComponent)")
      }
      try bench.synced.pass(hours: 1)
      let again = try action.run([known.path]).counts
      #expect(again.stored == 0 && again.duplicates == 1)
      #expect(try last() == Instant(ticks: first.ticks + 3 * 3600 * Instant.ticksPerSecond))
    }
  }

  @Test("is late from the end of the last complete run on")
  func late() async throws {
    try await AtSourceBench.with { bench in
      try bench.synced.pass(hours: 30)
      try importExport("somebody", at: "2026-05-31T10:00:00Z", bench)
      let end = try #require(
        try bench.store.read { try $0.lastCompleteRun(of: bench.synced.source) })
      for lag in try bench.store.read({ try $0.captureLags() }) {
        #expect(lag.lastRun == end)
        #expect(lag.isLate(before: Instant(ticks: end.ticks + 1)))
        #expect(!lag.isLate(before: end))
      }
      // A run that is cut off is none.
      struct Stop: Error {}
      try bench.synced.pass(hours: 1)
      #expect(throws: (any Error).self) { try bench.synced.sync { _ in throw Stop() } }
      #expect(try bench.store.read { try $0.captureLags() }.allSatisfy { $0.lastRun == end })
      try bench.synced.sync()
      #expect(try bench.store.read { try $0.captureLags() }.allSatisfy { $0.lastRun ?? end > end })
    }
  }

  @Test("knows who is on hold: by name, by source, with everyone; a released hold is none")
  func onHold() async throws {
    try await AtSourceBench.with { bench in
      let person = try bench.person(2)
      let account = try #require(
        try bench.store.read { try $0.accounts(of: person).first?.nativeID })
      try importExport(account, at: "2026-05-31T10:00:00Z", bench)
      #expect(try rows(bench).allSatisfy { !$0.isOnHold })
      func held() throws -> Set<[String]> {
        Set(try rows(bench).filter(\.isOnHold).map { [$0.custodian, $0.source] })
      }
      let all = Set(try rows(bench).map { [$0.custodian, $0.source] })
      let own = try bench.hold(HoldDefinition(scope: Scope(custodians: [person.id.text])))
      #expect(try held() == [[person.name, "acme"], [person.name, "import"]])
      _ = try bench.store.change(as: AtSourceBench.actor) { change in
        try change.releaseHold(own, coolDown: 0, reason: "over")
      }
      #expect(try held() == [])
      let source = try bench.store.read { try $0.source("import") }
      try bench.hold(HoldDefinition(scope: Scope(sources: [source.id.text])))
      #expect(try held() == [[person.name, "import"]])
      try bench.hold(HoldDefinition(scope: Scope(everyone: true)))
      #expect(try held() == all)
    }
  }
}
