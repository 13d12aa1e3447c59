// SPDX-License-Identifier: Apache-2.0
import Foundation
import Model
import Production
import Store
import TestSupport
import Testing

@testable import Actions

/// When one copy may stand for another, and which numbers its documents bear.
extension SetUnitTests {
  /// The rows of the twins: of the one that would be left out, and of the one that stands for it.
  private func pair(_ store: Store, _ set: ReviewSet) throws -> (left: String, kept: String) {
    try add(["c1", "c2"], to: set, store)
    _ = try AnalysisAction(store: store, actor: Self.actor, set: set).run(isRehearsed: false)
    let copies = try copies(store, set, .global)
    let ids = try Selection(store, set).conversations.map { key in
      (copies.isSuppressed(key), try store.read { try $0.conversation(key: key).nativeID })
    }
    let left = try #require(ids.first { $0.0 })
    let kept = try #require(ids.first { !$0.0 })
    return (left.1, kept.1)
  }

  private func copies(
    _ store: Store, _ set: ReviewSet, _ scope: DeduplicationScope
  ) throws -> SuppressedCopies {
    try SuppressedCopies(store, set, Selection(store, set), scope: scope)
  }

  private func refusal(_ store: Store, _ set: ReviewSet) -> Model.ExitStatus? {
    exitStatus { _ = try copies(store, set, .global) }
  }

  private func redact(
    _ target: RedactionTarget, _ id: String, _ store: Store, _ set: ReviewSet
  ) throws {
    _ = try RedactionAction(store: store, actor: Self.actor, set: set).run(
      target, on: MemberChoice(.ids([id])), reason: .personal, basis: "", isRehearsed: false)
  }

  @Test("a word that is blacked out in a copy must be so in the one that stands for it")
  func otherWords() async throws {
    try await withSet(twins) { store, set in
      let (left, kept) = try pair(store, set)
      try redact(.texts(["apple"]), left, store, set)
      try redact(.texts(["pear"]), kept, store, set)
      #expect(refusal(store, set) == .denied)
      // The same word in part, and then the whole of it.
      try redact(.texts(["app"]), kept, store, set)
      #expect(refusal(store, set) == .denied)
      try redact(.texts(["apple"]), kept, store, set)
      #expect(refusal(store, set) == nil)
    }
  }

  @Test("a word in a title is asked for in the other's title alone, in any letter case")
  func otherTitles() async throws {
    let titled = { (first: String, second: String) in
      [
        self.conversation("c1", "acc-1", [self.message("m1", "pear", 1)], title: first),
        self.conversation("c2", "acc-2", [self.message("n1", "pear", 1)], title: second),
      ]
    }
    for (left, kept, isAlike) in [
      ("Acme merger", "Untitled", true), ("Acme merger", "Deal with ACME", false),
      ("Acme", "Acme", false),
    ] {
      for isSwapped in [false, true] {
        let titles = isSwapped ? (kept, left) : (left, kept)
        try await withSet(titled(titles.0, titles.1)) { store, set in
          let pair = try pair(store, set)
          try redact(.texts(["Acme", "ACME"]), pair.left, store, set)
          // Of the copy with the other title nothing is cut where it has no such word.
          #expect(refusal(store, set) == (isAlike ? nil : .denied))
          try redact(.texts(["Acme", "ACME"]), pair.kept, store, set)
          #expect(refusal(store, set) == nil)
        }
      }
    }
  }

  @Test("a title of which something else is blacked out does not cover a word of the other's")
  func halfTitles() async throws {
    let titles = ["Acme merger", "Deal with Acme"]
    for isSwapped in [false, true] {
      try await withSet([
        conversation(
          "c1", "acc-1", [message("m1", "pear", 1)], title: titles[isSwapped ? 1 : 0]),
        conversation(
          "c2", "acc-2", [message("n1", "pear", 1)], title: titles[isSwapped ? 0 : 1]),
      ]) { store, set in
        let (left, kept) = try pair(store, set)
        try redact(.texts(["Acme"]), left, store, set)
        try redact(.texts(["merger", "Deal"]), kept, store, set)
        #expect(refusal(store, set) == .denied)
      }
    }
  }

  @Test("words that only native bytes hold are asked for in the native bytes that are produced")
  func hiddenWords() async throws {
    func copy(_ id: String, _ account: String, _ first: String, _ hidden: String) -> String {
      """
      {"uuid":"\(id)","name":"Same","account":{"uuid":"\(account)"},"summary":"\(hidden)",\
      "created_at":"2025-01-01T09:00:00Z","chat_messages":[\
      {"uuid":"\(first)1","sender":"human","created_at":"2025-01-01T09:00:00Z",\
      "content":[{"type":"text","text":"M\u{FC}ller apple"}]},\
      {"uuid":"\(first)2","sender":"human","created_at":"2025-01-03T09:00:00Z",\
      "hidden":"M\\u00fcller","content":[{"type":"text","text":"pear"}]}]}
      """
    }
    for (hidden, isDenied) in [("M\\u00fcller", false), ("nobody", true)] {
      try await withSet([copy("c1", "acc-1", "m", hidden), copy("c2", "acc-2", "n", hidden)]) {
        store, set in
        let (left, kept) = try pair(store, set)
        try redact(.texts(["M\u{FC}ller"]), left, store, set)
        // The first message alone: what the second one hides would be produced, unless the record's own
        // fields have it, too.
        try redact(.texts(["M\u{FC}ller"]), kept == "c1" ? "m1" : "n1", store, set)
        let keys = try Selection(store, set).conversations
        let cuts = try store.read { try $0.redactions(of: set, in: keys).values.flatMap(\.self) }
        #expect(cuts.contains { $0.part == .native })
        #expect((refusal(store, set) == .denied) == isDenied, "\(hidden)")
        try redact(.texts(["M\u{FC}ller"]), kept, store, set)
        #expect(refusal(store, set) == nil)
      }
    }
  }

  @Test("an item that is blacked out as a whole covers what is blacked out in its copy")
  func wholeItems() async throws {
    try await withSet(twins) { store, set in
      let (left, kept) = try pair(store, set)
      try redact(.texts(["pear"]), left, store, set)
      try redact(.wholeItems, kept == "c1" ? "m1" : "n1", store, set)
      #expect(refusal(store, set) == .denied)
      try redact(.wholeItems, kept == "c1" ? "m2" : "n2", store, set)
      #expect(refusal(store, set) == nil)
    }
  }

  @Test("a message that is withheld in a copy must be so in the one that stands for it")
  func otherMessages() async throws {
    try await withSet(twins) { store, set in
      let (left, kept) = try pair(store, set)
      try store.change(as: Self.actor) {
        _ = try $0.createTag(name: "Privileged", in: set, group: "Privilege")
      }
      func withhold(_ number: Int, of conversation: String) throws {
        var edit = ItemEdit()
        edit.sets = try store.read { try $0.tags(["Privileged"], of: set) }
        _ = try CodingAction(store: store, actor: Self.actor, set: set).run(
          .tag, edit, on: MemberChoice(.ids([(conversation == "c1" ? "m" : "n") + "\(number)"])),
          reason: "", isRehearsed: false)
      }
      try withhold(1, of: left)
      try withhold(2, of: kept)
      #expect(refusal(store, set) == .denied)
      try withhold(1, of: kept)
      #expect(refusal(store, set) == nil)
    }
  }

  private func johns(_ store: Store) throws -> [Custodian] {
    try ["john@example.org", "smith@example.org"].map { address in
      try store.read { try $0.custodian(address) }
    }
  }

  @Test("an analysis is stale for copies of each custodian when a conversation changes its owner")
  func owners() async throws {
    try await withSet(twins) { store, set in
      let (left, _) = try pair(store, set)
      #expect(throws: Never.self) { try copies(store, set, .custodial) }
      let people = try johns(store)
      try store.change(as: Self.actor) { try $0.mergeCustodians([people[1]], into: people[0]) }
      #expect(exitStatus { _ = try copies(store, set, .custodial) } == .stale)
      #expect(refusal(store, set) == nil)
      let analysis = AnalysisAction(store: store, actor: Self.actor, set: set)
      #expect(try analysis.run(isRehearsed: false).custodial == 1)
      let key = try store.read { try $0.conversation(written: left).key }
      #expect(try copies(store, set, .custodial).isSuppressed(key))
    }
  }

  @Test("when other copies are left out the documents get other numbers")
  func numbers() async throws {
    try await withSet(twins) { store, set in
      _ = try pair(store, set)
      func export(_ name: String) throws -> [Int] {
        let out = URL(fileURLWithPath: store.folder).deletingLastPathComponent()
        var request = ExportRequest(
          output: out.appendingPathComponent("out/" + name).path, package: .folder)
        request.deduplication = .custodial
        let reports = try ExportAction(store: store, actor: Self.actor).run(set, request).reports
        return reports.flatMap { $0.numbers.map(Array.init) ?? [] }
      }
      #expect(try export("VOL001") == [1, 2])
      let people = try johns(store)
      try store.change(as: Self.actor) { try $0.mergeCustodians([people[1]], into: people[0]) }
      _ = try AnalysisAction(store: store, actor: Self.actor, set: set).run(isRehearsed: false)
      #expect(try export("VOL002") == [3])
      #expect(try export("VOL003") == [3])
    }
  }

  @Test("while a set is exported nobody else changes or exports it")
  func locks() async throws {
    try await withSet(twins) { store, set in
      try add(["c1"], to: set, store)
      let out = URL(fileURLWithPath: store.folder).deletingLastPathComponent()
      let request = ExportRequest(
        output: out.appendingPathComponent("out/VOL001").path, package: .folder)
      let action = ExportAction(store: store, actor: Self.actor)
      let lock = try store.lockJob("review-" + set.id.text, as: Self.actor)
      withExtendedLifetime(lock) {
        #expect(exitStatus { _ = try action.run(set, request) } == .locked)
        #expect(exitStatus { _ = try action.rehearse(set, request) } == nil)
      }
    }
  }

  @Test("large conversations are loaded one at a time")
  func batches() async throws {
    let long = (1...3).map { number in
      conversation(
        "c\(number)", "acc-1", [message("m\(number)", String(repeating: "x", count: 1 << 20), 1)])
    }
    let short = (4...6).map { conversation("c\($0)", "acc-1", [message("m\($0)", "x", 1)]) }
    try await withSet(long + short) { store, set in
      try add((1...6).map { "c\($0)" }, to: set, store)
      let keys = try (1...6).map { number in
        try store.read { try $0.conversation(written: "c\(number)").key }
      }
      var batches = FrozenBatches(keys, try FrozenReader(store, set))
      var counts: [Int] = []
      while let batch = try batches.next() { counts.append(batch.count) }
      #expect(counts == [1, 1, 1, 3])
    }
  }
}
