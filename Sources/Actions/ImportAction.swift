// SPDX-License-Identifier: Apache-2.0
package import Capture
import Foundation
package import Model
package import Store

/// What an import brought, as the run records it.
package struct ImportReport: Sendable {
  /// Nil of a rehearsal, which leaves no run behind.
  package var run: ObjectID?
  package var source: String
  package var counts: RunCounts
  /// Files that were read, and how many of them were not recognised.
  package var files: Int
  package var unrecognised: Int
  /// Review sets that came with volumes, in the order of the volumes.
  package var reviews: [AdoptedReview] = []

  /// Whether all that was read is stored or was known already.
  package var isClean: Bool { counts.exceptions == 0 }
}

/// Imports files, folders and archives into a store.
///
/// Killed at any moment and run again, it ends in the same state: what is stored is told by its
/// digest, and what a batch left unfinished is written again.
package struct ImportAction {
  private let store: Store
  private let actor: AuditActor
  private let sourceName: String
  private let custodian: String?
  private let forced: CaptureFormat?
  private let laneCount: Int
  private let wait: Duration
  private let destination: VolumeDestination

  /// Prepares an import.
  ///
  /// - Parameters:
  ///   - store: Opened for writing.
  ///   - actor: Who imports.
  ///   - sourceName: The capture source; made when there is none of that name.
  ///   - custodian: The person whose data it is where a record does not tell.
  ///   - forced: The format of all files that are no archives.
  ///   - laneCount: Threads that write and index side by side.
  ///   - wait: How long to wait while another process imports.
  ///   - destination: Where review sets go that come with volumes.
  package init(
    store: Store, actor: AuditActor, sourceName: String = "import", custodian: String? = nil,
    forced: CaptureFormat? = nil, laneCount: Int = 2, wait: Duration = .zero,
    destination: VolumeDestination = VolumeDestination()
  ) {
    self.store = store
    self.actor = actor
    self.sourceName = sourceName
    self.custodian = custodian
    self.forced = forced
    self.laneCount = laneCount
    self.wait = wait
    self.destination = destination
  }

  /// Runs the import.
  ///
  /// - Parameters:
  ///   - paths: Files and folders.
  ///   - progress: Called between records with the file and the bytes of it so far; a throw stops
  ///     the import, and what it stored stays.
  /// - Returns: What was brought.
  /// - Throws: `StoreError`, or what `progress` throws.
  package func run(
    _ paths: [String], progress: @escaping (String, Int64) throws -> Void = { _, _ in }
  ) throws -> ImportReport {
    let source = try store.change(as: actor, makeSource)
    let jobLock = try whenFree(progress) {
      try store.lockJob("import-" + source.id.text, as: actor, wait: $0)
    }
    return try withExtendedLifetime(jobLock) {
      let report = try run(paths, source: source, progress: progress)
      // What it brought of conversations whose files are here.
      _ = try whenFree(progress) {
        try FileTextPass(store, actor: actor).run(wait: $0) { _ in try progress("text of files", 0)
        }
      }
      return report
    }
  }

  /// Reads everything as ``run(_:progress:)`` does and tells what it would bring; writes nothing
  /// into the store and takes no lock.
  ///
  /// - Parameters:
  ///   - paths: Files and folders.
  ///   - progress: Called between records with the file and the bytes of it so far; a throw ends
  ///     the rehearsal.
  /// - Returns: What an import of the same now would bring.
  /// - Throws: `StoreError`, or what `progress` throws.
  package func rehearse(
    _ paths: [String], progress: @escaping (String, Int64) throws -> Void = { _, _ in }
  ) throws -> ImportReport {
    let rehearsal = try store.rehearsal()
    let source = try rehearsal.change(as: actor, makeSource)
    let (run, standIn) = try start(source, in: rehearsal)
    let collector = ImportCollector(
      target: rehearsal, held: HeldRecords(store), actor: actor, run: run, source: source,
      standIn: standIn,
      content: try ContentRehearsal(store: store, rehearsal: rehearsal, as: actor),
      destination: destination, progress: progress)
    try CaptureSession(forced: forced, handler: collector).read(paths)
    var report = try collector.finish { intake in
      try VolumeAdoption(
        store: store, target: rehearsal, actor: actor, intake: intake, handler: collector,
        isRehearsal: true, lock: { _ in nil }
      ).run()
    }
    report.run = nil
    return report
  }

  /// The source, made when it is new; nothing is made for a person whom nobody knows.
  private func makeSource(_ change: Change) throws -> SourceRecord {
    if let custodian { _ = try change.catalog.custodian(custodian) }
    return try change.sourceForImport(named: sourceName)
  }

  private func run(
    _ paths: [String], source: SourceRecord, progress: @escaping (String, Int64) throws -> Void
  ) throws -> ImportReport {
    let (run, standIn) = try start(source, in: store)
    var stopped: ImportCollector<Store>?
    do {
      let writer = try whenFree(progress) {
        try ContentWriter(
          store: store, actor: actor, source: source.id, run: run.id, laneCount: laneCount,
          wait: $0)
      }
      let collector = ImportCollector(
        target: store, held: HeldRecords(store), actor: actor, run: run, source: source,
        standIn: standIn, content: writer,
        destination: destination, progress: progress)
      stopped = collector
      try CaptureSession(forced: forced, handler: collector).read(paths)
      return try collector.finish { intake in
        try VolumeAdoption(
          store: store, target: store, actor: actor, intake: intake, handler: collector,
          isRehearsal: false,
          lock: { set in
            try whenFree(progress) {
              try store.lockJob("review-" + set.text, as: actor, wait: $0)
            }
          }
        ).run()
      }
    } catch {
      stopped?.keepFindings()
      try? store.change(as: actor) { change in
        let last = try change.catalog.run(run.id.text)
        try change.finishRun(run, state: .interrupted, counts: last.counts)
      }
      throw error
    }
  }

  /// Takes a lock, in steps short enough for an interruption to be noticed between them.
  private func whenFree<Held>(
    _ progress: (String, Int64) throws -> Void, _ take: (Duration) throws -> Held
  ) throws -> Held {
    try Actions.whenFree(within: wait, { try progress("waiting for another process", 0) }, take)
  }

  /// Begins the run, and gives the person whose data it is where a record tells none.
  private func start(
    _ source: SourceRecord, in target: some ChangeTarget
  ) throws -> (run: RunRecord, standIn: Custodian?) {
    try target.change(as: actor) { change in
      let person = try custodian.map { try change.catalog.custodian($0) }
      let run = try change.startRun(.files, of: source)
      return (run, person)
    }
  }
}

/// Takes what a session reads into the store or its rehearsal, and counts it.
private final class ImportCollector<Target: ChangeTarget>: CaptureHandler {
  private let target: Target
  private let held: HeldRecords
  private let actor: AuditActor
  private let run: RunRecord
  private let source: SourceRecord
  private let standIn: Custodian?
  private var standInRoutes: Set<String> = []
  /// Routes whose account for the person is to be made.
  private var newRoutes: [String] = []
  private let content: any ContentReceiver
  private let progress: (String, Int64) throws -> Void
  /// All but the content, which the batches that hold it count.
  private var counts = RunCounts()
  /// What is not written down yet of the counts.
  private var uncounted = RunCounts()
  private var fileCount = 0
  private var unrecognisedCount = 0
  private var people: [CapturedPerson] = []
  private var problems: [(problem: CaptureProblem, kind: ExceptionKind)] = []
  private var inputs: [RunInput] = []
  private var accounts: Set<String> = []
  private var recordsSinceBreath = 0
  private let destination: VolumeDestination
  private var intake: VolumeIntake?

  /// Problems that wait in memory at the most.
  private static var batchCount: Int { 2000 }

  init(
    target: Target, held: HeldRecords, actor: AuditActor, run: RunRecord, source: SourceRecord,
    standIn: Custodian?,
    content: any ContentReceiver, destination: VolumeDestination,
    progress: @escaping (String, Int64) throws -> Void
  ) {
    self.target = target
    self.held = held
    self.actor = actor
    self.run = run
    self.source = source
    self.standIn = standIn
    self.content = content
    self.destination = destination
    self.progress = progress
  }

  func take(_ unit: CapturedUnit) throws {
    var unit = unit
    try attribute(&unit)
    if let account = unit.accountID {
      accounts.insert(account)
    } else {
      try lack(
        CaptureProblem(
          code: .custodianUnknown, path: "", object: unit.nativeID,
          detail: "the source does not tell whose it is"))
    }
    accounts.formUnion(unit.senderIDs)
    uncounted.read += unit.mergedCount
    uncounted.merged += unit.mergedCount
    for (reason, count) in unit.skipped { skip(reason, count: count) }
    try content.add(unit)
  }

  /// Gives a unit the account that stands for the custodian, where its own is not told: now, or in an
  /// earlier import of the same conversation.
  private func attribute(_ unit: inout CapturedUnit) throws {
    guard unit.accountID == nil || unit.accountIsInferred else { return }
    guard let standIn else {
      // No event is told otherwise later.
      guard unit.kind != .activity else { return }
      let id = ObjectID.conversation(route: unit.route, nativeID: unit.nativeID)
      let known = try target.read { try $0.conversationIfPresent(id) }?.accountID
      if let known, ObjectID(known)?.kind == .custodian { unit.accountID = known }
      return
    }
    unit.accountID = standIn.id.text
    unit.accountIsAssigned = true
    guard standInRoutes.insert(unit.route).inserted else { return }
    newRoutes.append(unit.route)
    try flush()
  }

  func skip(_ reason: SkipReason, count: Int) {
    uncounted.read += count
    uncounted.skipped += count
  }

  func noteDuplicates(_ count: Int) {
    uncounted.read += count
    uncounted.duplicates += count
  }

  func take(_ person: CapturedPerson) throws {
    people.append(person)
    uncounted.read += 1
    if people.count >= Self.batchCount { try flush() }
  }

  func fail(_ problem: CaptureProblem) throws {
    uncounted.read += 1
    uncounted.exceptions += 1
    problems.append((problem, .failure))
    if problems.count >= Self.batchCount { try flush() }
  }

  func lack(_ problem: CaptureProblem) throws {
    uncounted.gaps += 1
    problems.append((problem, .gap))
    if problems.count >= Self.batchCount { try flush() }
  }

  func finish(_ file: CapturedFileReport) throws {
    fileCount += 1
    if file.format?.isRead != true { unrecognisedCount += 1 }
    uncounted.byteCount += file.path.contains("!/") ? 0 : file.byteCount
    let outcome: RunInput.Outcome =
      if file.format?.isRead != true {
        .unrecognised
      } else if file.digest == nil {
        .failed
      } else {
        file.failureCount > 0 ? .partial : .read
      }
    inputs.append(
      RunInput(
        path: file.path, byteCount: file.byteCount, digest: file.digest,
        format: file.format?.rawValue ?? "", outcome: outcome))
    if inputs.count >= Self.batchCount { try flush() }
  }

  func breathe(path: String, byteCount: Int64) throws {
    recordsSinceBreath += 1
    guard recordsSinceBreath >= 64 else { return }
    recordsSinceBreath = 0
    try progress(path, byteCount)
  }

  func takeVolume(_ path: String) throws -> TakenVolume? {
    guard VolumeIntake.isVolume(path) else { return nil }
    let intake = intake ?? VolumeIntake(destination, handler: self)
    self.intake = intake
    return try intake.read(path) { arrival, matter in
      try target.read { try $0.checkAdoption(of: arrival, in: matter) }
    }
  }

  func readHeldRecords(
    of conversation: String, route: String, having item: String?,
    _ body: ([UInt8]) throws -> Bool
  ) throws -> Bool {
    try held.read(conversation, route: route, having: item, body)
  }

  /// Ends the run.
  ///
  /// - Parameter adopt: Makes the review sets of volumes, once all records are stored.
  /// - Returns: What was brought.
  /// - Throws: `StoreError`, or what the closure throws.
  func finish(
    adopt: (VolumeIntake) throws -> [AdoptedReview]
  ) throws -> ImportReport {
    let ingest = try content.finish()
    try flush()
    let reviews = try intake.map(adopt) ?? []
    intake = nil
    try noteUnknownAccounts()
    try flush()
    counts += uncounted
    counts.add(ingest)
    counts.recaptured += try target.read { try $0.recapturedCount(of: run) }
    try target.change(as: actor) { change in
      try change.finishRun(run, state: .complete, counts: counts)
    }
    return ImportReport(
      run: run.id, source: source.name, counts: counts, files: fileCount,
      unrecognised: unrecognisedCount, reviews: reviews)
  }

  /// Each account of this run that no person bears is a gap.
  private func noteUnknownAccounts() throws {
    let unknown = try target.read { try $0.unattributedAccounts() }
    for account in unknown where accounts.contains(account.nativeID) {
      try lack(
        CaptureProblem(
          code: .custodianUnknown, path: "", object: account.nativeID,
          detail: "no person in the directory bears this account"))
    }
  }

  /// Keeps what the source says of people, each state with the time when it was seen.
  private func takeEntries(of people: [CapturedPerson], _ change: Change) throws {
    var rest = people
    while !rest.isEmpty {
      // Of two records of one account the second one may be another state.
      var seen: Set<String> = []
      let isFirst = rest.map { seen.insert($0.accountID).inserted }
      let entries = zip(rest, isFirst).filter(\.1).map { person, _ in
        DirectoryEntry(kind: .user, nativeID: person.accountID, native: person.native)
      }
      let taken = try change.takeSnapshot(
        entries, of: .user, parent: "", source, run: run, isWhole: false)
      uncounted.stored += taken.new
      uncounted.updated += taken.changed
      uncounted.duplicates += taken.same
      rest = zip(rest, isFirst).filter { !$0.1 }.map(\.0)
    }
  }

  /// Writes down what was found so far, as far as that can be done, where the run ends before its time:
  /// nobody may run it again.
  func keepFindings() {
    try? noteUnknownAccounts()
    try? flush()
  }

  private func flush() throws {
    let isIdle = people.isEmpty && problems.isEmpty && inputs.isEmpty && newRoutes.isEmpty
    guard !isIdle else { return }
    try target.change(as: actor) { change in
      for route in newRoutes {
        if let standIn { _ = try change.accountKey(route: route, standingFor: standIn) }
      }
      for person in people where person.native.isEmpty {
        // A person is one record: new, or known by the account already.
        if try change.catalog.directory.people(bearing: person.accountID).isEmpty {
          uncounted.stored += 1
        } else {
          uncounted.duplicates += 1
        }
      }
      try takeEntries(of: people.filter { !$0.native.isEmpty }, change)
      for person in people { try change.attribute(person, route: person.route) }
      for entry in problems {
        try change.recordException(entry.problem, kind: entry.kind, in: run)
      }
      for input in inputs { try change.recordInput(input, of: run) }
      try change.advance(run, by: uncounted)
    }
    counts += uncounted
    uncounted = RunCounts()
    people = []
    problems = []
    inputs = []
    newRoutes = []
  }
}
