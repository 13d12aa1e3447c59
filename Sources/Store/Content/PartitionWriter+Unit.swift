// SPDX-License-Identifier: Apache-2.0
import Bytes
import Model
import Query

/// What the catalog knows of a conversation.
struct KnownConversation: Sendable {
  var partition: Int
  /// In order of version.
  var versions: [(version: Int, digest: [UInt8])]
}

extension PartitionWriter {
  /// An item of a conversation, in the versions that the partition or the batch holds.
  private struct KnownItem {
    var first: PendingBatch.First
    var history: ItemHistory
    /// The row of the newest version, for an item that a new capture no longer has.
    var lastRow: Int64
    var seen = false
  }

  /// What all items of a version of a conversation share in the index.
  private struct Context {
    var record: Int64
    var conversation: Int64
    var title: String
    var account: Int64?
    var project: Int64?
    var models: [Int64]

    /// The facets that all items share.
    var facets: [String] {
      var tokens: [String] = []
      if let account { tokens.append(Facet.term(.account, account)) }
      if let project { tokens.append(Facet.term(.project, project)) }
      tokens += models.map { Facet.term(.conversationModel, $0) }
      return tokens
    }
  }

  /// Adds a unit that is new, or a changed version of a known one, to the batch.
  ///
  /// The same item with the same bytes is a duplicate, with other bytes a further version. When
  /// title, account, project or models of the conversation changed, every item gets a further row
  /// with the new ones, so that it is found by both; its version stays.
  func add(
    _ unit: CapturedUnit, digest: SHA256Digest, known: KnownConversation?, captured: Instant,
    compressor: ZstdCompressor
  ) throws -> IngestCounts {
    var counts = IngestCounts()
    counts.conversations = 1
    let id = ObjectID.conversation(route: unit.route, nativeID: unit.nativeID)
    let context = try makeContext(unit, id: id, known: known)
    var items = known == nil ? [:] : try loadItems(of: context.conversation)
    let isRetitled = try known != nil && hasChanged(context, unit: unit)
    let edited = editedIdentities(of: unit)
    var newItemCount = 0
    for (position, item) in unit.items.enumerated() {
      let identity = item.nativeID ?? String(position)
      let native = unit.native[item.nativeRange]
      let itemDigest = SHA256Digest(of: native.span).bytes
      var entry = Entry(
        item: item, identity: identity, position: position, digest: itemDigest, version: 1,
        first: .own, isEdited: edited.contains(position))
      if var found = items[identity] {
        entry.first = found.first
        let outcome = found.history.take(itemDigest)
        counts.note(outcome, at: item.time?.instant)
        let isWritten: Bool
        switch outcome {
        case .same(let version):
          entry.version = version
          isWritten = isRetitled && !found.seen
        case .changed(let version):
          entry.version = version
          isWritten = true
        }
        found.seen = true
        items[identity] = found
        if isWritten { append(entry, of: unit, in: context) }
      } else {
        counts.note(nil, at: item.time?.instant)
        newItemCount += 1
        append(entry, of: unit, in: context)
        items[identity] = KnownItem(
          first: .pending(batch.items.count - 1), history: ItemHistory(itemDigest), lastRow: 0,
          seen: true)
      }
    }
    if isRetitled { try rewriteAbsent(items.values.filter { !$0.seen }, in: context) }
    if unit.items.isEmpty { counts.noteUnitWithoutItems(isKnown: known != nil) }
    counts.newConversations = known == nil ? 1 : 0
    counts.byteCount = unit.native.count
    try appendRecord(
      unit, digest: digest, context: context, known: known, captured: captured,
      compressor: compressor)
    note(
      makeCommit(
        unit, id: id, digest: digest, known: known, captured: captured,
        newItemCount: newItemCount))
    return counts
  }

  private func makeContext(
    _ unit: CapturedUnit, id: ObjectID, known: KnownConversation?
  ) throws -> Context {
    let conversation: Int64
    if known == nil {
      conversation = makeConversationKey()
      batch.conversations.append(
        PendingBatch.Conversation(
          key: conversation, idKey: LookupKey.id(id), kind: unit.kind, route: unit.route,
          nativeID: unit.nativeID))
    } else {
      conversation = try conversationKey(route: unit.route, nativeID: unit.nativeID)
    }
    let account = unit.accountID.map { term(.account, $0, detail: unit.route) }
    var project: Int64?
    if unit.projectID != nil || unit.projectName != nil {
      project = term(.project, unit.projectID ?? "", detail: unit.projectName ?? "")
    }
    let models = Set(unit.items.compactMap(\.model)).sorted().map { term(.model, $0) }
    return Context(
      record: makeRecordRow(), conversation: conversation, title: unit.title, account: account,
      project: project, models: models)
  }

  private func conversationKey(route: String, nativeID: String) throws -> Int64 {
    let statement = try connection.cached(
      "SELECT key FROM conversation WHERE route = ? AND native_id = ?")
    defer { statement.reset() }
    try statement.bind(route, at: 1)
    try statement.bind(nativeID, at: 2)
    guard try statement.step() else {
      throw StoreError.damaged(
        connection.path, "it lacks a conversation that the catalog knows of")
    }
    return statement.integer(0)
  }

  private func loadItems(of conversation: Int64) throws -> [String: KnownItem] {
    var items: [String: KnownItem] = [:]
    let statement = try connection.cached(
      """
      SELECT row, first, version, native_id, position, digest FROM item WHERE conversation = ?
      ORDER BY row
      """)
    defer { statement.reset() }
    try statement.bind(conversation, at: 1)
    while try statement.step() {
      let identity = statement.optionalText(3) ?? String(statement.integer(4))
      let row = statement.integer(0)
      let version = (version: Int(statement.integer(2)), digest: statement.bytes(5))
      if items[identity] == nil {
        items[identity] = KnownItem(
          first: .row(statement.integer(1)), history: ItemHistory(versions: [version]),
          lastRow: row)
      } else {
        items[identity]?.history.versions.append(version)
        items[identity]?.lastRow = row
      }
    }
    return items
  }

  /// Whether what items share differs from the last version that was stored.
  private func hasChanged(_ context: Context, unit: CapturedUnit) throws -> Bool {
    let statement = try connection.cached(
      """
      SELECT r.title, r.account, r.project, r.row FROM record r WHERE r.conversation = ?
      ORDER BY r.version DESC LIMIT 1
      """)
    defer { statement.reset() }
    try statement.bind(context.conversation, at: 1)
    guard try statement.step() else { return false }
    if statement.text(0) != context.title || statement.optionalInteger(1) != context.account
      || statement.optionalInteger(2) != context.project
    {
      return true
    }
    let models = try connection.prepare(
      """
      SELECT DISTINCT model FROM item WHERE conversation = ? AND model IS NOT NULL
      """)
    try models.bind(context.conversation, at: 1)
    var before: Set<Int64> = []
    while try models.step() { before.insert(models.integer(0)) }
    return !Set(context.models).isSubset(of: before)
  }

  /// Positions of items that have a sibling of their own kind: one was edited or regenerated.
  private func editedIdentities(of unit: CapturedUnit) -> Set<Int> {
    var siblings: [String: [Int]] = [:]
    for (position, item) in unit.items.enumerated() {
      guard let parent = item.parentNativeID else { continue }
      siblings[item.role.rawValue + " " + parent, default: []].append(position)
    }
    return Set(siblings.values.filter { $0.count > 1 }.joined())
  }

  // MARK: - Rows

  private struct Entry {
    var item: CapturedItem
    var identity: String
    var position: Int
    var digest: [UInt8]
    var version: Int
    var first: PendingBatch.First
    var isEdited: Bool
  }

  private func append(_ entry: Entry, of unit: CapturedUnit, in context: Context) {
    let item = entry.item
    var flags: ItemFlags = []
    if case .own = entry.first {} else { flags.insert(.later) }
    if entry.isEdited || entry.version > 1 { flags.insert(.edited) }
    if !item.files.isEmpty { flags.insert(.hasFiles) }
    if item.files.contains(where: { $0.text == nil }) { flags.insert(.partial) }

    var texts = ItemTexts()
    let body = batch.arena.append(segments: item.blocks.map(\.text))
    let title = batch.arena.append(
      segments: [context.title] + item.files.filter { $0.kind == .artifact }.map(\.name))
    let names = batch.arena.append(segments: item.files.map(\.name))
    let files = batch.arena.append(segments: item.files.compactMap(\.text))
    if max(body.count, title.count, names.count, files.count) > 1 {
      flags.insert(.severalSegments)
    }
    texts.body = body.range
    texts.title = title.range
    texts.names = names.range
    texts.files = files.range
    let model = item.model.map { term(.model, $0) }
    var tokens = [Facet.every, Facet.speaker(item.kind, item.role)]
    if let instant = item.time?.instant {
      tokens.append(Facet.month(CalendarMonth(of: instant)))
    }
    if let model { tokens.append(Facet.term(.model, model)) }
    let tools = Set(item.blocks.filter { $0.kind == .toolUse && $0.name != "" }.map(\.name))
    tokens += tools.sorted().map { Facet.term(.tool, term(.tool, $0)) }
    tokens += fileFacets(item.files)
    texts.facet = appendFacets(tokens + Facet.flags(flags), in: context)

    batch.items.append(
      PendingBatch.Item(
        conversation: context.conversation, record: context.record, first: entry.first,
        version: entry.version, position: entry.position, time: item.time?.instant?.ticks,
        idKey: LookupKey.id(
          derivedFrom: unit.route + ":" + unit.nativeID + ":" + entry.identity),
        byteCount: item.nativeRange.count, flags: flags, kind: item.kind.rawValue,
        role: item.role.rawValue, account: context.account, model: model,
        updated: item.updatedAt?.instant?.ticks, nativeID: item.nativeID,
        parent: item.parentNativeID, nativeRole: item.nativeRole,
        nativeOffset: item.nativeRange.lowerBound, digest: entry.digest, texts: texts,
        files: item.files.map(PendingBatch.File.init)))
  }

  private func appendFacets(_ own: [String], in context: Context) -> Range<Int> {
    let tokens =
      own + context.facets + [
        Facet.term(.source, sourceTerm), Facet.term(.run, runTerm),
      ]
    let start = batch.arena.count
    batch.arena.append(contentsOf: rawMarkBytes)
    batch.arena.append(contentsOf: tokens.joined(separator: " ").utf8)
    return start..<batch.arena.count
  }

  private func fileFacets(_ files: [CapturedFile]) -> [String] {
    var tokens: Set<String> = []
    for file in files {
      tokens.insert(Facet.carries(file.kind))
      let fileExtension = file.fileExtension
      if fileExtension != "" {
        tokens.insert(Facet.term(.fileExtension, term(.fileExtension, fileExtension)))
      }
      if file.type != "" {
        tokens.insert(Facet.term(.mediaType, term(.mediaType, file.type.lowercased())))
      }
    }
    return tokens.sorted()
  }

  /// Gives items that the new capture lacks a further row with the new title and people.
  private func rewriteAbsent(_ items: [KnownItem], in context: Context) throws {
    let statement = try connection.cached(
      """
      SELECT i.row, i.first, i.version, i.position, i.time, i.id_key, i.byte_count, i.flags,
        i.kind, i.role, i.model, i.updated, i.native_id, i.parent, i.native_role,
        i.native_offset, i.digest, t.body, t.names, t.files, t.facet
      FROM item i JOIN item_text t ON t.row = i.row WHERE i.row = ?
      """)
    for item in items.sorted(by: { $0.lastRow < $1.lastRow }) where item.lastRow > 0 {
      try statement.bind(item.lastRow, at: 1)
      defer { statement.reset() }
      guard try statement.step() else { continue }
      let files = try loadFiles(of: item.lastRow)
      var texts = ItemTexts()
      texts.body = append(statement.bytes(17))
      let title = batch.arena.append(
        segments: [context.title] + files.filter { $0.kind == "artifact" }.map(\.name))
      texts.title = title.range
      texts.names = append(statement.bytes(18))
      texts.files = append(statement.bytes(19))
      var flags = ItemFlags(rawValue: statement.integer(7))
      flags.formUnion([.later, .absent])
      if title.count > 1 { flags.insert(.severalSegments) }
      let own = statement.text(20).unicodeScalars.dropFirst().split(separator: " ")
        .map { String(String.UnicodeScalarView($0)) }
        .filter { !"APWSNG".contains($0.prefix(1)) }
      texts.facet = appendFacets(own + Facet.flags(flags), in: context)
      batch.items.append(
        PendingBatch.Item(
          conversation: context.conversation, record: context.record,
          first: .row(statement.integer(1)), version: Int(statement.integer(2)),
          position: Int(statement.integer(3)), time: statement.optionalInteger(4),
          idKey: statement.integer(5), byteCount: Int(statement.integer(6)), flags: flags,
          kind: statement.text(8), role: statement.text(9), account: context.account,
          model: statement.optionalInteger(10), updated: statement.optionalInteger(11),
          nativeID: statement.optionalText(12), parent: statement.optionalText(13),
          nativeRole: statement.text(14), nativeOffset: Int(statement.integer(15)),
          digest: statement.bytes(16), texts: texts, files: files))
    }
  }

  private func append(_ bytes: [UInt8]) -> Range<Int> {
    let start = batch.arena.count
    batch.arena += bytes
    return start..<batch.arena.count
  }

  private func loadFiles(of row: Int64) throws -> [PendingBatch.File] {
    let statement = try connection.cached(
      """
      SELECT kind, native_id, name, type, extension, byte_count, version, has_text
      FROM item_file WHERE row = ? ORDER BY number
      """)
    defer { statement.reset() }
    try statement.bind(row, at: 1)
    var files: [PendingBatch.File] = []
    while try statement.step() {
      files.append(
        PendingBatch.File(
          kind: statement.text(0), nativeID: statement.optionalText(1), name: statement.text(2),
          type: statement.text(3), fileExtension: statement.text(4),
          byteCount: statement.optionalInteger(5),
          version: statement.optionalInteger(6).map(Int.init),
          hasText: statement.integer(7) == 1))
    }
    return files
  }

  private func appendRecord(
    _ unit: CapturedUnit, digest: SHA256Digest, context: Context, known: KnownConversation?,
    captured: Instant, compressor: ZstdCompressor
  ) throws {
    let compressed = try compressor.compress(unit.native)
    batch.compressedByteCount += compressed.count
    batch.records.append(
      PendingBatch.Record(
        row: context.record, conversation: context.conversation,
        version: (known?.versions.last?.version ?? 0) + 1, title: unit.title,
        account: context.account, project: context.project, captured: captured,
        created: unit.createdAt?.instant?.ticks, updated: unit.updatedAt?.instant?.ticks,
        leaf: unit.currentLeafID, flags: unit.flags, itemCount: unit.items.count,
        digest: digest.bytes, byteCount: unit.native.count, compressed: compressed))
  }

  private func makeCommit(
    _ unit: CapturedUnit, id: ObjectID, digest: SHA256Digest, known: KnownConversation?,
    captured: Instant, newItemCount: Int
  ) -> ConversationCommit {
    let times = unit.items.compactMap { $0.time?.instant }
    return ConversationCommit(
      id: id, kind: unit.kind, route: unit.route, nativeID: unit.nativeID,
      accountID: unit.accountID, projectID: unit.projectID, projectName: unit.projectName,
      started: unit.createdAt?.instant ?? times.min(),
      lastActivity: max(times.max(), unit.updatedAt?.instant),
      version: (known?.versions.last?.version ?? 0) + 1, digest: digest,
      byteCount: unit.native.count, itemCount: unit.items.count, newItemCount: newItemCount,
      captured: captured)
  }
}

private func max(_ left: Instant?, _ right: Instant?) -> Instant? {
  guard let left, let right else { return left ?? right }
  return Swift.max(left, right)
}

private let rawMarkBytes = Array(String(Character(FullTextTokenizer.rawMark)).utf8)

extension PendingBatch.File {
  init(_ file: CapturedFile) {
    self.init(
      kind: file.kind.rawValue, nativeID: file.nativeID, name: file.name, type: file.type,
      fileExtension: file.fileExtension, byteCount: file.byteCount, version: file.version,
      hasText: file.text != nil)
  }
}
