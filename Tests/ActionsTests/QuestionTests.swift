// SPDX-License-Identifier: Apache-2.0
import Actions
import Model
import Query
import Store
import Synchronization
import Testing

@Suite("Questions to a store")
struct QuestionTests {
  @Test("ask the catalog only where they name somebody or something of it")
  func catalog() async throws {
    try await ReviewBench.with { bench in
      // Each reading of the catalog asks the clock once.
      let readingCount = Counter()
      let store = try Store.open(at: bench.home.folder, access: .reading) {
        readingCount.value.add(1, ordering: .relaxed)
        return Instant.now()
      }
      func readings(
        _ query: String?, _ scope: ScopeRequest = ScopeRequest(), matter: MatterRecord? = nil
      ) throws -> Int {
        let before = readingCount.value.load(ordering: .relaxed)
        let question = try Question(
          query, scope: scope, interval: TimeInterval(), zone: "UTC", matter: matter,
          options: QueryOptions(clock: bench.home.now), store: store)
        #expect(question.scope.everyone == scope.custodians.isEmpty || matter != nil)
        #expect((question.query == nil) == (query == nil))
        return readingCount.value.load(ordering: .relaxed) - before
      }
      var scope = ScopeRequest()
      scope.everyone = true
      #expect(try readings("plan NEAR(n=3) budget AND kind:prompt") == 0)
      #expect(try readings("plan OR budget", scope, matter: bench.set.matter) == 0)
      #expect(try readings(nil) == 0)
      #expect(try readings("plan AND custodian:\"Ada Byron\"") == 1)
      #expect(try readings("from:(ada OR grace)") == 1)
      #expect(try readings("plan", matter: bench.set.matter) == 1)
      scope = ScopeRequest()
      scope.custodians = ["Ada Byron"]
      #expect(try readings("plan", scope) == 1)
      try store.close()
    }
  }

  private final class Counter: Sendable {
    let value = Atomic(0)
  }
}
