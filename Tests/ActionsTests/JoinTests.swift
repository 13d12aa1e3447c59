// SPDX-License-Identifier: Apache-2.0
import Actions
import Foundation
import Model
import Query
import Retention
import Store
import TestSupport
import Testing

@Suite("Joins between routes")
struct JoinTests {
  private static let actor = PurgeBench.actor

  private static func take(_ trace: Trace, into store: Store, _ folder: URL) throws {
    let place = folder.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
    let file = place.appendingPathComponent(trace.file.name)
    try Data(trace.file.text.utf8).write(to: file)
    let report = try ImportAction(store: store, actor: actor).run([file.path])
    #expect(report.counts.exceptions == 0, "\(trace.file.text)")
  }

  /// All joins of a store, each way.
  private static func joins(_ store: Store) throws -> Set<[String]> {
    try store.read { catalog in
      var found: Set<[String]> = []
      for key in try catalog.conversationKeys() {
        let own = try catalog.conversation(key: key)
        for join in try catalog.joins(of: key) {
          found.insert([own.id.text, join.id.text, join.grade.rawValue])
        }
      }
      return found
    }
  }

  /// The certain twins of each conversation that has any.
  private static func twins(_ store: Store) throws -> [String: Set<String>] {
    try store.read { catalog in
      var found: [String: Set<String>] = [:]
      for key in try catalog.conversationKeys() {
        let twins = try catalog.certainTwins(of: key).map {
          try catalog.conversation(key: $0).id.text
        }
        if !twins.isEmpty { found[try catalog.conversation(key: key).id.text] = Set(twins) }
      }
      return found
    }
  }

  /// What certain joins connect over any number of steps, by the plainest way there is.
  private static func closure(of joins: Set<[String]>) -> [String: Set<String>] {
    var found: [String: Set<String>] = [:]
    for join in joins where join[2] == "certain" { found[join[0], default: []].insert(join[1]) }
    var size = -1
    while size != found.values.map(\.count).reduce(0, +) {
      size = found.values.map(\.count).reduce(0, +)
      for (one, others) in found {
        let all = others.reduce(into: others) { $0.formUnion(found[$1] ?? []) }
        found[one] = all.subtracting([one])
      }
    }
    return found
  }

  private static func shuffled(_ traces: [Trace], _ dice: inout Dice) -> [Trace] {
    var rest = traces
    return traces.map { _ in rest.remove(at: dice.below(rest.count)) }
  }

  @Test("are those of the rules, in whatever order the records come", arguments: 0..<4)
  func rules(seed: UInt64) async throws {
    try await withTemporaryDirectory { folder in
      var dice = Dice(state: seed &* 6151 &+ 11)
      let traces = traces(&dice)
      var expected: Set<[String]> = []
      for one in traces {
        for other in traces where other.id != one.id {
          if let grade = one.grade(other) {
            expected.insert([one.id.text, other.id.text, grade])
          }
        }
      }
      for number in 0..<2 {
        let store = try Store.create(
          at: folder.appendingPathComponent("store\(number)").path, as: Self.actor)
        let order = Self.shuffled(traces, &dice)
        for trace in order { try Self.take(trace, into: store, folder) }
        let found = try Self.joins(store)
        #expect(
          found == expected,
          "\(found.symmetricDifference(expected))")
        #expect(try Self.twins(store) == Self.closure(of: expected))
        // A second capture changes nothing, and nothing is lost for a join.
        try Self.take(order[0], into: store, folder)
        #expect(try Self.joins(store) == expected)
        var seen: Set<ObjectID> = []
        try Searcher(store).forEachHit(.all) { hit in
          seen.insert(hit.conversationID)
          return true
        }
        #expect(seen == Set(traces.map(\.id)))
      }
    }
  }

  /// A chat of Ada's by two routes, of which only one tells that it is hers.
  private static func twins(
    _ bench: PurgeBench, certain: Bool
  ) throws -> (chat: Trace, export: Trace) {
    let uuid = "0198aaaa-0000-7000-8000-000000000001"
    try bench.store.change(as: actor) { change in
      _ = try change.createCustodian(
        name: "Ada", identities: [IdentityDefinition(.userID, "user_1")])
      _ = try change.createCustodian(
        name: "Ben", identities: [IdentityDefinition(.account, "a1")])
    }
    let chat = Trace(
      route: .chat, nativeID: "claude_chat_1",
      uuid: certain ? uuid : "0198aaaa-0000-7000-8000-000000000002", chat: "claude_chat_1")
    let export = Trace(route: .export, nativeID: uuid, uuid: uuid)
    for trace in [chat, export] { try take(trace, into: bench.store, bench.folder) }
    return (chat, export)
  }

  @Test(
    "hold both under a hold on either, whatever it asks for, and only when they are certain",
    arguments: [true, false])
  func holds(certain: Bool) async throws {
    try await PurgeBench.with { bench in
      let (chat, export) = try Self.twins(bench, certain: certain)
      try bench.deleting()
      // The words are in the chat alone.
      let query = try bench.store.read { catalog in
        try StoredQuery(
          QueryCompiler.compile(
            "claude_chat_1", options: QueryOptions(clock: bench.store.now),
            directory: catalog.directory)
        ).unwrapped
      }
      let hold = try bench.store.change(as: Self.actor) { change in
        let ada = try change.catalog.custodian("Ada")
        return try change.createHold(
          name: "keep", in: change.createMatter(name: "case"),
          HoldDefinition(scope: Scope(custodians: [ada.id.text]), query: query))
      }
      let check = HoldCheck(store: bench.store)
      let records = try bench.store.read { catalog in
        try [chat, export].map { try catalog.conversation($0.id) }
      }
      #expect(try check.protections(of: records[0]).map(\.grounds) == [[.covered]])
      #expect(
        try check.protections(of: records[1]).map(\.grounds)
          == (certain ? [[.joined(chat.id)]] : []))
      let coverage = try check.coverage()
      #expect(coverage.map(\.conversations) == [1])
      #expect(coverage.map(\.joined) == [certain ? 1 : 0])
      // So does what a capture lacked of the twin.
      let catalog = try DirectConnection(
        path: bench.store.folder + "/catalog.sqlite", access: .write)
      try catalog.execute(
        """
        INSERT INTO exception (id, source, first_run, last_run, kind, code, path, object, detail,
          state, first_seen, last_seen, conversation)
        SELECT '\(ObjectID.random(.exception).text)', source, key, key, 'gap', 'FILE_NOT_CAPTURED',
          'f', 'o', 'd', 'open', 0, 0, '\(export.id.text)' FROM run LIMIT 1
        """)
      let lacks = try bench.store.read { try $0.exceptionTotals(.open, concerning: [hold]) }
      #expect(lacks[hold.id]?.map(\.count) == (certain ? [1] : nil))
      // Plan, question and run say the same.
      let outcomes = try records.map { record in
        try RetentionCheck(store: bench.store).decision(on: record).outcome.name
      }
      #expect(outcomes == (certain ? ["held", "held"] : ["held", "due"]))
      let plan = try bench.plan()
      #expect(plan.counts.due == (certain ? 0 : 1))
      // Released, both go; what is released names both.
      var released: Set<ObjectID> = []
      try check.forEachReleased(by: [hold], coolDown: 0) { released.insert($0.conversation) }
      #expect(released == (certain ? [chat.id, export.id] : [chat.id]))
      if !certain { #expect(try bench.run(plan).purged == 1) }
      #expect(try bench.isHere(export.nativeID) == certain)
    }
  }

  @Test("keep from a run what was held through its twin after the plan, and go with the twin")
  func run() async throws {
    try await PurgeBench.with { bench in
      let (chat, export) = try Self.twins(bench, certain: true)
      try bench.deleting()
      let plan = try bench.plan()
      #expect(plan.counts.due == 2)
      let hold = try bench.store.change(as: Self.actor) { change in
        let ada = try change.catalog.custodian("Ada")
        return try change.createHold(
          name: "keep", in: change.createMatter(name: "case"),
          HoldDefinition(scope: Scope(custodians: [ada.id.text])))
      }
      let held = try bench.run(plan)
      #expect(held.purged == 0 && held.skipped == ["held": 2])
      try bench.store.change(as: Self.actor) { change in
        _ = try change.releaseHold(hold, coolDown: 0, reason: "over")
      }
      bench.clock.advance(seconds: 1)
      let after = try bench.plan()
      #expect(try bench.run(after).purged == 2)
      #expect(try bench.residues(["words of " + chat.nativeID, "words of " + export.uuid]).isEmpty)
      #expect(try bench.findings().isEmpty)
    }
  }

  @Test(
    "protect each record of a group by what protects any other, whoever is asked first",
    arguments: 0..<4)
  func groups(seed: UInt64) async throws {
    try await withTemporaryDirectory { folder in
      var dice = Dice(state: seed &* 7919 &+ 5)
      let traces = traces(&dice)
      let store = try Store.create(
        at: folder.appendingPathComponent("store").path, as: Self.actor)
      for trace in traces { try Self.take(trace, into: store, folder) }
      try store.change(as: Self.actor) { change in
        _ = try change.createCustodian(
          name: "Ada", identities: [IdentityDefinition(.userID, "user_1")])
        let matter = try change.createMatter(name: "case")
        // Some reach one record, some several of a group, one those of unknown persons.
        for (number, trace) in traces.enumerated() where number % 2 == 0 {
          let words = trace.route == .export ? trace.uuid : trace.nativeID
          let query = try StoredQuery(
            QueryCompiler.compile(
              "\"words of \(words)\" OR ask OR \"words of claude_chat_\(dice.below(2))\"",
              options: QueryOptions(clock: store.now), directory: change.catalog.directory)
          ).unwrapped
          _ = try change.createHold(
            name: "hold \(number)", in: matter,
            HoldDefinition(scope: Scope(everyone: true), query: query))
        }
        let ada = try change.catalog.custodian("Ada")
        _ = try change.createHold(
          name: "Ada's", in: matter, HoldDefinition(scope: Scope(custodians: [ada.id.text])))
      }
      let joins = try Self.closure(of: Self.joins(store))
      #expect(!joins.isEmpty)
      let searcher = try Searcher(store)
      try store.read { catalog in
        let situation = try catalog.holdSituation()
        var own: [String: Set<[String]>] = [:]
        for key in try catalog.conversationKeys() {
          let record = try catalog.conversation(key: key)
          own[record.id.text] = Set(
            try searcher.protections(
              of: record, facts: catalog.unitFacts(of: key), in: situation
            ).filter { protection in
              !protection.grounds.contains(.custodianNotKnown)
            }.map { [$0.hold.text, String($0.version)] })
        }
        var order = try catalog.conversationKeys()
        for _ in order { order.append(order.remove(at: dice.below(order.count))) }
        for key in order {
          let id = try catalog.conversation(key: key).id.text
          let expected = (joins[id] ?? []).reduce(into: Set<[String]>()) {
            $0.formUnion(own[$1] ?? [])
          }
          // Asked with what was judged for others, and asked alone.
          let together = try searcher.twinProtections(of: key, in: catalog, situation)
          let alone = try searcher.twinProtections(
            of: key, in: catalog, catalog.holdSituation())
          #expect(Set(together.map { [$0.hold.text, String($0.version)] }) == expected)
          #expect(together == alone)
          #expect(together.count == expected.count)
          // Named is one that a hold protects by itself.
          for protection in together {
            guard case .joined(let twin) = protection.grounds.first else {
              Issue.record("\(protection)")
              continue
            }
            #expect(joins[id]?.contains(twin.text) == true)
            #expect(
              own[twin.text]?.contains([protection.hold.text, String(protection.version)]) == true)
          }
        }
      }
    }
  }

  @Test("hold nothing for a record whose own route does not tell whose its twin is")
  func unattributed() async throws {
    try await PurgeBench.with { bench in
      let uuid = "0198aaaa-0000-7000-8000-000000000001"
      try bench.store.change(as: Self.actor) { change in
        _ = try change.createCustodian(
          name: "Ada", identities: [IdentityDefinition(.userID, "user_1")])
        let carl = try change.createCustodian(
          name: "Carl", identities: [IdentityDefinition(.userID, "user_3")])
        _ = try change.createHold(
          name: "keep", in: change.createMatter(name: "case"),
          HoldDefinition(scope: Scope(custodians: [carl.id.text])))
      }
      let chat = Trace(route: .chat, nativeID: "claude_chat_1", uuid: uuid, chat: "claude_chat_1")
      let export = Trace(route: .export, nativeID: uuid, uuid: uuid)
      for trace in [chat, export] { try Self.take(trace, into: bench.store, bench.folder) }
      let records = try bench.store.read { catalog in
        try [chat, export].map { try catalog.conversation($0.id) }
      }
      let check = HoldCheck(store: bench.store)
      // The export names an account of nobody's: it may be Carl's. The chat is Ada's.
      #expect(try check.protections(of: records[1]).map(\.grounds) == [[.custodianNotKnown]])
      #expect(try check.protections(of: records[0]).isEmpty)
    }
  }

  @Test("are not made between projects of two known persons")
  func projects() async throws {
    try await withTemporaryDirectory { folder in
      let store = try Store.create(
        at: folder.appendingPathComponent("store").path, as: Self.actor)
      let here = Trace(route: .projectHere, nativeID: "claude_proj_1", likeness: "Plan")
      let there = Trace(
        route: .projectThere, nativeID: "0198aaaa-0000-7000-8000-000000000003",
        likeness: "Plan")
      try Self.take(here, into: store, folder)
      let place = folder.appendingPathComponent("in")
      try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
      let file = place.appendingPathComponent("projects.json")
      let creator = #""creator":{"uuid":"a1","full_name":"Ben"},"docs""#
      try Data(there.file.text.replacing("\"docs\"", with: creator).utf8).write(to: file)
      _ = try ImportAction(store: store, actor: Self.actor).run([file.path])
      #expect(try Self.joins(store).count == 2)
      try store.change(as: Self.actor) { change in
        _ = try change.createCustodian(
          name: "Ben", identities: [IdentityDefinition(.account, "a1")])
      }
      #expect(try Self.joins(store).count == 2)
      try store.change(as: Self.actor) { change in
        _ = try change.createCustodian(
          name: "Ada", identities: [IdentityDefinition(.userID, "user_1")])
      }
      #expect(try Self.joins(store).count == 0)
    }
  }
}
