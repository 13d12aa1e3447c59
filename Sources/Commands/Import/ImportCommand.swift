// SPDX-License-Identifier: Apache-2.0
import Actions
import ArgumentParser
import Capture
import Foundation
import Model
import Store

/// Imports captures.
struct ImportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Import files, folders and archives of captured interactions.",
    discussion: discussion(
      """
      Reads claude.ai data exports: zip, folder, zip in zip, single files, compressed ones (.gz, \
      .zst, .xz, .bz2) too; and .claude folders of Claude Code: transcripts, large answers of tools, \
      notes and the list of prompts, as they lie, in archives or compressed. Records that cannot be read \
      become named exceptions, are kept with their bytes and found by their words, and the rest goes on; \
      so are logged API calls that are not read. Bodies that Amazon Bedrock stores apart are taken with \
      the log when both are given. The same input again changes nothing, but gives what was nobody's \
      to the person that --custodian names then; a \
      changed conversation is kept beside its earlier version. Stopped at any moment and run \
      again, an import ends in the same state. One import runs at a time: another one ends at once \
      with status 11, naming the first, or waits as long as --wait says. With --dry-run everything is read and counted, and \
      nothing is stored: the counts and the status are those that the import would give now. The \
      counts add up: read is the sum of stored, updated (a new version), duplicates, merged, skipped \
      and exceptions; gaps is what the source does not carry; blobs is files stored as bytes beside \
      their text, of which these exports carry none.

      A volume that custody export create --review-data wrote comes back as a whole: it is verified as \
      custody export verify does, its captured records are imported, and its review set is made \
      again in the case that --case names, with tags, notes, filters and coding history as they \
      were, and by whom. Of a volume that is not as it was written nothing is taken. What it leaves \
      out because it is redacted or withheld, and items that the set has already with other tags, \
      become exceptions. The same volume again adds nothing.
      """,
      examples: [
        "custody import export.zip --dry-run", "custody import export.zip",
        "custody import export.zip --source acme --json",
        "custody import VOL001.zip --case pier",
      ],
      statuses: [.partial, .format, .notFound, .exists, .ambiguous, .denied, .secret] + .changing))

  @Argument(help: "Files and folders.", completion: .file())
  var paths: [String]

  @Option(help: ArgumentHelp("The capture source; made when it is new.", valueName: "name"))
  var source = "import"

  @Option(
    help: ArgumentHelp("Whose data it is where the source does not tell.", valueName: "person"))
  var custodian: String?

  @Option(
    name: .customLong("as"),
    help: ArgumentHelp(
      "Read every file as this format: claude-conversations, claude-users, claude-projects or "
        + "claude-memories.", valueName: "format"))
  var format: String?

  @Option(
    name: .customLong("case"),
    help: ArgumentHelp("The case that gets the review sets of volumes.", valueName: "case"))
  var matter: String?

  @Option(
    help: ArgumentHelp(
      "What the review set of a volume is called here; without it, as it was.", valueName: "name"))
  var review: String?

  @Option(
    help: ArgumentHelp(
      "The file whose first line opens encrypted volumes.", valueName: "file"),
    completion: .file())
  var passphraseFile: String?

  @Flag(
    name: [.customShort("n"), .long], help: "Read and count everything, and store nothing.")
  var dryRun = false

  @OptionGroup var wait: WaitOption
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func validate() throws {
    if paths.contains(where: \.isEmpty) { throw ValidationError("a path is empty") }
    if let format, forcedFormat(format) == nil {
      throw ValidationError("no format '\(format)' can be forced")
    }
    if review != nil, matter == nil { throw ValidationError("--review goes with --case") }
  }

  private func forcedFormat(_ name: String) -> CaptureFormat? {
    CaptureFormat(rawValue: name).flatMap { CaptureFormat.forceable.contains($0) ? $0 : nil }
  }

  func run() async throws {
    let output = try global.output()
    let store = try dryRun ? global.openForReading() : global.openForWriting()
    try requirePaths()
    let destination = VolumeDestination(
      matter: try matter.map { name in try store.read { try $0.matter(name) } }, name: review,
      passphrase: try passphraseFile.map { try Passphrase.read($0) })
    let progress = Progress(output)
    let action = ImportAction(
      store: store, actor: .current(Self.self), sourceName: source, custodian: custodian,
      forced: format.flatMap(forcedFormat), wait: wait.duration, destination: destination)
    func advance(path: String, byteCount: Int64) throws {
      progress.update("\(path): \(byteCountWithUnit(byteCount))")
      if let interrupted = Interruption.requested { throw interrupted }
    }
    let report = try await Interruption.deferring {
      try dryRun
        ? action.rehearse(paths, progress: advance) : action.run(paths, progress: advance)
    }
    progress.finish()
    try output.print(record(report), schema: Self.schemaName)
    try judge(report)
  }

  /// A path that was mistyped is no capture with a defect, and leaves no exception behind.
  private func requirePaths() throws {
    let missing = paths.filter { !FileManager.default.fileExists(atPath: $0) }
    guard missing.isEmpty else {
      let list = missing.map { "'" + $0 + "'" }.joined(separator: ", ")
      throw CommandFailure(
        .notFound, "there is no file or folder \(list)", whatToDo: "check the path",
        objects: missing)
    }
    let locked = paths.filter { !FileManager.default.isReadableFile(atPath: $0) }
    guard locked.isEmpty else {
      let list = locked.map { "'" + $0 + "'" }.joined(separator: ", ")
      throw CommandFailure(
        .denied, "\(list) cannot be read", whatToDo: "check who may read it", objects: locked)
    }
  }

  private func record(_ report: ImportReport) -> ChangeRecord {
    let counts = report.counts
    var record = ChangeRecord(
      .import, "source", id: report.source, isDryRun: dryRun, counts: nil,
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
        .init("files", FieldValue(report.files)), .init("run", FieldValue(report.run?.text)),
      ])
    guard !report.reviews.isEmpty else { return record }
    record.details += [
      .init("review_sets", FieldValue(Set(report.reviews.map(\.set.text)).sorted())),
      .init("review_items", FieldValue(report.reviews.map(\.added).reduce(0, +))),
      .init("review_already", FieldValue(report.reviews.map(\.already).reduce(0, +))),
      .init("review_failed", FieldValue(report.reviews.map(\.failed).reduce(0, +))),
    ]
    return record
  }

  private func judge(_ report: ImportReport) throws {
    guard !report.isClean else { return }
    let hint = "see custody exception list"
    guard report.unrecognised < report.files else {
      throw CommandFailure(.format, "nothing was recognised", whatToDo: hint)
    }
    let outcome = dryRun ? "would become" : "became"
    throw CommandFailure(
      .partial, "\(report.counts.exceptions) records or files \(outcome) exceptions",
      whatToDo: dryRun ? "import without --dry-run to record them" : hint)
  }
}
