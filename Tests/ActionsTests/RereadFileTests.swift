// SPDX-License-Identifier: Apache-2.0
import Actions
import FileText
import Foundation
import Model
import Retention
import Store
import Testing

/// Holds on what stood in the text of a file that a later version reads otherwise: whatever narrows a
/// hold is a release (holds-and-retention section 2.2), and a reindex is none.
@Suite("Files that are read anew under a hold")
struct RereadFileTests {
  /// All of its other files can be read.
  private static let chat = 3

  private func withFile(_ body: (AtSourceBench) throws -> Void) async throws {
    // Nothing reads it at first.
    try await AtSourceBench.with(extractor: FileTextExtractor(searching: "")) { state in
      var bytes = state["file_bytes"] as? [String: Any] ?? [:]
      bytes["claude_file_01F"] = ["base64": Data("%PDF-1.4 of a kind".utf8).base64EncodedString()]
      state["file_bytes"] = bytes
    } _: { bench in
      try body(bench)
      #expect(try bench.store.read { try $0.verifyAudit().isSound })
      var findings: [Finding] = []
      _ = try ContentVerifier(bench.store, actor: AtSourceBench.actor).verify {
        findings.append($0)
      }
      #expect(findings == [])
    }
  }

  /// Reads the file anew, as a version that gives these words for it.
  private func read(_ words: String, _ bench: AtSourceBench) throws {
    let catalog = try DirectConnection(
      path: bench.store.folder + "/catalog.sqlite", access: .write)
    try catalog.execute("UPDATE conversation_file SET extractor = 999")
    _ = try ContentReindexer(
      bench.store, actor: AtSourceBench.actor, extractor: bench.synced.reader("echo \(words)")
    ).reindex()
  }

  private func hold(_ query: String, _ bench: AtSourceBench) throws -> HoldRecord {
    try bench.hold(
      HoldDefinition(scope: Scope(everyone: true), query: bench.holdQuery(query)))
  }

  /// Changes the partitions behind the program's back.
  private func change(_ statement: String, _ bench: AtSourceBench) throws {
    let folder = bench.store.folder + "/partitions/"
    for name in try FileManager.default.contentsOfDirectory(atPath: folder)
    where name.hasSuffix(".sqlite") {
      try DirectConnection(path: folder + name, access: .write).execute(statement)
    }
  }

  /// How many items were noted as read anew with another result.
  private func noted(_ bench: AtSourceBench) throws -> Int64 {
    let folder = bench.store.folder + "/partitions/"
    return try FileManager.default.contentsOfDirectory(atPath: folder)
      .filter { $0.hasSuffix(".sqlite") }
      .map { name in
        try DirectConnection(path: folder + name, access: .read)
          .integer("SELECT count(*) FROM item_reread").unwrapped
      }.reduce(0, +)
  }

  /// The grounds on which a hold protects the chat.
  private func grounds(
    of hold: HoldRecord, _ bench: AtSourceBench
  ) throws -> [ProtectionGround] {
    let record = try bench.store.read { try $0.conversation(AtSourceBench.id(Self.chat)) }
    let protections = try HoldCheck(store: bench.store).protections(of: record)
    return protections.first { $0.hold == hold.id }?.grounds ?? []
  }

  /// What a hold covers: conversations, and those of them that cannot be decided.
  private func coverage(of hold: HoldRecord, _ bench: AtSourceBench) throws -> [Int] {
    let coverage = try HoldCheck(store: bench.store).coverage(of: [hold])
    return coverage.flatMap { [$0.conversations, $0.uncertain] }
  }

  private let changed = ProtectionGround.queryNotDecided(
    "what was read of it has changed since the hold was set")

  @Test("nothing is freed by another text: not in decision, report, plan and run, until a release")
  func freesNothing() async throws {
    try await withFile { bench in
      let check = HoldCheck(store: bench.store)
      try read("okapi words", bench)
      let plan = try bench.plan("\"same file\"")
      let okapi = try hold("\"okapi words\"", bench)
      let negated = try hold("same NOT giraffe", bench)
      #expect(try grounds(of: okapi, bench) == [.covered])
      let before = try coverage(of: okapi, bench)
      try read("giraffe words", bench)
      #expect(try grounds(of: okapi, bench) == [changed])
      #expect(try grounds(of: negated, bench) == [changed])
      #expect(try coverage(of: okapi, bench) == [before[0], before[0]])
      #expect(try bench.plan("\"same file\"").counts.held == 1)
      #expect(try bench.run(plan).skipped == ["held": 1])
      #expect(try bench.isHere(Self.chat))
      // What is held from now on goes by what is read now.
      let late = try hold("\"okapi words\"", bench)
      #expect(try grounds(of: late, bench) == [])
      #expect(try coverage(of: late, bench)[0] == before[0] - 1)
      var released: [ObjectID] = []
      let holds = try bench.store.read { catalog in
        try [okapi, negated].map { try catalog.hold(key: $0.key) }
      }
      try check.forEachReleased(by: holds, coolDown: 0) { released.append($0.conversation) }
      #expect(released.contains(AtSourceBench.id(Self.chat)))
      try bench.store.change(as: AtSourceBench.actor) { change in
        for hold in holds { _ = try change.releaseHold(hold, coolDown: 0) }
      }
      let noted = try noted(bench)
      #expect(try bench.run(bench.plan("\"same file\"")).purged == 1)
      #expect(try !bench.isHere(Self.chat))
      #expect(try self.noted(bench) == noted - 1)
    }
  }

  @Test("the first text of a file is no change of what was read")
  func firstText() async throws {
    try await withFile { bench in
      let okapi = try hold("\"okapi words\"", bench)
      #expect(try grounds(of: okapi, bench) == [.queryNotDecided("a file of it has no text")])
      try read("zebra words", bench)
      #expect(try noted(bench) == 0)
      #expect(try grounds(of: okapi, bench) == [])
    }
  }

  @Test("a sync that reads files of another version anew frees nothing either")
  func sync() async throws {
    try await withFile { bench in
      try read("okapi words", bench)
      let okapi = try hold("\"okapi words\"", bench)
      let catalog = try DirectConnection(
        path: bench.store.folder + "/catalog.sqlite", access: .write)
      try catalog.execute("UPDATE conversation_file SET extractor = 999")
      bench.synced.settings.extractor = try bench.synced.reader("echo giraffe words")
      try bench.synced.sync()
      #expect(try grounds(of: okapi, bench) == [changed])
      let late = try hold("\"okapi words\"", bench)
      #expect(try grounds(of: late, bench) == [])
      // Killed before it was put in which holds were there, any hold counts as older, until a further
      // pass, which finds nothing to change.
      try change("UPDATE item_reread SET wording = NULL", bench)
      #expect(try grounds(of: late, bench) == [changed])
      try catalog.execute("UPDATE conversation_file SET extractor = 999")
      try bench.synced.sync()
      let newest = try hold("\"okapi words\"", bench)
      #expect(try grounds(of: newest, bench) == [])
      #expect(try grounds(of: late, bench) == [changed])
    }
  }

  @Test("other bytes of a file free nothing either, though its text is the same")
  func otherBytes() async throws {
    try await withFile { bench in
      try read("okapi words", bench)
      let digest = String(repeating: "1", count: 64)
      // As if the file had come with other bytes before.
      try change(
        "UPDATE item_file SET content_sha256 = x'\(digest)' WHERE content_sha256 IS NOT NULL", bench
      )
      let held = try hold("hash:\(digest)", bench)
      #expect(try grounds(of: held, bench) == [.covered])
      try read("okapi words", bench)
      #expect(try grounds(of: held, bench) == [changed])
    }
  }
}
