// SPDX-License-Identifier: Apache-2.0
import Actions
import Capture
import FileText
import Foundation
import Model
import Query
import Retention
import Store
import Synchronization
import TestSupport

/// A store that was synced from a stand-in, and plans that are run there too.
final class AtSourceBench {
  static let actor = SyncedStore.actor
  static let deleter = "sk-ant-api01-test-deleter-0123456789"
  /// The process ends here, in a test.
  struct Killed: Error {}

  let synced: SyncedStore
  var key = AtSourceBench.deleter

  /// - Parameters:
  ///   - folder: Gets store and stand-in.
  ///   - extractor: Reads files.
  ///   - changes: Made to the fixture.
  /// - Throws: When they cannot be made or synced.
  init(
    in folder: URL, extractor: FileTextExtractor = FileTextExtractor(),
    changes: (inout [String: Any]) -> Void = { _ in }
  ) throws {
    synced = try SyncedStore(in: folder, changes: changes)
    synced.settings.extractor = extractor
    synced.settings.concurrency = 1
    try synced.sync()
    first = try synced.standIn.requestCount()
  }

  static func with(
    extractor: FileTextExtractor = FileTextExtractor(),
    changes: (inout [String: Any]) -> Void = { _ in }, _ body: (AtSourceBench) throws -> Void
  ) async throws {
    try await withTemporaryDirectory { folder in
      let bench = try AtSourceBench(in: folder, extractor: extractor, changes: changes)
      defer { bench.standIn.stop() }
      try body(bench)
    }
  }

  /// Requests before anything is deleted.
  private let first: Int

  var store: Store { synced.store }
  var standIn: ComplianceStandIn { synced.standIn }

  static func chat(_ number: Int) -> String { "claude_chat_01T0000\(number)" }

  static func id(_ number: Int) -> ObjectID {
    .conversation(route: ComplianceAPI.route, nativeID: chat(number))
  }

  /// A removal on request of what holds a word.
  func plan(_ query: String) throws -> PlanRecord {
    let compiled = try compile(query)
    var task = PlanAction.Task()
    task.request = (
      PlanRequest(query: query, normalForm: try compiled.normalForm.unwrapped, reason: "asked"),
      RetentionPlanner.Request(node: try compiled.node.unwrapped, reason: "asked")
    )
    return try PlanAction(store: store, actor: Self.actor).plan(task, isRehearsed: false).plan
      .unwrapped
  }

  func compile(_ query: String) throws -> CompiledQuery {
    try store.read { catalog in
      try QueryCompiler.compile(
        query, options: QueryOptions(clock: store.now), directory: catalog.directory)
    }
  }

  func access() -> SourceAccess {
    let key = key
    var access = SourceAccess(key: { _ in try ComplianceKey(key) })
    access.settings = synced.settings
    return access
  }

  /// Runs a plan, at the sources too.
  @discardableResult
  func run(
    _ plan: PlanRecord, access: SourceAccess? = nil,
    onStep: @escaping @Sendable (RemovalStep) throws -> Void = { _ in }
  ) throws -> RunAction.Result {
    let removable = try store.read { try $0.progress(of: plan).removable }
    return try RunAction(
      store: store, actor: Self.actor, access: access ?? self.access(), onStep: onStep
    ).run(plan, confirmedCount: removable)
  }

  /// The same store as another process sees it.
  func opened() throws -> Store {
    let clock = synced.clock
    return try Store.open(at: store.folder, access: .writing, clock: { clock.now })
  }

  @discardableResult
  func hold(_ definition: HoldDefinition, in other: Store? = nil) throws -> HoldRecord {
    try (other ?? store).change(as: Self.actor) { change in
      let matter = try change.catalog.matters(.open).first ?? change.createMatter(name: "case")
      return try change.createHold(name: UUID().uuidString, in: matter, definition)
    }
  }

  /// The query of a hold.
  func holdQuery(_ text: String) throws -> StoredQuery {
    try store.read { catalog in
      try StoredQuery(
        QueryCompiler.compile(
          text, options: QueryOptions(clock: catalog.now, purpose: .hold),
          directory: catalog.directory)
      ).unwrapped
    }
  }

  /// Whose a chat is.
  func owner(_ number: Int) throws -> Custodian {
    try store.read { catalog in
      let key = try catalog.conversation(Self.id(number)).key
      return try catalog.custodians().first {
        try catalog.conversationKeys(of: $0).contains(key)
      }.unwrapped
    }
  }

  func person(_ number: Int) throws -> Custodian {
    try store.read { try $0.custodian("person\(number)@example.org") }
  }

  // MARK: What came of it

  /// The requests about a chat since the first sync, such as `GET 200`.
  func requests(about number: Int) throws -> [String] {
    try standIn.journal(from: first).filter { $0.path.contains(Self.chat(number)) }
      .map { "\($0.method) \($0.status)" }
  }

  func requestCount() throws -> Int { try standIn.requestCount() - first }

  func isHere(_ number: Int) throws -> Bool { try synced.conversation(Self.chat(number)) != nil }

  func deletion(_ number: Int) throws -> SourceDeletion? {
    try store.read { try $0.sourceDeletion(of: Self.id(number)) }
  }

  /// Whether the service still has a chat, asked with a key that reads.
  func isAtSource(_ number: Int) throws -> Bool {
    let client = try ComplianceClient(
      baseURL: standIn.baseURL, key: ComplianceKey(ComplianceStandIn.key),
      transport: CurlTransport(),
      pace: RequestPace(callsPerMinute: 60_000, clock: SkippingClock(), check: {}),
      userAgent: "test")
    do {
      _ = try client.page("/apps/chats/" + Self.chat(number) + "/messages")
      return true
    } catch let error as ComplianceError where error.code == .gone {
      return false
    }
  }

  /// The actions of the audit log about a chat, in order.
  func events(_ number: Int) throws -> [String] {
    var actions: [String] = []
    try store.read { catalog in
      try catalog.forEachEvent { event in
        if event.object == Self.id(number).text { actions.append(event.action) }
      }
    }
    return actions
  }
}

/// Sends through another transport, and ends the process, in a test, at a request that deletes.
final class MortalTransport: HTTPTransport {
  enum Moment: Sendable { case before, after }

  private let inner = CurlTransport()
  private let moment: Moment

  init(_ moment: Moment) { self.moment = moment }

  func send(_ request: HTTPRequest, _ receive: @escaping BodyReceiver) throws -> HTTPResponse {
    guard request.method == "DELETE" else { return try inner.send(request, receive) }
    if moment == .before { throw AtSourceBench.Killed() }
    _ = try inner.send(request, receive)
    throw AtSourceBench.Killed()
  }
}

/// Does something once, whichever thread comes first.
final class Once: Sendable {
  private let isDone = Mutex(false)

  func callAsFunction(_ body: () throws -> Void) throws {
    let isFirst = isDone.withLock { done in
      defer { done = true }
      return !done
    }
    if isFirst { try body() }
  }
}
