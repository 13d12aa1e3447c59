// SPDX-License-Identifier: Apache-2.0
import Actions
import Bytes
import Foundation
import Model
import Query
import Store
import TestSupport
import Testing

@Suite("What a run of a plan leaves in files")
struct PurgeResidueTests {
  /// Pieces of the compressed native records of a conversation.
  private func natives(_ bench: PurgeBench, _ native: String) throws -> [Data] {
    let connection = try DirectConnection(
      path: bench.store.folder + "/partitions/0001.sqlite", access: .read)
    let statement = try connection.prepare(
      """
      SELECT r.native FROM record r JOIN conversation c ON c.key = r.conversation
      WHERE c.native_id = ?
      """)
    try statement.bind(native, at: 1)
    var pieces: [Data] = []
    while try statement.step() {
      let frame = statement.bytes(0)
      pieces.append(Data(frame.dropFirst(frame.count / 3).prefix(24)))
    }
    return pieces
  }

  @Test("leaves no byte of what it removed in any file of the store, and all the rest whole")
  func residue() async throws {
    try await PurgeBench.with { bench in
      try bench.capture(PurgeBench.plain(60))
      try bench.capture("gone", title: "zqtitlecanary", PurgeBench.marked())
      try bench.capture(
        "gone", title: "another title", PurgeBench.marked() + [SampleMessage(text: "more")])
      // The words of its file are nowhere but in what was read of it: its bytes are UTF-16.
      try read(
        [0xFF, 0xFE] + Array("zqreadcanary".utf8).flatMap { [$0, 0] }, "file-gone-0", bench)
      try note("zqnotecanary", bench)
      let canaries = PurgeBench.texts + ["zqreadcanary", "zqnotecanary"]
      // What caches there are get filled: a search, a frozen set, an export of it and a rehearsal.
      let store = bench.store
      _ = try Searcher(store).itemCount(
        .text(TextMatch(tokens: ["zqmessagecanary"]), in: .fullText))
      let plan = try bench.plan(requesting: "please")
      _ = try RunAction(store: store, actor: PurgeBench.actor).rehearse(plan, confirmedCount: 1)
      #expect(try bench.residues(canaries) == Set(canaries))
      #expect(
        try Searcher(store).itemCount(.text(TextMatch(tokens: ["zqreadcanary"]), in: .fullText))
          == 1)
      let pieces = try natives(bench, "gone")
      #expect(pieces.count == 2)
      let result = try bench.run(plan)
      #expect(result.purged == 1)
      #expect(!result.isPartial)
      #expect(try bench.residues(canaries) == [])
      let files = try bench.files()
      #expect(pieces.allSatisfy { piece in !files.contains { $0.range(of: piece) != nil } })
      #expect(try bench.findings() == [])
      let rest = QueryNode.text(TextMatch(tokens: ["quick"]), in: .fullText)
      #expect(try Searcher(store).itemCount(rest) == 60)
      #expect(try store.read { try $0.verifyAudit().isSound })
      // Neither audit events nor plans hold content.
      let log = try store.read { catalog in
        var lines: [String] = []
        try catalog.exportAudit { lines.append($0) }
        return lines.joined()
      }
      #expect(canaries.filter(log.contains) == [])
    }
  }

  /// Writes a note on the conversation `gone` in a review set, whose case is closed then.
  private func note(_ text: String, _ bench: PurgeBench) throws {
    let matter = try bench.store.change(as: PurgeBench.actor) { try $0.createMatter(name: "case") }
    let set = try bench.reviewSet(of: ["gone"])
    var edit = ItemEdit()
    edit.note = text
    _ = try CodingAction(store: bench.store, actor: PurgeBench.actor, set: set).run(
      .note, edit, on: MemberChoice(.everything), reason: "", isRehearsed: false)
    try bench.store.change(as: PurgeBench.actor) { _ = try $0.closeMatter(matter) }
  }

  /// Captures the bytes of a file of the conversation `gone`, and reads them.
  private func read(_ bytes: [UInt8], _ id: String, _ bench: PurgeBench) throws {
    let store = bench.store
    let source = try store.read { try $0.sources().first }.unwrapped
    let path = try store.stagingPath(of: source.id, 1)
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    let file = FetchedFile(
      nativeID: id, digest: SHA256Digest(of: bytes.span), byteCount: Int64(bytes.count),
      isVerified: true, stagedPath: path)
    try store.change(as: PurgeBench.actor) { change in
      try store.adoptBlob(staged: file.stagedPath, digest: file.digest)
      try change.recordFile(file, of: source)
      try change.linkFiles([id], of: source, to: bench.id("gone"))
      try change.record(AuditEvent("test", of: source.id))
    }
    #expect(try FileTextPass(store, actor: PurgeBench.actor).run().files == 1)
  }

  @Test("leaves no id of what it removed, wherever pages of an index were split")
  func scatteredIDs() async throws {
    try await PurgeBench.with { bench in
      // As ids they come in no order, so that the pages of their indexes are split and balanced, and
      // hold copies of ids in their gaps.
      func id(_ number: Int) -> String {
        "zq" + String(number * 57_917 % 100_003 + 1_000_000) + "z"
      }
      let numbers = 0..<600
      for round in 0..<4 {
        try bench.capture(
          numbers.filter { $0 % 4 == round }.map { number in
            (
              id(number), "title", "acc-2",
              [
                SampleMessage(
                  text: (number % 3 == 0 ? "goes " : "stays ")
                    + String(repeating: "more words ", count: number % 60))
              ]
            )
          })
      }
      let result = try bench.run(try bench.plan(requesting: "goes"))
      #expect(result.purged == 200)
      let gone = numbers.filter { $0 % 3 == 0 }.map(id)
      let files = try FileManager.default.contentsOfDirectory(
        atPath: bench.store.folder + "/partitions"
      ).map { try Data(contentsOf: URL(fileURLWithPath: bench.store.folder + "/partitions/" + $0)) }
      #expect(gone.filter { word in files.contains { $0.range(of: Data(word.utf8)) != nil } } == [])
      #expect(
        numbers.filter { $0 % 3 != 0 }.map(id).allSatisfy { word in
          files.contains { $0.range(of: Data(word.utf8)) != nil }
        })
    }
  }

  @Test("forgets the name of a project with the last conversation that calls it so")
  func projectNames() async throws {
    try await PurgeBench.with { bench in
      func add(_ id: String, _ text: String, _ project: (String, String)) throws {
        try bench.capture([(id, "", "acc-1", [SampleMessage(text: text)])], project: project)
      }
      // Rows around them, so that pages of the catalog get full and are parted.
      for number in 0..<40 {
        let filler = String(repeating: "x", count: 150)
        try add("other-\(number)", "quick", ("p-\(number)", "project \(number) \(filler)"))
      }
      try add("a", "first", ("p", "zqoldprojectname"))
      try add("b", "second", ("p", "zqnewprojectname"))
      try add("c", "third", ("alone", "zqaloneprojectname"))
      let names = ["zqoldprojectname", "zqnewprojectname", "zqaloneprojectname"]
      func named(_ id: String) throws -> [String] {
        try bench.store.read { try $0.projects().filter { $0.nativeID == id }.map(\.name) }
      }
      func remove(_ text: String) throws {
        #expect(try bench.run(bench.plan(requesting: text)).purged == 1)
        #expect(try bench.findings() == [])
      }
      #expect(try bench.residues(names) == Set(names))
      #expect(try named("p") == ["zqnewprojectname"])
      try remove("second")
      #expect(try named("p") == ["zqoldprojectname"])
      #expect(try bench.residues(names) == ["zqoldprojectname", "zqaloneprojectname"])
      try remove("third")
      #expect(try named("alone") == [])
      #expect(try bench.residues(names) == ["zqoldprojectname"])
      // The store's own connection, which has read the pages before, writes none of it again.
      try bench.hold()
      try add("d", "fourth", ("other", "another name"))
      #expect(try bench.residues(names) == ["zqoldprojectname"])
      #expect(try named("p-7").count == 1)
    }
  }

  @Test("leaves no byte in a log either while others have the files open")
  func logs() async throws {
    try await PurgeBench.with { bench in
      try bench.capture("gone", title: "zqtitlecanary", PurgeBench.marked())
      // Whoever closes a file last folds its log in, purge or not.
      var others: [DirectConnection] = []
      for path in ["/catalog.sqlite", "/partitions/0001.sqlite"] {
        let other = try DirectConnection(path: bench.store.folder + path, access: .read)
        _ = try other.integer("SELECT count(*) FROM sqlite_schema")
        others.append(other)
      }
      let plan = try bench.plan(requesting: "please")
      #expect(try bench.residues(PurgeBench.texts) == Set(PurgeBench.texts))
      #expect(try !bench.run(plan).isPartial)
      #expect(try bench.residues(PurgeBench.texts) == [])
      withExtendedLifetime(others) {}
    }
  }

  @Test("clears what is left in gaps and free pages of the catalog and of partitions")
  func leftovers() async throws {
    try await PurgeBench.with { bench in
      try bench.capture(PurgeBench.plain(3))
      try bench.capture("gone", [SampleMessage(text: "please")])
      // As SQLite leaves copies of rows where it moves them: in a gap of a page, and on pages of their
      // own that are free afterwards.
      let folder = bench.store.folder
      let words = ["zqcatalogword", "zqpartitionword"]
      for (path, word) in zip(["/catalog.sqlite", "/partitions/0001.sqlite"], words) {
        let connection = try DirectConnection(path: folder + path, access: .write)
        try connection.execute(
          """
          PRAGMA secure_delete = OFF;
          CREATE TABLE leftover (text TEXT);
          INSERT INTO leftover VALUES ('\(word) alone');
          INSERT INTO leftover VALUES ('\(word) ' || hex(zeroblob(20000)) || ' \(word)');
          DELETE FROM leftover;
          DROP TABLE leftover;
          """)
        #expect(try connection.checkpoint())
      }
      #expect(try bench.residues(words) == Set(words))
      #expect(try bench.run(bench.plan(requesting: "please")).purged == 1)
      #expect(try bench.residues(words) == [])
      #expect(try bench.findings() == [])
    }
  }

  @Test("removes files of captures that nothing else has, those that come late, and strays")
  func files() async throws {
    try await PurgeBench.with { bench in
      let store = bench.store
      try bench.capture("gone", [SampleMessage(text: "please")])
      try bench.capture("kept", [SampleMessage(text: "quick")])
      let source = try store.read { try $0.sources().first }.unwrapped
      func digest(_ text: String) -> SHA256Digest { SHA256Digest(of: text) }
      var number = 0
      func stage(_ text: String) throws -> String {
        number += 1
        let path = try store.stagingPath(of: source.id, number)
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        return path
      }
      func fetch(_ id: String, _ text: String, for conversations: [String]) throws {
        let file = FetchedFile(
          nativeID: id, digest: digest(text), byteCount: Int64(text.utf8.count), isVerified: true,
          stagedPath: try stage(text))
        try store.change(as: PurgeBench.actor) { change in
          try store.adoptBlob(staged: file.stagedPath, digest: file.digest)
          try change.recordFile(file, of: source)
          for conversation in conversations {
            try change.linkFiles([id], of: source, to: bench.id(conversation))
          }
          for conversation in conversations {
            try change.forgetFiles([id], of: source, ifPurged: bench.id(conversation))
          }
          try change.record(AuditEvent("test", of: source.id))
        }
      }
      try fetch("f1", "zqonlyfile", for: ["gone"])
      try fetch("f2", "zqsharedfile", for: ["gone", "kept"])
      try fetch("f3", "zqkeptfile", for: ["kept"])
      _ = try stage("zqstagedfile")
      // Moved to its place by a change that did not commit.
      try store.adoptBlob(staged: stage("zqstrayfile"), digest: digest("zqstrayfile"))
      let texts = [
        "zqonlyfile", "zqsharedfile", "zqkeptfile", "zqstagedfile", "zqstrayfile", "zqlatefile",
      ]
      #expect(try bench.residues(texts) == Set(texts.dropLast()))
      #expect(try bench.run(bench.plan(requesting: "please")).purged == 1)
      #expect(try bench.residues(texts) == ["zqsharedfile", "zqkeptfile"])
      // It was being fetched when its conversation went.
      try fetch("f4", "zqlatefile", for: ["gone"])
      try fetch("f5", "zqlatefile too", for: ["gone", "kept"])
      #expect(try bench.residues(texts).contains("zqlatefile"))
      #expect(try bench.finishRemovals() == nil)
      let kept = try store.read { catalog in
        try catalog.files(of: catalog.conversationIfPresent(bench.id("kept")).unwrapped)
      }
      #expect(Set(kept.keys) == ["f2", "f3", "f5"])
      #expect(!FileManager.default.fileExists(atPath: store.blobPath(digest("zqlatefile"))))
      #expect(FileManager.default.fileExists(atPath: store.blobPath(digest("zqlatefile too"))))
      #expect(try bench.findings() == [])
    }
  }

  @Test("is not complete while a file of a conversation that is done waits for a backup's end")
  func filePending() async throws {
    try await PurgeBench.with { bench in
      let store = bench.store
      try bench.capture("a", [SampleMessage(text: "please")])
      let plan = try bench.plan(requesting: "please")
      #expect(try bench.run(plan).pending == nil)
      let source = try store.read { try $0.sources().first }.unwrapped
      let digest = SHA256Digest(of: "zqlatefile")
      let staged = try store.stagingPath(of: source.id, 1)
      try Data("zqlatefile".utf8).write(to: URL(fileURLWithPath: staged))
      try store.change(as: PurgeBench.actor) { change in
        try store.adoptBlob(staged: staged, digest: digest)
        try change.recordFile(
          FetchedFile(
            nativeID: "f", digest: digest, byteCount: 10, isVerified: true, stagedPath: staged),
          of: source)
        try change.forgetFiles(["f"], of: source, ifPurged: bench.id("a"))
        try change.record(AuditEvent("test", of: source.id))
      }
      let lock = try store.lockJob("blobs", as: PurgeBench.actor)
      try withExtendedLifetime(lock) {
        let result = try bench.run(plan)
        #expect(result.isPartial)
        #expect(try bench.residues(["zqlatefile"]) == ["zqlatefile"])
      }
    }
  }

  @Test(
    "killed after any step and continued ends in the same state", arguments: RemovalStep.allCases)
  func killed(_ step: RemovalStep) async throws {
    try await PurgeBench.with { bench in
      try bench.capture(PurgeBench.plain(4))
      try bench.capture("a", title: "zqtitlecanary", PurgeBench.marked())
      let plan = try bench.plan(requesting: "please")
      #expect(throws: PurgeBench.Killed.self) {
        _ = try bench.run(plan) { if $0 == step { throw PurgeBench.Killed() } }
      }
      let store = bench.store
      let query = QueryNode.text(TextMatch(tokens: ["please"]), in: .fullText)
      let isWhole = try bench.isHere("a")
      #expect(isWhole == (step == .judged))
      #expect(try Searcher(store).itemCount(query) == (isWhole ? 1 : 0))
      let counts = try Searcher(store).counts(query, scope: .not(.not(query)))
      #expect(counts.items == (isWhole ? 1 : 0))
      #expect(try bench.tombstones("a").count == (isWhole ? 0 : 1))
      #expect(try bench.findings().filter { $0.kind != .removalPending } == [])
      #expect(try store.read { try $0.pendingRemovals() != nil } == !isWhole)
      // Whatever writes next finishes it; here it is a capture of the same conversation or a run.
      if step == .decided {
        #expect(try bench.capture("a", [SampleMessage(text: "back")]).counts.recaptured == 1)
        #expect(try bench.isHere("a"))
      }
      let result = try bench.run(plan)
      #expect(result.purged + result.already == 1)
      #expect(try store.read { try $0.pendingRemovals() } == nil)
      #expect(try bench.residues(PurgeBench.texts) == [])
      #expect(try bench.findings() == [])
      #expect(try bench.store.read { try $0.defects(of: plan) } == [])
    }
  }
}
