// SPDX-License-Identifier: Apache-2.0
import GRDB
package import Model
package import Query

/// Asks the partitions of a store: one plan a partition, counts without rows, rows in the order of
/// time, then id.
///
/// A searcher sees the store as it was when it was made; it takes no lock and stops no writer.
package final class Searcher {
  private let readers: [PartitionReader]
  let directory: SearchDirectory
  /// Conversations that were purged while rows of them may still be in their partition, by its
  /// number: the catalog is the authority, so nothing shows them.
  private let hidden: [Int: [SearchDirectory.AccountName]]

  /// Opens the partitions of a store for searching.
  ///
  /// - Throws: `StoreError` when one cannot be read: an error is never an empty result.
  package convenience init(_ store: Store) throws {
    try self.init(store, partition: nil)
  }

  /// Opens one partition of a store, or all for nil.
  init(_ store: Store, partition: Int?) throws {
    let (rows, directory, hidden) = try store.read { catalog in
      (
        try PartitionRow.all(catalog.db), try SearchDirectory(catalog.db),
        try catalog.hiddenConversations()
      )
    }
    self.directory = directory
    self.hidden = hidden
    readers = try rows.filter { partition == nil || $0.number == partition }.map { row in
      let reader = try PartitionReader(
        number: row.number,
        path: store.layout.partitions + "/" + PartitionFile.name(row.number))
      try reader.begin(at: row.mark, directory)
      return reader
    }
  }

  /// How many items match: an item counts once, whichever of its versions match.
  package func itemCount(_ node: QueryNode) throws -> Int {
    try SideBySide.map(plans(node)) { try $0.itemCount() }.reduce(0, +)
  }

  /// One plan a partition; what the names in a query stand for is found once for all of them.
  private func plans(_ node: QueryNode) throws -> [SearchPlan] {
    let people = PeopleMatches(directory)
    return try readers.map { reader in
      var plan = try SearchPlan(node, reader: reader, directory: directory, people: people)
      if let names = hidden[reader.number] {
        let keys = try names.compactMap { try reader.conversationKey(of: $0) }
        if !keys.isEmpty { plan = plan.without(keys) }
      }
      return plan
    }
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
    let partial = QueryNode.and([
      scope,
      .restriction(
        PropertyRestriction(
          property: .indexstatus, condition: .keyword("partial", isPrefix: false))),
    ])
    let found = try SideBySide.map(plans(node)) { plan in
      try PartitionCounts(plan)
    }
    for (part, reader) in zip(found, readers) {
      counts.items += part.items
      counts.bytes += part.bytes
      counts.conversations += part.conversations.count
      for account in part.accounts {
        guard let term = reader.term(account) else { continue }
        let identity = directory.identity(route: term.detail, nativeID: term.text)
        custodians.insert(identity.custodian ?? term.detail + ":" + term.text)
      }
    }
    counts.partial = try itemCount(partial)
    counts.custodians = custodians.count
    return counts
  }

  /// What a search counts in one partition.
  private struct PartitionCounts {
    var items = 0
    var bytes: Int64 = 0
    var conversations: Set<Int64> = []
    var accounts: Set<Int64> = []

    init(_ plan: SearchPlan) throws {
      var groups = ItemGroups(plan.reader)
      try plan.forEachRow { row in
        guard try groups.isNew(row) else { return }
        items += 1
        bytes += row.byteCount
        conversations.insert(row.conversation)
        if let account = row.account { accounts.insert(account) }
      }
    }
  }

  /// Calls a body with each matching item once; the body returns false to stop.
  ///
  /// - Parameters:
  ///   - node: The whole question, scope and interval included.
  ///   - order: Of the items.
  ///   - body: Gets an item in the first of its matching versions.
  /// - Throws: `StoreError` when a partition cannot be read; what the body throws.
  package func forEachHit(
    _ node: QueryNode, order: SearchOrder = .oldestFirst, _ body: (SearchHit) throws -> Bool
  ) throws {
    try forEachFound(node, order: order) { found in
      try body(SearchHit(found.found, in: found.reader, directory))
    }
  }

  /// Calls a body with each matching item once, as ids alone; the body returns false to stop.
  ///
  /// - Parameters:
  ///   - node: The whole question, scope and interval included.
  ///   - order: Of the items.
  ///   - body: Gets an item in the first of its matching versions.
  /// - Throws: `StoreError` when a partition cannot be read; what the body throws.
  package func forEachReference(
    _ node: QueryNode, order: SearchOrder = .oldestFirst, _ body: (ItemReference) throws -> Bool
  ) throws {
    try forEachFound(node, order: order) { found in
      let item = StoredItem(row: found.found.row, reader: found.reader, directory: directory)
      return try body(ItemReference(place: found.place, columns: item.columns()))
    }
  }

  private func forEachFound(
    _ node: QueryNode, order: SearchOrder, _ body: (HitMerge.Hit) throws -> Bool
  ) throws {
    let merge = HitMerge(try plans(node), order: order)
    var groups = Dictionary(
      uniqueKeysWithValues: readers.map { ($0.number, ItemGroups($0)) })
    while let found = try merge.next() {
      guard try groups[found.reader.number]?.isNew(found.found) ?? true else { continue }
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
    guard let reader = readers.first(where: { $0.number == partition }) else {
      throw StoreError(.damaged, "the store lacks partition \(partition)")
    }
    let keys = try reader.connection.prepare(
      """
      SELECT c.key, c.route, c.native_id FROM conversation c WHERE c.id_key = ?
      """)
    try keys.bind(LookupKey.id(conversation), at: 1)
    while try keys.step() {
      let id = ObjectID.conversation(route: keys.text(1), nativeID: keys.text(2))
      guard id == conversation else { continue }
      let rows = try reader.connection.prepare(
        "SELECT row FROM item WHERE conversation = ? AND row <= ? ORDER BY row")
      try rows.bind(keys.integer(0), at: 1)
      try rows.bind(reader.mark.row, at: 2)
      while try rows.step() {
        let item = StoredItem(
          row: rows.integer(0), reader: reader, directory: directories?.now ?? directory,
          directories: directories?.moments ?? [:])
        try body(StoredVersion(item: item, columns: try item.columns()))
      }
    }
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
