// SPDX-License-Identifier: Apache-2.0
import Bytes
import Foundation
import Model
import Query
import TestSupport
import Testing

@testable import Store

private func word(_ text: String) -> QueryNode {
  .text(TextMatch(tokens: Tokenizer.tokens(of: text)), in: .fullText)
}

private func found(_ store: Store, _ node: QueryNode) throws -> [String] {
  var ids: [String] = []
  try Searcher(store).forEachHit(node) { hit in
    ids.append(hit.nativeID ?? hit.id.text)
    return true
  }
  return ids.sorted()
}

@Suite("Storing captured units")
struct ContentIngestTests {
  @Test("stores new items, and nothing twice")
  func storesOnce() async throws {
    try await withStore { store in
      let units = [
        conversation("c1", title: "Budget", "alpha beta", "gamma"),
        conversation("c2", "delta"),
        UnitBuilder("c3", title: "Empty").unit,
      ]
      let first = try store.ingest(units)
      #expect(first.stored == 4)
      #expect(first.read == 4)
      #expect(first.conversations == 3)
      #expect(first.newConversations == 3)
      let second = try store.ingest(units)
      #expect(second.stored == 0)
      #expect(second.duplicates == 4)
      #expect(second.read == 4)
      #expect(try found(store, .all).sorted() == ["c1-m0", "c1-m1", "c2-m0"])
      #expect(try found(store, word("alpha")) == ["c1-m0"])
      #expect(try found(store, word("budget")) == ["c1-m0", "c1-m1"])
    }
  }

  @Test("marks messages that have one parent as edited, wherever they stand in the conversation")
  func marksSiblings() async throws {
    func edited(_ parents: [String?]) async throws -> [Int] {
      var builder = UnitBuilder("c")
      for (index, parent) in parents.enumerated() {
        builder.add("m\(index)", .prompt, ["text"], parent: parent)
      }
      let unit = builder.unit
      return try await withStore { store in
        try store.ingest([unit])
        let connection = try PartitionFile.openForReading(
          store.layout.partitions + "/" + PartitionFile.name(1))
        let statement = try connection.prepare("SELECT position, flags FROM item ORDER BY position")
        var positions: [Int] = []
        while try statement.step() {
          let flags = ItemFlags(rawValue: statement.integer(1))
          if flags.contains(.edited) { positions.append(Int(statement.integer(0))) }
        }
        return positions
      }
    }
    #expect(try await edited(["root", "m0", "m1", "m2"]) == [])
    #expect(try await edited([nil, "m0", "m1"]) == [])
    #expect(try await edited(["root", "m0", "m0", "m2"]) == [1, 2])
    // The first one hangs on a message that comes later.
    #expect(try await edited(["m1", "m0", "m1", "m2"]) == [0, 2])
    #expect(try await edited(["m0", "m0", "m1"]) == [0, 1])
  }

  @Test("keeps a changed message beside the old one, as one item")
  func keepsVersions() async throws {
    try await withStore { store in
      try store.ingest([conversation("c1", "old words", "answer")])
      let counts = try store.ingest([conversation("c1", "new words", "answer", "more")])
      #expect(counts.updated == 1)
      #expect(counts.duplicates == 1)
      #expect(counts.stored == 1)
      #expect(try found(store, word("old")) == ["c1-m0"])
      #expect(try found(store, word("new")) == ["c1-m0"])
      #expect(try found(store, word("words")) == ["c1-m0"])
      #expect(try Searcher(store).itemCount(word("words")) == 1)
      #expect(try Searcher(store).itemCount(.all) == 3)
      // Each version is evaluated alone.
      #expect(try found(store, .and([word("old"), word("new")])).isEmpty)
      // The first capture again is a duplicate of its own version.
      #expect(try store.ingest([conversation("c1", "old words", "answer")]).duplicates == 2)
    }
  }

  @Test("takes ids that differ in their bytes alone for those of two items")
  func exactIDs() async throws {
    try await withStore { store in
      // The same letter, composed and not.
      let ids = ["caf\u{E9}", "cafe\u{301}"]
      func unit(_ texts: [String]) -> CapturedUnit {
        var builder = UnitBuilder("c1")
        for (id, text) in zip(ids, texts) { builder.add(id, .prompt, [text]) }
        return builder.unit
      }
      let first = try store.ingest([unit(["alpha", "beta"])])
      #expect(first.stored == 2 && first.updated == 0 && first.duplicates == 0)
      let second = try store.ingest([unit(["alpha", "gamma"])])
      #expect(second.stored == 0 && second.updated == 1 && second.duplicates == 1)
      #expect(try Searcher(store).itemCount(.all) == 2)
      for (index, words) in [["alpha"], ["beta", "gamma"]].enumerated() {
        for text in words {
          let hits = try found(store, word(text))
          #expect(hits.map { Array($0.utf8) } == [Array(ids[index].utf8)], "\(text)")
        }
      }
    }
  }

  @Test("finds all items of a renamed conversation by both titles")
  func renames() async throws {
    try await withStore { store in
      try store.ingest([conversation("c1", title: "First name", "one", "two", "gone")])
      var renamed = UnitBuilder("c1", title: "Second name")
      renamed.add("c1-m0", .prompt, ["one"])
      renamed.add("c1-m1", .response, ["two"])
      let counts = try store.ingest([renamed.unit])
      #expect(counts.duplicates == 2)
      #expect(counts.read == 2)
      for title in ["first", "second", "name"] {
        #expect(try found(store, word(title)) == ["c1-m0", "c1-m1", "c1-m2"].sorted())
        #expect(try Searcher(store).itemCount(word(title)) == 3)
      }
      #expect(try found(store, .and([word("gone"), word("second")])) == ["c1-m2"])
    }
  }

  @Test("takes two versions of a conversation in one run, whichever lane is free")
  func sameConversationTwice() async throws {
    try await withStore { store in
      var units: [CapturedUnit] = []
      for number in 0..<40 { units.append(conversation("c\(number)", "text \(number)")) }
      for number in 0..<40 {
        units.append(conversation("c\(number)", "text \(number)", "answer \(number)"))
      }
      units.append(units[3])
      let counts = try store.ingest(units, batchByteCount: 4096)
      #expect(counts.stored == 80)
      #expect(counts.duplicates == 41)
      #expect(try Searcher(store).itemCount(.all) == 80)
    }
  }

  @Test("keeps NUL characters, odd scalars and its own marks in texts apart from its index")
  func oddCharacters() async throws {
    try await withStore { store in
      try store.ingest([
        conversation("c1", title: "a\u{0}b", "before\u{0}after", "\u{10FFFF}\u{10FFFE}Kpu marks")
      ])
      #expect(try found(store, word("after")) == ["c1-m0"])
      #expect(try found(store, word("b")) == ["c1-m0", "c1-m1"])
      #expect(try found(store, word("marks")) == ["c1-m1"])
      #expect(try found(store, word("kpu")) == ["c1-m1"])
    }
  }

  @Test("says who holds the store when another writer is at work")
  func excludesWriters() async throws {
    try await withStore { store in
      let (source, run) = try store.change(as: .test()) { change in
        let source = try change.sourceForImport(named: "import")
        return (source, try change.startRun(.files, of: source))
      }
      let writer = try ContentWriter(
        store: store, actor: .test("first"), source: source.id, run: run.id)
      #expect(
        status {
          _ = try ContentWriter(
            store: store, actor: .test("second"), source: source.id, run: run.id)
        } == .locked)
      _ = try writer.finish()
    }
  }

  @Test("makes files for their owner only")
  func fileModes() async throws {
    try await withStore { store in
      try store.ingest([conversation("c1", "alpha")])
      let folder = store.layout.partitions
      let names = try FileSystem.entries(of: folder) ?? []
      #expect(names.contains("0001.sqlite"))
      for name in names {
        let attributes = try FileManager.default.attributesOfItem(atPath: folder + "/" + name)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
      }
    }
  }
}
