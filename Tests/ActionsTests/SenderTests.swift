// SPDX-License-Identifier: Apache-2.0
import Capture
import Foundation
import Model
import Production
import Query
import Store
import TestSupport
import Testing

@testable import Actions

@Suite("Somebody who writes in the conversation of another")
struct SenderTests {
  @Test("is whom their messages are from, and is protected there by a hold")
  func sender() async throws {
    try await withTemporaryDirectory { folder in
      let synced = try SyncedStore(in: folder)
      defer { synced.standIn.stop() }
      func message(_ id: String, _ sender: String) -> String {
        """
        {"id":"\(id)","role":"user","created_at":"2026-05-09T09:01:00Z"\(sender),
         "content":[{"type":"text","text":"files of \(id)"}]}
        """
      }
      let (own, other) = (Self.users[0], Self.users[1])
      try synced.standIn.mutate(
        """
        {"op":"set","in":"remote_sessions","id":"cse_01R","value":{"messages":[
        \(message("csev_01A", "")),
        \(message("csev_01B", #","sent_by_user_id":"\#(own.id)""#)),
        \(message("csev_01C", #","sent_by_user_id":"\#(other.id)""#))]}}
        """)
      try synced.sync()
      let store = synced.store
      func found(_ query: String) throws -> [String] {
        let compiled = try store.read { catalog in
          try QueryCompiler.compile(
            query + " AND conversation:cse_01R", options: QueryOptions(clock: store.now),
            directory: catalog.directory)
        }
        var ids: [String] = []
        try Searcher(store).forEachHit(try compiled.node.unwrapped) { hit in
          ids.append(hit.nativeID ?? "")
          return true
        }
        return ids.sorted()
      }
      #expect(try found("from:" + own.address) == ["csev_01A", "csev_01B"])
      #expect(try found("from:" + other.address) == ["csev_01C"])
      #expect(try found("NOT from:" + other.address) == ["csev_01A", "csev_01B"])
      #expect(try found("participants:" + other.address) == ["csev_01A", "csev_01B", "csev_01C"])
      #expect(try found("custodian:" + other.address) == [])
      #expect(try found("custodian:" + own.address).count == 3)
      var from: [String: String] = [:]
      try Searcher(store).forEachHit(.all) { hit in
        from[hit.nativeID ?? ""] = hit.from
        return true
      }
      let names = try store.read { catalog in
        try [own, other].map { try catalog.custodian($0.address).name }
      }
      #expect(from["csev_01A"] == names[0] && from["csev_01C"] == names[1])
      let record = try #require(try synced.conversation("cse_01R"))
      let set = try store.change(as: SyncedStore.actor) { change in
        try change.createReviewSet(
          name: "Set", in: change.createMatter(name: "Look"), description: "")
      }
      _ = try ReviewAction(store: store, actor: SyncedStore.actor).add(
        .ids(["csev_01C"]), to: set, context: .conversation)
      var reader = try FrozenReader(store, set)
      let unit = try #require(
        try reader.conversation(record.key).units(includesContext: true).first)
      #expect(unit.senders[other.id]?.fullName == names[1])
      #expect(unit.senders[own.id] == unit.custodian && unit.custodian.fullName == names[0])
      #expect(try HoldCheck(store: store).protections(of: record).isEmpty)
      try store.change(as: SyncedStore.actor) { change in
        let person = try change.catalog.custodian(other.address)
        let matter = try change.createMatter(name: "Case")
        _ = try change.createHold(
          name: "H", in: matter, HoldDefinition(scope: Scope(custodians: [person.id.text])))
      }
      #expect(try !HoldCheck(store: store).protections(of: record).isEmpty)
    }
  }

  private static let users = [
    (id: "user_01TEST001", address: "person1@example.org"),
    (id: "user_01TEST002", address: "person2@example.org"),
  ]
}
