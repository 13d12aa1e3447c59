// SPDX-License-Identifier: Apache-2.0
import Actions
import Foundation
import Model
import Production
import Query
import Store
import TestSupport
import Testing

/// What `--dry-run` tells of the long jobs, beside what they then do.
@Suite("A rehearsal")
struct RehearsalTests {
  private static let actor = AuditActor.current(program: "test", command: "test")

  private static func makeStore(in folder: URL) throws -> Store {
    try Store.create(at: folder.appendingPathComponent("store").path, as: actor)
  }

  /// The bytes of all files of a store; SQLite's own index of a log is no content.
  private static func bytes(of store: Store) throws -> [String: Data] {
    let folder = URL(fileURLWithPath: store.folder)
    var files: [String: Data] = [:]
    for path in try FileManager.default.subpathsOfDirectory(atPath: folder.path) {
      let file = folder.appendingPathComponent(path)
      guard !path.hasSuffix("-shm"), let data = try? Data(contentsOf: file) else { continue }
      if path.hasSuffix("-wal"), data.isEmpty { continue }
      files[path] = data
    }
    return files
  }

  /// Rehearses and runs an import, and compares.
  @discardableResult
  private static func compare(
    _ paths: [String], into store: Store, custodian: String? = nil
  ) throws -> ImportReport {
    let before = try bytes(of: store)
    let reader = try Store.open(at: store.folder, access: .reading)
    let rehearsed = try ImportAction(store: reader, actor: actor, custodian: custodian)
      .rehearse(paths)
    try reader.close()
    #expect(try bytes(of: store) == before, "a rehearsal must not write")
    #expect(rehearsed.run == nil)
    let real = try ImportAction(store: store, actor: actor, custodian: custodian).run(paths)
    #expect(rehearsed.counts == real.counts)
    #expect(rehearsed.source == real.source)
    #expect(rehearsed.files == real.files)
    #expect(rehearsed.unrecognised == real.unrecognised)
    #expect(real.counts.addUp)
    return real
  }

  private static func message(_ id: String?, _ text: String, day: Int = 1) -> String {
    let uuid = id.map { "\"uuid\":\"\($0)\"," } ?? ""
    return """
      {\(uuid)"sender":"human","created_at":"2025-03-0\(day)T10:00:00Z",\
      "content":[{"type":"text","text":"\(text)"}]}
      """
  }

  private static func conversation(
    _ id: String, _ messages: [String], title: String = "Talk", account: String? = "a1"
  ) -> String {
    let bearer = account.map { "\"account\":{\"uuid\":\"\($0)\"}," } ?? ""
    return """
      {"uuid":"\(id)","name":"\(title)","created_at":"2025-03-01T09:00:00Z",\(bearer)\
      "chat_messages":[\(messages.joined(separator: ","))]}
      """
  }

  private static func write(_ records: [String], to name: String, in folder: URL) throws -> String {
    let file = folder.appendingPathComponent(name)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(("[" + records.joined(separator: ",\n") + "]").utf8).write(to: file)
    return file.path
  }

  @Test("counts an import as the import does, first and again")
  func sample() async throws {
    try await withTemporaryDirectory { folder in
      let store = try Self.makeStore(in: folder)
      let sample = Repository.root.appendingPathComponent("Samples/export.zip").path
      let first = try Self.compare([sample], into: store)
      #expect(first.counts.stored > 0)
      let again = try Self.compare([sample], into: store)
      #expect(again.counts.stored == 0 && again.counts.duplicates == first.counts.read)
    }
  }

  @Test("counts changed, repeated and broken records as the import does")
  func changes() async throws {
    try await withTemporaryDirectory { folder in
      let store = try Self.makeStore(in: folder)
      let one = Self.conversation("c1", [Self.message("m1", "one"), Self.message("m2", "two")])
      let changed = Self.conversation(
        "c1", [Self.message("m1", "one"), Self.message("m2", "too"), Self.message("m3", "three")])
      let retitled = Self.conversation(
        "c1", [Self.message("m1", "one"), Self.message("m2", "two")], title: "Other")
      let twice = Self.conversation(
        "c2", [Self.message("m5", "five"), Self.message("m5", "six"), Self.message("m5", "five")])
      let empty = Self.conversation("c3", [])
      let emptyAgain = Self.conversation("c3", [], title: "Renamed")
      let nameless = Self.conversation("c4", [Self.message(nil, "x"), Self.message(nil, "y")])
      let first = try Self.compare(
        [
          Self.write(
            [one, twice, "{\"uuid\":", empty, changed, one, emptyAgain], to: "1/conversations.json",
            in: folder)
        ], into: store)
      #expect(first.counts.stored > 0 && first.counts.updated > 0 && first.counts.duplicates > 0)
      #expect(first.counts.exceptions > 0)
      try Self.compare(
        [
          Self.write(
            [
              retitled, changed, nameless,
              Self.conversation("c4", [Self.message(nil, "x"), Self.message(nil, "z")]),
              Self.conversation("c2", [Self.message("m5", "six"), Self.message("m6", "seven")]),
              Self.conversation("c3", [Self.message("m7", "now with words", day: 3)]),
            ], to: "2/conversations.json", in: folder)
        ], into: store)
    }
  }

  @Test("counts people and accounts as the import does")
  func people() async throws {
    try await withTemporaryDirectory { folder in
      let store = try Self.makeStore(in: folder)
      let users = folder.appendingPathComponent("users.json")
      try Data(
        """
        [{"uuid":"a1","full_name":"Ada Berg","email_address":"ada@example.org"},\
        {"uuid":"a1","full_name":"Ada Berg","email_address":"ada@example.org"}]
        """.utf8
      ).write(to: users)
      let talks = try Self.write(
        [
          Self.conversation("c1", [Self.message("m1", "one")]),
          Self.conversation("c2", [Self.message("m2", "two")], account: "a2"),
          Self.conversation("c3", [Self.message("m3", "three")], account: nil),
        ], to: "conversations.json", in: folder)
      let first = try Self.compare([users.path, talks], into: store)
      #expect(first.counts.gaps > 0)
      try Self.compare([talks, users.path], into: store)
      try Self.compare([talks], into: store, custodian: "ada@example.org")
    }
  }

  @Test("of a path that is not there records no exception")
  func missingPath() async throws {
    try await withTemporaryDirectory { folder in
      let store = try Self.makeStore(in: folder)
      let report = try Self.compare([folder.appendingPathComponent("none").path], into: store)
      #expect(report.counts.exceptions == 1)
    }
  }

  @Test("of an export tells the numbers, sizes and digests that it then has")
  func export() async throws {
    try await withTemporaryDirectory { folder in
      let store = try Self.makeStore(in: folder)
      let sample = Repository.root.appendingPathComponent("Samples/export.zip").path
      _ = try ImportAction(store: store, actor: Self.actor).run([sample])
      let set = try store.change(as: Self.actor) { change in
        try change.createReviewSet(name: "All", in: change.createMatter(name: "Pier 9"))
      }
      let question = try Question(
        nil, scope: ScopeRequest(), interval: Model.TimeInterval(), zone: "UTC",
        matter: set.matter, options: QueryOptions(clock: store.now), store: store)
      let action = ReviewAction(store: store, actor: Self.actor)
      let before = try Self.bytes(of: store)
      let rehearsedLoad = try action.rehearse(
        .question(question), to: set, context: .conversation)
      #expect(try Self.bytes(of: store) == before)
      let load = try action.add(.question(question), to: set, context: .conversation)
      #expect(rehearsedLoad.itemCount == load.itemCount && load.itemCount > 0)
      #expect(rehearsedLoad.contextCount == load.contextCount)

      for (name, package) in [
        ("VOL001.zip", VolumePackage.zip(.store)), ("VOL002", .folder),
        ("VOL003.tar.zst", .tarZstandard(level: 3)),
      ] {
        let volumes = folder.appendingPathComponent("volumes").path
        let files = try? FileManager.default.contentsOfDirectory(atPath: volumes)
        let request = ExportRequest(output: volumes + "/" + name, package: package)
        let before = try Self.bytes(of: store)
        let export = ExportAction(store: store, actor: Self.actor)
        let rehearsed = try export.rehearse(set, request)
        #expect(try Self.bytes(of: store) == before)
        #expect((try? FileManager.default.contentsOfDirectory(atPath: volumes)) == files)
        let real = try export.run(set, request)
        #expect(rehearsed.id == nil && rehearsed.prefix == real.prefix)
        let told = real.reports.map { report in
          var report = report
          report.container = nil  // of the archive's own bytes a rehearsal tells nothing
          return report
        }
        #expect(rehearsed.reports == told)
        #expect(throws: ProductionError.self) { try export.rehearse(set, request) }
      }
    }
  }

  @Test("takes ids of the store and of the source, and conversations with all their items")
  func ids() async throws {
    try await withTemporaryDirectory { folder in
      let store = try Self.makeStore(in: folder)
      let talks = try Self.write(
        [
          Self.conversation("c1", [Self.message("m1", "one"), Self.message("m2", "two")]),
          Self.conversation("c2", [Self.message("m3", "three"), Self.message("m4", "four")]),
        ], to: "conversations.json", in: folder)
      _ = try ImportAction(store: store, actor: Self.actor).run([talks])
      let set = try store.change(as: Self.actor) { change in
        try change.createReviewSet(name: "Picked", in: change.createMatter(name: "Case"))
      }
      let id = try #require(try Searcher(store).items(bearing: "m1").first).id.text
      let action = ReviewAction(store: store, actor: Self.actor)
      let load = try action.add(
        .ids([id, "m1", "id:" + id, "m3"]), to: set, context: .items(0))
      #expect(load.itemCount == 2 && load.contextCount == 0 && load.dialect == "ids")
      let whole = try action.add(.ids(["c2"]), to: set, context: .items(0))
      #expect(whole.itemCount == 1 && whole.alreadyCount == 1)
      let before = try store.read { try $0.itemCounts(of: set) }
      let events = try store.read { try $0.verifyAudit().eventCount }
      do {
        _ = try action.add(.ids(["m2", "nobody", "m4", "nothing"]), to: set, context: .items(0))
        Issue.record("unknown ids must be refused")
      } catch let error as StoreError {
        #expect(error.code == .notFound)
        #expect(error.objects == ["nobody", "nothing"])
      }
      #expect(try store.read { try $0.itemCounts(of: set) } == before)
      #expect(try store.read { try $0.verifyAudit().eventCount } == events)
    }
  }
}
