// SPDX-License-Identifier: Apache-2.0
import Actions
import Model
import Retention
import Store
import TestSupport
import Testing

@Suite("Labels on many conversations")
struct LabelBatchTests {
  @Test("are set in batches that end in time, so that a hold gets in between")
  func batches() async throws {
    try await PurgeBench.with { bench in
      try bench.capture(PurgeBench.plain(5))
      var definition = PolicyDefinition(
        action: .retain, period: try RetentionPeriod("1y").unwrapped,
        scope: PolicyScope(everyone: true))
      definition.mode = .on
      let label = try bench.store.change(as: PurgeBench.actor) { [definition] in
        try $0.createPolicy(name: "keep", kind: .label, definition)
      }
      let keys = try bench.store.read { try $0.conversationKeys() }
      // The clock of the store tells transactions apart.
      let store = try Store.open(at: bench.store.folder, access: .writing) {
        bench.clock.advance(seconds: 1)
        return bench.clock.now
      }
      func times(_ duration: Duration, isSet: Bool) throws -> Int {
        let action = LabelAction(
          store: store, actor: PurgeBench.actor, batchDuration: duration)
        let effects = try action.effects(of: label, isSet: isSet, on: keys)
        let count = try action.apply(
          label, isSet: isSet, effects, isRehearsed: false, reason: "because")
        #expect(count == 5)
        return try bench.store.read { catalog in
          var times: Set<Instant> = []
          try catalog.forEachEvent(AuditFilter(action: isSet ? "label.add" : "label.remove")) {
            times.insert($0.time)
          }
          return times.count
        }
      }
      #expect(try times(.seconds(600), isSet: true) == 1)
      #expect(try times(.zero, isSet: false) == 5)
    }
  }
}
