// SPDX-License-Identifier: Apache-2.0
import Foundation
import Model
import Production
import Store
import TestSupport
import Testing

@testable import Actions

/// What a set gives an export and a comparison of its conversations.
@Suite("Units of a set")
struct SetUnitTests {
  static let actor = PurgeBench.person("ada")

  func message(_ id: String, _ text: String, _ minute: Int) -> String {
    """
    {"uuid":"\(id)","sender":"human","created_at":"2025-01-01T10:0\(minute):00Z",\
    "content":[{"type":"text","text":"\(text)"}]}
    """
  }

  func conversation(
    _ id: String, _ account: String, _ messages: [String], title: String = "Same"
  ) -> String {
    """
    {"uuid":"\(id)","name":"\(title)","account":{"uuid":"\(account)"},\
    "created_at":"2025-01-01T09:00:00Z","chat_messages":[\(messages.joined(separator: ","))]}
    """
  }

  func withSet(
    _ conversations: [String], _ body: (Store, ReviewSet) throws -> Void
  ) async throws {
    try await withTemporaryDirectory { folder in
      let store = try Store.create(
        at: folder.appendingPathComponent("store").path, as: Self.actor)
      let captures = folder.appendingPathComponent("in")
      try FileManager.default.createDirectory(at: captures, withIntermediateDirectories: true)
      let people = """
        [{"uuid":"acc-1","full_name":"John Smith","email_address":"john@example.org"},
        {"uuid":"acc-2","full_name":"John Smith","email_address":"smith@example.org"}]
        """
      for (name, text) in [
        ("conversations.json", "[" + conversations.joined(separator: ",") + "]"),
        ("users.json", people),
      ] {
        try Data(text.utf8).write(to: captures.appendingPathComponent(name))
      }
      _ = try ImportAction(store: store, actor: Self.actor).run([captures.path])
      let set = try store.change(as: Self.actor) { change in
        try change.createReviewSet(
          name: "First look", in: change.createMatter(name: "Pier"), description: "")
      }
      try body(store, set)
    }
  }

  func add(_ ids: [String], to set: ReviewSet, _ store: Store) throws {
    _ = try ReviewAction(store: store, actor: Self.actor).add(
      .ids(ids), to: set, context: .conversation)
  }

  var twins: [String] {
    [
      conversation("c1", "acc-1", [message("m1", "apple", 1), message("m2", "pear", 2)]),
      conversation("c2", "acc-2", [message("n1", "apple", 1), message("n2", "pear", 2)]),
    ]
  }

  @Test("copies of which other messages are responsive do not stand for each other")
  func responsiveCopies() async throws {
    try await withSet(twins) { store, set in
      try add(["m1"], to: set, store)
      try add(["n2"], to: set, store)
      let analysis = AnalysisAction(store: store, actor: Self.actor, set: set)
      #expect(try analysis.run(isRehearsed: false).global == 0)
      try add(["m2"], to: set, store)
      try add(["n1"], to: set, store)
      #expect(try analysis.run(isRehearsed: false).global == 1)
    }
  }

  @Test("a copy that is redacted is not left out for one that is not")
  func unlikeCopies() async throws {
    try await withSet(twins) { store, set in
      try add(["c1", "c2"], to: set, store)
      _ = try AnalysisAction(store: store, actor: Self.actor, set: set).run(isRehearsed: false)
      func copies(_ scope: DeduplicationScope) throws -> SuppressedCopies {
        try SuppressedCopies(store, set, Selection(store, set), scope: scope)
      }
      let keys = try Selection(store, set).conversations
      let left = try #require(keys.first { try copies(.global).isSuppressed($0) })
      let kept = try #require(keys.first { $0 != left })
      for (key, isRefused) in [(left, true), (kept, false)] {
        let id = try store.read { try $0.conversation(key: key).nativeID }
        _ = try RedactionAction(store: store, actor: Self.actor, set: set).run(
          .wholeItems, on: MemberChoice(.ids([id == "c1" ? "m1" : "n1"])), reason: .personal,
          basis: "",
          isRehearsed: false)
        if isRefused {
          let error = #expect(throws: StoreError.self) { try copies(.global) }
          #expect(error?.code == .denied)
        } else {
          #expect(try copies(.global).isSuppressed(left))
        }
        #expect(throws: Never.self) { try copies(.none) }
      }
    }
  }

  @Test(
    "copies of what is redacted are told without a digest of the words", arguments: [false, true])
  func copiesOfRedacted(_ isRedacted: Bool) async throws {
    try await withSet(twins) { store, set in
      try add(["c1", "c2"], to: set, store)
      _ = try AnalysisAction(store: store, actor: Self.actor, set: set).run(isRehearsed: false)
      if isRedacted {
        _ = try RedactionAction(store: store, actor: Self.actor, set: set).run(
          .wholeItems, on: MemberChoice(.ids(["m1", "n1"])), reason: .personal, basis: "",
          isRehearsed: false)
      }
      let selection = try Selection(store, set)
      let copies = try SuppressedCopies(store, set, selection, scope: .global)
      let kept = try #require(selection.conversations.first { !copies.isSuppressed($0) })
      var reader = try FrozenReader(store, set)
      let conversation = try reader.conversation(kept)
      let units = try conversation.units(includesContext: true, duplicates: copies)
      let hashes = units.flatMap(\.duplicates).map(\.hash)
      #expect(hashes.map(\.utf8.count) == [isRedacted ? 0 : 64])
    }
  }

  @Test("a version beside one that is redacted is marked as touched")
  func touchedVersions() async throws {
    let first = conversation("c1", "acc-1", [message("m1", "apple", 1), message("m2", "pear", 2)])
    try await withSet([first]) { store, set in
      let later = URL(fileURLWithPath: store.folder).deletingLastPathComponent()
        .appendingPathComponent("conversations.json")
      let second = conversation("c1", "acc-1", [message("m2", "pear tree", 2)])
      try Data("[\(second)]".utf8).write(to: later)
      _ = try ImportAction(store: store, actor: Self.actor).run([later.path])
      try add(["m1", "m2"], to: set, store)
      func units() throws -> [ProducedUnit] {
        var reader = try FrozenReader(store, set)
        var conversations = try reader.conversations(Selection(store, set).conversations)
        try reader.load(&conversations[0])
        return try conversations[0].units(includesContext: true)
      }
      #expect(try units().map(\.isTouched) == [false, false])
      // The newest one first; the other one's slices must not have the same names.
      #expect(try units().map(\.olderVersion) == [nil, 1])
      _ = try RedactionAction(store: store, actor: Self.actor, set: set).run(
        .wholeItems, on: MemberChoice(.ids(["m2"])), reason: .personal, basis: "",
        isRehearsed: false)
      let redacted = try units()
      #expect(redacted.map(\.redactions.count) == [1, 0])
      #expect(redacted.map(\.isTouched) == [true, true])
    }
  }

  @Test("a taking back that was stopped is gone on with by the same act")
  func stoppedUndo() async throws {
    try await withSet(twins) { store, set in
      try add(["c1", "c2"], to: set, store)
      let tag = try store.change(as: Self.actor) {
        try $0.createTag(name: "Hot", in: set, group: "G")
      }
      var edit = ItemEdit()
      edit.sets = [tag]
      edit.note = "look"
      let action = CodingAction(store: store, actor: Self.actor, set: set)
      let act = try action.run(
        .tag, edit, on: MemberChoice(.everything), reason: "", isRehearsed: false)
      let stopped = try store.change(as: Self.actor) { change in
        let stopped = try change.startCoding(.undo, of: set, asked: [:], undoing: act)
        _ = try change.undoTexts(act, by: stopped, of: set)
        _ = try change.undo(act, by: stopped, of: set, limit: 1)
        return stopped
      }
      // One that was taken back is coded again meanwhile: it stays so.
      let first = try store.read { catalog in
        try catalog.codings(of: set).count
      }
      #expect(first == 2)
      edit.note = nil
      _ = try action.run(.tag, edit, on: MemberChoice(.everything), reason: "", isRehearsed: false)
      let undone = try action.undo(act, reason: "", isRehearsed: false)
      #expect(undone.id == stopped.id)
      #expect(undone.isComplete && undone.skipped == 0)
      #expect(try store.read { try $0.tagCounts(of: set)[tag.key] } == 1)
      #expect(
        exitStatus { _ = try action.undo(act, reason: "", isRehearsed: false) } == .denied)
      // Done again, all of it is back.
      let redone = try action.undo(undone, reason: "", isRehearsed: false)
      #expect(redone.skipped <= 1)
      var notes = 0
      try store.read { try $0.forEachNote(of: set) { _ in notes += 1 } }
      #expect(notes == 4)
    }
  }

  @Test("two people of one name keep a copy each")
  func namesakes() async throws {
    try await withSet(twins) { store, set in
      try add(["c1", "c2"], to: set, store)
      let found = try AnalysisAction(store: store, actor: Self.actor, set: set).run(
        isRehearsed: false)
      #expect(found.global == 1)
      #expect(found.custodial == 0)
    }
  }

  @Test("messages of one capture that bear one id are all produced")
  func repeatedIDs() async throws {
    let repeated = conversation(
      "c1", "acc-1",
      [message("m1", "first words", 1), message("m1", "second words", 2), message("m2", "x", 3)])
    try await withSet([repeated]) { store, set in
      try add(["m1"], to: set, store)
      var reader = try FrozenReader(store, set)
      let selection = try Selection(store, set)
      var conversations = try reader.conversations(selection.conversations)
      try reader.load(&conversations[0])
      let units = try conversations[0].units(includesContext: true)
      try #require(units.count == 1)
      #expect(units[0].selection == [.selected, .selected, .context])
    }
  }
}
