// SPDX-License-Identifier: Apache-2.0
import Foundation
import GRDB
import Model
import Query
import Testing

@testable import Store

private func findings(_ store: Store) throws -> [Finding] {
  var findings: [Finding] = []
  let summary = try ContentVerifier(store, actor: .test()).verify { findings.append($0) }
  #expect(summary.findings == findings.count)
  return findings
}

private func word(_ text: String) -> QueryNode {
  .text(TextMatch(tokens: Tokenizer.tokens(of: text)), in: .fullText)
}

/// A matter with several partitions, renamed conversations and files.
private func fill(_ store: Store) throws {
  var matter = RandomMatter(seed: 7)
  let units = (0..<20).map { matter.unit("c\($0)") }
  try store.ingest(units + [conversation("known", title: "Name", "alpha", "omega")], capacity: 30)
  try store.ingest(units.prefix(10).map { matter.changed($0) }, capacity: 30)
}

/// The partition that holds the conversation `known`.
private func partition(_ store: Store) throws -> DirectConnection {
  let number = try store.read { try $0.conversation(written: "known").partition }
  return try DirectConnection(
    path: store.layout.partitions + "/" + PartitionFile.name(number), access: .write)
}

@Suite("Verifying and reindexing content")
struct ContentVerificationTests {
  @Test("finds nothing wrong with what an import leaves")
  func soundStore() async throws {
    try await withStore { store in
      try fill(store)
      var told: [Finding] = []
      let summary = try ContentVerifier(store, actor: .test()).verify { told.append($0) }
      #expect(told == [])
      #expect(summary.partitions > 2)
      #expect(summary.conversations == 21)
      #expect(summary.versions > 21)
      #expect(summary.items == (try Searcher(store).itemCount(.all)))
    }
  }

  /// A change that somebody makes to a partition or the catalog, and what must be found.
  struct Damage: CustomTestStringConvertible, Sendable {
    var kind: Finding.Kind
    var sql: String
    var isInCatalog = false
    var testDescription: String { "\(kind): \(sql)" }
  }

  static let damages = [
    Damage(kind: .digestMismatch, sql: "UPDATE record SET digest = zeroblob(32) WHERE row = 1"),
    Damage(
      kind: .recordUnreadable, sql: "UPDATE record SET native = x'00112233' WHERE row = 1"),
    Damage(kind: .recordUnreadable, sql: "UPDATE record SET byte_count = byte_count + 1"),
    Damage(kind: .digestMismatch, sql: "UPDATE item SET native_offset = native_offset + 1"),
    Damage(kind: .digestMismatch, sql: "UPDATE item SET digest = zeroblob(32)"),
    Damage(kind: .recordMissing, sql: "DELETE FROM record WHERE row = 1"),
    Damage(kind: .countMismatch, sql: "UPDATE record SET item_count = item_count + 1"),
    Damage(kind: .referenceBroken, sql: "DELETE FROM item_text WHERE row = 1"),
    Damage(kind: .referenceBroken, sql: "UPDATE item SET conversation = 99999 WHERE row = 1"),
    Damage(kind: .countMismatch, sql: "DELETE FROM item WHERE first = row AND row = 1"),
    Damage(kind: .indexMismatch, sql: "UPDATE item_text SET body = body || ' more' WHERE row = 1"),
    Damage(kind: .indexMismatch, sql: "UPDATE item_text SET title = 'other' WHERE row = 1"),
    Damage(
      kind: .indexMismatch,
      sql: "INSERT INTO fts (rowid, body) VALUES (100000, 'words of nobody')"),
    Damage(kind: .indexMismatch, sql: "UPDATE item SET time = time + 10000000000 WHERE row = 1"),
    Damage(kind: .indexDamaged, sql: "DELETE FROM fts_data WHERE id > 10"),
    Damage(
      kind: .recordUnknown,
      sql: """
        DELETE FROM conversation_version WHERE conversation =
          (SELECT key FROM conversation WHERE native_id = 'known')
        """, isInCatalog: true),
    Damage(
      kind: .digestMismatch,
      sql: "UPDATE conversation_version SET digest = zeroblob(32)", isInCatalog: true),
    Damage(
      kind: .countMismatch, sql: "UPDATE conversation SET item_count = item_count + 1",
      isInCatalog: true),
    Damage(
      kind: .countMismatch, sql: "UPDATE partition SET item_count = item_count + 1",
      isInCatalog: true),
    Damage(kind: .referenceBroken, sql: "DELETE FROM account", isInCatalog: true),
    Damage(
      kind: .recordMissing, sql: "UPDATE partition SET last_record = last_record + 1",
      isInCatalog: true),
    Damage(
      kind: .leftover, sql: "UPDATE partition SET last_record = last_record - 1",
      isInCatalog: true),
  ]

  @Test("names each kind of damage", arguments: damages)
  func namesDamage(_ damage: Damage) async throws {
    try await withStore { store in
      try fill(store)
      if damage.isInCatalog {
        try DirectConnection(path: store.layout.catalog, access: .write).execute(damage.sql)
      } else {
        try partition(store).execute(damage.sql)
      }
      let kinds = Set(try findings(store).map(\.kind))
      #expect(kinds.contains(damage.kind), "\(kinds)")
    }
  }

  @Test("names a partition that is gone, and a file that nobody knows")
  func namesFiles() async throws {
    try await withStore { store in
      try store.ingest([conversation("c1", "alpha")], laneCount: 1)
      let folder = store.layout.partitions + "/"
      try FileSystem.rename(folder + "0001.sqlite", to: folder + "0007.sqlite", in: folder)
      let kinds = try findings(store).map(\.kind)
      #expect(kinds.contains(.partitionMissing))
      #expect(kinds.contains(.leftover))
    }
  }

  @Test("finds a changed byte of a text, and of the index", arguments: ["jumps", "quick"])
  func changedByte(word: String) async throws {
    try await withStore { store in
      try store.ingest(
        (0..<10).map { conversation("c\($0)", "the quick brown fox \($0)", "jumps") },
        laneCount: 1)
      let path = store.layout.partitions + "/0001.sqlite"
      let sound = try Data(contentsOf: URL(fileURLWithPath: path))
      // Ten texts and one entry of the index.
      let places = sound.indices.filter { sound[$0...].starts(with: word.utf8) }
      #expect(places.count >= 10)
      for place in places.suffix(2) + places.prefix(2) {
        var bytes = sound
        bytes[place] = UInt8(ascii: "x")
        try bytes.write(to: URL(fileURLWithPath: path))
        #expect(try !findings(store).isEmpty, "byte \(place)")
      }
    }
  }

  @Test("a rebuilt index finds what the old one found, even after it was destroyed")
  func reindexes() async throws {
    try await withStore { store in
      try fill(store)
      let before = try Searcher(store).itemCount(word("alpha"))
      #expect(before > 1)
      let connection = try partition(store)
      try connection.execute("DELETE FROM fts_data WHERE id > 10; DELETE FROM fts_idx")
      #expect(try !findings(store).isEmpty)
      let count = try ContentReindexer(store, actor: .test()).reindex()
      #expect(count > 2)
      #expect(try findings(store) == [])
      #expect(try Searcher(store).itemCount(word("alpha")) == before)
      #expect(
        try store.read { catalog in
          try String.fetchAll(catalog.db, sql: "SELECT action FROM event").last
        } == "content.reindex")
    }
  }
}
