// SPDX-License-Identifier: Apache-2.0
import Model
import Testing

@testable import Store

@Suite("Gaps of what holds protect")
struct HoldGapTests {
  private static func openCount(_ catalog: Catalog) throws -> Int {
    try catalog.exceptionCount(ExceptionFilter(state: .open))
  }

  @Test("of a source that was deleted since a check looked is left out")
  func deletedSource() async throws {
    try await withStore { store in
      try store.change(as: .test()) { change in
        let source = try change.createSource(SourceDefinition(name: "s"))
        let gaps = [
          HoldGap(.sourceNeverCaptured, source: source.key, object: "cust_a", detail: "d"),
          HoldGap(.nothingCaptured, object: "cust_b", detail: "d"),
        ]
        _ = try change.deleteSource(source)
        var tally = GapTally()
        try change.recordGaps(gaps, into: &tally)
        #expect(try change.catalog.exceptions().map(\.object) == ["cust_b"])
      }
    }
  }

  @Test("are records: open while found, closed when gone, opened again, and a person's word stands")
  func records() async throws {
    try await withStore { store in
      try store.change(as: .test()) { change in
        let matter = try change.createMatter(name: "M")
        let everyone = HoldDefinition(scope: Scope(everyone: true))
        let one = try change.createHold(name: "one", in: matter, everyone)
        let two = try change.createHold(name: "two", in: matter, everyone)
        let person = HoldGap(.nothingCaptured, object: "cust_a", detail: "d")
        let own = HoldGap(.notAttributed, hold: one.key, detail: "1 conversation")
        let other = HoldGap(.notAttributed, hold: two.key, detail: "2 conversations")
        func check(
          _ gaps: [HoldGap], _ holds: [HoldRecord], _ custodians: Set<String> = [],
          isComplete: Bool = false
        ) throws -> [Int] {
          var tally = GapTally()
          for gap in Set(gaps).sorted() { try change.recordGaps([gap], into: &tally) }
          let counts = try change.settleGaps(
            tally, of: holds, custodians: custodians, isComplete: isComplete)
          return [counts.opened, counts.gone]
        }
        #expect(try check([person, own, other, own], [one, two], ["cust_a"]) == [3, 0])
        #expect(try check([person, own, other], [one, two], ["cust_a"]) == [0, 0])
        #expect(try change.catalog.exceptions().count == 3)
        #expect(try change.catalog.exceptions(ExceptionFilter(hold: two.key)).count == 1)
        // Who looks at one hold says nothing of the other, nor of a person that it does not name.
        #expect(try check([], [one]) == [0, 1])
        #expect(try Self.openCount(change.catalog) == 2)
        #expect(try check([own], [one]) == [1, 0])
        // A person's word stands, though the gap is found again; what is gone comes back.
        let ofOne = ExceptionFilter(hold: one.key)
        let record = try #require(try change.catalog.exceptions(ofOne).first)
        _ = try change.resolveExceptions([record.id.text], reason: "known")
        #expect(try check([own, person], [one], ["cust_a"]) == [0, 0])
        #expect(try change.catalog.isResolved(own))
        #expect(try !change.catalog.isResolved(person))
        #expect(try check([], [two], isComplete: true) == [0, 2])
        #expect(try !change.catalog.isResolved(person))
        #expect(try Self.openCount(change.catalog) == 0)
        #expect(try check([person], [], ["cust_a"]) == [1, 0])
        // That something was purged under a hold stays true when the hold is no longer looked at.
        let purge = HoldGap(.purgedUnderHold, hold: two.key, object: "conv_a", detail: "d")
        #expect(try check([purge], [two]) == [1, 0])
        #expect(try check([], [two], isComplete: true) == [0, 1])
        let left = try change.catalog.exceptions(ExceptionFilter(state: .open))
        #expect(left.map(\.code) == ["PURGED_UNDER_HOLD"])
      }
      #expect(try store.read { try $0.verifyAudit().isSound })
    }
  }
}
