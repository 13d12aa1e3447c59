// SPDX-License-Identifier: Apache-2.0
import Bytes
import Capture
import Foundation
import Model
import Store

/// One run of a sync: the state that its steps share.
final class SyncSession {
  let store: Store
  let actor: AuditActor
  let source: SourceRecord
  let run: RunRecord
  let client: ComplianceClient
  let settings: SyncSettings
  let check: @Sendable (String) throws -> Void

  var batch = SyncBatch()
  private(set) var counts = RunCounts()
  private(set) var endpoints: [String: SyncEndpoint] = [:]
  private var endpointOrder: [String] = []
  private var syncRun: SyncRun
  private var deletionCount = 0
  private var lastStored: Duration
  /// Accounts of this run, and addresses that came with them.
  private var accounts: [String: String] = [:]
  private var attributed: Set<String> = []
  /// Files of this run that are here, on their way or failed: each is asked for once.
  let claimedFiles = Claims()
  /// Numbers files that are on their way.
  let staging = Numbering()

  init(
    store: Store, actor: AuditActor, source: SourceRecord, run: RunRecord,
    client: ComplianceClient, settings: SyncSettings, fingerprint: SHA256Digest,
    check: @escaping @Sendable (String) throws -> Void
  ) {
    self.store = store
    self.actor = actor
    self.source = source
    self.run = run
    self.client = client
    self.settings = settings
    self.check = check
    syncRun = SyncRun(
      keyFingerprint: fingerprint,
      baseURL: source.url.isEmpty ? ComplianceAddress.standard : source.url)
    lastStored = settings.clock.now
  }

  /// Runs all steps, in the order of section 3.11.
  func execute() throws -> SyncReport {
    try finishing {
      try syncDirectory()
      try syncActivities()
      try syncChats()
      try syncWaitingFiles()
      try syncProjects()
      try syncSessions()
      try syncCodeArtifacts()
      try reconcile()
      try storeBatch()
      try noteUnknownAccounts()
      try requireSomething()
    }
  }

  /// Captures single chats by their ids: such a run is no capture of the whole source, and its list of
  /// chats stands as partial.
  ///
  /// - Parameter chats: The source's ids.
  /// - Returns: What was brought.
  /// - Throws: `ComplianceError`, `StoreError`, or what the check throws.
  func captureAgain(_ chats: [String]) throws -> SyncReport {
    try finishing {
      try endpoint(Self.messagesEndpoint) {}
      try endpoint("/apps/chats") {
        markPartial("/apps/chats", "only \(chats.count) chats were read again, by their ids")
        try read(chats.map(ListedChat.init(id:)), .again)
      }
    }
  }

  private func finishing(_ steps: () throws -> Void) throws -> SyncReport {
    do {
      try steps()
      try storeBatch()
      try store.change(as: actor) { change in
        try change.finishRun(run, state: .complete, counts: counts)
      }
      return SyncReport(
        run: run.id, source: source.name, counts: counts, deletions: deletionCount,
        calls: client.tally.calls, endpoints: endpointOrder.compactMap { endpoints[$0] })
    } catch {
      // What was fetched is kept, where the store can take it.
      try? storeBatch()
      let isStopped = !(error is ComplianceError) && !(error is StoreError)
      try? store.change(as: actor) { change in
        // What is on record was stored, and nothing else.
        let last = try change.catalog.run(run.id.text)
        try change.finishRun(
          run, state: isStopped ? .interrupted : .failed, counts: last.counts)
      }
      throw error
    }
  }

  /// A key that reaches nothing at all is no capture with gaps.
  private func requireSomething() throws {
    guard endpoints.values.allSatisfy({ $0.outcome == .denied }), !endpoints.isEmpty else { return }
    let details = endpointOrder.compactMap { endpoints[$0]?.detail }
    throw ComplianceError(
      .scope, "the key reaches nothing of the service: " + (details.first ?? ""))
  }

  // MARK: - Endpoints

  /// Reads one endpoint, and records what came of it; what it cannot do is an exception, and the
  /// others are read (section 18).
  ///
  /// - Parameters:
  ///   - name: Its path, with names for ids.
  ///   - parameters: What is asked for.
  ///   - body: Reads.
  /// - Returns: Whether it was read to its end.
  /// - Throws: `ComplianceError` when nothing else can be read either; `StoreError`; what the check
  ///   throws.
  @discardableResult
  func endpoint(
    _ name: String, _ parameters: JSONValue = [:], _ body: () throws -> Void
  ) throws -> Bool {
    if endpoints[name] == nil {
      endpointOrder.append(name)
      endpoints[name] = SyncEndpoint(name, parameters: parameters)
    }
    batch.endpoints.insert(name)
    var outcome = SyncEndpoint.Outcome.complete
    do {
      try body()
    } catch let error as ComplianceError {
      outcome = try take(error, of: name)
    }
    if endpoints[name]?.outcome == .running || outcome != .complete {
      endpoints[name]?.outcome = outcome
    }
    batch.endpoints.insert(name)
    return endpoints[name]?.outcome == .complete
  }

  private func take(
    _ error: ComplianceError, of name: String
  ) throws -> SyncEndpoint.Outcome {
    switch error.code {
    case .key, .notEnabled, .storage, .address, .unreachable: throw error
    case .scope:
      endpoints[name]?.detail = error.description
      fail(.permissionDenied, name, error.description)
      return .denied
    case .gone, .notOffered:
      // Such as local sessions, which an organisation may not have.
      endpoints[name]?.detail = error.description
      lack(.missingAtSource, name, error.description)
      return .absent
    case .expiredCursor, .refused, .unavailable, .malformed, .tooLarge, .hashMismatch:
      endpoints[name]?.detail = error.description
      fail(.sourceError, name, error.description)
      return (endpoints[name]?.pageCount ?? 0) > 0 ? .partial : .failed
    }
  }

  /// Notes that something of an endpoint could not be read.
  func markPartial(_ name: String, _ detail: String) {
    endpoints[name]?.outcome = .partial
    endpoints[name]?.detail = detail
    batch.endpoints.insert(name)
  }

  /// Notes a page of an endpoint.
  func notePage(_ name: String, records: Int, cursor: String?, requestID: String) {
    guard endpoints[name] != nil else { return }
    let cursor = cursor ?? ""
    if endpoints[name]?.pageCount == 0 { endpoints[name]?.firstCursor = cursor }
    endpoints[name]?.pageCount += 1
    endpoints[name]?.recordCount += records
    if !cursor.isEmpty { endpoints[name]?.lastCursor = cursor }
    endpoints[name]?.lastRequest = requestID
    batch.endpoints.insert(name)
  }

  func setRetention(_ retention: JSONValue) { syncRun.retention = retention }

  // MARK: - Records

  func fail(_ code: ProblemCode, _ path: String, _ detail: String, object: String = "") {
    counts.read += 1
    counts.exceptions += 1
    batch.problems.append(
      (CaptureProblem(code: code, path: path, object: object, detail: detail), .failure))
  }

  func lack(_ code: ProblemCode, _ path: String, _ detail: String, object: String = "") {
    lack(CaptureProblem(code: code, path: path, object: object, detail: detail))
  }

  private func lack(_ problem: CaptureProblem) {
    counts.gaps += 1
    batch.problems.append((problem, .gap))
  }

  /// Takes a unit with what it lacks.
  func take(_ unit: CapturedUnit, files: [String] = [], endpoint: String) {
    if unit.accountID == nil {
      lack(
        .custodianUnknown, endpoint, "the source does not tell whose it is",
        object: unit.nativeID)
    }
    for sender in unit.senderIDs { note(account: sender) }
    for var gap in unit.ownGaps where gap.code != .fileNotCaptured {
      gap.path = endpoint
      lack(gap)
    }
    batch.add(unit, files: files)
  }

  /// Notes an account that a record names, and its address where the record tells it: persons who
  /// left are in no list of users.
  func note(account: String?, emailAddress: String? = nil) {
    guard let account, !account.isEmpty else { return }
    if accounts[account, default: ""].isEmpty { accounts[account] = emailAddress ?? "" }
    guard let emailAddress, !emailAddress.isEmpty, !attributed.contains(account) else { return }
    attributed.insert(account)
    batch.people.append(
      CapturedPerson(
        route: ComplianceAPI.route, accountID: account, fullName: "",
        emailAddress: emailAddress, native: []))
  }

  /// Notes that the directory has told of an account.
  func noteListed(account: String) { attributed.insert(account) }

  /// Counts records of the directory, each as one.
  func count(_ snapshot: DirectoryCounts) {
    counts.read += snapshot.new + snapshot.changed + snapshot.same
    counts.stored += snapshot.new
    counts.updated += snapshot.changed
    counts.duplicates += snapshot.same
  }

  /// Counts records that were read and bring nothing that is to be kept.
  func countSkipped(_ count: Int) {
    counts.read += count
    counts.skipped += count
  }

  /// What a list said of an object when it was last read whole; nil when it never was.
  func mark(of kind: SourceObject.Kind, _ id: String) throws -> String? {
    if let mark = batch.mark(kind, id) { return mark }
    return try store.read { try $0.sourceObject(kind, id, of: source) }?.mark
  }

  func position(of walk: String) throws -> [String: JSONValue] {
    guard let text = try store.read({ try $0.syncPosition(walk, of: source) }),
      case .object(let members)? = ComplianceFields.value(of: Array(text.utf8))
    else { return [:] }
    return members
  }

  // MARK: - Storing

  /// Stores what was gathered, when there is enough of it or it has waited long enough.
  func storeBatchIfDue() throws {
    let isLarge =
      batch.byteCount >= settings.batchByteCount || batch.units.count >= settings.batchUnitCount
      || batch.notes.count >= 2 * settings.batchUnitCount
    guard isLarge || settings.clock.now - lastStored >= settings.batchDuration else { return }
    try storeBatch()
  }

  /// Stores what was gathered.
  func storeBatch() throws {
    defer { lastStored = settings.clock.now }
    let batch = batch
    self.batch = SyncBatch()
    if !batch.units.isEmpty {
      let writer = try whenFree(
        within: max(settings.wait, .seconds(60)), { try check("waiting for another process") },
        {
          try ContentWriter(
            store: store, actor: actor, source: source.id, run: run.id, wait: $0)
        })
      for entry in batch.units { try writer.add(entry.unit) }
      counts.add(try writer.finish())
    }
    let tally = client.tally
    syncRun.callCount = tally.calls
    syncRun.repeatCount = tally.repeats
    syncRun.lastRequest = tally.lastRequestID ?? ""
    counts.byteCount = tally.byteCount
    try store.change(as: actor) { change in
      for file in batch.files {
        if try change.catalog.hasFile(file.nativeID, of: source) { continue }
        try store.adoptBlob(staged: file.stagedPath, digest: file.digest)
        try change.recordFile(file, of: source)
        counts.blobs += 1
      }
      var unlinked: [(files: [String], conversation: ObjectID)] = []
      func link(_ files: [String], _ conversation: ObjectID) throws {
        if try !change.linkFiles(files, of: source, to: conversation) {
          unlinked.append((files, conversation))
        }
      }
      for entry in batch.units where !entry.files.isEmpty {
        try link(
          entry.files, .conversation(route: entry.unit.route, nativeID: entry.unit.nativeID))
      }
      // Purged since it was stored, or before.
      for entry in unlinked {
        try change.forgetFiles(entry.files, of: source, ifPurged: entry.conversation)
      }
      for person in batch.people { try change.attribute(person, route: person.route) }
      for note in batch.notes where try change.note(note, of: source) { deletionCount += 1 }
      for lost in try change.rereadForLostFiles(of: source) {
        counts.gaps += 1
        let problem = CaptureProblem(
          code: .fileNotCaptured, path: Self.messagesEndpoint, object: lost.file,
          detail: "it was removed with a purged conversation while \(lost.chat) was read; the next "
            + "sync fetches it")
        try change.recordException(problem, kind: .gap, in: run)
      }
      for entry in batch.problems {
        try change.recordException(entry.problem, kind: entry.kind, in: run)
      }
      for entry in batch.positions {
        try change.setSyncPosition(entry.position?.canonical, of: entry.walk, source)
      }
      for name in batch.endpoints.sorted() {
        if let entry = endpoints[name] { try change.record(entry, of: run) }
      }
      try change.record(syncRun, of: run)
      counts.recaptured = try change.catalog.recapturedCount(of: run)
      try change.checkpoint(run, counts: counts)
    }
    // Of an earlier run that was killed too.
    try FileTextPass(store, actor: actor, extractor: settings.extractor)
      .run(wait: max(settings.wait, .seconds(60))) { _ in try check("text of files") }
  }

  /// Each account of a person in this run that nobody bears is a gap; keys and services are no
  /// persons.
  private func noteUnknownAccounts() throws {
    let unknown = try store.read { try $0.unattributedAccounts() }
    for account in unknown
    where account.route == ComplianceAPI.route && account.nativeID.hasPrefix("user_")
      && accounts[account.nativeID] != nil
    {
      lack(
        .custodianUnknown, "", "no person in the directory bears this account",
        object: account.nativeID)
    }
  }
}
