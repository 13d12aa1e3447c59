// SPDX-License-Identifier: Apache-2.0
import Model
import Query
import Retention

/// The conversations of one partition with an item that matches, by their row in the partition.
///
/// Each question is put to the index once for the whole partition, when it is first asked for.
final class ConversationSets {
  private struct Key: Hashable {
    var node: QueryNode
    var moment: DirectoryMoment
  }

  private let reader: PartitionReader
  private let people: MomentPeople
  /// The conversation of each entry, in the order of their numbers.
  private let owners: [(entry: Int64, conversation: Int32)]
  private let conversationCount: Int
  private var known: [Key: [Bool]?] = [:]
  private var reread: RereadItems?
  /// What kept the partition from answering, where it was not the question.
  private var failure: (any Error)?

  /// Prepares a partition.
  ///
  /// - Parameters:
  ///   - reader: The partition.
  ///   - people: The persons at each moment that is asked for.
  /// - Throws: `StoreError` when the partition cannot be read.
  init(_ reader: PartitionReader, people: MomentPeople) throws {
    self.reader = reader
    self.people = people
    var owners: [(entry: Int64, conversation: Int32)] = []
    owners.reserveCapacity(Int(reader.mark.row))
    var last: Int64 = 0
    // In the order of rows: that of entries would read the items' pages at random.
    let rows = try reader.connection.prepare("SELECT entry, conversation FROM item WHERE row <= ?")
    try rows.bind(reader.mark.row, at: 1)
    while try rows.step() {
      let conversation = rows.integer(1)
      owners.append((rows.integer(0), Int32(conversation)))
      last = max(last, conversation)
    }
    owners.sort { $0.entry < $1.entry }
    self.owners = owners
    conversationCount = Int(last) + 1
  }

  /// Whether an item of a conversation matches; nil when the index cannot tell.
  ///
  /// Nil also where the partition cannot be read: ``requireReadable()`` then throws.
  func contains(
    _ conversation: Int64, _ node: QueryNode, at moment: DirectoryMoment = .now
  ) -> Bool? {
    let key = Key(node: node, moment: moment)
    if let found = known[key] { return found.map { holds($0, conversation) } }
    var found: [Bool]?
    do {
      found = try set(node, at: moment)
    } catch let error as StoreError where error.code == .usage {
      // What the index cannot be asked is decided for none of them.
    } catch {
      failure = failure ?? error
    }
    known[key] = .some(found)
    return found.map { holds($0, conversation) }
  }

  /// Whether a hold's query selects an item of a conversation: it matches, or did before later captures
  /// told more of the conversation; nil when that cannot be told.
  func isSelected(_ conversation: Int64, by reading: QueryReading) -> Bool? {
    let found = contains(conversation, reading.node, at: reading.moment)
    guard found == false, reading.asksForLaterWord else { return found }
    return matchedBefore(conversation, reading)
  }

  /// The same of what was, which the index does not know: decided on the stored records.
  private func matchedBefore(_ conversation: Int64, _ reading: QueryReading) -> Bool? {
    guard let people = people[reading.moment] else { return nil }
    let evaluator = Evaluator(reading.node)
    do {
      let rows = try reader.connection.prepare(
        "SELECT row FROM item WHERE conversation = ? AND row <= ? ORDER BY row")
      try rows.bind(conversation, at: 1)
      try rows.bind(reader.mark.row, at: 2)
      while try rows.step() {
        let item = StoredItem(row: rows.integer(0), reader: reader, directory: people.directory)
        if try item.earlierStates().contains(where: { try evaluator.matches($0) }) { return true }
      }
      return false
    } catch {
      return nil
    }
  }

  /// Whether an item of a conversation, in an interval or without a time, was read anew with another
  /// result since a wording of a hold.
  ///
  /// True also where the partition cannot be read: ``requireReadable()`` then throws.
  func wasReread(_ conversation: Int64, since wording: Int64, in interval: TimeInterval) -> Bool {
    do {
      let items = try reread ?? RereadItems(reader)
      reread = items
      return items.contains(conversation, since: wording, in: interval)
    } catch {
      failure = failure ?? error
      return true
    }
  }

  /// Whether a conversation without items matches, by what any capture told of it; the index holds
  /// items alone.
  ///
  /// - Throws: `StoreError` when the partition cannot be read.
  func matchesEmpty(
    _ conversation: Int64, _ node: QueryNode, started: Instant?, _ directory: SearchDirectory
  ) throws -> Bool {
    let captures = try EmptyUnit.captures(
      of: conversation, started: started, in: reader, directory)
    return try captures.contains { try Evaluation.matches(node, $0) }
  }

  /// Throws what kept the partition from answering: a plan must not read it as "not due".
  func requireReadable() throws {
    if let failure { throw failure }
  }

  private func holds(_ set: [Bool], _ conversation: Int64) -> Bool {
    conversation < set.count && set[Int(conversation)]
  }

  private func set(_ node: QueryNode, at moment: DirectoryMoment) throws -> [Bool] {
    guard let people = people[moment] else {
      throw StoreError(.failure, "the directory of persons at the time of a hold is not at hand")
    }
    var set = [Bool](repeating: false, count: conversationCount)
    let plan = try SearchPlan(node, reader: reader, people: people)
    guard plan.isDecidedByIndex else {
      try plan.forEachRow { row in set[Int(row.conversation)] = true }
      return set
    }
    var next = 0
    try plan.forEachEntry { entry in
      while next < owners.count, owners[next].entry < entry { next += 1 }
      guard next < owners.count, owners[next].entry == entry else { return }
      set[Int(owners[next].conversation)] = true
    }
    return set
  }
}

/// The persons that queries name, at several moments.
final class MomentPeople {
  private let people: [DirectoryMoment: PeopleMatches]

  init(_ directories: DirectoryMoments) {
    var people = directories.moments.mapValues(PeopleMatches.init)
    people[.now] = PeopleMatches(directories.now)
    self.people = people
  }

  /// Those at a moment; nil when the directory of it was not read.
  subscript(_ moment: DirectoryMoment) -> PeopleMatches? { people[moment] }
}

extension SearchPlan {
  /// Whether the numbers of entries tell the result, without a column of an item.
  var isDecidedByIndex: Bool {
    evaluator == nil && conditions.isEmpty && interval == nil
  }

  /// Calls a body with the number of every entry of a result that the index decides, in ascending
  /// order.
  func forEachEntry(_ body: (Int64) throws -> Void) throws {
    guard upper != .none, reader.mark.row > 0 else { return }
    let query = IndexQuery(upper, conditions: [], entries: entries, in: reader)
    let shape = query.shape(.entry, .ascending)
    let statement = try reader.borrow(shape)
    defer { reader.giveBack(statement, shape) }
    try query.bind(to: statement)
    while try statement.step() { try body(statement.integer(0)) }
  }
}
