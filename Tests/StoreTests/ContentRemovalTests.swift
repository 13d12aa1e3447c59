// SPDX-License-Identifier: Apache-2.0
import Foundation
import Model
import Query
import TestSupport
import Testing

@testable import Store

@Suite("Removal from a partition")
struct ContentRemovalTests {
  /// Words that stand nowhere else, one for each place where captured text goes.
  private static let canaries = [
    "zqbodycanary", "zqtitlecanary", "zqnamecanary", "zqfilecanary", "zqoldbodycanary",
    "zqoldtitlecanary", "zqnativeid", "zqparent", "zqconversationid", "zqprojectcanary",
    "zqtoolcanary", "zqmodelcanary", "zqaccountcanary", "zqextension",
    "zqaliascanary", "zqleafcanary", "zqorganizationid", "zqorganizationname", "4111111111111111",
  ]

  private func unit(_ number: Int) -> CapturedUnit {
    conversation(
      "c\(number)", title: "Plan \(number)", "the quick brown fox number \(number)",
      "jumps over \(number * 7)")
  }

  private func marked(title: String, body: String) -> CapturedUnit {
    var builder = UnitBuilder("zqconversationid", title: title, account: "zqaccountcanary")
    builder.unit.projectID = "shared-project"
    builder.unit.projectName = "zqprojectcanary"
    builder.unit.currentLeafID = "zqleafcanary"
    builder.unit.organizationID = "zqorganizationid"
    builder.unit.organizationName = "zqorganizationname"
    builder.add(
      "zqnativeid", .prompt,
      [body + " zqbodycanary the fox", "second block, card 4111111111111111"], parent: "zqparent",
      files: [UnitBuilder.file("zqnamecanary.zqextension", text: "zqfilecanary in a file")])
    builder.unit.items[0].aliases = ["zqaliascanary"]
    builder.add("other", .response, ["answer"], model: "zqmodelcanary", tools: ["zqtoolcanary"])
    return builder.unit
  }

  @Test("no byte of a removed conversation stays in any file of the store's content")
  func leavesNothing() async throws {
    try await withStore { store in
      try store.ingest((0..<60).map(unit), laneCount: 1)
      try store.ingest(
        [marked(title: "zqoldtitlecanary", body: "zqoldbodycanary")], laneCount: 1)
      try store.ingest((60..<120).map(unit), laneCount: 1)
      try store.ingest(
        [marked(title: "zqtitlecanary", body: "changed")] + (120..<130).map(unit), laneCount: 1)
      let before = residues(store)
      // The native record is compressed, so its text is not looked for in it before.
      #expect(before.isSuperset(of: Set(Self.canaries)), "\(before)")
      let connection = try PartitionFile.openForWriting(
        store.layout.partitions + "/0001.sqlite")
      let key = try #require(
        try connection.integer(
          "SELECT key FROM conversation WHERE native_id = 'zqconversationid'"))
      let frames = try natives(connection, conversation: key)
      #expect(frames.count == 2)
      #expect(try connection.integer("SELECT count(*) > 0 FROM item_sensitive") == 1)
      #expect(try connection.integer("SELECT count(*) > 0 FROM item_alias") == 1)
      try connection.execute(
        "INSERT INTO item_reread SELECT row, NULL FROM item WHERE conversation = \(key)")
      let mark = try #require(
        try store.read { try PartitionRow.all($0.db).first { $0.number == 1 }?.mark })
      do {
        let purge = try PartitionPurge(
          path: store.layout.partitions + "/0001.sqlite", mark: mark)
        #expect(try purge.remove(route: "claude.ai-export", nativeID: "zqconversationid"))
        #expect(try !purge.remove(route: "claude.ai-export", nativeID: "zqconversationid"))
        #expect(try purge.emptyLog())
      }
      try PartitionFile.openForWriting(store.layout.partitions + "/0001.sqlite").scrub()
      #expect(residues(store) == [])
      #expect(frames.allSatisfy { !contains($0, store) })
      // Only the removed one had any.
      for table in ["item_sensitive", "item_alias", "item_file", "item_reread"] {
        #expect(try connection.integer("SELECT count(*) FROM \(table)") == 0)
      }
      // What stays is whole: the index still says what the texts say.
      var findings: [Finding] = []
      try IndexVerifier(
        name: "1", connection: connection, mark: PartitionMark(row: 1000, record: 1000)
      ).verify { findings.append($0) }
      #expect(findings == [])
      let left = QueryNode.text(TextMatch(tokens: ["quick"]), in: .fullText)
      #expect(try Searcher(store).itemCount(left) == 130)
    }
  }

  /// What somebody may have done to an index that we do not know the form of then.
  private static let strangeIndexes = [
    // Entries that FTS5 marks as deleted and adds again.
    """
    INSERT INTO fts (fts, rowid, body, title, names, files, facet)
      SELECT 'delete', i.entry, t.body, t.title, t.names, t.files, t.facet
      FROM item i JOIN item_text t ON t.row = i.row;
    INSERT INTO fts (rowid, body, title, names, files, facet)
      SELECT i.entry, t.body, t.title, t.names, t.files, t.facet
      FROM item i JOIN item_text t ON t.row = i.row;
    """,
    // Other lists than ours.
    """
    DROP TABLE fts;
    CREATE VIRTUAL TABLE fts USING fts5(body, title, names, files, facet, content='', columnsize=0,
      detail=none, tokenize='\(FullTextTokenizer.name)');
    INSERT INTO fts (rowid, body, title, names, files, facet)
      SELECT i.entry, t.body, t.title, t.names, t.files, t.facet
      FROM item i JOIN item_text t ON t.row = i.row;
    """,
    // Of a version of FTS5 that is not known, without its sizes, with a damaged page, with words of
    // its own, and empty.
    "UPDATE fts_config SET v = 5 WHERE k = 'version'",
    "DELETE FROM fts_data WHERE id = 1",
    """
    UPDATE fts_data SET block = zeroblob(9)
      WHERE id = (SELECT max(id) FROM fts_data WHERE id < (1 << 37) + (1 << 36))
    """,
    "UPDATE item_text SET body = body || ' unindexed'",
    "INSERT INTO fts (fts) VALUES ('delete-all')",
  ]

  @Test(
    "of an index of a form that is not known makes it anew, without what goes",
    arguments: strangeIndexes.indices)
  func strangeIndex(number: Int) async throws {
    try await withStore { store in
      try store.ingest(
        [marked(title: "zqtitlecanary", body: "zqoldbodycanary")] + (0..<40).map(unit),
        laneCount: 1)
      let path = store.layout.partitions + "/0001.sqlite"
      let mark = try #require(
        try store.read { try PartitionRow.all($0.db).first { $0.number == 1 }?.mark })
      try PartitionFile.openForWriting(path).execute(Self.strangeIndexes[number])
      do {
        let purge = try PartitionPurge(path: path, mark: mark)
        #expect(try purge.remove(route: "claude.ai-export", nativeID: "zqconversationid"))
        // The same one goes on with the index that it made.
        #expect(try purge.remove(route: "claude.ai-export", nativeID: "c3"))
        #expect(try purge.remove(route: "claude.ai-export", nativeID: "c5"))
        #expect(try purge.emptyLog())
      }
      try PartitionFile.openForWriting(path).scrub()
      #expect(residues(store) == [])
      let connection = try PartitionFile.openForWriting(path)
      try connection.execute("INSERT INTO fts (fts) VALUES ('integrity-check')")
      var findings: [Finding] = []
      try IndexVerifier(
        name: "1", connection: connection, mark: PartitionMark(row: 1000, record: 1000)
      ).verify { findings.append($0) }
      #expect(findings == [])
      let left = QueryNode.text(TextMatch(tokens: ["quick"]), in: .fullText)
      #expect(try Searcher(store).itemCount(left) == 38)
    }
  }

  @Test("no word of what went is left after many removals, and every word of what stays is there")
  func manyRemovals() async throws {
    var random = Dice(state: 5)
    try await withStore { store in
      // As ids they come in no order, so that the pages of their index are split and balanced.
      func word(_ number: Int) -> String {
        "zq" + String(number * 57_917 % 100_003 + 1_000_000) + "z"
      }
      var present: Set<Int> = []
      var gone: Set<Int> = []
      var residueCount = 0
      let path = store.layout.partitions + "/0001.sqlite"
      for round in 0..<4 {
        let numbers = (round * 150)..<(round * 150 + 150)
        try store.ingest(
          numbers.map { number in
            let filler = String(repeating: "more words ", count: random.below(60))
            return conversation(word(number), title: word(number), filler, word(number) + filler)
          }, laneCount: 1)
        present.formUnion(numbers)
        let mark = try #require(
          try store.read { try PartitionRow.all($0.db).first { $0.number == 1 }?.mark })
        do {
          let purge = try PartitionPurge(path: path, mark: mark)
          for number in present.sorted() where random.below(3) == 0 {
            #expect(try purge.remove(route: "claude.ai-export", nativeID: word(number)))
            present.remove(number)
            gone.insert(number)
          }
          #expect(try purge.emptyLog())
        }
        residueCount += words(store).intersection(gone.map(word)).count
        try PartitionFile.openForWriting(path).scrub()
        #expect(words(store).isDisjoint(with: gone.map(word)))
      }
      // Without the scrub this test fails.
      #expect(residueCount > 0)
      #expect(words(store).isSuperset(of: present.map(word)))
    }
  }

  /// Every run of "zq", digits and "z" in the partitions.
  private func words(_ store: Store) -> Set<String> {
    var words: Set<String> = []
    for bytes in files(store).map({ [UInt8]($0) }) {
      for start in bytes.indices.dropLast()
      where bytes[start] == UInt8(ascii: "z") && bytes[start + 1] == UInt8(ascii: "q") {
        let digits = bytes[(start + 2)...].prefix { (48...57).contains($0) }
        guard digits.endIndex < bytes.endIndex, bytes[digits.endIndex] == UInt8(ascii: "z") else {
          continue
        }
        words.insert(String(decoding: bytes[start...digits.endIndex], as: UTF8.self))
      }
    }
    return words
  }

  private func files(_ store: Store) -> [Data] {
    let folder = store.layout.partitions
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.compactMap { try? Data(contentsOf: URL(fileURLWithPath: folder + "/" + $0)) }
  }

  private func residues(_ store: Store) -> Set<String> {
    let files = files(store)
    return Set(
      Self.canaries.filter { word in files.contains { $0.range(of: Data(word.utf8)) != nil } })
  }

  private func natives(
    _ connection: DirectConnection, conversation: Int64
  ) throws -> [[UInt8]] {
    let statement = try connection.prepare("SELECT native FROM record WHERE conversation = ?")
    try statement.bind(conversation, at: 1)
    var frames: [[UInt8]] = []
    while try statement.step() { frames.append(statement.bytes(0)) }
    return frames
  }

  /// Whether a piece of compressed bytes is in a file; a frame's first bytes are common to all.
  private func contains(_ frame: [UInt8], _ store: Store) -> Bool {
    let piece = Data(frame.dropFirst(frame.count / 3).prefix(24))
    return files(store).contains { $0.range(of: piece) != nil }
  }
}
