// SPDX-License-Identifier: Apache-2.0
import Actions
import Capture
import Foundation
import Model
import Store
import TestSupport
import Testing

/// Deletion at the source when something goes wrong: at the service, on the way, and here.
@Suite("Deletion at the source, with faults")
struct AtSourceFaultTests {
  /// What a request that deletes is answered with, and what must come of it.
  struct Fault: CustomTestStringConvertible, Sendable {
    var name: String
    var action: String
    /// Answers in a row that are so; nil: all.
    var count: Int?
    /// The requests about the chat, in order.
    var requests: [String]
    var state: SourceDeletion.State

    var testDescription: String { name }
  }

  static let faults: [Fault] = [
    Fault(
      name: "too many calls", action: #"{"type":"rate_limit","retry_after":2}"#, count: 2,
      requests: ["GET", "DELETE 429", "GET", "DELETE 429", "GET", "DELETE 200"], state: .deleted),
    Fault(
      name: "not available", action: #"{"type":"unavailable","status":503}"#, count: 1,
      requests: ["GET", "DELETE 503", "GET", "DELETE 200"], state: .deleted),
    Fault(
      name: "an error that will stay", action: #"{"type":"internal","final":true}"#,
      requests: ["GET", "DELETE 500", "GET"], state: .failed),
    // Done, but the answer was lost: asked about, and never sent again.
    Fault(
      name: "closed without an answer", action: #"{"type":"reset"}"#,
      requests: ["GET", "DELETE 200", "GET 404"], state: .deleted),
    Fault(
      name: "an answer that is cut", action: #"{"type":"truncate","bytes":5}"#,
      requests: ["GET", "DELETE 200", "GET 404"], state: .deleted),
    Fault(
      name: "an answer that makes no sense", action: #"{"type":"bad_json"}"#,
      requests: ["GET", "DELETE 200", "GET 404"], state: .deleted),
    // Nothing happened, and nothing will.
    Fault(
      name: "a redirect",
      action: #"{"type":"redirect","location":"http://127.0.0.1:1/v1/compliance/apps/chats/x"}"#,
      requests: ["GET", "DELETE 302"], state: .failed),
    Fault(
      name: "a conflict", action: #"{"type":"status","status":409}"#,
      requests: ["GET", "DELETE 409"], state: .failed),
    Fault(
      name: "a call that it does not know",
      action: #"{"type":"status","status":404,"message":"Not found"}"#,
      requests: ["GET", "DELETE 404"], state: .failed),
    Fault(
      name: "never an answer", action: #"{"type":"status","status":502,"body":"html"}"#,
      requests: Array(repeating: ["GET", "DELETE 502"], count: 8).flatMap(\.self), state: .sent),
    // Somebody else is first, between the reading and the request.
    Fault(
      name: "gone when it comes to it",
      action: #"{"type":"status","status":404,"message":"Chat conversation not found"}"#, count: 1,
      requests: ["GET", "DELETE 404", "GET", "DELETE 200"], state: .deleted),
  ]

  @Test("every answer leads to what it means, and nothing is repeated blindly", arguments: faults)
  func fault(_ fault: Fault) async throws {
    try await AtSourceBench.with { bench in
      let plan = try bench.plan("quarterly")
      let nth = fault.count.map { #","nth":\#(Array(1...$0))"# } ?? ""
      try bench.standIn.setFaults(
        #"{"match":{"method":"DELETE"\#(nth)},"action":\#(fault.action)}"#)
      let result = try bench.run(plan)
      let requests = try bench.requests(about: 2)
      #expect(requests.count == fault.requests.count)
      for (request, expected) in zip(requests, fault.requests) {
        #expect(request.hasPrefix(expected), "\(requests)")
      }
      let deletion = try #require(try bench.deletion(2))
      #expect(deletion.state == fault.state)
      #expect(deletion.sentCount == requests.count { $0.hasPrefix("DELETE") })
      #expect(try !bench.isHere(2))
      guard fault.state != .deleted else {
        #expect(!result.isPartial && result.atSource?.deleted == 1)
        return
      }
      #expect(result.isPartial && result.atSource?.pending == 1 && !deletion.because.isEmpty)
      // The next run goes on, when the service is well again.
      try bench.standIn.setFaults()
      let next = try bench.run(plan)
      #expect(next.atSource?.deleted == 1 && !next.isPartial)
      #expect(try bench.deletion(2)?.state == .deleted)
    }
  }

  @Test("a key that must not delete stops the run after one chat")
  func scope() async throws {
    try await AtSourceBench.with { bench in
      bench.key = ComplianceStandIn.key
      let plan = try bench.plan("quarterly OR never OR goodbye")
      let result = try bench.run(plan)
      #expect(result.failure?.error.code == .scope)
      #expect(result.failure?.error.message.contains("delete:compliance_user_data") == true)
      #expect(result.purged == 1 && result.atSource?.pending == 1)
      #expect(try bench.standIn.deletes().count == 1)
      #expect(try [2, 4, 5].count { try bench.isHere($0) } == 2)
      // With a better key the plan goes on from there.
      bench.key = AtSourceBench.deleter
      let next = try bench.run(plan)
      #expect(next.atSource?.deleted == 3 && !next.isPartial)
      for number in [2, 4, 5] { #expect(try !bench.isAtSource(number)) }
      #expect(try bench.standIn.deletes().count == 4)
    }
  }

  @Test("what cannot be read at its source stays here too")
  func unread() async throws {
    try await AtSourceBench.with { bench in
      let plan = try bench.plan("quarterly OR never")
      try bench.standIn.setFaults(
        #"{"match":{"path_regex":"00002/messages"},"action":{"type":"internal","final":true}}"#)
      let result = try bench.run(plan)
      #expect(result.skipped == ["unread-at-source": 1] && result.isPartial)
      #expect(try bench.isHere(2))
      #expect(try bench.standIn.deletes().count == 1)
      #expect(try bench.deletion(2) == nil)
    }
  }

  @Test("a service that does not answer any more ends the run in good order")
  func unreachable() async throws {
    try await AtSourceBench.with { bench in
      let plan = try bench.plan("quarterly OR never")
      bench.standIn.stop()
      let result = try bench.run(plan)
      #expect(result.failure?.error.code == .unreachable)
      #expect(result.purged == 0)
      #expect(try bench.isHere(2) && bench.isHere(4))
    }
  }

  @Test("killed around the request, it asks first and deletes once", arguments: [true, false])
  func killed(isBefore: Bool) async throws {
    try await AtSourceBench.with { bench in
      let plan = try bench.plan("quarterly")
      var access = bench.access()
      access.settings.makeTransport = { MortalTransport(isBefore ? .before : .after) }
      #expect(throws: AtSourceBench.Killed.self) { try bench.run(plan, access: access) }
      let waiting = try #require(try bench.deletion(2))
      #expect(waiting.state == .sent && waiting.sentCount == 1)
      let result = try bench.run(plan)
      #expect(result.atSource?.deleted == 1 && !result.isPartial)
      #expect(
        try bench.requests(about: 2)
          == (isBefore
            ? ["GET 200", "GET 200", "DELETE 200"] : ["GET 200", "DELETE 200", "GET 404"]))
      #expect(try bench.deletion(2)?.state == .deleted)
    }
  }

  @Test(
    "killed at any step of the removal here, it deletes there once", arguments: RemovalStep.allCases
  )
  func killedHere(step: RemovalStep) async throws {
    try await AtSourceBench.with { bench in
      let plan = try bench.plan("quarterly OR never")
      #expect(throws: AtSourceBench.Killed.self) {
        try bench.run(plan) { if $0 == step { throw AtSourceBench.Killed() } }
      }
      let result = try bench.run(plan)
      #expect(!result.isPartial && result.atSource?.pending == 0)
      for number in [2, 4] {
        #expect(try bench.requests(about: number).count { $0.hasPrefix("DELETE") } == 1)
        #expect(try !bench.isAtSource(number))
        #expect(try !bench.isHere(number))
      }
    }
  }

  @Test("a hold that comes between a crash and the next run is seen", arguments: [true, false])
  func heldAfterCrash(wasSent: Bool) async throws {
    try await AtSourceBench.with { bench in
      let plan = try bench.plan("quarterly")
      var access = bench.access()
      access.settings.makeTransport = { MortalTransport(.before) }
      #expect(throws: AtSourceBench.Killed.self) {
        try bench.run(plan, access: access) {
          if !wasSent, $0 == .decided { throw AtSourceBench.Killed() }
        }
      }
      #expect(try bench.deletion(2)?.state == (wasSent ? .sent : .due))
      try bench.hold(HoldDefinition(scope: Scope(everyone: true)))
      let result = try bench.run(plan)
      #expect(result.atSource?.kept == ["held": 1])
      #expect(try bench.standIn.deletes().isEmpty)
      #expect(try bench.isHere(2))
    }
  }

  @Test("works side by side without asking twice")
  func sideBySide() async throws {
    try await AtSourceBench.with(
      changes: { fixture in
        let message: [String: Any] = [
          "role": "user", "created_at": "2026-05-01T09:00:00Z",
          "content": [["type": "text", "text": "walrus"]],
        ]
        let chats = fixture["chats"] as? [[String: Any]] ?? []
        let more = (10..<60).map { number -> [String: Any] in
          var chat = chats[3]
          chat["id"] = "claude_chat_01T000\(number)"
          chat["messages"] = [message.merging(["id": "m-\(number)"]) { $1 }]
          return chat
        }
        fixture["chats"] = chats + more
      },
      { bench in
        bench.synced.settings.concurrency = 4
        let result = try bench.run(bench.plan("walrus"))
        #expect(result.purged == 50 && result.atSource?.deleted == 50 && !result.isPartial)
        let deletes = try bench.standIn.deletes()
        #expect(deletes.count == 50 && Set(deletes).count == 50)
        #expect(try bench.requestCount() == 100)
      })
  }
}
