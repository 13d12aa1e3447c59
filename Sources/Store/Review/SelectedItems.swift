// SPDX-License-Identifier: Apache-2.0
package import Model
package import Query

/// Items that were chosen from the whole store, by their places: a few bytes each, however many.
package struct SelectedItems {
  fileprivate struct Entry: Comparable {
    var partition: Int32
    /// The key of the conversation in its partition, and the row of the item's first version.
    var conversation: Int64
    var first: Int64
    /// The row that matched; 0 where the item was named, which stands for its newest version.
    var row: Int64 = 0

    static func < (left: Entry, right: Entry) -> Bool {
      (left.partition, left.conversation, left.first)
        < (right.partition, right.conversation, right.first)
    }
  }

  fileprivate var entries: [Entry] = []

  package init() {}

  package var isEmpty: Bool { entries.isEmpty }
}

/// An item of a conversation in one of its versions, for a load.
package struct ConversationItem {
  package var id: ObjectID
  package var version: Int
  package var conversationVersion: Int
  package var isSelected: Bool
}

extension Searcher {
  /// Adds all items that match a question, with the versions that do.
  package func select(_ node: QueryNode, into selected: inout SelectedItems) throws {
    for plan in try plans(node) {
      try deadline?.check()
      try plan.forEachRow { row in
        selected.entries.append(
          SelectedItems.Entry(
            partition: Int32(plan.reader.number), conversation: row.conversation, first: row.first,
            row: row.row))
      }
    }
  }

  /// Adds one item, or all items of its conversation.
  package func select(
    _ item: ItemReference, into selected: inout SelectedItems
  ) throws {
    let columns = try self.item(at: item.place).columns()
    selected.entries.append(
      SelectedItems.Entry(
        partition: Int32(item.place.partition), conversation: columns.conversation,
        first: columns.first))
  }

  /// Adds all items of a conversation.
  package func select(
    conversation: ObjectID, partition: Int, into selected: inout SelectedItems
  ) throws {
    try forEachVersion(of: conversation, partition: partition) { version in
      selected.entries.append(
        SelectedItems.Entry(
          partition: Int32(partition), conversation: version.columns.conversation,
          first: version.columns.first))
    }
  }

  /// Calls a body with each conversation that holds a selected item: its id and all its items in their
  /// order, each in its newest version; one that a question found, in the newest that it matches.
  package func forEachConversation(
    of selected: SelectedItems, _ body: (ObjectID, [ConversationItem]) throws -> Void
  ) throws {
    let entries = selected.entries.sorted()
    var index = 0
    while index < entries.count {
      let start = index
      let entry = entries[start]
      while index < entries.count, entries[index].partition == entry.partition,
        entries[index].conversation == entry.conversation
      {
        index += 1
      }
      let reader = try reader(of: Int(entry.partition))
      let chosen = Dictionary(grouping: entries[start..<index], by: \.first)
        .mapValues { Set($0.map(\.row)) }
      if let (id, items) = try conversation(entry.conversation, in: reader, chosen) {
        try body(id, items)
      }
    }
  }

  private func conversation(
    _ key: Int64, in reader: PartitionReader, _ chosen: [Int64: Set<Int64>]
  ) throws -> (ObjectID, [ConversationItem])? {
    let rows = try reader.connection.cached(
      "SELECT row FROM item WHERE conversation = ? AND row <= ? ORDER BY row")
    defer { rows.reset() }
    try rows.bind(key, at: 1)
    try rows.bind(reader.mark.row, at: 2)
    var conversation: ObjectID?
    var newest: [Int64: StoredItem.Columns] = [:]
    while try rows.step() {
      let row = rows.integer(0)
      let columns = try StoredItem(row: row, reader: reader, directory: directory).columns()
      conversation =
        conversation
        ?? ObjectID.conversation(
          route: columns.route, nativeID: columns.conversationNativeID)
      if let matches = chosen[columns.first], !matches.contains(0), !matches.contains(row) {
        continue
      }
      if let known = newest[columns.first],
        (known.version, known.recordVersion) >= (columns.version, columns.recordVersion)
      {
        continue
      }
      newest[columns.first] = columns
    }
    guard let conversation else { return nil }
    let items = newest.map { first, columns in
      (
        position: columns.position,
        item: ConversationItem(
          id: StoredItem.id(columns), version: columns.version,
          conversationVersion: columns.recordVersion, isSelected: chosen[first] != nil)
      )
    }.sorted { ($0.position, $0.item.id) < ($1.position, $1.item.id) }
    return (conversation, items.map(\.item))
  }
}
