// SPDX-License-Identifier: Apache-2.0
import Actions
import Bytes
import Foundation
import Model
import Store
import TestSupport
import Testing

@testable import Commands

@Suite("Consent to what becomes due earlier")
struct DuePreviewTests {
  private static let actor = AuditActor.current(program: "test", command: "test")

  private func capture(_ ids: [String], _ folder: URL, _ store: Store) throws {
    let chats = ids.map { id in
      """
      {"uuid":"\(id)","name":"","created_at":"2020-01-01T00:00:00Z",
      "updated_at":"2020-01-01T00:00:00Z","account":{"uuid":"acc-1"},"chat_messages":[
      {"uuid":"\(id)-1","text":"x","content":[{"type":"text","text":"x"}],"sender":"human",
      "created_at":"2020-01-01T00:00:00Z","updated_at":"2020-01-01T00:00:00Z",
      "attachments":[],"files":[]}]}
      """
    }
    let file = folder.appendingPathComponent("conversations.json")
    try Data(("[" + chats.joined(separator: ",") + "]").utf8).write(to: file)
    _ = try ImportAction(store: store, actor: Self.actor).run([file.path])
  }

  @Test("holds for what was told alone: what comes while the question stands is refused")
  func race() async throws {
    try await withTemporaryDirectory { folder in
      let path = folder.appendingPathComponent("store").path
      let store = try Store.create(at: path, as: Self.actor)
      let ada = try store.change(as: Self.actor) { change in
        let ada = try change.createCustodian(name: "Ada")
        var rule = PolicyDefinition(
          action: .delete, period: try #require(RetentionPeriod("1d")),
          scope: PolicyScope(included: PolicyNames(custodians: [ada.id.text])))
        rule.mode = .on
        try change.createPolicy(name: "rule", kind: .policy, rule)
        return ada
      }
      try capture(["one"], folder, store)
      let add = { (change: Change) in
        try change.addIdentity(IdentityDefinition(.account, "acc-1"), to: ada)
      }
      func preview() throws -> DuePreview {
        try DuePreview(
          of: [ada],
          by: {
            _ = try add($0)
            return []
          }, as: Self.actor, store: Store.open(at: path, access: .reading), output: Self.silent)
      }
      func make(_ preview: DuePreview) throws -> Bool {
        try store.change(as: Self.actor) { change in
          try preview.make(in: change) { ([], try add($0)) }
        }
      }
      let first = try preview()
      #expect(first.count == 1)
      try capture(["one", "two"], folder, store)
      do {
        _ = try make(first)
        Issue.record("more became due than was told")
      } catch let error as StoreError {
        #expect(error.code == .stale)
      }
      let accounts = try store.read { try $0.accounts(of: ada).count }
      #expect(accounts == 0)
      let second = try preview()
      #expect(second.count == 2)
      // What makes nothing else due is no reason to ask again.
      _ = try store.change(as: Self.actor) { try $0.createCustodian(name: "Ben") }
      #expect(try make(second))
    }
  }

  private static let silent = OutputSettings(
    console: Console(
      environment: [:], output: ByteSink(descriptor: nil), errors: ByteSink(descriptor: nil),
      inputIsTerminal: false, outputIsTerminal: false, errorIsTerminal: false,
      now: { Instant(ticks: 0) }, readLine: { nil }))
}
