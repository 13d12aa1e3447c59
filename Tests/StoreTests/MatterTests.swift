// SPDX-License-Identifier: Apache-2.0
import Model
import Testing

@testable import Store

@Suite struct MatterTests {
  @Test("a case: names are unique, members repeat harmlessly, a closed one is left alone")
  func life() async throws {
    try await withStore { store in
      try store.change(as: .test()) { change in
        let matter = try change.createMatter(name: "Smith v. Jones", description: "d")
        #expect(status { try change.createMatter(name: "Smith v. Jones") } == .exists)
        for name in ["", "  ", matter.id.text, "id:x"] {
          #expect(status { try change.createMatter(name: name) } == .usage, "\(name)")
        }
        let ada = try change.createCustodian(name: "Ada")
        #expect(try change.addCustodians([ada, ada], to: matter) == 1)
        #expect(try change.addCustodians([ada], to: matter) == 0)
        #expect(try change.catalog.matters(of: ada).map(\.id) == [matter.id])
        #expect(try change.removeCustodians([ada], from: matter) == 1)
        #expect(try change.removeCustodians([ada], from: matter) == 0)
        try change.closeMatter(matter)
        #expect(try change.catalog.matter("Smith v. Jones").state == .closed)
        #expect(status { try change.addCustodians([ada], to: matter) } == .denied)
        #expect(status { try change.closeMatter(matter) } == .denied)
        try change.reopenMatter(matter)
        #expect(try change.catalog.matter(matter.id.text).state == .open)
        try change.deleteMatter(matter)
        #expect(status { _ = try change.catalog.matter(matter.id.text) } == .notFound)
      }
    }
  }

  @Test("a case with active holds closes only when they are released with it; none comes back")
  func closingReleases() async throws {
    let clock = TestClock()
    try await withStore(clock: clock) { store in
      let matter = try store.change(as: .test()) { change in
        let matter = try change.createMatter(name: "M")
        try change.createHold(name: "H", in: matter, HoldDefinition(scope: Scope(everyone: true)))
        return matter
      }
      #expect(
        status { try store.change(as: .test()) { _ = try $0.closeMatter(matter) } } == .held)
      #expect(try store.read { try $0.matter("M").state } == .open)
      let released = try store.change(as: .test()) { change in
        try change.closeMatter(matter, releasingHoldsAfter: Change.defaultCoolDown)
      }
      #expect(released.map(\.state) == [.releasing])
      #expect(
        status { try store.change(as: .test()) { _ = try $0.reinstateHold(released[0]) } }
          == .denied)
      clock.advance(days: 31)
      let listed = try store.change(as: .test()) { try $0.reopenMatter(matter) }
      #expect(listed.map(\.state) == [.released])
      #expect(status { try store.change(as: .test()) { try $0.deleteMatter(matter) } } == .held)
    }
  }

  @Test("searches are recorded with what was asked and found, saved queries by name")
  func searches() async throws {
    try await withStore { store in
      try store.change(as: .test()) { change in
        let matter = try change.createMatter(name: "M")
        let search = SearchDefinition(
          query: "budget", normalForm: "budget", dialect: "keyql",
          scope: Scope(custodians: ["cust_x"]),
          interval: Model.TimeInterval(since: Instant(ticks: 5)), asOf: change.now)
        let counts = SearchCounts(
          items: 3, conversations: 2, custodians: 1, bytes: 99, partial: 1, isIncomplete: true)
        let id = try change.recordSearch(search, counts: counts, in: matter)
        let stored = try change.catalog.searches(of: matter)
        #expect(stored.map(\.id) == [id])
        #expect(stored.first?.counts == counts)
        #expect(stored.first?.scope == search.scope)
        #expect(stored.first?.interval == search.interval)
        let saved = try change.saveQuery(
          name: "money", query: "budget", dialect: "keyql", scope: Scope(everyone: true))
        #expect(try change.catalog.savedQuery("money") == saved)
        #expect(
          status {
            try change.saveQuery(name: "money", query: "x", dialect: "keyql", scope: Scope())
          } == .exists)
        try change.deleteSavedQuery(saved)
        #expect(try change.catalog.savedQueries().isEmpty)
      }
    }
  }

  @Test("a rehearsed change gives its result and leaves the store as it was")
  func rehearsal() async throws {
    try await withStore { store in
      let reader = try Store.open(at: store.folder, access: .reading)
      let name = try reader.rehearse(as: .test()) { try $0.createMatter(name: "M").name }
      #expect(name == "M")
      #expect(
        status { try reader.rehearse(as: .test()) { _ = try $0.createMatter(name: "") } } == .usage)
      #expect(try store.read { try $0.matters().count } == 0)
      #expect(try store.read { try $0.auditHead().count } == 1)
    }
  }
}
