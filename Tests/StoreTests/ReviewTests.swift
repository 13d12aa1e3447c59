// SPDX-License-Identifier: Apache-2.0
import Bytes
import GRDB
import Model
import Testing

@testable import Store

@Suite struct ReviewTests {
  private func item(_ number: Int) -> String {
    ObjectID.item(route: "r", conversationID: "c", itemID: String(number)).text
  }

  private func withSet(_ body: (Change, ReviewSet, Int64) throws -> Void) async throws {
    try await withStore { store in
      try store.change(as: .test()) { change in
        let run = try change.startRun(.files, of: try change.sourceForImport(named: "import"))
        let conversation = try change.insertConversation(
          "c", source: try change.catalog.source("import"), run: run)
        let matter = try change.createMatter(name: "M")
        try body(change, try change.createReviewSet(name: "S", in: matter), conversation)
      }
    }
  }

  private func search(_ change: Change) -> SearchDefinition {
    SearchDefinition(
      query: "q", normalForm: "q", dialect: "keyql", scope: Scope(everyone: true),
      asOf: change.now)
  }

  private func entries(
    _ numbers: [Int], _ conversation: Int64, context: Set<Int> = []
  ) -> [ReviewItem] {
    numbers.map {
      ReviewItem(
        conversation: conversation, item: item($0), version: 1, conversationVersion: 1,
        isContext: context.contains($0))
    }
  }

  @Test("a load counts what is new, and a context item that is selected later is selected")
  func loads() async throws {
    try await withSet { change, set, conversation in
      let first = try change.startLoad(search(change), into: set)
      try change.addItems(entries([1, 2, 3], conversation, context: [2, 3]), to: first, of: set)
      #expect(try change.catalog.itemCounts(of: set) == (0, 0))
      let frozen = try change.freezeLoad(first, of: set)
      #expect(frozen.itemCount == 1)
      #expect(frozen.contextCount == 2)
      #expect(status { try change.addItems([], to: first, of: set) } == .denied)
      let second = try change.startLoad(search(change), into: set)
      #expect(
        try change.addItems(entries([1, 2, 3, 4], conversation, context: [3]), to: second, of: set)
          .added == 2)
      let refrozen = try change.freezeLoad(second, of: set)
      #expect(refrozen.number == 2)
      #expect(refrozen.itemCount == 2)
      #expect(refrozen.contextCount == 0)
      #expect(refrozen.alreadyCount == 1)
      var seen: [String: Bool] = [:]
      try change.catalog.forEachItem(of: set) { seen[$0.item] = $0.isContext }
      #expect(seen == [item(1): false, item(2): false, item(3): true, item(4): false])
      #expect(try change.catalog.loads(of: set).map(\.number) == [1, 2])
    }
  }

  @Test("a load leaves out what was purged since it was found")
  func purgedMeanwhile() async throws {
    try await withSet { change, set, conversation in
      let load = try change.startLoad(search(change), into: set)
      let items = entries([1], conversation + 1) + entries([2], conversation)
      let found = try change.addItems(items, to: load, of: set)
      #expect(found.added == 1 && found.purged == [conversation + 1])
      #expect(try change.freezeLoad(load, of: set).itemCount == 1)
    }
  }

  @Test("the row of a purged conversation never becomes another's")
  func rowsOnce() async throws {
    try await withSet { change, _, conversation in
      try change.db.execute(sql: "DELETE FROM conversation_version")
      try change.db.execute(
        sql: "DELETE FROM conversation WHERE key = ?", arguments: [conversation])
      let run = try change.startRun(.files, of: try change.sourceForImport(named: "import"))
      let next = try change.insertConversation(
        "d", source: try change.catalog.source("import"), run: run)
      #expect(next > conversation)
    }
  }

  @Test("a load that was never frozen is forgotten by the next")
  func unfinishedLoad() async throws {
    try await withSet { change, set, conversation in
      let lost = try change.startLoad(search(change), into: set)
      try change.addItems(entries([1], conversation), to: lost, of: set)
      let next = try change.startLoad(search(change), into: set)
      #expect(next.number == 1)
      #expect(status { try change.addItems([], to: lost, of: set) } == .notFound)
      try change.freezeLoad(next, of: set)
      #expect(try change.catalog.itemCounts(of: set) == (0, 0))
      // The log tells what became of the load whose beginning it tells.
      let forgotten = try change.catalog.events(AuditFilter(action: "review.forget"))
      #expect(forgotten.map(\.object) == [set.id.text])
      #expect(forgotten.map(\.before) == [#"{"items":1,"load":"\#(lost.id)"}"#])
    }
  }

  @Test("a filter is deleted once, and nothing is deleted in a closed case")
  func deletions() async throws {
    try await withSet { change, set, _ in
      let filter = try change.createFilter(
        name: "F", in: set, query: "x", dialect: "keyql", zone: "UTC")
      try change.deleteFilter(filter, of: set)
      #expect(status { try change.deleteFilter(filter, of: set) } == .notFound)
      let deletions = AuditFilter(action: "review.filter.delete")
      #expect(try change.catalog.eventCount(deletions) == 1)
      let other = try change.createFilter(
        name: "G", in: set, query: "x", dialect: "keyql", zone: "UTC")
      let tag = try change.createTag(name: "T", in: set, group: "Tags")
      try change.closeMatter(set.matter)
      #expect(status { try change.deleteFilter(other, of: set) } == .denied)
      #expect(status { try change.deleteTag(tag, of: set) } == .denied)
      _ = try change.reopenMatter(set.matter)
      try change.deleteTag(tag, of: set)
      #expect(status { try change.deleteTag(tag, of: set) } == .notFound)
    }
  }

  @Test("a set is deleted with a load that was stopped, and leaves its place to no load or tag")
  func deletion() async throws {
    try await withSet { change, set, conversation in
      let lost = try change.startLoad(search(change), into: set)
      try change.addItems(entries([1], conversation), to: lost, of: set)
      _ = try change.createTag(name: "T", in: set, group: "G")
      try change.deleteReviewSet(set)
      #expect(try change.catalog.reviewSets(of: set.matter).isEmpty)
      let other = try change.createReviewSet(name: "Other", in: set.matter)
      #expect(other.key == set.key)
      #expect(status { _ = try change.startLoad(search(change), into: set) } == .notFound)
      #expect(status { _ = try change.startCoding(.tag, of: set, asked: [:]) } == .notFound)
      #expect(status { _ = try change.createTag(name: "X", in: set, group: "G") } == .notFound)
      #expect(try change.catalog.tags(of: other).isEmpty)
      let load = try change.startLoad(search(change), into: other)
      try change.addItems(entries([1], conversation), to: load, of: other)
      try change.freezeLoad(load, of: other)
      #expect(status { try change.deleteReviewSet(other) } == .denied)
    }
  }

  @Test("a set of an open case keeps its conversations")
  func keeping() async throws {
    try await withSet { change, set, conversation in
      #expect(try change.catalog.reviewSets(keeping: conversation).isEmpty)
      let load = try change.startLoad(search(change), into: set)
      try change.addItems(entries([1], conversation, context: [1]), to: load, of: set)
      #expect(try change.catalog.reviewSets(keeping: conversation).map(\.id) == [set.id])
      #expect(try change.catalog.reviewSets(keeping: conversation, besides: set.matter).isEmpty)
      #expect(try change.catalog.conversationKeys(keptBySetsOf: set.matter) == [conversation])
      try change.freezeLoad(load, of: set)
      try change.closeMatter(set.matter)
      #expect(try change.catalog.reviewSets(keeping: conversation).isEmpty)
      #expect(status { try change.deleteMatter(set.matter) } == .denied)
    }
  }

  @Test("control numbers: kept on repetition, never used twice, going on over a case's sets")
  func controlNumbers() async throws {
    try await withSet { change, set, _ in
      let first = try change.allocateControlNumbers(for: ["a", "b", "c"], of: set)
      #expect(first == [1, 2, 3])
      let head = try change.catalog.auditHead()
      #expect(try change.allocateControlNumbers(for: ["a", "b", "c"], of: set) == first)
      #expect(try change.catalog.auditHead() == head)
      let other = try change.createReviewSet(name: "T", in: set.matter)
      #expect(try change.allocateControlNumbers(for: ["a", "z"], of: other) == [4, 5])
      #expect(try change.allocateControlNumbers(for: ["c", "n", "a"], of: set) == [3, 6, 1])
      #expect(
        status { _ = try change.allocateControlNumbers(for: ["m"], of: set, start: 6) } == .exists)
      #expect(
        status { _ = try change.allocateControlNumbers(for: ["m"], of: set, start: .max) }
          == .usage)
      #expect(
        try change.allocateControlNumbers(for: ["m", "k"], of: set, start: 100) == [100, 101])
      #expect(try change.allocateControlNumbers(for: ["a"], of: set, prefix: "ABC_") == [1])
      #expect(try change.catalog.matter("M").controlPrefix == "ABC_")
      #expect(try change.allocateControlNumbers(for: ["q"], of: other, prefix: "CLD") == [102])
      for prefix in [
        "", "abc", "A B", "CLD1", ".A", "-A", "NUL.", "COM1.", String(repeating: "A", count: 33),
      ] {
        #expect(
          status { _ = try change.allocateControlNumbers(for: ["a"], of: set, prefix: prefix) }
            == .usage, "\(prefix)")
      }
      var documents: [String] = []
      try change.catalog.forEachControlNumber(of: set, prefix: "CLD") {
        documents.append("\($0)\($1)")
      }
      #expect(documents == ["1a", "2b", "3c", "6n", "100m", "101k"])
    }
  }

  @Test("the ledger keeps every export; a repeated one keeps its volume's name")
  func ledger() async throws {
    try await withSet { change, set, _ in
      #expect(try change.catalog.volumeName(for: set) == "VOL001")
      let export = try change.startExport(
        of: set, volume: "VOL001", output: "/out", prefix: "CLD", options: ["zone": "UTC"])
      #expect(export.state == .running)
      let digest = SHA256Digest(of: "m")
      try change.completeExport(
        export,
        ExportOutcome(numbers: 1...9, documentCount: 9, byteCount: 80, manifestDigest: digest))
      let done = try change.catalog.export(export.id.text)
      #expect(done.state == .complete)
      #expect(done.numbers == 1...9)
      #expect(done.manifestDigest == digest)
      #expect(done.options == #"{"zone":"UTC"}"#)
      #expect(try change.catalog.volumeName(for: set) == "VOL001")
      let other = try change.createReviewSet(name: "T", in: set.matter)
      #expect(try change.catalog.volumeName(for: other) == "VOL002")
      let failed = try change.startExport(
        of: other, volume: "VOL002", output: "/out2", prefix: "CLD", options: [:])
      try change.failExport(failed, reason: "disk full")
      #expect(try change.catalog.exports().count == 2)
      #expect(try change.catalog.exports(of: other).map(\.state) == [.failed])
    }
  }
}
