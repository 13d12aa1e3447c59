// SPDX-License-Identifier: Apache-2.0
import Actions
import ArgumentParser
import Bytes
import Capture
import Model
import Store

/// Shows a conversation as a transcript.
struct ShowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Show a conversation as a transcript.",
    discussion: discussion(
      """
      By our id or the source's. All branches are shown; those that the person does not see are \
      marked. Control and direction characters of captured text are shown as escapes. The sensitive \
      types that were found are listed: how many different instances with which confidence, item \
      by item in JSON. Of each file it is told whether a search sees its text, and if not, why.

      What came by several routes is told: conversations that are the same interaction, as certain \
      where both bear the same identifier, else as probable, each with the rule that says so, and the \
      events that concern it. All of them stay and are searched, counted and decided one by one; but a \
      hold on one protects every other that is certain.

      With --as-of it is shown as it stood at a time: without what was sent or changed later, with \
      the versions of artifacts and project documents that each message had before it, and with what \
      is known of its person for then. What was captured only later is marked, and what is not \
      known is said to be unknown.
      """,
      examples: [
        "custody show conv_djux6z3lkz64q6iybmzhcrixyw",
        "custody show conv_djux6z3lkz64q6iybmzhcrixyw --as-of 2025-06-01",
      ],
      statuses: [.notFound, .ambiguous] + .reading))

  @Argument(help: "The conversation.") var id: String
  @Option(help: "The version of the capture, from 1; without it, the newest.") var version: Int?
  @Option(
    parsing: .unconditional,
    help: ClockTime.help("Show it as it stood at this time"))
  var asOf: ClockTime?
  @OptionGroup var fieldOptions: FieldOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func validate() throws {
    guard version == nil || asOf == nil else {
      throw ValidationError("--version and --as-of exclude each other")
    }
  }

  func run() throws {
    let output = try global.output(fieldOptions)
    let store = try global.openForReading()
    if let purged = try store.read({ try $0.purged(written: id) }) {
      try output.print(purged, schema: Self.schemaName)
      return
    }
    let record = try store.read { try $0.conversation(written: id) }
    if let asOf {
      let time = asOf.resolved(now: output.console.now(), zone: .utc)
      output.note("as of \(time.rfc3339)")
      try output.print(
        ReconstructedTranscript(then: try Reconstruction(record, at: time, in: store)),
        schema: Self.schemaName)
      return
    }
    let number = version ?? record.versionCount
    guard (1...record.versionCount).contains(number) else {
      throw CommandFailure(
        .notFound, "\(record.id) has the versions 1 to \(record.versionCount)")
    }
    // Without a version, records that add to each other are shown together.
    let first = version == nil && CaptureRoutes.accumulates(record.route) ? 1 : number
    let reader = try NativeReader(store)
    let natives = try (first...number).map { try reader.native(of: record, version: $0) }
    var unit = try CaptureRoutes.parse(
      natives, kind: record.kind, route: record.route, nativeID: record.nativeID)
    try FileTextReader(store).fill(&unit, of: record, version: number)
    try output.print(
      Transcript(
        record: record, version: number, unit: unit,
        joins: try JoinedConversation.joins(of: record, in: store),
        sensitive: try store.sensitiveCounts(of: record, version: number)),
      schema: Self.schemaName)
  }
}

/// A conversation with its items.
struct Transcript: Displayable {
  static let recordType = "conversation"
  static let plural = "conversations"

  var record: ConversationRecord
  var version: Int
  var unit: CapturedUnit
  var joins: (joined: [JoinedConversation], events: [ObjectID])
  /// By item.
  var sensitive: [ObjectID: [SensitiveCount]]

  var identifier: String { record.id.text }

  static let fields: [Field<Transcript>] = [
    Field("id") { FieldValue($0.record.id) },
    Field("native_id") { .text($0.record.nativeID) },
    Field("kind") { .text($0.record.kind.rawValue) },
    Field("title") { .text($0.unit.title) },
    Field("custodian") { .text($0.record.custodian) },
    Field("source") { .text($0.record.source) },
    Field("created") { FieldValue($0.unit.createdAt?.instant) },
    Field("captured") { FieldValue($0.record.firstCaptured) },
    Field("version") { FieldValue($0.version) },
    Field("versions") { FieldValue($0.record.versionCount) },
    Field("flags") { FieldValue($0.unit.flags.map(\.rawValue)) },
    Field("provenances") { $0.unit.items.provenances.fieldValue },
    Field("joins") { .list($0.joins.joined.map(\.fieldValue)) },
    Field("events") { transcript in
      let events = transcript.joins.events
      return events.isEmpty
        ? .missing
        : .told(String(events.count), .list(events.map { FieldValue($0) }))
    },
    Field("sensitive_types") { .list($0.sensitiveTypes) },
    Field("files") { .list($0.files) },
    Field("transcript") { .passage($0.text) },
  ]

  /// What was found in each item, in native order; items that the version lacks come last.
  private var sensitiveTypes: [FieldValue] {
    let ids = unit.items.enumerated().map { index, item in
      ObjectID.item(
        route: record.route, conversationID: record.nativeID,
        itemID: item.nativeID ?? String(index))
    }
    let others = Set(sensitive.keys).subtracting(ids).sorted()
    var seen: Set<ObjectID> = []
    return (ids + others).filter { seen.insert($0).inserted }.flatMap { id in
      (sensitive[id] ?? []).map { count in
        .told(
          "\(count.type.name): \(count.count), confidence \(count.confidence.rawValue)",
          .object([
            .init("item", .text(id.text)), .init("type", .text(count.type.name)),
            .init("count", FieldValue(count.count)),
            .init("confidence", FieldValue(count.confidence.rawValue)),
          ]))
      }
    }
  }

  /// The files of all items in native order, and whether a search sees their text.
  private var files: [FieldValue] {
    unit.items.enumerated().flatMap { index, item in
      item.files.map { file in
        let state = file.lack == nil ? "yes" : file.text == nil ? "no" : "part"
        let told = file.lack == nil ? "searchable" : file.lackNote
        return FieldValue.told(
          "\(file.name.isEmpty ? "(no name)" : file.name): \(told)",
          .object([
            .init(
              "item",
              .text(
                ObjectID.item(
                  route: record.route, conversationID: record.nativeID,
                  itemID: item.nativeID ?? String(index)
                ).text)),
            .init("kind", .text(file.kind.rawValue)), .init("name", .text(file.name)),
            .init("searchable", .text(state)), .init("reason", FieldValue(file.lack?.rawValue)),
            .init("note", FieldValue(file.reading?.note)),
            .init("reader", FieldValue(file.reading?.reader)),
            .init("sha256", FieldValue(file.reading?.digests?.sha256)),
          ]))
      }
    }
  }

  /// The items in native order, each with its speaker, time, blocks and files.
  private var text: String {
    let visible = Set(ConversationThread(of: unit).visibleBranch)
    return unit.items.enumerated().map { index, item in
      item.transcriptEntry(
        custodian: record.custodian,
        marks: visible.contains(index) ? [] : ["not on the visible branch"])
    }.joined(separator: "\n")
  }
}
