// SPDX-License-Identifier: Apache-2.0
import Actions
import ArgumentParser
import Bytes
import Capture
import Model
import Store

/// Shows a conversation or one item of it as a transcript.
struct ShowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Show a conversation or item as a transcript.",
    discussion: discussion(
      """
      By our id or the source's; of an item only what concerns it is shown. All branches are shown; those that the person does not see are \
      marked. Control and direction characters of captured text are shown as escapes. The sensitive \
      types that were found are listed: how many different instances with which confidence, item \
      by item in JSON. Of each file it is told whether a search sees its text, and if not, why.

      What came by several routes is told: conversations that are the same interaction, as certain \
      where both bear the same identifier, else as probable, each with the rule that says so, and the \
      events that concern it. Below each message stands which message of the other is the same, and by \
      which rule: native-id, response, tool-call and tool-result are certain, since both bear the same \
      identifier; content is probable: the same words of the same speaker in the same minute. All of \
      them stay and are searched, counted and decided one by one; but a hold on one conversation \
      protects every other that is certain.

      With --as-of it is shown as it stood at a time: without what was sent or changed later, with \
      the versions of artifacts and project documents that each message had before it and of the Code \
      artifacts that it or a message above it names, and with what is known of its person for then. What was captured only later is marked, and what is not \
      known is said to be unknown.
      """,
      examples: [
        "custody show conv_djux6z3lkz64q6iybmzhcrixyw",
        "custody show conv_djux6z3lkz64q6iybmzhcrixyw --as-of 2025-06-01",
      ],
      statuses: [.notFound, .ambiguous] + .reading))

  @Argument(help: "The conversation or item.") var id: String
  @Option(
    help: "The version of the capture, from 1; without it, the one that the source changed last.")
  var version: Int?
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
    let (record, item) = try find(in: store)
    if let asOf {
      let time = asOf.resolved(now: output.console.now(), zone: .utc)
      output.note("as of \(time.rfc3339)")
      var then = try Reconstruction(record, at: time, in: store)
      if let item {
        then.entries.removeAll { $0.id != item }
        if then.entries.isEmpty {
          throw CommandFailure(
            .notFound, "\(record.id) had no item \(item) at \(time.rfc3339)")
        }
      }
      let senders = try store.read {
        try $0.names(of: then.entries.map(\.item.senderID), record.route)
      }
      try output.print(
        ReconstructedTranscript(then: then, senders: senders), schema: Self.schemaName)
      return
    }
    let isJoined = version == nil && CaptureRoutes.accumulates(record.route)
    var number = version ?? (isJoined ? record.versionCount : record.currentVersion)
    guard (1...record.versionCount).contains(number) else {
      throw CommandFailure(
        .notFound, "\(record.id) has the versions 1 to \(record.versionCount)")
    }
    // Without a version, records that add to each other are shown together.
    let first = isJoined ? 1 : number
    let reader = try NativeReader(store)
    var (unit, shown) = try load(record, versions: first...number, item, reader)
    // Where they lack the item, the last record that has it is shown.
    if item != nil, version == nil {
      for own in (1...record.versionCount).reversed() where shown.isEmpty {
        (unit, shown) = try load(record, versions: own...own, item, reader)
        number = own
      }
    }
    try FileTextReader(store).fill(&unit, of: record, version: number)
    if let item, shown.isEmpty {
      throw CommandFailure(
        .notFound, "version \(number) of \(record.id) has no item \(item)")
    }
    var sensitive = try store.sensitiveCounts(of: record, version: number)
    if let item { sensitive = sensitive.filter { $0.key == item } }
    try output.print(
      Transcript(
        record: record, version: number, unit: unit,
        senders: try store.read { try $0.names(of: unit.items.map(\.senderID), record.route) },
        shown: shown,
        joins: try JoinedConversation.joins(of: record, unit, in: store), sensitive: sensitive),
      schema: Self.schemaName)
  }

  /// Versions of a conversation together, and the places of the items that are asked for.
  private func load(
    _ record: ConversationRecord, versions: ClosedRange<Int>, _ item: ObjectID?,
    _ reader: NativeReader
  ) throws -> (unit: CapturedUnit, shown: [Int]) {
    let natives = try versions.map { try reader.native(of: record, version: $0) }
    let unit = try CaptureRoutes.parse(
      natives, kind: record.kind, route: record.route, nativeID: record.nativeID)
    let shown = unit.items.indices.filter { index in
      item.map { record.itemID(of: unit.items[index], at: index) == $0 } ?? true
    }
    return (unit, shown)
  }

  /// The conversation with the id; else that of the item with it, and the item.
  private func find(
    in store: Store
  ) throws -> (record: ConversationRecord, item: ObjectID?) {
    do {
      return (try store.read { try $0.conversation(written: id) }, nil)
    } catch let error as StoreError where error.code == .notFound {
      do {
        let found = try Searcher(store).onlyItem(bearing: id)
        return (try store.read { try $0.conversation(found.conversationID) }, found.id)
      } catch let error as StoreError where error.code == .notFound {
        throw StoreError(.notFound, "there is no conversation or item \(id)", objects: [id])
      }
    }
  }
}

/// A conversation with its items.
struct Transcript: Displayable {
  static let recordType = "conversation"
  static let plural = "conversations"

  var record: ConversationRecord
  var version: Int
  var unit: CapturedUnit
  /// Names of people by the accounts that items name as their senders.
  var senders: [String: String]
  /// Places of the items that are shown, ascending.
  var shown: [Int]
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
    Field("provenances") { transcript in
      transcript.shown.map { transcript.unit.items[$0] }.provenances.fieldValue
    },
    Field("joins") { .list($0.joins.joined.map(\.fieldValue)) },
    // The transcript tells people the same.
    Field("joined_items") { .told("", .list($0.joinedItems)) },
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
    let ids = shown.map { record.itemID(of: unit.items[$0], at: $0) }
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
    shown.flatMap { index in
      let item = unit.items[index]
      return item.files.map { file in
        let state = file.lack == nil ? "yes" : file.text == nil ? "no" : "part"
        let told = file.lack == nil ? "searchable" : file.lackNote
        return FieldValue.told(
          "\(file.name.isEmpty ? "(no name)" : file.name): \(told)",
          .object([
            .init(
              "item",
              FieldValue(record.itemID(of: item, at: index))),
            .init("kind", .text(file.kind.rawValue)), .init("name", .text(file.name)),
            .init("searchable", .text(state)), .init("reason", FieldValue(file.lack?.rawValue)),
            .init("note", FieldValue(file.reading?.note)),
            .init("reader", FieldValue(file.reading?.reader)),
            .init("sha256", FieldValue(file.reading?.digests?.sha256)),
          ]))
      }
    }
  }

  /// The joins of all items, in native order.
  private var joinedItems: [FieldValue] {
    let isShown = Set(shown)
    return joins.joined.flatMap { conversation in conversation.items.map { (conversation, $0) } }
      .filter { isShown.contains($0.1.join.own) }
      .sorted { ($0.1.join.own, $0.1.id) < ($1.1.join.own, $1.1.id) }
      .map { conversation, item in
        item.fieldValue(
          conversation, own: record.itemID(of: unit.items[item.join.own], at: item.join.own))
      }
  }

  /// The items in native order, each with its speaker, time, blocks, files and joins.
  private var text: String {
    let visible = Set(ConversationThread(of: unit).visibleBranch)
    var joined: [Int: [String]] = [:]
    for conversation in joins.joined {
      for item in conversation.items {
        joined[item.join.own, default: []].append("    " + item.sentence(conversation))
      }
    }
    return shown.map { index in
      let entry = unit.items[index].transcriptEntry(
        custodian: record.custodian, senders: senders,
        marks: visible.contains(index) ? [] : ["not on the visible branch"])
      return ([entry] + (joined[index] ?? [])).joined(separator: "\n")
    }.joined(separator: "\n")
  }
}
