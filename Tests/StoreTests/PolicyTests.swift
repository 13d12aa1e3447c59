// SPDX-License-Identifier: Apache-2.0
import GRDB
import Model
import Query
import Retention
import Testing

@testable import Store

extension PolicyDefinition {
  static func test(
    _ action: RetentionAction = .retain, _ period: String = "5y",
    scope: PolicyScope = PolicyScope(everyone: true), mode: PolicyMode = .on
  ) -> PolicyDefinition {
    PolicyDefinition(
      action: action, period: RetentionPeriod(period) ?? .forever, scope: scope, mode: mode)
  }
}

extension Store {
  /// The fate of a conversation, decided on its stored records.
  func fate(of nativeID: String, modes: Set<PolicyMode> = [.on]) throws -> RetentionDecision {
    let searcher = try Searcher(self)
    return try read { catalog in
      try searcher.decision(
        on: catalog.conversation(written: nativeID), in: catalog, catalog.retentionSituation(),
        modes: modes)
    }
  }

  @discardableResult
  func policy(
    _ name: String, _ definition: PolicyDefinition, kind: PolicyKind = .policy,
    condition text: String? = nil
  ) throws -> PolicyRecord {
    try change(as: .test()) { change in
      var definition = definition
      if let text {
        let compiled = try QueryCompiler.compile(
          text, options: QueryOptions(clock: change.now, purpose: .condition),
          directory: change.catalog.directory)
        definition.condition = StoredQuery(
          text: text, dialect: "keyql", normalForm: compiled.normalForm ?? "", resolved: "{}")
      }
      return try change.createPolicy(name: name, kind: kind, definition)
    }
  }
}

@Suite struct PolicyTests {
  @Test("refuses an empty scope or condition, unknown names, and what contradicts itself")
  func refusals() async throws {
    try await withStore { store in
      try store.policy("P", .test())
      let empty = StoredQuery(text: " ", dialect: "keyql", normalForm: "x", resolved: "{}")
      var blank = PolicyDefinition.test()
      blank.condition = empty
      var labelled = PolicyDefinition.test()
      labelled.start = .labelled
      var excluded = PolicyDefinition.test()
      excluded.scope.excluded.custodians = ["cust_nobody"]
      var both = PolicyDefinition.test()
      both.scope.included.models = ["m"]
      let onlyExcluded = PolicyScope(excluded: PolicyNames(models: ["m"]))
      let bad: [(String, PolicyDefinition, Model.ExitStatus)] = [
        ("Q", .test(scope: PolicyScope()), .usage), ("Q", .test(scope: onlyExcluded), .usage),
        ("Q", blank, .usage), ("Q", labelled, .usage), ("Q", both, .usage),
        ("Q", .test(.delete, "forever"), .usage), ("Q", excluded, .notFound),
        ("Q", .test(scope: PolicyScope(included: PolicyNames(sources: ["src_no"]))), .notFound),
        ("P", .test(), .exists), (" ", .test(), .usage),
      ]
      for (name, definition, code) in bad {
        #expect(status { _ = try store.policy(name, definition) } == code, "\(definition)")
      }
      #expect(try store.read { try $0.policies().map(\.name) } == ["P"])
    }
  }

  @Test("a change makes a version, and the same definition none")
  func versions() async throws {
    let clock = TestClock()
    try await withStore(clock: clock) { store in
      let policy = try store.policy("P", .test())
      let digest = try store.read { try $0.policyDigest() }
      clock.advance(days: 1)
      let same = try store.change(as: .test()) { try $0.updatePolicy(policy, to: .test()) }
      #expect(same.versions.count == 1)
      let longer = try store.change(as: .test()) {
        try $0.updatePolicy(policy, name: "Q", to: .test(.retain, "6y"))
      }
      #expect(longer.versions.map(\.definition.period) == [.years(5), .years(6)])
      #expect(longer.versions.map(\.ended) == [clock.now, nil])
      #expect(longer.name == "Q")
      #expect(try store.read { try $0.policyDigest() } != digest)
      try store.change(as: .test()) { _ = try $0.deletePolicy(policy) }
      #expect(status { try store.read { _ = try $0.policy("Q") } } == .notFound)
      #expect(try store.read { try $0.policy(policy.id.text).deleted } == clock.now)
      #expect(
        status { try store.change(as: .test()) { _ = try $0.updatePolicy(policy, to: .test()) } }
          == .denied)
      try store.policy("Q", .test())
    }
  }

  @Test("names and reasons do not change what a plan was computed from")
  func digest() async throws {
    try await withStore { store in
      let policy = try store.policy("P", .test())
      let digest = try store.read { try $0.policyDigest() }
      var definition = policy.definition
      definition.reason = "because"
      try store.change(as: .test()) {
        _ = try $0.updatePolicy(policy, name: "Q", to: definition)
      }
      #expect(try store.read { try $0.policyDigest() } == digest)
    }
  }

  @Test("a locked policy is lengthened and widened, never shortened, switched off or deleted")
  func lock() async throws {
    try await withStore { store in
      let deleting = try store.policy("D", .test(.delete))
      #expect(
        status { try store.change(as: .test()) { _ = try $0.lockPolicy(deleting) } } == .denied)
      let scope = PolicyScope(included: PolicyNames(models: ["m"]))
      let policy = try store.policy("P", .test(scope: scope))
      try store.change(as: .test()) { _ = try $0.lockPolicy(policy) }
      for bad in [
        PolicyDefinition.test(.retain, "4y", scope: scope),
        .test(.retain, "5y", scope: PolicyScope(included: PolicyNames(models: ["n"]))),
        .test(.retain, "5y", scope: scope, mode: .off),
        .test(.retainThenDelete, "5y", scope: scope),
      ] {
        let result = status {
          try store.change(as: .test()) { _ = try $0.updatePolicy(policy, to: bad) }
        }
        #expect(result == .denied)
      }
      #expect(
        status { try store.change(as: .test()) { _ = try $0.deletePolicy(policy) } } == .denied)
      let longer = try store.change(as: .test()) {
        try $0.updatePolicy(policy, to: .test(.retain, "9y"))
      }
      #expect(longer.definition.scope.everyone)
      #expect(longer.locked != nil)
    }
  }

  @Test("a label is one of a conversation; a rule sets it where there is none")
  func labels() async throws {
    try await withStore { store in
      try store.ingest([conversation("c", "one"), conversation("d", "two")])
      let first = try store.policy("first", .test(), kind: .label)
      let second = try store.policy("second", .test(), kind: .label, condition: "one OR two")
      let third = try store.policy("third", .test(), kind: .label, condition: "one")
      let records = try store.read { catalog in
        try ["c", "d"].map { try catalog.conversation(written: $0) }
      }
      let policy = try store.policy("P", .test())
      #expect(
        status {
          try store.change(as: .test()) {
            _ = try $0.setLabel(policy, on: records[0], isShortening: false)
          }
        } == .usage)
      try store.change(as: .test()) { change in
        _ = try change.setLabel(first, on: records[0], isShortening: false)
        // What a plan found on an older state is judged again, and by id: a row comes twice.
        let gone = ObjectID.conversation(route: "r", nativeID: "gone")
        let none = try change.setLabels(
          byRule: [(records[1].id, third.id), (gone, second.id)], in: store)
        #expect([none.judged, none.set] == [2, 0])
        let fits = records.map { (conversation: $0.id, policy: second.id) }
        // Without any time, a batch ends with the first one.
        let one = try change.setLabels(byRule: fits, in: store, within: .zero)
        #expect([one.judged, one.set] == [1, 0])
        let all = try change.setLabels(byRule: fits, in: store)
        #expect([all.judged, all.set] == [2, 1])
      }
      func names() throws -> [String] {
        var names: [String] = []
        try store.read { try $0.forEachLabel { names.append($0.name) } }
        return names.sorted()
      }
      #expect(try names() == ["first", "second"])
      try store.change(as: .test()) { _ = try $0.lockPolicy(first) }
      #expect(
        status {
          try store.change(as: .test()) { change in
            _ = try change.removeLabel(from: records[0], isShortening: true)
          }
        } == .denied)
      try store.change(as: .test()) { change in
        _ = try change.setLabel(second, on: records[0], isShortening: false)
      }
      #expect(try names() == ["second", "second"])
      try store.change(as: .test()) { _ = try $0.deletePolicy(second) }
      #expect(try names() == [])
    }
  }
}

@Suite struct PolicyDecisionTests {
  private func years(_ number: Int) -> String { "\(2025 + number)-01-10T10:00:00Z" }

  @Test("a condition sees the whole conversation, a phrase one field of it")
  func conditionScope() async throws {
    try await withStore { store in
      try store.ingest([
        conversation("c", "the budget", "a plan"), conversation("d", "the budget"),
        conversation("e", "a plan", "no money"),
      ])
      try store.policy("both", .test(.retain, "1y"), condition: "budget plan")
      try store.policy("without", .test(.retain, "2y"), condition: "NOT budget")
      func until(_ id: String) throws -> String? {
        try store.fate(of: id).retainUntil?.text
      }
      #expect(try until("c") == years(1))
      #expect(try until("d") == nil)
      #expect(try until("e") == years(2))
    }
  }

  @Test("an item that cannot be read whole is retained and not deleted")
  func partial() async throws {
    try await withStore(clock: TestClock("2035-01-01T00:00:00Z")) { store in
      var builder = UnitBuilder("c")
      builder.add("m1", .prompt, ["hello"], files: [UnitBuilder.file("a.bin")])
      try store.ingest([builder.unit])
      try store.policy("keep", .test(.retain, "forever"), condition: "budget")
      #expect(try store.fate(of: "c").outcome == .retained(until: .never))
      try store.change(as: .test()) { change in
        _ = try change.deletePolicy(change.catalog.policy("keep"))
      }
      try store.policy("drop", .test(.delete, "1d"), condition: "budget")
      try store.policy("drop too", .test(.delete, "1d"), condition: "NOT budget")
      #expect(try store.fate(of: "c").outcome == .notDeleted)
      try store.policy("drop hello", .test(.delete, "1d"), condition: "hello")
      #expect(try store.fate(of: "c").isDue)
    }
  }

  @Test("a change of a person frees nothing that a policy keeps and deletes nothing new")
  func persons() async throws {
    let clock = TestClock("2035-01-01T00:00:00Z")
    try await withStore(clock: clock) { store in
      let ada = try store.change(as: .test()) { change in
        let ada = try change.createCustodian(
          name: "Ada", identities: [IdentityDefinition(.account, "a1")])
        try change.createCustodian(name: "Bob", identities: [IdentityDefinition(.account, "b1")])
        try change.createCustodian(name: "Cleo", identities: [IdentityDefinition(.account, "x")])
        return ada
      }
      for id in ["a1", "b1", "x"] { try store.ingest([conversation("of " + id, account: id, "t")]) }
      clock.advance(days: 1)
      let hers = PolicyScope(included: PolicyNames(custodians: [ada.id.text]))
      var others = PolicyScope(everyone: true)
      others.excluded.custodians = [ada.id.text]
      try store.policy("keep hers", .test(.retain, "90y", scope: hers))
      try store.policy("keep others", .test(.retain, "80y", scope: others))
      try store.policy("not Ada", .test(.retain, "85y"), condition: "NOT custodian:Ada")
      try store.policy("drop hers", .test(.delete, "1d", scope: hers))
      try store.policy("drop others", .test(.delete, "2d", scope: others))
      func applied(_ id: String) throws -> [String] {
        try store.fate(of: id).settings.filter {
          $0.retainsUntil != nil || $0.deletesAt != nil
        }.map(\.rule.name)
      }
      let before = ["keep others", "not Ada", "drop others"]
      #expect(try applied("of a1") == ["keep hers", "drop hers"])
      #expect(try applied("of x") == before)
      clock.advance(days: 1)
      try store.change(as: .test()) { change in
        try change.removeIdentity(.account, "a1", from: ada)
        try change.removeIdentity(.account, "x", from: change.catalog.custodian("Cleo"))
        _ = try change.addIdentity(IdentityDefinition(.account, "x"), to: ada)
        _ = try change.addIdentity(
          IdentityDefinition(.account, "a1"), to: change.catalog.custodian("Bob"))
      }
      // What was hers stays kept; the account of another is hers now, and both keep it.
      #expect(try applied("of a1") == ["keep hers", "keep others"])
      #expect(
        try applied("of x") == ["keep hers", "keep others", "not Ada", "drop hers"])
    }
  }

  @Test("an identity that goes to somebody else deletes nothing of theirs")
  func movedIdentity() async throws {
    let clock = TestClock("2035-01-01T00:00:00Z")
    try await withStore(clock: clock) { store in
      let (ada, bob) = try store.change(as: .test()) { change in
        (
          try change.createCustodian(
            name: "Ada",
            identities: [
              IdentityDefinition(.account, "a1"), IdentityDefinition(.emailAddress, "a@x.org"),
            ]),
          try change.createCustodian(name: "Bob", identities: [IdentityDefinition(.account, "b1")])
        )
      }
      try store.ingest([
        conversation("of a1", account: "a1", "t"), conversation("of b1", account: "b1", "t"),
      ])
      clock.advance(days: 1)
      try store.policy("drop hers", .test(.delete, "1d"), condition: "custodian:a@x.org")
      clock.advance(days: 1)
      func fates() throws -> [Bool] {
        try ["of a1", "of b1"].map { try store.fate(of: $0).isDue }
      }
      #expect(try fates() == [true, false])
      try store.change(as: .test()) { change in
        try change.removeIdentity(.emailAddress, "a@x.org", from: ada)
        _ = try change.addIdentity(IdentityDefinition(.emailAddress, "a@x.org"), to: bob)
      }
      #expect(try fates() == [true, false])
      // Somebody of whom nothing was here when the policy was made is followed.
      try store.ingest([conversation("of a2", account: "a2", "t")])
      clock.advance(days: 2)
      #expect(try !store.fate(of: "of a2").isDue)
      try store.change(as: .test()) { change in
        _ = try change.addIdentity(IdentityDefinition(.account, "a2"), to: ada)
      }
      #expect(try store.fate(of: "of a2").isDue)
    }
  }

  @Test("the date of a label counts from the day it was set; one that its rule fits is not set yet")
  func labelDates() async throws {
    let clock = TestClock("2035-01-01T00:00:00Z")
    try await withStore(clock: clock) { store in
      try store.ingest([conversation("c", "one")])
      var definition = PolicyDefinition.test(.delete, "1d")
      definition.start = .labelled
      let label = try store.policy("L", definition, kind: .label, condition: "one")
      try store.policy("younger", .test(.delete, "1d"), kind: .label, condition: "one")
      #expect(try store.fate(of: "c").outcome == .notDue(.unknown))
      #expect(try store.fate(of: "c").settings.map(\.isPending) == [true])
      try store.change(as: .test()) { change in
        let id = try change.catalog.conversation(written: "c").id
        try change.setLabels(byRule: [(conversation: id, policy: label.id)], in: store)
      }
      #expect(try store.fate(of: "c").purgeAt == .at(clock.now.advanced(byDays: 1)))
    }
  }

  @Test("last activity is the newest item of any version; without items the source's own time")
  func activity() async throws {
    try await withStore { store in
      var first = UnitBuilder("c")
      first.add("m1", .prompt, ["a"], time: "2025-03-01T00:00:00Z")
      first.unit.updatedAt = SourceTime(text: "2025-09-01T00:00:00Z")
      var second = UnitBuilder("c", title: "new")
      second.add("m0", .prompt, ["a"], time: "2025-02-01T00:00:00Z")
      var empty = UnitBuilder("e")
      empty.unit.updatedAt = SourceTime(text: "2025-09-01T00:00:00Z")
      try store.ingest([first.unit, empty.unit])
      try store.ingest([second.unit])
      func activity(_ id: String) throws -> String? {
        try store.read { catalog in
          try catalog.retentionFacts(of: catalog.conversation(written: id).key).lastActivity?
            .rfc3339
        }
      }
      #expect(try activity("c") == "2025-03-01T00:00:00Z")
      #expect(try activity("e") == "2025-09-01T00:00:00Z")
    }
  }

  @Test("a conversation began when the earliest capture of it says, whichever came first")
  func beginning() async throws {
    try await withStore { store in
      func ingest(_ id: String, _ title: String, _ created: String?) throws {
        try store.ingest([UnitBuilder(id, title: title, created: created).unit])
      }
      try ingest("c", "one", "2025-03-01T00:00:00Z")
      try ingest("c", "two", "2025-02-01T00:00:00Z")
      try ingest("c", "three", "2025-04-01T00:00:00Z")
      try ingest("c", "four", nil)
      try ingest("u", "one", nil)
      try ingest("u", "two", "2025-03-01T00:00:00Z")
      let started = try store.read { catalog in
        try ["c", "u"].map { try catalog.conversation(written: $0).started?.rfc3339 }
      }
      #expect(started == ["2025-02-01T00:00:00Z", "2025-03-01T00:00:00Z"])
    }
  }

  @Test("an item without a readable time may be the newest: the source's last change, or unknown")
  func undatedActivity() async throws {
    try await withStore { store in
      func undated(_ id: String, updated: String?) -> CapturedUnit {
        var builder = UnitBuilder(id)
        builder.add("m1", .prompt, ["a"], time: "2025-03-01T00:00:00Z")
        builder.add("m2", .response, ["b"], time: "2025-03-02T00:00:00Z")
        builder.unit.items[1].time = nil
        builder.unit.updatedAt = updated.map { SourceTime(text: $0) }
        return builder.unit
      }
      func activity(_ id: String) throws -> String? {
        try store.read { catalog in
          try catalog.retentionFacts(of: catalog.conversation(written: id).key).lastActivity?
            .rfc3339
        }
      }
      try store.ingest([
        undated("bounded", updated: "2026-09-01T00:00:00Z"),
        undated("early", updated: "2024-09-01T00:00:00Z"), undated("open", updated: nil),
      ])
      #expect(try activity("bounded") == "2026-09-01T00:00:00Z")
      #expect(try activity("early") == "2025-03-01T00:00:00Z")
      #expect(try activity("open") == nil)
      // A capture without messages tells nothing of the one without a time.
      var empty = UnitBuilder("open", title: "emptied")
      empty.unit.createdAt = SourceTime(text: "2021-01-01T00:00:00Z")
      try store.ingest([empty.unit])
      #expect(try activity("open") == nil)
      // One that never had any has its own time, whichever capture tells it.
      var bare = UnitBuilder("bare", created: nil)
      try store.ingest([bare.unit])
      #expect(try activity("bare") == nil)
      bare.unit.createdAt = SourceTime(text: "2021-01-01T00:00:00Z")
      bare.unit.native += [0x20]
      try store.ingest([bare.unit])
      #expect(try activity("bare") == "2021-01-01T00:00:00Z")
      // A later version that tells the time makes it known.
      var told = UnitBuilder("open", title: "told")
      told.add("m1", .prompt, ["a"], time: "2025-03-01T00:00:00Z")
      told.add("m2", .response, ["b"], time: "2025-03-02T00:00:00Z")
      try store.ingest([told.unit])
      #expect(try activity("open") == "2025-03-02T00:00:00Z")
    }
  }
}
