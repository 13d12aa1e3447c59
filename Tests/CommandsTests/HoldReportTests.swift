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
  /// Calls a body with a store of its own, who acts, and the folder that the store lies in.
  private static func withStore(
    _ body: (_ store: Store, _ actor: AuditActor, _ folder: URL) throws -> Void
  ) async throws {
    try await withTemporaryDirectory { folder in
      let actor = AuditActor.current(program: "test", command: "test")
      let store = try Store.create(
        at: folder.appendingPathComponent("store").path, as: actor)
      try body(store, actor, folder)
    }
  }

  @Test("a hold on everyone tells of each custodian what was captured, and sums up many gaps")
  func everyone() async throws {
    try await Self.withStore { store, actor, _ in
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

  /// A conversation whose only message lacks a file.
  private static func conversation(_ name: String, of account: String, message: String?) -> String {
    let id = message.map { "\"uuid\":\"\($0)\"," } ?? ""
    return """
      {"uuid":"\(name)","name":"N","account":{"uuid":"\(account)"},\
      "created_at":"2025-03-01T09:00:00Z","updated_at":"2025-03-01T09:00:00Z","chat_messages":[\
      {\(id)"text":"T","content":[{"type":"text","text":"T"}],"sender":"human",\
      "created_at":"2025-03-01T09:00:00Z","updated_at":"2025-03-01T09:00:00Z","attachments":[],\
      "files":[{"file_name":"f.pdf"}]}]}
      """
  }

  @Test("counts the exceptions of what is or may be in scope, not those of other persons")
  func exceptions() async throws {
    try await Self.withStore { store, actor, folder in
      let holds = try store.change(as: actor) { change in
        let matter = try change.createMatter(name: "M")
        let people = try ["ada", "bob"].map {
          try change.createCustodian(
            name: $0, identities: [IdentityDefinition(.account, $0 + "-1")])
        }
        _ = try change.sourceForImport(named: "other")
        let sources = [
          try change.sourceForImport(named: "export"), try change.sourceForImport(named: "other"),
        ]
        let scopes =
          people.map { Scope(custodians: [$0.id.text]) }
          + sources.map { Scope(sources: [$0.id.text]) } + [Scope(everyone: true)]
        return try scopes.enumerated().map { number, scope in
          try change.createHold(name: "H\(number)", in: matter, HoldDefinition(scope: scope))
        }
      }
      // Both messages without an id have the same place in the file, so that what they lack is one
      // record, which is no single conversation's.
      let units = [
        Self.conversation("c1", of: "ada-1", message: "m1"),
        Self.conversation("c2", of: "bob-1", message: "m2"),
        Self.conversation("c3", of: "bob-1", message: "m3"),
        Self.conversation("c4", of: "nobody-1", message: "m4"),
        Self.conversation("c5", of: "ada-1", message: nil),
        Self.conversation("c6", of: "bob-1", message: nil), "5",
      ]
      let file = folder.appendingPathComponent("conversations.json")
      try Data("[\(units.joined(separator: ",\n"))]".utf8).write(to: file)
      func counts() throws -> [[Int]] {
        try store.read { catalog in
          let facts = try HoldReportFacts(of: holds, in: catalog)
          return try holds.map { hold in
            let report = try HoldReport(HoldCheck.Coverage(hold: hold), from: facts)
            return ["FILE_NOT_CAPTURED", "CUSTODIAN_UNKNOWN", "DECODE_ERROR"].map { code in
              report.exceptions.filter { $0.code == code }.reduce(0) { $0 + $1.count }
            }
          }
        }
      }
      // The record that cannot be read is kept, and nobody's, too.
      let expected = [[3, 2, 1], [4, 2, 1], [5, 2, 1], [0, 0, 0], [5, 2, 1]]
      for _ in 0..<2 {
        _ = try ImportAction(store: store, actor: actor, sourceName: "export").run([file.path])
        let found = try counts()
        #expect(found == expected)
      }
      // Whose account becomes known is that person's, and nobody else's any more.
      try store.change(as: actor) { change in
        _ = try change.addIdentity(
          IdentityDefinition(.account, "nobody-1"), to: change.catalog.custodian("ada"))
      }
      let after = try counts()
      #expect(after == [[3, 1, 1], [3, 1, 1], [5, 1, 1], [0, 0, 0], [5, 1, 1]])
    }
  }
}
