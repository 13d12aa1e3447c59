// SPDX-License-Identifier: Apache-2.0
import Bytes
import Model
import Query

/// What the catalog knows of a conversation.
struct KnownConversation: Sendable {
  var partition: Int
  /// In order of version.
  var versions: [(version: Int, digest: [UInt8])]
  /// Whether it is known whose it is.
  var isAttributed: Bool

  /// Whether a unit brings nothing: its very bytes are there, and it does not tell whose they are where
  /// that is not known.
  func has(_ unit: CapturedUnit, digest: SHA256Digest) -> Bool {
    versions.contains { $0.digest == digest.bytes } && (isAttributed || !unit.accountIsAssigned)
  }
}

extension PartitionWriter {
  /// An item of a conversation, in the versions that the partition or the batch holds.
  struct KnownItem {
    var first: PendingBatch.First
    var history: ItemHistory
    /// The row of the newest version, for an item that a new capture no longer has.
    var lastRow: Int64
    var seen = false
  }

  /// What all items of a version of a conversation share in the index.
  struct Context {
    var record: Int64
    var conversation: Int64
    /// What the ids of items are derived from, up to the item's own.
    var idPrefix: [UInt8]
    var title: String
    /// The title in the arena.
    var titleText: (range: Range<Int>, count: Int)
    var route: String
    var account: Int64?
    var project: Int64?
    var organization: Int64?
    var models: [Int64]
    var senders: [Int64]
    /// The facets that all items share, each after a blank.
    var facets: [UInt8]
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
    let isRetitled = try known != nil && hasChanged(context, unit: unit)
    let isDistinct = hasDistinctIDs(unit)
    let edited = isDistinct && isChain(unit) ? [] : editedPositions(of: unit)
    var newItemCount = 0
    var items: [ExactText: KnownItem] = [:]
    if known == nil, isDistinct {
      // Nothing to compare with: the common case needs no table of items.
      appendNew(unit, in: context, edited: edited, &counts)
      newItemCount = unit.items.count
    } else {
      if known != nil { items = try loadItems(of: context.conversation) }
      newItemCount = append(
        unit, in: context, edited: edited, known: &items, isRetitled: isRetitled, &counts)
    }
    if isRetitled { try rewriteAbsent(items.values.filter { !$0.seen }, in: context) }
    if unit.items.isEmpty, unit.recordCount == 1 {
      counts.noteUnitWithoutItems(isKnown: known != nil)
    }
    counts.newConversations = known == nil ? 1 : 0
    counts.byteCount = unit.native.count
    try appendRecord(
      unit, digest: digest, context: context, known: known, captured: captured,
      compressor: compressor)
    note(
      makeCommit(
        unit, id: id, digest: digest, known: known, captured: captured,
        newItemCount: newItemCount), counts)
    return counts
  }

  /// Appends all items of a unit whose conversation is new.
  private func appendNew(
    _ unit: CapturedUnit, in context: Context, edited: Set<Int>, _ counts: inout IngestCounts
  ) {
    let items = unit.items.span
    for position in items.indices {
      let digest = appendDigest(of: items[position].nativeRange, in: unit)
      append(
        items[position],
        Entry(
          position: position, digest: digest, version: 1, first: .own,
          isEdited: edited.contains(position)),
        in: context)
      counts.note(nil, of: items[position])
    }
  }

  /// Appends what is new of a unit with regard to the known items, which it notes.
  ///
  /// - Returns: How many items the conversation did not have before.
  private func append(
    _ unit: CapturedUnit, in context: Context, edited: Set<Int>,
    known items: inout [ExactText: KnownItem], isRetitled: Bool, _ counts: inout IngestCounts
  ) -> Int {
    var newItemCount = 0
    for (position, item) in unit.items.enumerated() {
      let identity = ExactText(item.nativeID ?? String(position))
      let digest = appendDigest(of: item.nativeRange, in: unit)
      let digestBytes = Array(batch.arena[digest])
      var entry = Entry(
        position: position, digest: digest, version: 1, first: .own,
        isEdited: edited.contains(position))
      if var found = items[identity] {
        entry.first = found.first
        let outcome = found.history.take(digestBytes)
        counts.note(outcome, of: item)
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
        if isWritten { append(item, entry, in: context) }
      } else {
        counts.note(nil, of: item)
        newItemCount += 1
        append(item, entry, in: context)
        items[identity] = KnownItem(
          first: .pending(batch.items.count - 1), history: ItemHistory(digestBytes), lastRow: 0,
          seen: true)
      }
    }
    return newItemCount
  }

  private func appendDigest(of range: Range<Int>, in unit: CapturedUnit) -> Range<Int> {
    let start = batch.arena.count
    SHA256Digest.append(of: unit.native.span.extracting(range), to: &batch.arena)
    return start..<batch.arena.count
  }

  /// Whether each item has an id of its own, so that no two are versions of one.
  private func hasDistinctIDs(_ unit: CapturedUnit) -> Bool {
    var seen: Set<ExactText> = []
    seen.reserveCapacity(unit.items.count)
    let items = unit.items.span
    for position in items.indices {
      guard let id = items[position].nativeID, seen.insert(ExactText(id)).inserted else {
        return false
      }
    }
    return true
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
    var account = unit.accountID.map { term(.account, $0, detail: unit.route) }
    var project: Int64?
    if unit.projectID != nil || unit.projectName != nil {
      project = term(.project, unit.projectID ?? "", detail: unit.projectName ?? "")
    }
    var organization: Int64?
    if unit.organizationID != nil || unit.organizationName != nil {
      organization = term(
        .organization, unit.organizationID ?? "", detail: unit.organizationName ?? "")
    }
    var title = unit.title
    if unit.isPart, known != nil, let last = try lastShared(of: conversation) {
      // A part tells what it knows; what it leaves out is as it was.
      if title.isEmpty { title = last.title }
      account = account ?? last.account
      project = project ?? last.project
      organization = organization ?? last.organization
    }
    let models = Set(unit.items.compactMap(\.model)).sorted().map { term(.model, $0) }
    let senders = unit.senderIDs.sorted().map { term(.account, $0, detail: unit.route) }
    return Context(
      record: makeRecordRow(), conversation: conversation,
      idPrefix: Array((unit.route + ":" + unit.nativeID + ":").utf8), title: title,
      titleText: batch.arena.append(segments: CollectionOfOne(title)), route: unit.route,
      account: account, project: project, organization: organization, models: models,
      senders: senders,
      facets: sharedFacets(
        account: account, project: project, organization: organization, models: models,
        senders: senders))
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

  private func loadItems(of conversation: Int64) throws -> [ExactText: KnownItem] {
    var items: [ExactText: KnownItem] = [:]
    let statement = try connection.cached(
      """
      SELECT row, first, version, native_id, position, digest FROM item WHERE conversation = ?
      ORDER BY row
      """)
    defer { statement.reset() }
    try statement.bind(conversation, at: 1)
    while try statement.step() {
      let identity = ExactText(statement.optionalText(3) ?? String(statement.integer(4)))
      let row = statement.integer(0)
      items[
        identity,
        default: KnownItem(
          first: .row(statement.integer(1)), history: ItemHistory(), lastRow: row)
      ].lastRow = row
      items[identity]?.history.note(
        version: Int(statement.integer(2)), statement.bytes(5))
    }
    return items
  }

  /// Whether what items share differs from the last version that was stored.
  private func hasChanged(_ context: Context, unit: CapturedUnit) throws -> Bool {
    guard let last = try lastShared(of: context.conversation) else { return false }
    if last.title != context.title || last.account != context.account
      || last.project != context.project || last.organization != context.organization
    {
      return true
    }
    return try !isKnown(context.models, as: "model", of: context.conversation)
      || !isKnown(context.senders, as: "sender", of: context.conversation)
  }

  /// Whether all of some terms stand in a column of a conversation's items already.
  private func isKnown(
    _ terms: [Int64], as column: String, of conversation: Int64
  ) throws -> Bool {
    guard !terms.isEmpty else { return true }
    let statement = try connection.prepare(
      "SELECT DISTINCT \(column) FROM item WHERE conversation = ? AND \(column) IS NOT NULL")
    try statement.bind(conversation, at: 1)
    var before: Set<Int64> = []
    while try statement.step() { before.insert(statement.integer(0)) }
    return Set(terms).isSubset(of: before)
  }

  /// What the items of the last version that was stored share.
  private func lastShared(
    of conversation: Int64
  ) throws -> (title: String, account: Int64?, project: Int64?, organization: Int64?)? {
    let statement = try connection.cached(
      """
      SELECT r.title, r.account, r.project, r.organization FROM record r WHERE r.conversation = ?
      ORDER BY r.version DESC LIMIT 1
      """)
    defer { statement.reset() }
    try statement.bind(conversation, at: 1)
    guard try statement.step() else { return nil }
    return (
      statement.text(0), statement.optionalInteger(1), statement.optionalInteger(2),
      statement.optionalInteger(3)
    )
  }

  /// Whether each item but the first follows the one before it, so that no two have one parent; the
  /// ids are distinct.
  private func isChain(_ unit: CapturedUnit) -> Bool {
    let items = unit.items.span
    guard items.count > 1 else { return true }
    let root = items[0].parentNativeID
    for position in 1..<items.count {
      guard let parent = items[position].parentNativeID,
        let last = items[position - 1].nativeID, parent.isExactly(last),
        root.map({ !$0.isExactly(parent) }) ?? true
      else { return false }
    }
    return true
  }

  /// Positions of items that have a sibling of their own kind: one was edited or regenerated.
  private func editedPositions(of unit: CapturedUnit) -> Set<Int> {
    struct Place: Hashable {
      var role: ItemRole
      var parent: ExactText
    }
    var first: [Place: Int] = [:]
    first.reserveCapacity(unit.items.count)
    var edited: Set<Int> = []
    let items = unit.items.span
    for position in items.indices {
      guard let parent = items[position].parentNativeID else { continue }
      // Of a part, what machines put in may well have siblings.
      let isTurn = items[position].kind == .prompt || items[position].kind == .response
      guard isTurn || !unit.isPart else { continue }
      let place = Place(role: items[position].role, parent: ExactText(parent))
      if let other = first[place] {
        edited.insert(other)
        edited.insert(position)
      } else {
        first[place] = position
      }
    }
    return edited
  }

  private func appendRecord(
    _ unit: CapturedUnit, digest: SHA256Digest, context: Context, known: KnownConversation?,
    captured: Instant, compressor: ZstdCompressor
  ) throws {
    let compressed = try compressor.compress(unit.native, into: &batch.arena)
    batch.records.append(
      PendingBatch.Record(
        row: context.record, conversation: context.conversation,
        version: (known?.versions.last?.version ?? 0) + 1, title: context.title,
        account: context.account, project: context.project,
        organization: context.organization, captured: captured,
        created: unit.createdAt?.instant?.ticks, updated: unit.updatedAt?.instant?.ticks,
        deleted: unit.deletedAt?.instant?.ticks,
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
      accountID: unit.accountID, senderIDs: unit.senderIDs, projectID: unit.projectID,
      projectName: unit.projectName,
      started: unit.createdAt?.instant ?? times.min(),
      lastActivity: lastActivity(of: unit, times: times), newestItem: times.max(),
      isPart: unit.isPart,
      version: (known?.versions.last?.version ?? 0) + 1, changed: unit.updatedAt?.instant,
      isEmptied: !unit.items.isEmpty
        && unit.items.allSatisfy { $0.flags.contains(.deletedAtSource) }, digest: digest,
      byteCount: unit.native.count, itemCount: unit.items.count, newItemCount: newItemCount,
      captured: captured, joinKeys: unit.joinKeys)
  }

  /// When the conversation was last active, from which periods count (holds-and-retention 3.1): the
  /// time of its newest item; without items its own time at the source.
  ///
  /// An item without a readable time may be the newest. Then only the source's own word on the last
  /// change bounds it; where that is missing too the start is unknown, and nothing falls due by it.
  private func lastActivity(of unit: CapturedUnit, times: [Instant]) -> Instant? {
    let updated = unit.updatedAt?.instant
    if unit.items.isEmpty { return updated ?? unit.createdAt?.instant }
    guard let newest = times.max() else { return updated }
    if times.count == unit.items.count { return newest }
    return updated.map { max($0, newest) }
  }
}
