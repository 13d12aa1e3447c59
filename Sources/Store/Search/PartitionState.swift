// SPDX-License-Identifier: Apache-2.0
import GRDB
import Model
import Query
import Retention

/// What was done with the conversations and items of one partition: holds, labels, review sets.
///
/// Each is read from the catalog when a query first asks for it; a partition has a bounded number of
/// rows, so it stays small.
final class PartitionState {
  /// A frozen load of a review set.
  struct Load: Hashable {
    var id: String
    var setID: String
    var setName: String

    func keywords(of property: Property) -> [String] {
      property == .loadid ? [id] : [setID, setName.lowercased()]
    }
  }

  /// Names or loads by number, and the numbers of each conversation or row.
  private struct Assigned<Value> {
    var values: [Value] = []
    var numbers: [Int64: [Int]] = [:]

    /// The conversations or rows to which a value is assigned that fulfils a condition, ascending.
    func keys(where matches: (Value) throws -> Bool) rethrows -> [Int64] {
      let wanted = try values.map(matches)
      return numbers.filter { $0.value.contains { wanted[$0] } }.keys.sorted()
    }

    func values(of key: Int64) -> [Value] { (numbers[key] ?? []).map { values[$0] } }
  }

  private var holds: Assigned<[String]>?
  private var labels: Assigned<[String]>?
  private var loads: Assigned<Load>?

  // MARK: - Holds

  /// The names and ids of the holds that preserve a conversation.
  func holds(of conversation: Int64, in reader: PartitionReader) throws -> [String] {
    try holds(reader).values(of: conversation).flatMap(\.self)
  }

  /// The conversations that a hold preserves whose name and id fulfil a condition.
  func conversations(
    in reader: PartitionReader, where matches: ([String]) throws -> Bool
  ) throws -> [Int64] {
    try holds(reader).keys(where: matches)
  }

  private func holds(_ reader: PartitionReader) throws -> Assigned<[String]> {
    if let holds { return holds }
    let store = try store(of: reader)
    let situation = try store.read { try $0.holdSituation() }
    let index = HoldIndex(situation.rules.rules)
    let sets = try ConversationSets(reader, people: MomentPeople(situation.directories))
    var found = Assigned<[String]>()
    var places: [ObjectID: Int] = [:]
    let keys = try conversationKeys(reader)
    try store.read { catalog in
      let stream = try PlanStream(catalog.db, partition: reader.number)
      while let entry = try stream.next() {
        guard let key = keys[entry.name] else { continue }
        for candidate in index.candidates(entry.facts.unit) {
          let rule = index.rules[candidate]
          let selected = rule.selects(
            key, isEmpty: entry.itemCount == 0, entry.facts.unit, sets)
          let decision = rule.decide(entry.facts.unit, at: situation.now, selected: selected)
          guard decision.protection != nil else { continue }
          let place = places[rule.hold] ?? found.values.count
          if places[rule.hold] == nil {
            places[rule.hold] = place
            found.values.append([rule.holdName, rule.hold.text])
          }
          if found.numbers[key]?.contains(place) != true {
            found.numbers[key, default: []].append(place)
          }
        }
        try sets.requireReadable()
      }
    }
    holds = found
    return found
  }

  // MARK: - Labels

  /// The names of the labels on a conversation: one at most.
  func labels(of conversation: Int64, in reader: PartitionReader) throws -> [String] {
    try labels(reader).values(of: conversation).flatMap(\.self)
  }

  /// The conversations with a label whose name fulfils a condition.
  func labelledConversations(
    in reader: PartitionReader, where matches: ([String]) throws -> Bool
  ) throws -> [Int64] {
    try labels(reader).keys(where: matches)
  }

  private func labels(_ reader: PartitionReader) throws -> Assigned<[String]> {
    if let labels { return labels }
    var found = Assigned<[String]>()
    var places: [Int64: Int] = [:]
    try store(of: reader).read { catalog in
      let rows = try Row.fetchCursor(
        catalog.db,
        sql: """
          SELECT c.route, c.native_id, p.key, p.name FROM label_assignment l
            JOIN conversation c ON c.key = l.conversation JOIN policy p ON p.key = l.policy
          WHERE c.partition = ? ORDER BY c.key
          """, arguments: [reader.number])
      while let row = try rows.next() {
        let name = SearchDirectory.AccountName(route: row[0], nativeID: row[1])
        guard let key = try reader.conversationKey(of: name) else { continue }
        let place = places[row[2]] ?? found.values.count
        if places[row[2]] == nil {
          places[row[2]] = place
          found.values.append([row[3]])
        }
        found.numbers[key] = [place]
      }
    }
    labels = found
    return found
  }

  // MARK: - Review sets

  /// The loads that gave an item.
  func loads(ofRow row: Int64, in reader: PartitionReader) throws -> [Load] {
    try loads(reader).values(of: row)
  }

  /// The rows of the items that a load gave which fulfils a condition.
  func rows(in reader: PartitionReader, where matches: (Load) throws -> Bool) throws -> [Int64] {
    try loads(reader).keys(where: matches)
  }

  private func loads(_ reader: PartitionReader) throws -> Assigned<Load> {
    if let loads { return loads }
    var found = Assigned<Load>()
    var places: [Int64: Int] = [:]
    var rowsOfItem: [String: [Int64]] = [:]
    var last: Int64?
    try store(of: reader).read { catalog in
      let rows = try Row.fetchCursor(
        catalog.db,
        sql: """
          SELECT c.key, c.route, c.native_id, review_item.item, review_load.key, review_load.id,
            s.id, s.name
          FROM review_item JOIN review_load ON review_load.key = review_item.load
            JOIN review_set s ON s.key = review_load.review_set
            JOIN conversation c ON c.key = review_item.conversation
          WHERE c.partition = ? AND review_load.state = 'frozen' AND \(Catalog.isNotRemoved)
          ORDER BY c.key, review_load.number
          """, arguments: [reader.number])
      while let row = try rows.next() {
        if row[0] != last {
          last = row[0]
          rowsOfItem = try itemRows(
            of: SearchDirectory.AccountName(route: row[1], nativeID: row[2]), in: reader)
        }
        let place = places[row[4]] ?? found.values.count
        if places[row[4]] == nil {
          places[row[4]] = place
          found.values.append(Load(id: row[5], setID: row[6], setName: row[7]))
        }
        for item in rowsOfItem[row[3]] ?? [] { found.numbers[item, default: []].append(place) }
      }
    }
    loads = found
    return found
  }

  /// The rows of each item of a conversation, by our id.
  private func itemRows(
    of conversation: SearchDirectory.AccountName, in reader: PartitionReader
  ) throws -> [String: [Int64]] {
    guard let key = try reader.conversationKey(of: conversation) else { return [:] }
    let statement = try reader.connection.cached(
      "SELECT row, position, native_id FROM item WHERE conversation = ? AND row <= ?")
    defer { statement.reset() }
    try statement.bind(key, at: 1)
    try statement.bind(reader.mark.row, at: 2)
    var rows: [String: [Int64]] = [:]
    while try statement.step() {
      let id = ObjectID.item(
        route: conversation.route, conversationID: conversation.nativeID,
        itemID: statement.optionalText(2) ?? String(statement.integer(1)))
      rows[id.text, default: []].append(statement.integer(0))
    }
    return rows
  }

  // MARK: - Helpers

  private func conversationKeys(_ reader: PartitionReader) throws -> [String: Int64] {
    let rows = try reader.connection.prepare("SELECT key, route, native_id FROM conversation")
    var keys: [String: Int64] = [:]
    while try rows.step() { keys[rows.text(1) + "\u{0}" + rows.text(2)] = rows.integer(0) }
    return keys
  }

  private func store(of reader: PartitionReader) throws -> Store {
    guard let store = reader.directory.store else {
      throw StoreError(.usage, "what was done with items cannot be asked for here")
    }
    return store
  }
}
