// SPDX-License-Identifier: Apache-2.0
import Capture
import Foundation
import Model
import Store

/// What a run of a plan did at the sources of what it removed.
package struct AtSourceResult: Sendable, Hashable {
  /// Chats that their sources deleted.
  package var deleted = 0
  /// Chats that were gone at their sources before.
  package var gone = 0
  /// Conversations that were removed here and came from no source that can delete them.
  package var withoutSource = 0
  /// Chats that stay at their sources, by what stands against it.
  package var kept: [String: Int] = [:]
  /// Chats of these, and others that had changed, that were captured again.
  package var captured = 0
  /// Chats that could not be deleted, by reason.
  package var failed: [String: Int] = [:]
  /// Deletions that wait for another run, of whatever plan.
  package var pending = 0
  /// Calls of the services.
  package var calls = 0
  /// Chats that a run would try to delete; of a dry run alone.
  package var deletable: Int?

  package init() {}

  package var keptCount: Int { kept.values.reduce(0, +) }
  package var failedCount: Int { failed.values.reduce(0, +) }
  /// Whether something stays at its source that was to be deleted; a dry run cannot tell.
  package var isPartial: Bool { deletable == nil && keptCount + failedCount + pending > 0 }
}

/// The part of a run of a plan that has to do with sources (holds-and-retention section 4, point 7).
///
/// A chat is read again, removed here, and deleted at its source. So that a key that must not delete
/// leaves as little as can be undone by halves, the first chat goes alone.
final class AtSourceRun {
  private static let groupLimit = 16

  private let store: Store
  private let actor: AuditActor
  private let plan: PlanRecord
  private let access: SourceAccess
  private let sources: [Int64: OpenSource]
  private let locks: [StoreLock]
  private let reader: SourceReader
  private let eraser: SourceEraser
  /// Chats that are to be captured again, by source, with the deletions that this closes.
  private var again: [Int64: [(chat: String, deletion: (SourceDeletion, DeletionObjection)?)]] = [:]
  private var hasDeleted = false
  private(set) var result = AtSourceResult()
  /// What stopped it; the sources cannot be asked any more.
  private(set) var failure: (error: ComplianceError, source: String)?

  /// Opens the sources that the plan has to do with: nothing else talks to them meanwhile.
  ///
  /// - Throws: `StoreError` with `.locked` while a source is synced; `ComplianceError`; what the
  ///   access throws where a key cannot be had.
  init(
    _ store: Store, actor: AuditActor, plan: PlanRecord, access: SourceAccess, wait: Duration
  ) throws {
    self.store = store
    self.actor = actor
    self.plan = plan
    self.access = access
    let settings = access.settings
    let check = access.check
    let pace = RequestPace(
      callsPerMinute: settings.callsPerMinute, clock: settings.clock, check: { try check("") })
    var sources: [Int64: OpenSource] = [:]
    var locks: [StoreLock] = []
    for record in try store.read({ try $0.deletionSources(of: plan) }) {
      let key = try access.key(record)
      locks.append(
        try whenFree(
          within: wait, { try check("waiting for another process") },
          { try store.lockJob(Store.syncLock(of: record.id), as: actor, wait: $0) }))
      // What an interrupted sync left of it; the removal's end passes sources over that are locked.
      try store.sweepBlobs(of: record.id, as: actor)
      sources[record.key] = OpenSource(
        record: record,
        client: try ComplianceClient(
          baseURL: record.url, key: key, transport: settings.makeTransport(), pace: pace,
          patience: settings.patience, userAgent: Program.name + "/" + Program.version,
          source: record.id.text), key: key)
    }
    self.sources = sources
    self.locks = locks
    reader = SourceReader(store: store, check: check)
    eraser = SourceEraser(store: store, actor: actor, reader: reader, check: check)
  }

  var groupSize: Int { hasDeleted || sources.isEmpty ? Self.groupLimit : 1 }

  // MARK: Before the removal here

  /// What the sources have of conversations that a run would remove now.
  ///
  /// - Parameters:
  ///   - entries: Entries of the plan.
  ///   - partition: Where they lie.
  /// - Returns: One view for each that would go; nil when the sources cannot be asked any more.
  /// - Throws: `StoreError`; what the check throws.
  func views(
    of entries: ArraySlice<PlanEntry>, in partition: Int?
  ) throws -> [ObjectID: SourceView]? {
    let due = try DisposalRehearsal(store, plan: plan).judge(entries, in: partition)
      .filter { $0.outcome == .purged }.map(\.conversation)
    var views: [ObjectID: SourceView] = [:]
    var asked: [(record: ConversationRecord, source: OpenSource)] = []
    try store.read { catalog in
      for id in due {
        guard let record = try catalog.conversationIfPresent(id) else { continue }
        guard let place = try catalog.deletionSource(of: record) else {
          views[id] = .unsourced
          continue
        }
        if let source = sources[place.key] { asked.append((record, source)) }
      }
    }
    let artifacts = try ChatReader.artifacts(of: asked.map(\.record), in: store)
    let (reader, chats) = (reader, asked)
    let answers = try asking { [width = access.settings.concurrency] in
      try inParallel(chats.count, width: width) { index in
        let (record, source) = chats[index]
        return try reader.read(
          record.nativeID, at: source, artifacts: artifacts[record.nativeID] ?? [:])
      }
    }
    guard let answers else { return nil }
    for ((record, source), answer) in zip(asked, answers) {
      switch answer {
      case .read(let reading): views[record.id] = .read(reading, source.record)
      case .gone(let requestID): views[record.id] = .gone(requestID: requestID, source.record)
      case .unread(let error):
        views[record.id] = .unread
        result.failed[error.message, default: 0] += 1
      }
    }
    return views
  }

  // MARK: After it

  /// Deletes at the sources what was just removed here.
  ///
  /// - Parameters:
  ///   - results: What became of the entries.
  ///   - views: What the sources had of them.
  /// - Throws: `StoreError`; what the check throws.
  func delete(_ results: [DispositionResult], seen views: [ObjectID: SourceView]) throws {
    var waiting: [(SourceDeletion, SourceReading?)] = []
    for result in results {
      let view = views[result.conversation]
      switch (result.outcome, view) {
      case (.purged, .unsourced): self.result.withoutSource += 1
      case (.purged, .gone): self.result.gone += 1
      case (.purged, .read(let reading, _)):
        let found = try store.read { try $0.sourceDeletion(of: result.conversation) }
        guard let found else { continue }
        if found.state.isPending { waiting.append((found, reading)) } else { self.result.gone += 1 }
      case (.skipped, .read(let reading, let source))
      where result.because == DeletionObjection.changed.name:
        again[source.key, default: []].append((reading.chat, nil))
      default: break
      }
    }
    try erase(waiting)
  }

  /// Goes on with deletions that earlier runs left, and takes in what the plan removed here alone.
  ///
  /// - Throws: `StoreError`; what the check throws.
  func resume() throws {
    let (store, plan, actor) = (store, plan, actor)
    _ = try store.change(as: actor) { try $0.adoptSourceDeletions(of: plan) }
    var last: Int64 = 0
    while failure == nil {
      let (after, limit) = (last, groupSize)
      let page = try store.read { try $0.pendingSourceDeletions(after: after, limit: limit) }
      guard let end = page.last else { return }
      try erase(page.map { ($0, nil) })
      last = end.tombstone
    }
  }

  private func erase(_ waiting: [(SourceDeletion, SourceReading?)]) throws {
    let known = waiting.compactMap { deletion, reading in
      sources[deletion.source].map { (deletion, reading, $0) }
    }
    let eraser = eraser
    let erasures = try asking { [width = access.settings.concurrency] in
      try inParallel(known.count, width: width) { index in
        let (deletion, reading, source) = known[index]
        return try eraser.erase(deletion, at: source, seen: reading)
      }
    }
    for ((deletion, _, source), erasure) in zip(known, erasures ?? []) {
      switch erasure {
      case .deleted:
        result.deleted += 1
        hasDeleted = true
      case .gone: result.gone += 1
      case .failed(let error):
        result.failed[error.message, default: 0] += 1
        // A key that must not delete this one must not delete the next.
        if error.code == .scope { failure = failure ?? (error, source.record.name) }
      case .objected(.recaptured):
        try eraser.keep(deletion, .recaptured)
        result.kept[DeletionObjection.recaptured.name, default: 0] += 1
      case .objected(let objection):
        again[source.record.key, default: []].append((deletion.chat, (deletion, objection)))
      }
    }
  }

  /// Captures what changed at its source, and what something stands against since it was removed here.
  ///
  /// - Throws: `StoreError`; what the check throws.
  func captureAgain() throws {
    for (key, chats) in again.sorted(by: { $0.key < $1.key }) {
      guard let source = sources[key] else { continue }
      let run = try store.change(as: actor) { try $0.startRun(.sync, of: source.record) }
      var settings = access.settings
      settings.wait = max(settings.wait, .seconds(60))
      let session = SyncSession(
        store: store, actor: actor, source: source.record, run: run, client: source.client,
        settings: settings, fingerprint: source.key.fingerprint, check: access.check)
      let before = try chats.map { try versionCount(of: $0.chat) }
      let report = try asking { try session.captureAgain(chats.map(\.chat)) }
      guard report != nil else { return }
      for ((chat, deletion), known) in zip(chats, before)
      where try versionCount(of: chat) > known {
        result.captured += 1
        guard let (deletion, objection) = deletion else { continue }
        try eraser.keep(deletion, objection)
        result.kept[objection.name, default: 0] += 1
      }
    }
    again = [:]
  }

  /// The captured versions of a chat; 0 where it is not here.
  private func versionCount(of chat: String) throws -> Int {
    let id = ObjectID.conversation(route: ComplianceAPI.route, nativeID: chat)
    return try store.read { try $0.conversationIfPresent(id)?.versionCount ?? 0 }
  }

  /// Counts what is left.
  func finish() throws {
    result.pending = try store.read { try $0.pendingSourceDeletionCount() }
    result.calls = sources.values.reduce(0) { $0 + $1.client.tally.calls }
  }

  /// Asks the sources; nil when they cannot be asked any more, which stops the run in good order.
  private func asking<Value>(_ body: () throws -> Value) throws -> Value? {
    do {
      return try body()
    } catch let error as ComplianceError {
      failure =
        failure ?? (error, sources.count == 1 ? sources.values.first?.record.name ?? "" : "")
      return nil
    }
  }
}
