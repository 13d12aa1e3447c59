// SPDX-License-Identifier: Apache-2.0
import Actions
import ArgumentParser
import Foundation
import Model
import Production
import Store

extension Rendering: ExpressibleByArgument {}
extension VolumeLayout: ExpressibleByArgument {}

extension DeduplicationScope: ExpressibleByArgument {}
extension ExtraField: ExpressibleByArgument {}

/// Produces a review set.
struct ExportCreate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "create",
    abstract: "Produce a review set as a volume.",
    discussion: discussion(
      """
      Writes load files, natives, texts and HTML transcripts with a manifest and checksums; see \
      custody-export(5). The same set gives the same bytes and the same control numbers. The \
      volume appears under its name when it is complete, and is then read back and checked as custody \
      export verify does; with --no-verify it is not. With --dry-run everything is rendered \
      and counted, and nothing is written: numbers, sizes and digests are those that the export \
      would have now. Documents with an item tagged Privileged are withheld, and what custody review \
      redaction blacks out is in no file. With --review-data the volume comes back: custody import \
      reads it into another store, with the set's tags, notes and history. It then holds captured \
      records whole, also messages outside of the set; a conversation with anything withheld or \
      blacked out is left out of that, and named.
      """,
      examples: [
        "custody export create --review 'First look' --output VOL001.zip --dry-run",
        "custody export create --review 'First look' --output VOL001.zip",
        "custody export create --review 'First look' --output report/VOL001 --layout report",
        "custody export create --review 'First look' --output VOL002.zip --proof --certification",
        "custody export create --review 'First look' --output VOL003.zip --review-data",
        "custody export create --review 'First look' --output VOL004 --slice gap:4h --dat-encoding utf-16le",
      ],
      statuses: [.damaged, .notFound, .exists, .ambiguous, .secret, .stale] + .changing))

  @Option(help: ArgumentHelp("The review set, by id or name.", valueName: "set"))
  var review: String
  @Option(
    name: .shortAndLong,
    help: "Where to write: a path that ends in the volume's name, such as VOL001.zip.",
    completion: .file())
  var output: String
  @Option(
    help: """
      How the files are arranged: volume, for review programs, or report, in the shape of reports \
      on interactions with an AI.
      """)
  var layout = VolumeLayout.volume
  @Flag(help: "Put the words of messages into the Messages.csv of a report.") var withBody = false
  @Option(
    help: """
      What is rendered beside natives, texts, DAT and CSV; repeatable. Without it, html.
      """)
  var rendering: [Rendering] = []
  @Option(
    help: """
      Leave out equal conversations, as custody review analyze found them: none, custodial (one for \
      each custodian) or global.
      """)
  var dedupe = DeduplicationScope.none
  @Option(
    help: """
      A further column of the load files; repeatable. TAGS tells what reviewers coded, INCLUSIVE and \
      INCLUDEDIN which conversations lie in longer ones.
      """)
  var field: [ExtraField] = []
  @Option(help: "The prefix of control numbers; without it, the case's.") var prefix: String?
  @Option(help: "The least control number of new documents.") var start: Int?
  @Option(
    help: ArgumentHelp(
      """
      Where a conversation is cut: day, conversation (nowhere), or gap: and a length of time, at a \
      silence at least so long, such as gap:4h.
      """, valueName: "slice"))
  var slice = "day"
  @Option(help: "The zone in which days begin.") var timezone = "UTC"
  @Option(help: "The stated date; without it, the day of the set's last load.") var date: String?
  @Option(
    help: ArgumentHelp(
      """
      A designation of all documents, such as CONFIDENTIAL: in load files, texts, pages and messages; \
      natives stay as they are.
      """,
      valueName: "text"))
  var confidentiality = ""
  @Flag(help: "Leave out the items that are context alone.") var noContext = false
  @Flag(
    help: """
      Add what custody import needs to make the review set again in another store: items, tags, \
      notes, history, and whole captured records. Such a volume is not for other parties.
      """)
  var reviewData = false
  @Flag(
    help: """
      Replace a volume that is there, and the later volumes of the same set's run; those that are no \
      longer part of it are removed. Nothing else that stands under a later name is touched.
      """)
  var force = false
  @Flag(help: "Do not read the volumes back and check them when they are written.")
  var noVerify = false
  @OptionGroup(title: "Load files") var loadFiles: LoadFileOptions
  @OptionGroup(title: "Evidence") var evidence: EvidenceOptions
  @OptionGroup(title: "Packing") var packing: PackingOptions
  @OptionGroup var change: ChangeOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func validate() throws {
    try packing.check(output: output)
    if slicing == nil {
      throw ValidationError(
        "--slice takes day, conversation, or gap: with a length of time such as gap:90m or gap:2d")
    }
    if !VolumeExporter.isDesignation(confidentiality) {
      throw ValidationError(
        "--confidentiality takes one line of at most 200 bytes, without blanks around it")
    }
    if layout == .report, !loadFiles.form.isUsual {
      throw ValidationError(
        "a report has no load files, so it goes with neither --dat-encoding nor --dat-escape nor "
          + "--date-format nor --csv-raw nor --csv-bom")
    }
    if RunZone(identifier: timezone) == nil {
      throw ValidationError("no time zone '\(timezone)'")
    }
    if let date, Instant(rfc3339: date + "T00:00:00Z") == nil {
      throw ValidationError("--date takes YYYY-MM-DD")
    }
    if let start, start < 1 { throw ValidationError("--start must be 1 or more") }
    if layout == .report, !rendering.isEmpty, rendering != [.html] {
      throw ValidationError("a report has its transcripts as its only rendering")
    }
    if reviewData, layout == .report || noContext || dedupe != .none {
      throw ValidationError(
        "--review-data takes the whole set in a volume, so it goes with neither --layout report nor "
          + "--no-context nor --dedupe")
    }
    if withBody, layout != .report { throw ValidationError("--with-body is for a report") }
    for (one, other) in Rendering.alternatives
    where rendering.contains(one) && rendering.contains(other) {
      throw ValidationError("a volume holds \(one.rawValue) or \(other.rawValue), not both")
    }
    if change.dryRun, change.idOnly {
      throw ValidationError("a dry run makes no export, so there is no id to print")
    }
  }

  /// Nil of what is no way to cut.
  private var slicing: Slicing? {
    switch slice {
    case "day": return .day
    case "conversation": return .conversation
    default:
      guard slice.hasPrefix("gap:"),
        case .seconds(let seconds)? = ClockTime.Span(String(slice.dropFirst(4))), seconds > 0
      else { return nil }
      return .gap(seconds: Int(seconds))
    }
  }

  func run() throws {
    let settings = try global.output(change)
    let store = try global.openForChanges(change)
    let set = try store.read { try $0.reviewSet(review) }
    var request = ExportRequest(output: output, package: packing.package(of: output))
    request.passphrase = try packing.passphrase(noInput: global.noInput)
    request.signingKey = try evidence.key.signingKey()
    request.hasProof = evidence.proof
    request.hasCertification = evidence.certification
    request.layout = layout
    request.reportHasBodies = withBody
    request.maximumDocumentCount = packing.maxDocuments
    if !rendering.isEmpty { request.renderings = Set(rendering) }
    request.slicing = slicing ?? .day
    request.confidentiality = confidentiality
    request.loadFiles = loadFiles.form
    request.zone = RunZone(identifier: timezone) ?? .utc
    request.prefix = prefix
    request.start = start
    request.date = date.flatMap { Instant(rfc3339: $0 + "T00:00:00Z")?.utcDate }
    request.includesContext = !noContext
    request.includesReviewData = reviewData
    request.deduplication = dedupe
    request.extraFields = field
    request.replacesExisting = force
    request.isVerified = !noVerify
    let action = ExportAction(store: store, actor: .current(Self.self))
    let progress = Progress(settings)
    defer { progress.finish() }
    let result =
      try change.dryRun
      ? action.rehearse(set, request)
      : action.run(set, request) { progress.update("checking " + $0) }
    progress.finish()
    let numbers = result.reports.compactMap(\.numbers)
    try settings.print(
      ChangeRecord(
        .export, "review set", id: result.id?.text ?? "", name: set.name,
        isDryRun: change.dryRun, counts: nil,
        details: [
          .init("volumes", FieldValue(result.reports.map(\.path))),
          .init("documents", FieldValue(numbers.map(\.count).reduce(0, +))),
          .init("prefix", .text(result.prefix)),
          .init("first", FieldValue(numbers.first?.lowerBound)),
          .init("last", FieldValue(numbers.last?.upperBound)),
          .init("bytes", .byteCount(result.reports.map(\.byteCount).reduce(0, +))),
          .init("manifest_sha256", .text(result.reports.last?.manifestSHA256 ?? "")),
          .init("removed_volumes", FieldValue(result.reports.flatMap(\.removedVolumes))),
        ]), schema: Self.schemaName)
  }
}
