// SPDX-License-Identifier: Apache-2.0
import Actions
import ArgumentParser
import Capture
import Model
import Store

/// Pulls captures from services.
struct SyncCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sync",
    abstract: "Pull what is new from the Compliance API.",
    discussion: discussion(
      """
      Reads organisations, users, groups, roles, settings, activities, chats with their files and \
      artifacts, projects, sessions and Code artifacts from each source of the type compliance-api; \
      without a name from all. What is here already is not asked for again. A chat that was purged here \
      and is still there is read again once a hold comes that may cover it. Stopped at any moment and \
      run again, it goes on where it was and ends in the same state. It deletes and changes nothing at \
      the source, and nothing here because it is gone there: a deletion at the source is recorded, \
      and is a gap where it concerns what was never captured or what a hold protects. An endpoint \
      that the key does not reach becomes an exception, and the others are read. The key is sent \
      to the address of the source alone, never where a redirect leads, and is written nowhere. \
      The counts are those of import; blobs is files that were stored as bytes, calls the calls of \
      the service, deletions what was newly seen as deleted there.
      """,
      examples: [
        "custody sync --wait 10m", "custody sync acme --json", "custody sync acme --restart",
      ],
      statuses: [.partial, .notFound, .ambiguous, .backend, .secret] + .changing))

  @Argument(help: "The sources, by id or name; without one, all of the type compliance-api.")
  var sources: [String] = []

  @Option(
    help: ArgumentHelp(
      "Calls in a minute, all together, from 1 to 599: the service allows 600 to all its clients. "
        + "More to an address on this machine.", valueName: "calls"))
  var rate = 300

  /// From where lists are read.
  enum Beginning: String, EnumerableFlag {
    case resume
    case restart

    static func help(for value: Beginning) -> ArgumentHelp? {
      switch value {
      case .resume: "Go on where the last run came to."
      case .restart:
        """
        Read all lists from their beginning. What is here already is not stored again; activities that \
        were purged come in again.
        """
      }
    }
  }

  @Flag var beginning = Beginning.resume
  @OptionGroup var wait: WaitOption
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func validate() throws {
    guard rate >= 1 else { throw ValidationError("--rate takes a number from 1") }
    if sources.contains(where: \.isEmpty) { throw ValidationError("the name of a source is empty") }
  }

  func run() async throws {
    let output = try global.output()
    let store = try global.openForWriting()
    let wanted = try store.read { catalog in
      sources.isEmpty
        ? try catalog.sources().filter { $0.kind == .complianceAPI }
        : try catalog.sources(sources)
    }
    guard !wanted.isEmpty else {
      throw CommandFailure(
        .notFound, "there is no source of the type compliance-api",
        whatToDo: "make one with custody source create NAME --type compliance-api --key-file FILE")
    }
    for source in wanted { try source.requireFits(rate: rate) }
    let progress = Progress(output)
    var reports: [SyncReport] = []
    var failure: CommandFailure?
    try await Interruption.deferring {
      for source in wanted {
        do {
          reports.append(try sync(source, store, progress))
        } catch let error as ComplianceError {
          failure = worse(failure, CommandFailure(error, source: source.name))
        } catch let error as StoreError where wanted.count > 1 && error.code == .locked {
          failure = worse(failure, CommandFailure(translating: error))
        }
      }
    }
    progress.finish()
    for report in reports { try output.print(record(report), schema: Self.schemaName) }
    if let failure { throw failure }
    try judge(reports)
  }

  private func sync(
    _ source: SourceRecord, _ store: Store, _ progress: Progress
  ) throws -> SyncReport {
    let key = try source.serviceKey()
    var settings = SyncSettings()
    settings.callsPerMinute = rate
    settings.wait = wait.duration
    settings.restarts = beginning == .restart
    let action = SyncAction(store: store, actor: .current(Self.self), settings: settings)
    return try action.run(source, key: key) { step in
      if !step.isEmpty { progress.update("\(source.name): \(step)") }
      if let interrupted = Interruption.requested { throw interrupted }
    }
  }

  private func worse(_ first: CommandFailure?, _ second: CommandFailure) -> CommandFailure {
    guard let first else { return second }
    return first.status.worse(second.status) == first.status ? first : second
  }

  private func record(_ report: SyncReport) -> ChangeRecord {
    let counts = report.counts
    return ChangeRecord(
      .sync, "source", id: report.source, isDryRun: false, counts: nil,
      details: [
        .init("read", FieldValue(counts.read)), .init("stored", FieldValue(counts.stored)),
        .init("updated", FieldValue(counts.updated)),
        .init("duplicates", FieldValue(counts.duplicates)),
        .init("merged", FieldValue(counts.merged)), .init("skipped", FieldValue(counts.skipped)),
        .init("exceptions", FieldValue(counts.exceptions)),
        .init("gaps", FieldValue(counts.gaps)),
        .init("conversations", FieldValue(counts.conversations)),
        .init("blobs", FieldValue(counts.blobs)),
        .init("recaptured", FieldValue(counts.recaptured)),
        .init("deletions", FieldValue(report.deletions)),
        .init("calls", FieldValue(report.calls)), .init("run", FieldValue(report.run.text)),
      ])
  }

  private func judge(_ reports: [SyncReport]) throws {
    let unclean = reports.filter { !$0.isClean }
    guard !unclean.isEmpty else { return }
    let parts = unclean.flatMap { report in
      report.endpoints.filter { $0.outcome != .complete && $0.outcome != .absent }.map { entry in
        "\(report.source): \(entry.endpoint): "
          + (entry.detail.isEmpty ? entry.outcome.rawValue : entry.detail)
      }
    }
    throw CommandFailure(
      .partial, "not everything could be read",
      whatToDo: "see custody exception list, and run custody sync again", objects: parts)
  }
}

extension CommandFailure {
  /// Gives an error of the service its place among the exit statuses.
  init(_ error: ComplianceError, source: String? = nil) {
    let status: ExitStatus =
      switch error.code {
      case .key: .secret
      case .notEnabled, .scope: .denied
      case .address: .usage
      case .storage: .storage
      case .gone, .notOffered, .expiredCursor, .refused, .unavailable, .unreachable, .malformed,
        .tooLarge, .hashMismatch:
        .backend
      }
    self.init(
      status, (source.map { $0 + ": " } ?? "") + error.description,
      whatToDo: status == .secret
        ? "check the key file, and that the key is switched on at the service" : nil)
  }
}
