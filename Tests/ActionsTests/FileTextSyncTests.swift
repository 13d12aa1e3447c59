// SPDX-License-Identifier: Apache-2.0
import Actions
import Bytes
import FileText
import Foundation
import Model
import Query
import Store
import TestSupport
import Testing

@Suite("Text of synced files", .serialized)
struct FileTextSyncTests {
  private func withSynced(
    files: [String: [UInt8]] = [:], _ body: (SyncedStore) async throws -> Void
  ) async throws {
    try await withTemporaryDirectory { folder in
      let synced = try SyncedStore(in: folder) { state in
        var bytes = state["file_bytes"] as? [String: Any] ?? [:]
        for (id, content) in files { bytes[id] = ["base64": Data(content).base64EncodedString()] }
        state["file_bytes"] = bytes
      }
      defer { synced.standIn.stop() }
      try await body(synced)
      #expect(try synced.store.read { try $0.verifyAudit().isSound })
      var findings: [Finding] = []
      _ = try ContentVerifier(synced.store, actor: SyncedStore.actor).verify {
        findings.append($0)
      }
      #expect(findings == [])
    }
  }

  /// The native ids of the conversations with an item that has the words.
  private func hits(_ words: String, in store: Store) throws -> [String] {
    var found: [String] = []
    let node = QueryNode.text(TextMatch(tokens: Tokenizer.tokens(of: words)), in: .fullText)
    try Searcher(store).forEachHit(node) { hit in
      found.append(hit.nativeConversationID)
      return true
    }
    return found.sorted()
  }

  /// Files that no search sees whole: name and reason.
  private func unsearchable(_ store: Store) throws -> [String] {
    var found: [String] = []
    try Searcher(store).forEachUnsearchable(in: .all) { file in
      found.append(file.name + " " + file.reason.rawValue)
      return true
    }
    return found.sorted()
  }

  @Test("finds an item by the text of its file, and names the files that have none")
  func search() async throws {
    try await withSynced { synced in
      try synced.sync()
      let store = synced.store
      #expect(try hits("canary project file", in: store) == [])
      #expect(try hits("canary in a project file", in: store) == ["claude_proj_01P"])
      #expect(
        try hits("abc", in: store) == ["claude_chat_01T00001", "claude_chat_01T00003"])
      let lacking = try unsearchable(store)
      #expect(lacking == ["a\u{0}b.csv UNSUPPORTED_TYPE"])
      var unit = try synced.unit("claude_chat_01T00003")
      #expect(unit.items[0].files.map(\.lack) == [.fileNotCaptured, .fileNotCaptured])
      let record = try #require(try synced.conversation("claude_chat_01T00003"))
      try FileTextReader(store).fill(&unit, of: record, version: record.versionCount)
      #expect(unit.items[0].files.map(\.text) == ["abc", ""])
      #expect(unit.items[0].files.map(\.lack) == [nil, nil])
      #expect(
        unit.items[0].files[0].reading?.digests?.md5 == "900150983cd24fb0d6963f7d28e17f72")
      // The digest of the bytes finds the items too.
      let digest = SHA256Digest(of: "abc").hexadecimal
      let node = QueryNode.restriction(
        PropertyRestriction(property: .hash, condition: .keyword(digest, isPrefix: false)))
      #expect(try Searcher(store).itemCount(node) == 2)
    }
  }

  @Test("reads a file that comes late, and reads again for new versions of its items")
  func late() async throws {
    try await withSynced { synced in
      try synced.standIn.setFaults(
        """
        {"match":{"path_regex":"claude_file_01F/content"},
         "action":{"type":"internal","final":true}}
        """)
      try synced.sync()
      #expect(try hits("abc", in: synced.store) == [])
      #expect(try unsearchable(synced.store).contains("../../etc/x FILE_NOT_CAPTURED"))
      try synced.standIn.setFaults()
      try synced.sync()
      #expect(
        try hits("abc", in: synced.store) == ["claude_chat_01T00001", "claude_chat_01T00003"])
      // A chat with a new title has new rows, and they have the text as well.
      try synced.pass(hours: 1)
      try synced.standIn.mutate(
        #"{"op":"set","in":"chats","id":"claude_chat_01T00003","value":{"name":"renamed","updated_at":"2026-06-01T12:30:00Z"}}"#
      )
      try synced.pass(hours: 1)
      try synced.sync()
      let record = try #require(try synced.conversation("claude_chat_01T00003"))
      #expect(record.versionCount == 2)
      #expect(
        try hits("abc", in: synced.store) == ["claude_chat_01T00001", "claude_chat_01T00003"])
      #expect(try hits("renamed", in: synced.store) == ["claude_chat_01T00003"])
    }
  }

  @Test("reads the same bytes once, whatever they are called")
  func once() async throws {
    let pdf = Array("%PDF-1.4 two names".utf8)
    try await withSynced(files: ["claude_file_01F": pdf, "claude_file_01E": pdf]) { synced in
      // Says something else each time.
      synced.settings.extractor = try synced.reader("echo begin; cat /proc/sys/kernel/random/uuid")
      try synced.sync()
      var texts: Set<String> = []
      for id in ["claude_chat_01T00001", "claude_chat_01T00003"] {
        let record = try #require(try synced.conversation(id))
        var unit = try synced.unit(id)
        try FileTextReader(synced.store).fill(&unit, of: record, version: record.versionCount)
        for file in unit.items[0].files {
          texts.insert(try #require(file.text))
          #expect(file.reading?.reader == "PDF, pdftotext 0.1")
        }
      }
      #expect(texts.count == 1)
    }
  }

  @Test("gives each file of an item its own text again where the bytes come once more")
  func reused() async throws {
    try await withSynced(files: ["claude_file_01E": Array("%PDF-1.4".utf8)]) { synced in
      synced.settings.extractor = try synced.reader("echo second words")
      try synced.sync()
      // The item has another file before it.
      #expect(try hits("second words", in: synced.store) == ["claude_chat_01T00003"])
      try synced.pass(hours: 1)
      try synced.standIn.mutate(
        """
        {"op":"add_message","chat":"claude_chat_01T00004","message":{"id":"m-new","role":"user",
        "created_at":"2026-06-01T12:30:00Z","content":[{"type":"text","text":"see the file"}],
        "files":[{"id":"claude_file_01E","filename":"again.pdf",
        "created_at":"2026-06-01T12:30:00Z"}]}}
        """)
      try synced.pass(hours: 1)
      synced.settings.extractor = try synced.reader("echo read once more")
      try synced.sync()
      #expect(
        try hits("second words", in: synced.store)
          == ["claude_chat_01T00003", "claude_chat_01T00004"])
      #expect(
        try hits("abc", in: synced.store) == ["claude_chat_01T00001", "claude_chat_01T00003"])
      #expect(try hits("read once more", in: synced.store) == [])
    }
  }

  @Test("reads files again at a reindex where their reader was missing, and takes old words back")
  func reindex() async throws {
    let pdf = Array("%PDF-1.4 of a kind".utf8)
    try await withSynced(files: ["claude_file_01F": pdf]) { synced in
      synced.settings.extractor = FileTextExtractor(searching: "")
      try synced.sync()
      let store = synced.store
      #expect(try unsearchable(store).filter { $0.hasSuffix("READER_MISSING") }.count == 2)
      let lacks = try store.read { try $0.fileTextLacks() }
      #expect(lacks.first { $0.code == .readerMissing }?.count == 1)
      // Nothing is read again by the way.
      synced.settings.extractor = try synced.reader("echo okapi words")
      try synced.sync()
      #expect(try hits("okapi", in: store) == [])
      _ = try ContentReindexer(
        store, actor: SyncedStore.actor, extractor: synced.settings.extractor
      ).reindex()
      #expect(
        try hits("okapi", in: store) == ["claude_chat_01T00001", "claude_chat_01T00003"])
      #expect(try unsearchable(store).filter { $0.hasSuffix("READER_MISSING") } == [])
      // As if another version had read them.
      let catalog = try DirectConnection(path: store.folder + "/catalog.sqlite", access: .write)
      try catalog.execute("UPDATE conversation_file SET extractor = 999")
      _ = try ContentReindexer(
        store, actor: SyncedStore.actor,
        extractor: synced.reader("echo giraffe words")
      ).reindex()
      #expect(try hits("okapi", in: store) == [])
      #expect(
        try hits("giraffe", in: store) == ["claude_chat_01T00001", "claude_chat_01T00003"])
    }
  }

  @Test("puts the whole text in at a reindex where a reader failed after a part of it")
  func partThenWhole() async throws {
    let pdf = Array("%PDF-1.4 of a kind".utf8)
    try await withSynced(files: ["claude_file_01F": pdf]) { synced in
      synced.settings.extractor = try synced.reader("echo okapi words; kill -9 $$")
      try synced.sync()
      let store = synced.store
      let chats = ["claude_chat_01T00001", "claude_chat_01T00003"]
      #expect(try hits("okapi", in: store) == chats)
      #expect(try unsearchable(store).filter { $0.hasSuffix("READER_FAILED") }.count == 2)
      _ = try ContentReindexer(
        store, actor: SyncedStore.actor,
        extractor: synced.reader("echo okapi words; echo giraffe words")
      ).reindex()
      #expect(try hits("giraffe", in: store) == chats)
      #expect(try unsearchable(store).filter { $0.hasSuffix("READER_FAILED") } == [])
      let lacks = try store.read { try $0.fileTextLacks() }
      #expect(!lacks.contains { $0.code == .readerFailed })
    }
  }

  @Test("reads the same bytes anew for a new conversation where no reader was here before")
  func readerCame() async throws {
    try await withSynced(files: ["claude_file_01E": Array("%PDF-1.4 \u{1}".utf8)]) { synced in
      synced.settings.extractor = FileTextExtractor(searching: "")
      try synced.sync()
      try synced.pass(hours: 1)
      try synced.standIn.mutate(
        """
        {"op":"add_message","chat":"claude_chat_01T00004","message":{"id":"m-new","role":"user",
        "created_at":"2026-06-01T12:30:00Z","content":[{"type":"text","text":"see the file"}],
        "files":[{"id":"claude_file_01E","filename":"again.pdf",
        "created_at":"2026-06-01T12:30:00Z"}]}}
        """)
      try synced.pass(hours: 1)
      synced.settings.extractor = try synced.reader("echo okapi words")
      try synced.sync()
      #expect(try hits("okapi", in: synced.store) == ["claude_chat_01T00004"])
      // The text is taken from there now, not the lack.
      _ = try ContentReindexer(
        synced.store, actor: SyncedStore.actor,
        extractor: synced.reader("echo giraffe words")
      ).reindex()
      #expect(
        try hits("okapi", in: synced.store) == ["claude_chat_01T00003", "claude_chat_01T00004"])
      #expect(try hits("giraffe", in: synced.store) == [])
    }
  }

  @Test("tells of a text that was cut, as the files of its item give too much, in the status too")
  func itemLimit() async throws {
    try await withSynced(files: ["claude_file_01E": Array("%PDF-1.4 \u{1}".utf8)]) { synced in
      synced.settings.extractor = try synced.reader("echo okapi words")
      try synced.sync()
      let store = synced.store
      let catalog = try DirectConnection(path: store.folder + "/catalog.sqlite", access: .write)
      try catalog.execute("UPDATE conversation_file SET extractor = 999")
      // The item has another file with three bytes of text before it.
      let counts = try FileTextPass(
        store, actor: SyncedStore.actor, extractor: synced.reader("echo quaggas"),
        itemByteLimit: 9
      ).run()
      #expect(counts.lacking >= 1)
      let record = try #require(try synced.conversation("claude_chat_01T00003"))
      var unit = try synced.unit("claude_chat_01T00003")
      try FileTextReader(store).fill(&unit, of: record, version: record.versionCount)
      #expect(unit.items[0].files.map(\.text) == ["abc", "quagga"])
      #expect(try hits("quagga", in: store) == ["claude_chat_01T00003"])
      #expect(try hits("quaggas", in: store) == [])
      #expect(try unsearchable(store).filter { $0.hasSuffix("TEXT_LIMIT") }.count == 1)
      let lacks = try store.read { try $0.fileTextLacks() }
      #expect(lacks.first { $0.code == .textLimit }?.count == 1)
    }
  }

  @Test("names a file whose bytes on the disk are not those that were captured")
  func altered() async throws {
    try await withSynced { synced in
      try synced.sync()
      let path = synced.store.blobPath(SHA256Digest(of: "abc"))
      try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
      try Data("abd".utf8).write(to: URL(fileURLWithPath: path))
      let catalog = try DirectConnection(
        path: synced.store.folder + "/catalog.sqlite", access: .write)
      try catalog.execute("UPDATE conversation_file SET extractor = 0")
      try FileTextPass(synced.store, actor: SyncedStore.actor).run()
      #expect(try hits("abd", in: synced.store) == [])
      #expect(try unsearchable(synced.store).contains("../../etc/x HASH_MISMATCH"))
      try Data("abc".utf8).write(to: URL(fileURLWithPath: path))
    }
  }

  @Test("ends in the same state wherever the reading of files is stopped")
  func stopped() async throws {
    struct Stop: Error {}
    try await withSynced { synced in
      synced.settings.extractor = FileTextExtractor(searching: "")
      for _ in 0..<2 {
        #expect(throws: Stop.self) {
          try synced.sync { told in if told == "text of files" { throw Stop() } }
        }
      }
      #expect(try synced.store.read { try $0.hasPendingFileTexts() })
      try synced.sync()
      #expect(try !synced.store.read { try $0.hasPendingFileTexts() })
      #expect(
        try hits("abc", in: synced.store) == ["claude_chat_01T00001", "claude_chat_01T00003"])
    }
  }

  @Test("reads files that stand in the records of a raw log")
  func inline() async throws {
    try await withTemporaryDirectory { folder in
      let store = try Store.create(
        at: folder.appendingPathComponent("store").path, as: SyncedStore.actor)
      let words = Data("plain zebra words".utf8).base64EncodedString()
      let image = Data([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]).base64EncodedString()
      let body = """
        {"model":"claude-example-1","max_tokens":5,"messages":[{"role":"user","content":[\
        {"type":"document","title":"a.txt","source":{"type":"base64","media_type":"text/plain","data":"\(words)"}},\
        {"type":"image","source":{"type":"base64","media_type":"image/png","data":"\(image)"}},\
        {"type":"document","title":"b.bin","source":{"type":"base64","media_type":"application/x","data":"AAEC"}},\
        {"type":"text","text":"look"}]}]}
        """.replacing("\n", with: "")
      let answer =
        #"{"id":"msg_01A","type":"message","role":"assistant","model":"claude-example-1","content":[{"type":"text","text":"seen"}],"stop_reason":"end_turn","usage":{"input_tokens":1,"output_tokens":1}}"#
      let file = folder.appendingPathComponent("log.jsonl")
      try Data(
        #"{"request":{"method":"POST","url":"https://api.example/v1/messages","body":\#(body)},"response":{"status":200,"body":\#(answer)}}"#
          .utf8
      ).write(to: file)
      let report = try ImportAction(store: store, actor: SyncedStore.actor).run([file.path])
      #expect(report.counts.stored > 0)
      #expect(try hits("zebra", in: store).count == 1)
      #expect(try unsearchable(store) == [" UNSUPPORTED_TYPE", "b.bin UNSUPPORTED_TYPE"])
    }
  }
}
