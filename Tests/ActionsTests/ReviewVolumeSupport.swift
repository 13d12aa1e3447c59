// SPDX-License-Identifier: Apache-2.0
import Actions
import Bytes
import Foundation
import Model
import Production
import Store
import TestSupport

/// A store with a review set, and another one that the set travels to.
struct ReviewBench {
  let folder: URL
  let home: Store
  let away: Store
  let set: ReviewSet
  let matter: MatterRecord

  static let actor = PurgeBench.person("ada")
  static let other = PurgeBench.person("grace")

  /// Two days, so that slices of days hold parts of the record.
  static let conversations = """
    [{"uuid":"c1","name":"Two days","account":{"uuid":"acc-1"},"created_at":"2025-01-01T09:00:00Z",\
    "chat_messages":[\(message("m1", "the budget", 1)), \(message("m2", "next day", 2)) ,\
    \(message("m3", "again", 2))]},
    {"uuid":"c2","name":"One day","account":{"uuid":"acc-1"},"created_at":"2025-01-01T09:00:00Z",\
    "chat_messages":[\(message("m4", "a plan", 1)),\(message("m5", "of a plan", 1))]},
    {"uuid":"c3","name":"Third","account":{"uuid":"acc-2"},"created_at":"2025-01-03T09:00:00Z",\
    "chat_messages":[\(message("m6", "zqcanary three", 3))]}]
    """
  static let people = """
    [{"uuid":"acc-1","full_name":"Ada Byron","email_address":"ada@example.org"}]
    """
  static let transcript = """
    {"type":"user","sessionId":"s1","uuid":"u1","parentUuid":null,"timestamp":"2025-01-01T00:00:00Z",\
    "message":{"role":"user","content":"run the tests"}}
    {"type":"assistant","sessionId":"s1","uuid":"u2","parentUuid":"u1",\
    "timestamp":"2025-01-01T00:00:05Z","message":{"id":"msg_1","role":"assistant","model":"m",\
    "content":[{"type":"text","text":"they pass"}]}}

    """

  static func message(_ id: String, _ text: String, _ day: Int) -> String {
    """
    {"uuid":"\(id)","sender":"human","created_at":"2025-01-0\(day)T10:00:00Z",\
    "content":[{"type":"text","text":"\(text)"}]}
    """
  }

  static func with(
    picked: [String] = ["m1", "c2", "m6", "s1"], _ body: (ReviewBench) async throws -> Void
  ) async throws {
    try await withTemporaryDirectory { folder in
      let home = try Store.create(at: folder.appendingPathComponent("home").path, as: actor)
      let away = try Store.create(at: folder.appendingPathComponent("away").path, as: other)
      let captures = folder.appendingPathComponent("in")
      try FileManager.default.createDirectory(at: captures, withIntermediateDirectories: true)
      for (name, text) in [
        ("conversations.json", conversations), ("users.json", people), ("s1.jsonl", transcript),
      ] {
        try Data(text.utf8).write(to: captures.appendingPathComponent(name))
      }
      _ = try ImportAction(store: home, actor: actor).run([captures.path])
      let set = try home.change(as: actor) { change in
        try change.createReviewSet(
          name: "First look", in: change.createMatter(name: "Pier"), description: "what first")
      }
      let matter = try away.change(as: other) { try $0.createMatter(name: "Quay") }
      let bench = ReviewBench(folder: folder, home: home, away: away, set: set, matter: matter)
      _ = try ReviewAction(store: home, actor: actor).add(
        .ids(picked), to: set, context: .conversation)
      try await body(bench)
    }
  }

  func code(
    _ kind: CodingKind = .tag, on ids: [String], set tags: [String] = [], clear: [String] = [],
    note: String? = nil, removes: Bool = false, in store: Store? = nil, set other: ReviewSet? = nil
  ) throws {
    let store = store ?? home
    let target = other ?? set
    let edit = try store.read { catalog in
      var edit = ItemEdit()
      edit.sets = try catalog.tags(tags, of: target)
      edit.clears = try catalog.tags(clear, of: target)
      edit.note = note
      edit.removes = removes
      return edit
    }
    _ = try CodingAction(store: store, actor: Self.actor, set: target).run(
      kind, edit, on: MemberChoice(.ids(ids)), reason: "because", isRehearsed: false)
  }

  /// Tags in two groups, coding, notes, an undone act and a filter.
  func review() throws {
    try home.change(as: Self.actor) { change in
      try change.createTag(name: "Yes", in: set, group: "Relevance", choice: .one)
      try change.createTag(name: "No", in: set, group: "Relevance", choice: .one)
      try change.createTag(name: "Hot", in: set, group: "Tags", description: "talk of money")
      try change.createFilter(
        name: "hot", in: set, query: "tag:Hot", dialect: "keyql", zone: "UTC")
    }
    try code(on: ["m1", "m4"], set: ["Yes", "Hot"])
    try code(.untag, on: ["m4"], clear: ["Hot"])
    try code(.note, on: ["m1"], note: "ask Ada \"today\"\n— 日本")
    try code(on: ["c2"], set: ["No"])
    let action = CodingAction(store: home, actor: Self.actor, set: set)
    _ = try action.undo(
      try home.read { try $0.lastCoding(of: set) }.unwrapped, reason: "wrong", isRehearsed: false)
    try code(.note, on: ["m4"], note: "withdrawn")
    _ = try action.undo(
      try home.read { try $0.lastCoding(of: set) }.unwrapped, reason: "", isRehearsed: false)
  }

  func export(
    _ name: String = "VOL001", _ package: VolumePackage = .folder, from store: Store? = nil,
    set other: ReviewSet? = nil, _ edit: (inout ExportRequest) -> Void = { _ in }
  ) throws -> [VolumeReport] {
    let output = folder.appendingPathComponent("out").path + "/" + name + package.fileExtension
    var request = ExportRequest(output: output, package: package)
    request.includesReviewData = true
    edit(&request)
    return try ExportAction(store: store ?? home, actor: Self.actor).run(other ?? set, request)
      .reports
  }

  func bring(
    _ paths: [String], into store: Store? = nil, matter other: MatterRecord? = nil,
    name: String? = nil
  ) throws -> ImportReport {
    try action(into: store, matter: other, name: name).run(paths)
  }

  func action(
    into store: Store? = nil, matter other: MatterRecord? = nil, name: String? = nil,
    passphrase: String? = nil
  ) -> ImportAction {
    ImportAction(
      store: store ?? away, actor: Self.other,
      destination: VolumeDestination(
        matter: other ?? matter, name: name, passphrase: passphrase))
  }

  /// The set in the other store.
  func arrived() throws -> ReviewSet { try away.read { try $0.reviewSet("First look") } }

  /// Codes and objects of the exceptions in the other store.
  func exceptions() throws -> [String] {
    try away.read { try $0.exceptions(ExceptionFilter(kind: .failure)) }.map {
      $0.code + " " + $0.object
    }.sorted()
  }
}

/// What a set knows of one item, without ids of the store.
struct ToldItem: Hashable {
  var item: String
  var isContext: Bool
  var version: Int
  var conversationVersion: Int
  var tags: [String]
  var notes: [String]
}

/// What a set tells, without ids of the store.
func told(_ set: ReviewSet, in store: Store) throws -> Set<ToldItem> {
  try store.read { catalog in
    var items: Set<ToldItem> = []
    var found: [ReviewItem] = []
    try catalog.forEachItem(of: set) { found.append($0) }
    for item in found {
      let key = ItemKey(conversation: item.conversation, item: item.item)
      let facts = try catalog.reviewFacts(of: [key], in: set)[key].unwrapped
      items.insert(
        ToldItem(
          item: item.item, isContext: item.isContext, version: item.version,
          conversationVersion: item.conversationVersion, tags: facts.tags, notes: facts.notes))
    }
    return items
  }
}

/// The acts of a set, the oldest first: what the history shows, but for ids.
func acts(of set: ReviewSet, in store: Store) throws -> [String] {
  try store.read { catalog in
    try catalog.codings(of: set).reversed().map { act in
      [
        String(act.number), act.kind.rawValue, act.reason, String(act.changed),
        String(act.already), String(act.skipped), act.created.rfc3339, act.account,
        act.undoes == nil ? "" : "undoes", act.undoneBy == nil ? "" : "undone",
      ].joined(separator: "|")
    }
  }
}
