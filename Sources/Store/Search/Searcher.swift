// SPDX-License-Identifier: Apache-2.0
import GRDB
package import Model
package import Query

/// Asks the partitions of a store: one plan a partition, counts without rows, rows in the order of
/// time, then id.
///
/// A searcher sees the store as it was when it was made; it takes no lock and stops no writer.
package final class Searcher {
  let readers: [PartitionReader]
  let directory: SearchDirectory
  let deadline: Deadline?
  /// Conversations that were purged while rows of them may still be in their partition, by its
  /// number: the catalog is the authority, so nothing shows them.
  private let hidden: [Int: [SearchDirectory.AccountName]]

  /// Opens the partitions of a store for searching.
  ///
  /// - Parameters:
  ///   - store: The store.
  ///   - deadline: When its questions stop: counts and statistics then say that they are
  ///     incomplete, all else throws `StoreError` with `.limit`.
  /// - Throws: `StoreError` when a partition cannot be read: an error is never an empty result.
  package convenience init(_ store: Store, deadline: Deadline? = nil) throws {
    try self.init(store, partition: nil, deadline: deadline)
  }

  /// Whether a partition is among those that it reads.
  func reads(_ partition: Int) -> Bool { readers.contains { $0.number == partition } }

  /// Opens one partition of a store, or all for nil.
  init(_ store: Store, partition: Int?, deadline: Deadline? = nil) throws {
    self.deadline = deadline
    var (rows, directory, hidden) = try store.read { catalog in
      (
        try PartitionRow.all(catalog.db), try SearchDirectory(catalog.db),
        try catalog.hiddenConversations()
      )
    }
    directory.store = store
    self.directory = directory
    // A file, its log and the log's index.
    allowOpenFiles(3 * rows.count)
    self.hidden = hidden
    readers = try rows.filter { partition == nil || $0.number == partition }.map {
      [directory] row in
      let reader = try PartitionReader(
        number: row.number,
        path: store.layout.partitions + "/" + PartitionFile.name(row.number))
      try reader.begin(at: row.mark, directory)
      if let deadline { reader.connection.stop(at: deadline) }
      reader.deadline = deadline
      return reader
    }
  }

  /// How many items match: an item counts once, whichever of its versions match.
  package func itemCount(_ node: QueryNode) throws -> Int {
    try deadline?.check()
    return try SideBySide.map(plans(node)) { try $0.itemCount() }.reduce(0, +)
  }

  /// One plan a partition; what the names in a query stand for is found once for all of them.
  func plans(_ node: QueryNode) throws -> [SearchPlan] {
    let people = PeopleMatches(directory)
    return try readers.map { try plan(node, in: $0, people) }
  }

  /// The plan of one partition, which shows nothing that was purged.
  func plan(
    _ node: QueryNode, in reader: PartitionReader, _ people: PeopleMatches
  ) throws -> SearchPlan {
    let plan = try SearchPlan(node, reader: reader, people: people)
    guard let names = hidden[reader.number] else { return plan }
    let keys = try names.compactMap { try reader.conversationKey(of: $0) }
    return keys.isEmpty ? plan : plan.without(keys)
  }

  /// All counts of a search.
  ///
  /// - Parameters:
  ///   - node: The whole question, scope and interval included.
  ///   - scope: What was searched, without the query: its partial items are counted.
  /// - Returns: Items, their conversations, custodians and bytes, and the partial items in scope.
  /// - Throws: `StoreError` when a partition cannot be read.
  package func counts(_ node: QueryNode, scope: QueryNode) throws -> SearchCounts {
    var counts = SearchCounts(
      items: 0, conversations: 0, custodians: 0, bytes: 0, partial: 0, isIncomplete: false)
    var custodians: Set<String> = []
    let found = try SideBySide.map(plans(node)) { plan in
      try deadline.inTime { try PartitionCounts(plan) }
    }
    for (part, reader) in zip(found, readers) {
      guard let part else {
        counts.isIncomplete = true
        continue
      }
      counts.items += part.items
      counts.bytes += part.bytes
      counts.conversations += part.conversations.count
      for account in part.accounts {
        guard let term = reader.term(account) else { continue }
        let identity = directory.identity(route: term.detail, nativeID: term.text)
        custodians.insert(identity.custodian ?? term.detail + ":" + term.text)
      }
    }
    let (partial, isWhole) = try partialCount(scope)
    counts.partial = partial
    counts.custodians = custodians.count
    counts.isIncomplete = counts.isIncomplete || !isWhole
    return counts
  }

  /// How many items of a scope have files without text, and whether there was the time to count
  /// them all.
  package func partialCount(_ scope: QueryNode) throws -> (count: Int, isWhole: Bool) {
    try itemCountInTime(Self.partial(scope))
  }

  /// The items of a scope that have files without text.
  static func partial(_ scope: QueryNode) -> QueryNode {
    .and([
      scope,
      .restriction(
        PropertyRestriction(
          property: .indexstatus, condition: .keyword("partial", isPrefix: false))),
    ])
  }

  /// How many items match, as far as there is time: complete only where the second value says so.
  package func itemCountInTime(_ node: QueryNode) throws -> (count: Int, isWhole: Bool) {
    let counts = try SideBySide.map(plans(node)) { plan in
      try deadline.inTime { try plan.itemCount() }
    }
    return (counts.compactMap(\.self).reduce(0, +), !counts.contains { $0 == nil })
  }

  /// What a search counts in one partition.
  private struct PartitionCounts {
    private(set) var items = 0
    private(set) var bytes: Int64 = 0
    private(set) var conversations: Set<Int64> = []
    private(set) var accounts: Set<Int64> = []
    /// Of items with several rows, the one that a search shows.
    private var shown: [Int64: FoundRow] = [:]

    init(_ plan: SearchPlan) throws {
      let groups = ItemGroups(plan.reader)
      try plan.forEachRow { row in
        guard try groups.isShared(row) else { return add(row) }
        guard let known = shown[row.first], known.precedes(row) else {
          shown[row.first] = row
          return
        }
      }
      for row in shown.values { add(row) }
    }

    private mutating func add(_ row: FoundRow) {
      items += 1
      bytes += row.byteCount
      conversations.insert(row.conversation)
      if let account = row.account { accounts.insert(account) }
    }
  }

  /// Calls a body with each matching item once; the body returns false to stop.
  ///
  /// - Parameters:
  ///   - node: The whole question, scope and interval included.
  ///   - order: Of the items.
  ///   - body: Gets an item in the first of its matching versions. It must ask nothing of the
  ///     searcher: where many items are taken, the next ones are found meanwhile.
  /// - Throws: `StoreError` when a partition cannot be read; what the body throws.
  package func forEachHit(
    _ node: QueryNode, order: SearchOrder = .oldestFirst, _ body: (SearchHit) throws -> Bool
  ) throws {
    try forEachFound(node, order: order, .hit, readsAhead: true) { content in
      guard case .hit(let hit) = content else { throw unread }
      return try body(hit)
    }
  }

  /// Calls a body with each matching item once, as ids alone; the body returns false to stop.
  ///
  /// - Parameters:
  ///   - node: The whole question, scope and interval included.
  ///   - order: Of the items.
  ///   - readsAhead: Whether the next items are found while the body has one, where many are taken:
  ///     it must then ask nothing of the searcher.
  ///   - body: Gets an item in the first of its matching versions.
  /// - Throws: `StoreError` when a partition cannot be read; what the body throws.
  package func forEachReference(
    _ node: QueryNode, order: SearchOrder = .oldestFirst, readsAhead: Bool = false,
    _ body: (ItemReference) throws -> Bool
  ) throws {
    try forEachFound(node, order: order, .reference, readsAhead: readsAhead) { content in
      guard case .reference(let reference) = content else { throw unread }
      return try body(reference)
    }
  }

  /// The reader of a partition.
  ///
  /// - Throws: `StoreError` with `.damaged` when the store has no such one.
  func reader(of partition: Int) throws -> PartitionReader {
    guard let reader = readers.first(where: { $0.number == partition }) else {
      throw StoreError(.damaged, "the store lacks partition \(partition)")
    }
    return reader
  }

  /// What a search shows of a row that it found before.
  ///
  /// - Throws: `StoreError` when there is no such row.
  package func hit(at place: RowPlace) throws -> SearchHit {
    let reader = try reader(of: place.partition)
    let query = IndexQuery(
      .all, conditions: [SQLCondition("i.row = ?", [.integer(place.row)])], entries: 0...(.max),
      in: reader)
    let shape = query.shape(.hit)
    let statement = try reader.borrow(shape)
    defer { reader.giveBack(statement, shape) }
    try query.bind(to: statement)
    guard try statement.step() else {
      throw StoreError.damaged(reader.connection.path, "it lacks the item row \(place.row)")
    }
    return try SearchHit(FoundRow(statement), statement, in: reader)
  }

  private var unread: StoreError { StoreError(.failure, "a row came without what was asked of it") }

  private func forEachFound(
    _ node: QueryNode, order: SearchOrder, _ selection: RowSelection, readsAhead: Bool,
    _ body: (FoundRow.Content) throws -> Bool
  ) throws {
    try forEachRow(node, order: order, selection, readsAhead: readsAhead) {
      try body($0.found.content)
    }
  }

  /// Calls a body with the row that stands for each matching item; the body returns false to stop.
  func forEachRow(
    _ node: QueryNode, order: SearchOrder, _ selection: RowSelection, readsAhead: Bool = false,
    _ body: (HitMerge.Hit) throws -> Bool
  ) throws {
    let merge = HitMerge(
      try plans(node), order: order, selection: selection, readsAhead: readsAhead)
    defer { merge.stop() }
    while let found = try merge.next() {
      try deadline?.check()
      guard try body(found) else { return }
    }
  }

  /// The items that bear an id, ours or a source's, in the order of time.
  package func items(bearing id: String) throws -> [ItemReference] {
    var found: [ItemReference] = []
    let node = QueryNode.restriction(
      PropertyRestriction(
        property: .id, condition: .keyword(id.lowercased(), isPrefix: false)))
    try forEachReference(node) { item in
      found.append(item)
      return true
    }
    return found
  }

  /// The one item that bears an id, ours or a source's.
  ///
  /// - Throws: `StoreError` with `notFound` when there is none, with `ambiguous` and the ids of all when
  ///   there are several.
  package func onlyItem(
    bearing id: String
  ) throws -> (conversationID: ObjectID, id: ObjectID) {
    let hits = Set(try items(bearing: id).map { [$0.conversationID, $0.id] })
    guard let hit = hits.first else {
      throw StoreError(.notFound, "there is no item '\(id)'", objects: [id])
    }
    guard hits.count == 1 else {
      throw StoreError(
        .ambiguous, "\(hits.count) items bear the id \(id); name one by its id of the store",
        objects: hits.map { $0[1].text }.sorted())
    }
    return (hit[0], hit[1])
  }

  /// All rows of an item, ascending.
  func versions(of item: ObjectID, in partition: Int) throws -> [StoredVersion] {
    let reader = try reader(of: partition)
    let rows = try reader.connection.cached(
      "SELECT row FROM item WHERE id_key = ? AND row <= ? ORDER BY row")
    defer { rows.reset() }
    try rows.bind(LookupKey.id(item), at: 1)
    try rows.bind(reader.mark.row, at: 2)
    var versions: [StoredVersion] = []
    while try rows.step() {
      let stored = StoredItem(row: rows.integer(0), reader: reader, directory: directory)
      let version = StoredVersion(item: stored, columns: try stored.columns())
      if version.id == item { versions.append(version) }
    }
    return versions
  }

  /// Evaluates a body on every row of one conversation, all versions of all items.
  ///
  /// - Parameters:
  ///   - conversation: Its id.
  ///   - partition: Where it lies.
  ///   - directories: The directory of persons at the moments in which items are to be seen; the
  ///     one of now takes the place of the searcher's own.
  ///   - body: Gets one row after the other.
  /// - Throws: `StoreError` when the rows cannot be read; what the body throws.
  package func forEachVersion(
    of conversation: ObjectID, partition: Int, seenIn directories: DirectoryMoments? = nil,
    _ body: (StoredVersion) throws -> Void
  ) throws {
    let reader = try reader(of: partition)
    for row in try reader.rows(of: conversation) {
      let item = StoredItem(
        row: row, reader: reader, directory: directories?.now ?? directory,
        directories: directories?.moments ?? [:])
      try body(StoredVersion(item: item, columns: try item.columns()))
    }
  }
}

extension PartitionReader {
  /// The rows of all versions of all items of a conversation, ascending.
  fileprivate func rows(of conversation: ObjectID) throws -> [Int64] {
    let find = try connection.cached(
      "SELECT key, route, native_id FROM conversation WHERE id_key = ?")
    defer { find.reset() }
    try find.bind(LookupKey.id(conversation), at: 1)
    let items = try connection.cached(
      "SELECT row FROM item WHERE conversation = ? AND row <= ? ORDER BY row")
    defer { items.reset() }
    var rows: [Int64] = []
    while try find.step() {
      let id = ObjectID.conversation(route: find.text(1), nativeID: find.text(2))
      guard id == conversation else { continue }
      items.reset()
      try items.bind(find.integer(0), at: 1)
      try items.bind(mark.row, at: 2)
      while try items.step() { rows.append(items.integer(0)) }
    }
    return rows
  }
}

/// One version of an item for decisions on stored records.
package struct StoredVersion {
  let item: StoredItem
  let columns: StoredItem.Columns

  package var id: ObjectID { StoredItem.id(columns) }
  package var nativeID: String? { columns.nativeID }
  package var time: Instant? { columns.time.map(Instant.init(ticks:)) }
  package var version: Int { columns.version }
  package var conversationVersion: Int { columns.recordVersion }
  package var position: Int { columns.position }
  /// Whether a file of it has no text, so that a query cannot be decided for certain.
  package var isPartial: Bool { columns.flags.contains(.partial) }

  /// The model that it names, lower case; nil when it names none.
  var model: String? {
    get throws { try item.keywords(of: .model).first }
  }
  var isResponse: Bool { columns.kind == ItemKind.response.rawValue }

  /// Evaluates a query on the stored texts, never on the index.
  package func matches(_ node: QueryNode) throws -> Bool {
    try Evaluation.matches(node, item)
  }
}
