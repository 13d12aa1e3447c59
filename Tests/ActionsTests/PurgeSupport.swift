// SPDX-License-Identifier: Apache-2.0
import Actions
import Foundation
import Model
import Query
import Store
import Synchronization
import TestSupport

/// A clock that a test moves by hand.
final class MovedClock: Sendable {
  private let ticks = Mutex(Instant(rfc3339: "2026-03-01T12:00:00Z")?.ticks ?? 0)

  var now: Instant { Instant(ticks: ticks.withLock { $0 }) }

  func advance(days: Int = 0, seconds: Int = 0) {
    let step = Int64(days) * Instant.ticksPerDay + Int64(seconds) * Instant.ticksPerSecond
    ticks.withLock { $0 += step }
  }
}

/// A message of a made-up export.
struct SampleMessage {
  var text: String
  var thinking: String?
  var artifact: String?
  var attachment: (name: String, text: String)?
  var fileName: String?
  var tool: (input: String, result: String)?
}

/// A store under a clock, with what a purge needs around it.
struct PurgeBench {
  let folder: URL
  let store: Store
  let clock: MovedClock

  static let actor = person("ada")

  static func person(_ account: String) -> AuditActor {
    AuditActor(
      userID: 1000, account: account, callingAccount: nil, host: "desk", program: "custody 0.0.0",
      command: "test run")
  }

  static func with(_ body: (PurgeBench) async throws -> Void) async throws {
    try await withTemporaryDirectory { folder in
      let clock = MovedClock()
      let path = folder.appendingPathComponent("store").path
      let store = try Store.create(at: path, as: actor, clock: { clock.now })
      try await body(PurgeBench(folder: folder, store: store, clock: clock))
    }
  }

  /// The same store as another process sees it.
  func opened(_ access: Store.Access = .writing) throws -> Store {
    let clock = clock
    return try Store.open(at: store.folder, access: access, clock: { clock.now })
  }

  /// Imports a conversation with its messages, begun at the start of 2020.
  @discardableResult
  func capture(
    _ id: String, title: String = "", account: String = "acc-1", _ messages: [SampleMessage]
  ) throws -> ImportReport {
    try capture([(id, title, account, messages)])
  }

  @discardableResult
  func capture(
    _ conversations: [(id: String, title: String, account: String, messages: [SampleMessage])],
    project: (id: String, name: String)? = nil
  ) throws -> ImportReport {
    let list = conversations.map { entry -> [String: Any] in
      var told: [String: Any] = [
        "uuid": entry.id, "name": entry.title, "created_at": "2020-01-01T00:00:00Z",
        "updated_at": "2020-01-02T00:00:00Z", "account": ["uuid": entry.account],
        "chat_messages": entry.messages.enumerated().map { index, message in
          Self.json(message, id: "\(entry.id)-\(index)", isPrompt: index.isMultiple(of: 2))
        },
      ]
      if let project { told["project"] = ["uuid": project.id, "name": project.name] }
      return told
    }
    let file = folder.appendingPathComponent("conversations.json")
    try JSONSerialization.data(withJSONObject: list, options: [.sortedKeys]).write(to: file)
    return try ImportAction(store: store, actor: Self.actor).run([file.path])
  }

  private static func json(
    _ message: SampleMessage, id: String, isPrompt: Bool
  ) -> [String: Any] {
    var content: [[String: Any]] = []
    if let thinking = message.thinking {
      content.append(["type": "thinking", "thinking": thinking])
    }
    content.append(["type": "text", "text": message.text])
    if let tool = message.tool {
      content.append([
        "type": "tool_use", "name": "web_search", "id": "use-" + id, "input": ["query": tool.input],
      ])
      content.append([
        "type": "tool_result", "name": "web_search", "tool_use_id": "use-" + id,
        "content": [["type": "text", "text": tool.result]],
      ])
    }
    if let artifact = message.artifact {
      content.append([
        "type": "tool_use", "name": "artifacts", "id": "tool-" + id,
        "input": [
          "command": "create", "id": "a-" + id, "title": "made", "type": "text/plain",
          "content": artifact,
        ],
      ])
    }
    return [
      "uuid": id, "text": message.text, "content": content,
      "sender": isPrompt ? "human" : "assistant", "created_at": "2020-01-01T00:00:00Z",
      "updated_at": "2020-01-01T00:00:00Z",
      "attachments": message.attachment.map { attachment in
        [
          [
            "file_name": attachment.name, "file_type": "txt",
            "file_size": attachment.text.utf8.count, "extracted_content": attachment.text,
          ] as [String: Any]
        ]
      } ?? [],
      "files": message.fileName.map { [["file_name": $0, "file_uuid": "file-" + id]] } ?? [],
    ]
  }

  // MARK: - Policies and plans

  /// A policy for everyone that deletes.
  @discardableResult
  func deleting(
    _ period: String = "1d", disposition: Disposition = .automatic
  ) throws -> PolicyRecord {
    var definition = PolicyDefinition(
      action: .delete, period: try RetentionPeriod(period).unwrapped,
      scope: PolicyScope(everyone: true))
    definition.mode = .on
    definition.disposition = disposition
    return try store.change(as: Self.actor) {
      try $0.createPolicy(name: "rule-\(period)", kind: .policy, definition)
    }
  }

  @discardableResult
  func hold(_ name: String = "keep", in other: Store? = nil) throws -> HoldRecord {
    try (other ?? store).change(as: Self.actor) { change in
      let matter =
        try change.catalog.matters(.open).first ?? change.createMatter(name: "case")
      return try change.createHold(
        name: name, in: matter, HoldDefinition(scope: Scope(everyone: true)))
    }
  }

  /// A review set of the case of ``hold(_:in:)`` with conversations.
  func reviewSet(of ids: [String]) throws -> ReviewSet {
    let set = try store.change(as: Self.actor) { change in
      try change.createReviewSet(name: "Set", in: change.catalog.matter("case"))
    }
    _ = try ReviewAction(store: store, actor: Self.actor).add(
      .ids(ids), to: set, context: .conversation)
    return set
  }

  func plan(requesting query: String? = nil) throws -> PlanRecord {
    var task = PlanAction.Task()
    if let query {
      let compiled = try store.read { catalog in
        try QueryCompiler.compile(
          query, options: QueryOptions(clock: store.now), directory: catalog.directory)
      }
      task.request = (
        PlanRequest(query: query, normalForm: try compiled.normalForm.unwrapped, reason: "asked"),
        RetentionPlanner.Request(node: try compiled.node.unwrapped, reason: "asked")
      )
    }
    return try PlanAction(store: store, actor: Self.actor).plan(task, isRehearsed: false).plan
      .unwrapped
  }

  func run(
    _ plan: PlanRecord, count: Int? = nil,
    onStep: @escaping @Sendable (RemovalStep) throws -> Void = { _ in }
  ) throws -> RunAction.Result {
    let removable = try store.read { try $0.progress(of: plan).removable }
    return try RunAction(store: store, actor: Self.actor, onStep: onStep)
      .run(plan, confirmedCount: count ?? removable)
  }

  /// Finishes removals as the next command does.
  func finishRemovals() throws -> PendingRemovals? {
    try store.finishRemovals(as: Self.actor)
  }

  func id(_ native: String) -> ObjectID {
    .conversation(route: "claude.ai-export", nativeID: native)
  }

  func isHere(_ native: String) throws -> Bool {
    try store.read { try $0.conversationIfPresent(id(native)) } != nil
  }

  func tombstones(_ native: String) throws -> [Tombstone] {
    try store.read { try $0.tombstones(written: id(native).text) }
  }

  // MARK: - Bytes

  /// Every file of the store.
  func files() throws -> [Data] {
    try FileManager.default.subpathsOfDirectory(atPath: store.folder).compactMap { name in
      try? Data(contentsOf: URL(fileURLWithPath: store.folder + "/" + name))
    }
  }

  func residues(_ words: [String]) throws -> Set<String> {
    let files = try files()
    return Set(words.filter { word in files.contains { $0.range(of: Data(word.utf8)) != nil } })
  }

  /// What a verification finds.
  func findings() throws -> [Finding] {
    var findings: [Finding] = []
    _ = try ContentVerifier(store, actor: Self.actor).verify { findings.append($0) }
    return findings
  }
}

extension Optional {
  struct Missing: Error {}

  var unwrapped: Wrapped {
    get throws {
      guard let self else { throw Missing() }
      return self
    }
  }
}

/// The exit status that a body's error asks for; nil when it does not throw a `StoreError`.
func exitStatus(_ body: () throws -> Void) -> ExitStatus? {
  do {
    try body()
    return nil
  } catch let error as StoreError {
    return error.code
  } catch {
    return nil
  }
}

// MARK: - Conversations

extension PurgeBench {
  /// Ends a run as a crash would.
  struct Killed: Error {}

  /// Words that stand in every kind of text of a conversation that is to go.
  static let texts = [
    "zqmessagecanary", "zqthinkingcanary", "zqartifactcanary", "zqattachmentcanary",
    "zqfilecanary.txt", "zqlistedcanary.pdf", "zqtitlecanary", "zqtoolcanary", "zqresultcanary",
  ]

  /// Messages that hold them, but for the title.
  static func marked() -> [SampleMessage] {
    [
      SampleMessage(
        text: "please read zqmessagecanary", attachment: ("zqfilecanary.txt", "zqattachmentcanary"),
        fileName: "zqlistedcanary.pdf"),
      SampleMessage(
        text: "done", thinking: "so zqthinkingcanary", artifact: "made of zqartifactcanary",
        tool: (input: "for zqtoolcanary", result: "found zqresultcanary")),
    ]
  }

  static func plain(_ count: Int) -> [(String, String, String, [SampleMessage])] {
    (0..<count).map { index in
      (
        "plain-\(index)", "title \(index)", "acc-2",
        [SampleMessage(text: "quick brown fox \(index)"), SampleMessage(text: "answer \(index)")]
      )
    }
  }
}
