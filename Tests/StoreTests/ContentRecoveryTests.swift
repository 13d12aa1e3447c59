// SPDX-License-Identifier: Apache-2.0
import Bytes
import Foundation
import GRDB
import Model
import Query
import Testing

@testable import Store

/// A run of the source `import`.
func startRun(_ store: Store) throws -> (source: SourceRecord, run: RunRecord) {
  try store.change(as: .test()) { change in
    let source = try change.sourceForImport(named: "import")
    return (source, try change.startRun(.files, of: source))
  }
}

/// Writes units into a partition and tells the catalog nothing, as a crash between the two leaves.
func crashAfterPartition(_ store: Store, number: Int, _ units: [CapturedUnit]) throws {
  let (source, run) = try startRun(store)
  let mark = try store.read { catalog in
    try PartitionRow.all(catalog.db).first { $0.number == number }?.mark
  }
  let writer = try PartitionWriter(
    number: number, path: store.layout.partitions + "/" + PartitionFile.name(number),
    committed: mark ?? .nothing)
  let compressor = try ZstdCompressor()
  writer.begin(source: source.id, run: run.id)
  let lookup = try ConversationLookup(path: store.layout.catalog)
  for unit in units {
    let id = ObjectID.conversation(route: unit.route, nativeID: unit.nativeID)
    _ = try writer.add(
      unit, digest: SHA256Digest(of: unit.native.span), known: try lookup.find(id),
      captured: store.now, compressor: compressor)
  }
  _ = try writer.flush()
}

private func word(_ text: String) -> QueryNode {
  .text(TextMatch(tokens: Tokenizer.tokens(of: text)), in: .fullText)
}

private func contentState(_ store: Store) throws -> [String] {
  var lines: [String] = []
  try Searcher(store).forEachHit(.all) { hit in
    lines.append("\(hit.id) \(hit.version) \(hit.title) \(hit.body)")
    return true
  }
  return lines
}

@Suite("What a crash leaves")
struct ContentRecoveryTests {
  @Test("a run that is killed has counted what was stored")
  func countsWithBatches() async throws {
    try await withStore { store in
      let (source, run) = try startRun(store)
      let text = String(repeating: "alpha ", count: 10_000)
      do {
        let writer = try ContentWriter(
          store: store, actor: .test(), source: source.id, run: run.id, laneCount: 1,
          batchByteCount: 4096)
        for number in 1...80 { try writer.add(conversation("c\(number)", text, text)) }
      }
      let stored = try Searcher(store).itemCount(.all)
      _ = try startRun(store)
      let lost = try store.read { try $0.run(run.id.text) }
      #expect(lost.state == .interrupted && stored > 0)
      #expect(lost.counts.stored == stored && lost.counts.read == stored)
      #expect(lost.counts.conversations == stored / 2)
    }
  }

  @Test("content without a catalog row is shown by nothing and removed by the next writer")
  func removesUncommitted() async throws {
    try await withStore { store in
      let first = [conversation("c1", title: "One", "alpha", "beta")]
      try store.ingest(first, laneCount: 1)
      try crashAfterPartition(
        store, number: 1,
        [
          conversation("c1", title: "Renamed", "alpha", "changed"), conversation("c2", "gamma"),
        ])
      // Not shown …
      #expect(try Searcher(store).itemCount(.all) == 2)
      #expect(try Searcher(store).itemCount(word("gamma")) == 0)
      #expect(try Searcher(store).itemCount(.not(word("gamma"))) == 2)
      #expect(try Searcher(store).itemCount(word("renamed")) == 0)
      var findings: [Finding] = []
      _ = try ContentVerifier(store, actor: .test()).verify { findings.append($0) }
      #expect(findings.map(\.kind) == [.leftover])
      // … and gone, while the same import again ends where an undisturbed one does.
      try store.ingest(
        [
          conversation("c1", title: "Renamed", "alpha", "changed"), conversation("c2", "gamma"),
        ], laneCount: 1)
      let state = try contentState(store)
      findings = []
      _ = try ContentVerifier(store, actor: .test()).verify { findings.append($0) }
      #expect(findings == [])
      try await withStore { undisturbed in
        try undisturbed.ingest(first, laneCount: 1)
        try undisturbed.ingest(
          [
            conversation("c1", title: "Renamed", "alpha", "changed"), conversation("c2", "gamma"),
          ], laneCount: 1)
        #expect(try contentState(undisturbed) == state)
      }
    }
  }

  @Test("a partition that the catalog never heard of is unlinked")
  func unlinksUnknown() async throws {
    try await withStore { store in
      try crashAfterPartition(store, number: 3, [conversation("c9", "lost")])
      #expect(FileSystem.exists(store.layout.partitions + "/0003.sqlite"))
      try store.ingest([conversation("c1", "alpha")], laneCount: 1)
      #expect(!FileSystem.exists(store.layout.partitions + "/0003.sqlite"))
      #expect(try Searcher(store).itemCount(.all) == 1)
    }
  }

  @Test("a partition that lacks what the catalog knows of is refused, not filled")
  func refusesShortPartition() async throws {
    try await withStore { store in
      try store.ingest([conversation("c1", "alpha")], laneCount: 1)
      let path = store.layout.partitions + "/0001.sqlite"
      try FileSystem.remove(path)
      for suffix in ["-wal", "-shm"] { try FileSystem.remove(path + suffix) }
      #expect(
        status { try store.ingest([conversation("c1", "alpha", "more")], laneCount: 1) }
          == .damaged)
    }
  }

  @Test("a reader goes on with its state while an import adds content")
  func readersKeepTheirState() async throws {
    try await withStore { store in
      try store.ingest([conversation("c1", "alpha")], laneCount: 1)
      let searcher = try Searcher(store)
      #expect(try searcher.itemCount(word("alpha")) == 1)
      try store.ingest([conversation("c2", "alpha"), conversation("c3", "alpha")], laneCount: 1)
      #expect(try searcher.itemCount(word("alpha")) == 1)
      #expect(try Searcher(store).itemCount(word("alpha")) == 3)
    }
  }

  @Test("gives native bytes back as they came")
  func nativeBytes() async throws {
    try await withStore { store in
      var unit = conversation("c1", "alpha")
      unit.native += [0, 255, 10, 13, 0xC3]
      try store.ingest([unit, conversation("c1", "alpha", "beta")])
      let record = try store.read { try $0.conversation(written: "c1") }
      #expect(record.versionCount == 2)
      let reader = try NativeReader(store)
      #expect(try reader.native(of: record, version: 1) == unit.native)
      #expect(
        try reader.native(of: record, version: 2)
          == conversation("c1", "alpha", "beta").native)
    }
  }
}
