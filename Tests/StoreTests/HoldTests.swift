// SPDX-License-Identifier: Apache-2.0
import GRDB
import Model
import Query
import Retention
import Testing

@testable import Store

@Suite struct HoldTests {
  private let everyone = HoldDefinition(scope: Scope(everyone: true), reason: "r")

  private func withHold(
    _ definition: HoldDefinition? = nil, _ body: (Store, TestClock, HoldRecord) throws -> Void
  ) async throws {
    let clock = TestClock()
    try await withStore(clock: clock) { store in
      let hold = try store.change(as: .test()) { change in
        let matter = try change.createMatter(name: "M")
        return try change.createHold(name: "H", in: matter, definition ?? everyone)
      }
      try body(store, clock, hold)
    }
  }

  private func current(_ store: Store) throws -> HoldRecord { try store.read { try $0.hold("H") } }

  private func ruleCount(_ store: Store) throws -> Int {
    try store.read { try $0.holdRules().rules.count }
  }

  @Test("refuses an empty scope, query or interval, a taken name and unknown ids")
  func refusals() async throws {
    try await withHold { store, _, hold in
      let bad: [(HoldDefinition, Model.ExitStatus)] = [
        (HoldDefinition(scope: Scope()), .usage),
        (
          HoldDefinition(
            scope: Scope(everyone: true),
            query: StoredQuery(text: " ", dialect: "keyql", normalForm: "x", resolved: "{}")),
          .usage
        ),
        (
          HoldDefinition(
            scope: Scope(everyone: true),
            interval: Model.TimeInterval(since: Instant(ticks: 5), before: Instant(ticks: 5))),
          .usage
        ),
        (HoldDefinition(scope: Scope(custodians: ["cust_nobody"])), .notFound),
        (HoldDefinition(scope: Scope(sources: ["src_nothing"])), .notFound),
      ]
      for (definition, code) in bad {
        let made = status {
          try store.change(as: .test()) {
            _ = try $0.createHold(name: "new", in: hold.matter, definition)
          }
        }
        #expect(made == code)
      }
      #expect(
        status {
          try store.change(as: .test()) {
            _ = try $0.createHold(name: "H", in: hold.matter, everyone)
          }
        } == .exists)
    }
  }

  @Test("a release protects to the last tick of its cool-down, and no longer")
  func release() async throws {
    try await withHold { store, clock, hold in
      #expect(hold.state == .active)
      let released = try store.change(as: .test()) { try $0.releaseHold(hold) }
      #expect(released.state == .releasing)
      #expect(released.protectsUntil == Instant(ticks: clock.now.ticks + Change.defaultCoolDown))
      #expect(status { try store.change(as: .test()) { _ = try $0.releaseHold(hold) } } == .denied)
      clock.advance(days: 29)
      clock.advance(seconds: 86_399)
      #expect(try current(store).state == .releasing)
      #expect(try ruleCount(store) == 1)
      clock.advance(seconds: 1)
      #expect(try current(store).state == .released)
      #expect(try ruleCount(store) == 0)
      for work in [
        { (change: Change) in _ = try change.reinstateHold(hold) },
        { (change: Change) in _ = try change.releaseHold(hold) },
        { (change: Change) in _ = try change.updateHold(hold, to: self.everyone) },
      ] {
        #expect(status { try store.change(as: .test()) { try work($0) } } == .denied)
      }
    }
  }

  @Test(
    "only what was shown is released: neither a hold that came back meanwhile nor a new wording")
  func releaseOfAnother() async throws {
    try await withHold { store, _, hold in
      let releasing = try store.change(as: .test()) { try $0.releaseHold(hold) }
      try store.change(as: .test()) { _ = try $0.reinstateHold(hold) }
      func release(_ shown: HoldRecord) -> Model.ExitStatus? {
        status { try store.change(as: .test()) { _ = try $0.releaseHold(shown) } }
      }
      #expect(release(releasing) == .stale)
      #expect(try current(store).state == .active)
      var wider = hold.definition
      wider.reason = "another"
      try store.change(as: .test()) { [wider] in _ = try $0.updateHold(hold, to: wider) }
      #expect(release(hold) == .stale)
      #expect(try current(store).state == .active)
      let now = try current(store)
      #expect(release(now) == nil)
    }
  }

  @Test("a release can be taken back while it lasts")
  func reinstate() async throws {
    try await withHold { store, clock, hold in
      try store.change(as: .test()) { _ = try $0.releaseHold(hold) }
      clock.advance(days: 12)
      let back = try store.change(as: .test()) { try $0.reinstateHold(hold) }
      #expect(back.state == .active)
      #expect(back.protectsUntil == nil)
      clock.advance(days: 400)
      #expect(try current(store).state == .active)
    }
  }

  @Test("an earlier wording comes back with what was said last of silence, reason and authority")
  func reinstateSilent() async throws {
    try await withHold { store, _, hold in
      let query = StoredQuery(text: "a", dialect: "keyql", normalForm: "a", resolved: "{}")
      let silent = HoldDefinition(
        scope: Scope(everyone: true), query: query, reason: "leak", authority: "court",
        isSilent: true)
      let back = try store.change(as: .test()) { change in
        let narrowed = try change.updateHold(hold, to: silent)
        // The wording that stands ends at once; the one before still protects.
        return try change.reinstateHold(change.releaseHold(narrowed, coolDown: 0))
      }
      #expect(back.state == .active)
      #expect(back.definition.query == nil)
      #expect(back.definition.isSilent)
      #expect(back.definition.reason == "leak")
      #expect(back.definition.authority == "court")
    }
  }

  @Test("a release without a cool-down frees at once; a negative one is refused")
  func zeroCoolDown() async throws {
    try await withHold { store, _, hold in
      #expect(
        status { try store.change(as: .test()) { _ = try $0.releaseHold(hold, coolDown: -1) } }
          == .usage)
      let released = try store.change(as: .test()) { try $0.releaseHold(hold, coolDown: 0) }
      #expect(released.state == .released)
    }
  }

  @Test("narrowing keeps the old wording through its cool-down; widening acts at once")
  func versions() async throws {
    try await withHold { store, clock, hold in
      let query = StoredQuery(text: "a", dialect: "keyql", normalForm: "a", resolved: "{}")
      let narrow = HoldDefinition(scope: Scope(everyone: true), query: query, reason: "r")
      let narrowed = try store.change(as: .test()) { try $0.updateHold(hold, to: narrow) }
      #expect(narrowed.state == .active)
      #expect(narrowed.versions.map { $0.protects(at: clock.now) } == [true, true])
      #expect(try ruleCount(store) == 2)
      clock.advance(days: 30)
      #expect(try ruleCount(store) == 1)
      let wide = try store.change(as: .test()) { try $0.updateHold(hold, to: everyone) }
      #expect(wide.versions.map { $0.protects(at: clock.now) } == [false, false, true])
      let same = try store.change(as: .test()) { try $0.updateHold(hold, to: everyone) }
      #expect(same.versions.count == 3)
      #expect(same.versions[1].definition == narrow)
    }
  }

  @Test("every way of narrowing is seen as one", arguments: 0..<7)
  func narrowing(index: Int) {
    func day(_ number: Int64) -> Instant { Instant(ticks: number * Instant.ticksPerDay) }
    let query = StoredQuery(text: "a", dialect: "keyql", normalForm: "a", resolved: "{}")
    let other = StoredQuery(text: "b", dialect: "keyql", normalForm: "b", resolved: "{}")
    let base = HoldDefinition(
      scope: Scope(custodians: ["a", "b"], projects: ["p"], sources: ["s"]), query: query,
      interval: Model.TimeInterval(since: day(1), before: day(9)))
    var narrow = base
    switch index {
    case 0: narrow.scope.custodians = ["a"]
    case 1: narrow.scope.projects = []
    case 2: narrow.scope.sources = []
    case 3: narrow.query = other
    case 4: narrow.interval.since = day(2)
    case 5: narrow.interval.before = day(8)
    default:
      narrow = base
      narrow.scope = Scope(everyone: true)
      #expect(narrow.narrows(to: base))
      #expect(!base.narrows(to: narrow))
      return
    }
    #expect(base.narrows(to: narrow))
    #expect(narrow.narrows(to: base) == (index == 3))
    var unbounded = base
    unbounded.query = nil
    unbounded.interval = Model.TimeInterval()
    #expect(!base.narrows(to: unbounded))
    #expect(unbounded.narrows(to: base))
  }

  @Test("a hold follows a person's accounts as they were and as they are")
  func accounts() async throws {
    let clock = TestClock()
    try await withStore(clock: clock) { store in
      func covered() throws -> Set<Int64> {
        try store.read { try $0.holdRules().rules.first?.scope.accounts ?? [] }
      }
      let (ada, old) = try store.change(as: .test()) { change in
        let ada = try change.createCustodian(
          name: "Ada", identities: [IdentityDefinition(.account, "u1")])
        let old = try change.accountKey(route: "r", nativeID: "u1")
        return (ada, old)
      }
      clock.advance(days: 1)
      let hold = try store.change(as: .test()) { change in
        let matter = try change.createMatter(name: "M")
        return try change.createHold(
          name: "H", in: matter, HoldDefinition(scope: Scope(custodians: [ada.id.text])))
      }
      #expect(try covered() == [old])
      clock.advance(days: 1)
      let later = try store.change(as: .test()) { change in
        let later = try change.accountKey(route: "r", nativeID: "u2")
        try change.addIdentity(IdentityDefinition(.account, "u2"), to: ada)
        return later
      }
      #expect(try covered() == [old, later])
      clock.advance(days: 1)
      try store.change(as: .test()) { change in
        try change.removeIdentity(.account, "u1", from: ada)
        try change.removeIdentity(.account, "u2", from: ada)
        let bob = try change.createCustodian(name: "Bob")
        try change.addIdentity(IdentityDefinition(.account, "u1"), to: bob)
        try change.addIdentity(IdentityDefinition(.account, "u2"), to: bob)
        #expect(try change.catalog.accounts(of: bob).count == 2)
      }
      // What the hold knew when it was made stays; what it learnt later goes with the cool-down.
      clock.advance(days: 29)
      #expect(try covered() == [old, later])
      clock.advance(days: 1)
      #expect(try covered() == [old])
      try store.change(as: .test()) { change in
        let cleo = try change.createCustodian(name: "Cleo")
        try change.mergeCustodians([ada], into: cleo)
      }
      #expect(try covered() == [old])
      #expect(try store.read { try $0.holds(on: $0.custodian("Cleo")).map(\.id) } == [hold.id])
    }
  }

  @Test("a query that cannot be read holds everything in scope")
  func unreadableQuery() async throws {
    let query = StoredQuery(text: "a", dialect: "keyql", normalForm: "a AND", resolved: "{}")
    let definition = HoldDefinition(scope: Scope(everyone: true), query: query)
    try await withHold(definition) { store, clock, _ in
      let rule = try #require(try store.read { try $0.holdRules().rules.first })
      guard case .unreadable(let why) = rule.condition else {
        Issue.record("the query was read: \(rule.condition)")
        return
      }
      let unit = UnitFacts(accounts: [], isAttributed: false, projects: [], sources: [])
      let decision = rule.decide(ItemFacts(time: nil), in: unit, at: clock.now) { _ in false }
      #expect(decision.protection?.grounds == [.queryNotDecided(why)])
    }
  }

  @Test("a query is read whatever the length and depth of its normal form")
  func longQuery() async throws {
    // As a list of persons and a chain of NOT become.
    let list = (0..<3_000).map { "participants=person\($0)@example.org" }
    let nested =
      String(repeating: "NOT (", count: 99) + "a OR b" + String(repeating: ")", count: 99)
    let query = StoredQuery(
      text: "a", dialect: "keyql", normalForm: list.joined(separator: " OR ") + " OR " + nested,
      resolved: "{}")
    let definition = HoldDefinition(scope: Scope(everyone: true), query: query)
    try await withHold(definition) { store, _, _ in
      let rule = try #require(try store.read { try $0.holdRules().rules.first })
      guard case .query(let readings) = rule.condition, case .or(let parts)? = readings.first?.node
      else {
        Issue.record("the query was not read: \(rule.condition)")
        return
      }
      #expect(parts.count == 3_001)
    }
  }

  @Test("the persons of a hold's query keep the identities of its day, and get later ones")
  func personsOfQuery() async throws {
    let clock = TestClock()
    try await withStore(clock: clock) { store in
      let ada = try store.change(as: .test()) { change in
        let ada = try change.createCustodian(
          name: "Ada Lovelace",
          identities: [
            IdentityDefinition(.emailAddress, "ada@example.org"),
            IdentityDefinition(.userID, "user_1"),
          ])
        let compiled = try QueryCompiler.compile(
          "from:ada@example.org", options: QueryOptions(clock: change.now, purpose: .hold),
          directory: change.catalog.directory)
        let query = StoredQuery(
          text: compiled.text, dialect: "keyql", normalForm: try #require(compiled.normalForm),
          resolved: "{}")
        let matter = try change.createMatter(name: "M")
        try change.createHold(
          name: "H", in: matter, HoldDefinition(scope: Scope(everyone: true), query: query))
        return ada
      }
      func isHeld(_ name: String) throws -> Bool {
        let rules = try store.read { try $0.holdRules() }
        let unit = UnitFacts(accounts: [1], isAttributed: true, projects: [], sources: [])
        return !rules.protections(
          of: SentItem(sender: name), ItemFacts(time: nil), in: unit, at: clock.now
        ).isEmpty
      }
      #expect(try isHeld("ada@example.org"))
      #expect(try isHeld("user_1"))
      #expect(try !isHeld("user_2"))
      clock.advance(days: 1)
      try store.change(as: .test()) { change in
        _ = try change.addIdentity(IdentityDefinition(.userID, "user_2"), to: ada)
      }
      #expect(try isHeld("user_2"))
      clock.advance(days: 1)
      try store.change(as: .test()) { change in
        try change.removeIdentity(.userID, "user_1", from: ada)
        try change.removeIdentity(.userID, "user_2", from: ada)
        try change.removeIdentity(.emailAddress, "ada@example.org", from: ada)
      }
      clock.advance(days: 29)
      #expect(try isHeld("user_1"))
      #expect(try isHeld("user_2"))
      clock.advance(days: 1)
      #expect(try isHeld("user_1"))
      #expect(try isHeld("ada@example.org"))
      #expect(try !isHeld("user_2"))
    }
  }

  @Test("the facts of a conversation name account, person, project and all sources")
  func unitFacts() async throws {
    try await withStore { store in
      try store.change(as: .test()) { change in
        let first = try change.createSource(SourceDefinition(name: "first"))
        let second = try change.createSource(SourceDefinition(name: "second"))
        let run = try change.startRun(.files, of: first)
        let account = try change.accountKey(route: "r", nativeID: "u1")
        let project = try change.projectKey(route: "r", nativeID: "p1", name: "P")
        let start = Instant(ticks: 77)
        let key = try change.insertConversation(
          "c", source: first, run: run, account: account, project: project, started: start)
        #expect(
          try change.catalog.unitFacts(of: key)
            == UnitFacts(
              accounts: [account], isAttributed: false, projects: ["p1"], sources: [first.id.text],
              started: start))
        try change.db.execute(
          sql: "INSERT INTO conversation_source VALUES (?, ?)", arguments: [key, second.key])
        let ada = try change.createCustodian(
          name: "Ada", identities: [IdentityDefinition(.userID, "U1")])
        let facts = try change.catalog.unitFacts(of: key)
        #expect(facts.isAttributed)
        #expect(facts.sources == [first.id.text, second.id.text])
        let coverage = try change.catalog.captureCoverage(of: [ada])
        // The second source brought a copy of what was here, so it is not without any of hers.
        #expect(coverage.map(\.conversationCount) == [1, 1])
        #expect(coverage.map(\.newestCapture) == [change.now, nil])
      }
    }
  }
}

/// An item of which only the sender matters.
private struct SentItem: DatedItem {
  var sender: String

  func seen(at moment: DirectoryMoment) -> SentItem { self }
  func segments(of property: Property) -> [String] { [] }
  func fileTexts() -> [String] { [] }
  func keywords(of property: Property) -> [String] { [] }
  func identities(of property: Property) -> [ItemIdentity] {
    property == .from ? [ItemIdentity(custodian: nil, names: [sender])] : []
  }
  func time(of property: Property) -> Instant? { nil }
  func integer(of property: Property) -> Int64? { nil }
  func boolean(of property: Property) -> Bool? { nil }
}
