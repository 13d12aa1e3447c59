// SPDX-License-Identifier: Apache-2.0
import Actions
import Bytes
import Capture
import FileText
import Foundation
import Model
import Query
import Store
import Synchronization
import TestSupport
import Testing

/// A clock whose time passes only by waiting.
final class SkippingClock: WaitingClock {
  private let time = Mutex(Duration.zero)

  var now: Duration { time.withLock { $0 } }
  func sleep(_ duration: Duration) { time.withLock { $0 += duration } }
}

/// Calls a body with a store and a stand-in of its own, and checks the audit log after it.
///
/// - Parameters:
///   - changes: Made to the fixture.
///   - body: Gets the store.
/// - Throws: When one of them cannot be made; what the body throws.
func withSynced(
  changes: (inout [String: Any]) -> Void = { _ in }, _ body: (SyncedStore) throws -> Void
) async throws {
  try await withTemporaryDirectory { folder in
    let synced = try SyncedStore(in: folder, changes: changes)
    defer { synced.standIn.stop() }
    try body(synced)
    #expect(try synced.store.read { try $0.verifyAudit().isSound })
  }
}

/// A store and a stand-in that it is synced from.
final class SyncedStore {
  static let actor = AuditActor.current(program: "test", command: "test")
  static let now = Instant(rfc3339: "2026-06-01T12:00:00Z") ?? Instant(ticks: 0)

  let folder: URL
  let standIn: ComplianceStandIn
  let store: Store
  var settings: SyncSettings
  var key = ComplianceStandIn.key

  /// - Parameters:
  ///   - folder: Gets the store; and the stand-in, unless one is given.
  ///   - shared: A stand-in that other stores use too.
  ///   - fixture: The arguments of `company.py` beside the folder.
  ///   - changes: Made to the fixture.
  /// - Throws: When the store or the stand-in cannot be made.
  init(
    in folder: URL, shared: ComplianceStandIn? = nil, fixture: [String] = ["small"],
    changes: (inout [String: Any]) -> Void = { _ in }
  ) throws {
    self.folder = folder
    let standIn =
      try shared
      ?? ComplianceStandIn(
        in: folder.appendingPathComponent("service"), fixture: fixture, changes: changes)
    self.standIn = standIn
    let clock = TestClock(Self.now)
    self.clock = clock
    store = try Store.create(
      at: folder.appendingPathComponent("store-" + UUID().uuidString).path, as: Self.actor,
      clock: { clock.now })
    settings = SyncSettings()
    settings.clock = SkippingClock()
    settings.patience.longestRetryAfter = .seconds(600)
    source = try store.change(as: Self.actor) { change in
      try change.createSource(
        SourceDefinition(
          name: "acme", kind: .complianceAPI, url: standIn.baseURL, keyFile: "/none"))
    }
  }

  let clock: TestClock

  let source: SourceRecord

  @discardableResult
  func sync(
    check: @escaping @Sendable (String) throws -> Void = { _ in }
  ) throws -> SyncReport {
    try SyncAction(store: store, actor: Self.actor, settings: settings)
      .run(source, key: ComplianceKey(key), check: check)
  }

  /// Lets time pass, here and at the service.
  func pass(hours: Int64) throws {
    let later = Instant(ticks: clock.now.ticks + hours * 3600 * Instant.ticksPerSecond)
    clock.now = later
    try standIn.command(#"{"now":"\#(later.rfc3339)"}"#)
  }

  func conversation(_ nativeID: String) throws -> ConversationRecord? {
    try store.read {
      try $0.conversationIfPresent(
        .conversation(route: ComplianceAPI.route, nativeID: nativeID))
    }
  }

  func unit(_ nativeID: String, version: Int? = nil) throws -> CapturedUnit {
    let record = try #require(try conversation(nativeID))
    let native = try NativeReader(store).native(
      of: record, version: version ?? record.versionCount)
    return try CaptureRoutes.parse(
      [native], kind: record.kind, route: record.route, nativeID: record.nativeID)
  }

  /// A reader of PDF that gives the words of a script.
  func reader(_ script: String) throws -> FileTextExtractor {
    let place = folder.appendingPathComponent("reader-" + UUID().uuidString, isDirectory: true)
    try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
    let program = place.appendingPathComponent("pdftotext")
    let text = """
      #!/bin/sh
      if [ "$1" = -v ]; then echo "pdftotext version 0.1" >&2; exit 0; fi
      \(script)
      """
    try Data(text.utf8).write(to: program)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program.path)
    return FileTextExtractor(searching: place.path)
  }

  /// Exceptions as code and object.
  func problems(_ kind: ExceptionKind? = nil) throws -> [String] {
    try store.read { try $0.exceptions(ExceptionFilter(kind: kind)) }
      .map { $0.code + " " + $0.object }.sorted()
  }

  /// Everything that a sync decides, one line each, whatever the way to it was: content byte for
  /// byte, files, persons, gaps, what is known of the source, and how far its lists were read.
  func digest() throws -> [String] {
    var lines: [String] = []
    let natives = try NativeReader(store)
    let records = try store.read { catalog in
      try catalog.conversationKeys().map { try catalog.conversation(key: $0) }
    }
    for record in records {
      var line = "\(record.id) \(record.kind) \(record.custodian) \(record.itemCount)"
      for version in 1...record.versionCount {
        let native = try natives.native(of: record, version: version)
        line += " " + SHA256Digest(of: native.span).hexadecimal
      }
      let files = try store.read { try $0.files(of: record) }
      for (id, file) in files.sorted(by: { $0.key < $1.key }) {
        let bytes = try Data(contentsOf: URL(fileURLWithPath: store.blobPath(file.digest)))
        #expect(SHA256Digest(of: [UInt8](bytes).span) == file.digest)
        line += " \(id)=\(file.digest)"
      }
      lines.append(line)
    }
    try Searcher(store).forEachHit(.all) { hit in
      lines.append("hit \(hit.id) \(hit.custodian)")
      return true
    }
    lines += try store.read { catalog in
      let source = try catalog.source("acme")
      var lines = try catalog.exceptions().map { "problem \($0.code) \($0.path) \($0.object)" }
      for person in try catalog.custodians() {
        let identities = try catalog.identities(of: person).map { "\($0.kind)=\($0.value)" }
        let groups = try catalog.groups(of: person)?.map(\.text) ?? ["-"]
        lines.append("person \(person.name) \(identities.sorted()) \(groups)")
      }
      for kind in DirectoryEntry.Kind.allCases {
        lines += try catalog.directory(kind, of: source).map {
          "\(kind) \($0.parent) \($0.nativeID) \(String(decoding: $0.native, as: UTF8.self))"
        }
      }
      lines += try catalog.deletedObjects(of: source).map { "deleted \($0.kind) \($0.nativeID)" }
      for walk in ["activities.history", "activities.newest", "chats"] {
        lines.append("\(walk) \(try catalog.syncPosition(walk, of: source) ?? "-")")
      }
      return lines
    }
    return lines.sorted()
  }
}

final class TestClock: Sendable {
  private let time: Mutex<Instant>

  init(_ time: Instant) { self.time = Mutex(time) }

  var now: Instant {
    get { time.withLock { $0 } }
    set { time.withLock { $0 = newValue } }
  }
}

/// Counts down, from several threads.
final class TestCounter: Sendable {
  private let left: Mutex<Int>

  init(_ count: Int) { left = Mutex(count) }

  /// What is left before this call.
  func next() -> Int {
    left.withLock { count in
      count -= 1
      return count + 1
    }
  }
}

/// A change of the stand-in: its second chat, which has five messages, gets one more.
func oneMoreMessage(_ text: String) -> String {
  """
  {"op":"add_message","chat":"claude_chat_01T00002","message":
   {"id":"claude_chat_msg_00002x0099","role":"user","created_at":"2026-06-01T12:30:00Z",
    "content":[{"type":"text","text":"\(text)"}]}}
  """
}
