// SPDX-License-Identifier: Apache-2.0
import Model
import Query
import Retention
import Testing

@testable import Store

/// Persons in the queries of holds, and what becomes of them (holds-and-retention sections 2.1, 2.2
/// and invariant H9).
@Suite struct HeldPersonTests {
  private let everyone = Scope(everyone: true)

  private func withPersons(
    _ body: (Store, TestClock, _ ada: Custodian, _ bob: Custodian) throws -> Void
  ) async throws {
    let clock = TestClock()
    try await withStore(clock: clock) { store in
      let (ada, bob) = try store.change(as: .test()) { change in
        (
          try change.createCustodian(
            name: "Ada", identities: [IdentityDefinition(.account, "a1")]),
          try change.createCustodian(name: "Bob", identities: [IdentityDefinition(.account, "b1")])
        )
      }
      try store.ingest([
        conversation("of a1", account: "a1", "budget"),
        conversation("of b1", account: "b1", "budget"),
        conversation("of x", account: "x", "budget"),
      ])
      clock.advance(days: 1)
      try body(store, clock, ada, bob)
    }
  }

  @Test("a query that excludes a person loses nothing when that person gains an account")
  func exclusion() async throws {
    try await withPersons { store, clock, ada, bob in
      try store.hold("not Ada", everyone, query: "budget NOT custodian:a1")
      func held() throws -> [String] {
        try ["of a1", "of b1", "of x"].filter { try !store.holds(on: $0).isEmpty }
      }
      #expect(try held() == ["of b1", "of x"])
      clock.advance(days: 1)
      try store.change(as: .test()) {
        _ = try $0.addIdentity(IdentityDefinition(.account, "x"), to: ada)
      }
      #expect(try held() == ["of b1", "of x"])
      clock.advance(days: 1)
      try store.change(as: .test()) { try $0.mergeCustodians([bob], into: ada) }
      #expect(try held() == ["of b1", "of x"])
      clock.advance(days: 400)
      #expect(try held() == ["of b1", "of x"])
    }
  }

  @Test("widening a hold does not move the persons that its query names")
  func widening() async throws {
    try await withPersons { store, clock, ada, _ in
      try store.hold("not Ada", Scope(sources: try sources(store)), query: "NOT custodian:Ada")
      clock.advance(days: 1)
      try store.change(as: .test()) {
        _ = try $0.addIdentity(IdentityDefinition(.account, "x"), to: ada)
      }
      clock.advance(days: 1)
      try store.change(as: .test()) { change in
        let hold = try change.catalog.hold("not Ada")
        var definition = hold.definition
        definition.scope = everyone
        try change.updateHold(hold, to: definition)
      }
      clock.advance(days: 60)
      #expect(try store.holds(on: "of x") == ["not Ada"])
      #expect(try store.holds(on: "of a1") == [])
    }
  }

  @Test("a person in a query is found by what was hers then and what is hers now")
  func inclusion() async throws {
    try await withPersons { store, clock, ada, _ in
      try store.hold("Ada", everyone, query: "custodian:Ada")
      #expect(try store.holds(on: "of x") == [])
      clock.advance(days: 1)
      try store.change(as: .test()) { change in
        _ = try change.addIdentity(IdentityDefinition(.account, "x"), to: ada)
        try change.removeIdentity(.account, "a1", from: ada)
      }
      #expect(try store.holds(on: "of x") == ["Ada"])
      #expect(try store.holds(on: "of a1") == ["Ada"])
      clock.advance(days: 1)
      try store.change(as: .test()) { _ = try $0.removeIdentity(.account, "x", from: ada) }
      // What came later goes with the cool-down, what was hers at first never.
      clock.advance(days: 29)
      #expect(try store.holds(on: "of x") == ["Ada"])
      clock.advance(days: 1)
      #expect(try store.holds(on: "of x") == [])
      #expect(try store.holds(on: "of a1") == ["Ada"])
    }
  }

  @Test("a person who joins a hold later is covered by what was theirs on that day")
  func laterPerson() async throws {
    try await withPersons { store, clock, ada, bob in
      try store.hold("H", Scope(custodians: [ada.id.text]))
      clock.advance(days: 1)
      try store.change(as: .test()) {
        _ = try $0.addIdentity(IdentityDefinition(.account, "x"), to: bob)
      }
      clock.advance(days: 1)
      try store.change(as: .test()) { change in
        let hold = try change.catalog.hold("H")
        var definition = hold.definition
        definition.scope.custodians.append(bob.id.text)
        try change.updateHold(hold, to: definition)
      }
      clock.advance(days: 1)
      try store.change(as: .test()) { change in
        try change.removeIdentity(.account, "x", from: bob)
        _ = try change.addIdentity(
          IdentityDefinition(.account, "x"), to: try change.createCustodian(name: "Cleo"))
      }
      clock.advance(days: 60)
      #expect(try store.holds(on: "of x") == ["H"])
    }
  }

  @Test(
    "a source keeps its name while a hold or a policy asks for it and would select otherwise",
    arguments: [
      ("source:import", "elsewhere"), ("budget AND (x OR source:imp*)", "elsewhere"),
      ("NOT source:elsewhere", "elsewhere"), ("NOT source:else*", "elsewhere"),
    ])
  func sourceName(query: String, name: String) async throws {
    try await withPersons { store, clock, _, _ in
      func rename(_ name: String) throws {
        try store.change(as: .test()) { change in
          let source = try #require(try change.catalog.sources().first)
          _ = try change.updateSource(source, to: SourceDefinition(name: name))
        }
      }
      try store.hold("by source", everyone, query: query)
      #expect(try store.holds(on: "of a1") == ["by source"])
      #expect(status { try rename(name) } == .held)
      #expect(try store.holds(on: "of a1") == ["by source"])
      // What the query does not tell apart may change.
      try rename("Import")
      try store.change(as: .test()) { _ = try $0.releaseHold($0.catalog.hold("by source")) }
      clock.advance(days: 29)
      #expect(status { try rename(name) } == .held)
      clock.advance(days: 1)
      var definition = PolicyDefinition.test()
      definition.mode = .simulate
      let policy = try store.policy("P", definition, condition: query)
      #expect(status { try rename(name) } == .denied)
      try store.change(as: .test()) { _ = try $0.deletePolicy(policy) }
      try rename(name)
      #expect(try store.read { try $0.sources().map(\.name) } == [name])
    }
  }

  @Test("a source that a query names by its id may change its name")
  func sourceID() async throws {
    try await withPersons { store, _, _, _ in
      let source = try #require(try store.read { try $0.sources() }.first)
      try store.hold("by id", everyone, query: "source:\(source.id)")
      try store.change(as: .test()) {
        _ = try $0.updateSource(source, to: SourceDefinition(name: "elsewhere"))
      }
      #expect(try store.holds(on: "of a1") == ["by id"])
    }
  }

  @Test("a clock that was set back lets nothing end before a hold was worded")
  func clockSetBack() async throws {
    try await withPersons { store, clock, ada, bob in
      clock.advance(days: 10)
      try store.hold("hers", Scope(custodians: [ada.id.text]))
      try store.hold("by query", everyone, query: "custodian:Ada")
      clock.advance(days: -5)
      try store.change(as: .test()) { change in
        try change.removeIdentity(.account, "a1", from: ada)
        _ = try change.addIdentity(IdentityDefinition(.account, "a1"), to: bob)
      }
      for days in [0, 5, 400] {
        clock.advance(days: days)
        #expect(try store.holds(on: "of a1") == ["by query", "hers"], "\(days)")
      }
    }
  }

  private func sources(_ store: Store) throws -> [String] {
    try store.read { try $0.sources().map(\.id.text) }
  }
}
