// SPDX-License-Identifier: Apache-2.0
import Actions
import Foundation
import Model
import Store
import TestSupport
import Testing

@testable import Commands

@Suite("Reports of holds")
struct HoldReportTests {
  @Test("a hold on everyone tells of each custodian what was captured, and sums up many gaps")
  func everyone() async throws {
    try await withTemporaryDirectory { folder in
      let actor = AuditActor.current(program: "test", command: "test")
      let store = try Store.create(
        at: folder.appendingPathComponent("store").path, as: actor)
      let hold = try store.change(as: actor) { change in
        for number in 10..<22 { try change.createCustodian(name: "P\(number)") }
        return try change.createHold(
          name: "H", in: try change.createMatter(name: "M"),
          HoldDefinition(scope: Scope(everyone: true)))
      }
      func report() throws -> HoldReport {
        try store.read { catalog in
          try HoldReport(
            HoldCheck.Coverage(hold: hold), from: HoldReportFacts(of: [hold], in: catalog))
        }
      }
      // Where there is no source at all, nothing was captured all the same.
      #expect(try report().uncaptured.count == 12)
      try store.change(as: actor) { _ = try $0.sourceForImport(named: "export") }
      let found = try report()
      #expect(found.captures.map(\.custodian.name) == (10..<22).map { "P\($0)" })
      #expect(found.uncaptured.count == 12)
      #expect(found.needsAttention)
      let named = (10..<20).map { "hold H: nothing was captured of P\($0)" }
      #expect(found.remarks == named + ["hold H: 2 more like this (NOTHING_CAPTURED)"])
    }
  }
}
