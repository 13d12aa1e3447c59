// SPDX-License-Identifier: Apache-2.0
import Actions
import Bytes
import Foundation
import Model
import Store
import Synchronization
import TestSupport
import Testing

@testable import Commands

@Suite("Rows of notices")
struct NoticeRowTests {
  @Test("an answer is not overdue on the day that the notice names")
  func dueDay() async throws {
    try await withTemporaryDirectory { folder in
      let start = try #require(Instant(rfc3339: "2026-11-20T12:00:00Z"))
      let time = Mutex(start)
      let actor = AuditActor.current(program: "test", command: "test")
      let store = try Store.create(
        at: folder.appendingPathComponent("store").path, as: actor,
        clock: { time.withLock { $0 } })
      let due = try #require(Instant(rfc3339: "2026-12-01T00:00:00Z"))
      let hold = try store.change(as: actor) { change in
        let ada = try change.createCustodian(
          name: "Ada", identities: [IdentityDefinition(.emailAddress, "ada@example.org")])
        let hold = try change.createHold(
          name: "H", in: try change.createMatter(name: "M"),
          HoldDefinition(scope: Scope(custodians: [ada.id.text])))
        let notice = try change.issueNotice(
          NoticeDraft(
            hold: hold, custodian: ada, kind: .hold, round: 1, address: "ada@example.org",
            file: "f.eml", folder: "/out", message: [1], textDigest: SHA256Digest(of: "a"),
            templateDigest: SHA256Digest(of: "a"), due: due))
        try change.markWritten(notice, in: "/out")
        return hold
      }
      for (now, state) in [
        ("2026-11-30T23:59:59Z", NoticeState.waiting), ("2026-12-01T00:00:00Z", .waiting),
        ("2026-12-01T23:59:59Z", .waiting), ("2026-12-02T00:00:00Z", .overdue),
      ] {
        let moment = try #require(Instant(rfc3339: now))
        time.withLock { $0 = moment }
        let rows = try store.read { catalog in
          try catalog.noticeStandings(of: hold).compactMap { NoticeRow($0, at: catalog.now) }
        }
        #expect(rows.map(\.state) == [state], "\(now)")
        let (status, report) = try store.read { catalog in
          (
            try StoreStatus(catalog, lateBefore: nil),
            try HoldReport(
              HoldCheck.Coverage(hold: hold), from: HoldReportFacts(of: [hold], in: catalog))
          )
        }
        let isOverdue = state == .overdue
        #expect(status.overdueNotices == (isOverdue ? 1 : 0))
        #expect(status.reasons.contains("the answer to 1 hold notice is overdue") == isOverdue)
        #expect(
          report.remarks.contains("hold H: the answer of Ada to the notice is overdue")
            == isOverdue)
      }
    }
  }
}
