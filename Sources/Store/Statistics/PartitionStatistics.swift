// SPDX-License-Identifier: Apache-2.0
import Model
import Query

/// Whose items are: the custodian that the directory knows, else the account.
struct PersonKey: Hashable, Sendable {
  /// Empty for items whose custodian the source does not tell.
  var key: String
  var name: String

  static let unknown = PersonKey(key: "", name: "")
}

/// What one set of rows adds up to in a partition.
struct SetTally: Sendable {
  var items = 0
  var conversations = 0
  var bytes: Int64 = 0
  /// Items by the partition's numbers of persons.
  var people: [Int32]
}

/// What statistics count in one partition.
struct PartitionStatistics: Sendable {
  /// The persons that it names; the first one is nobody.
  private(set) var people: [PersonKey] = [.unknown]
  /// Of the whole result, of each term, of each condition.
  private(set) var sets: [SetTally] = []
  /// By term: items that no other term finds.
  private(set) var unique: [Int] = []
  /// By condition: items that all others find and it does not.
  private(set) var excluded: [Int] = []
  private(set) var groups: [SearchStatistics.Grouping: [SearchStatistics.Share]] = [:]

  /// Counts in one partition, by plans of the searcher's making.
  init(
    _ question: StatisticsQuestion, reader: PartitionReader,
    plan: (QueryNode) throws -> SearchPlan
  ) throws {
    let table = try RowTable(reader)
    func rows(_ node: QueryNode) throws -> RowSet {
      try table.rows(of: plan(question.scope == .all ? node : .and([question.scope, node])))
    }
    let terms = try question.terms.map(rows)
    let conditions = try question.conditions.map(rows)
    var total = RowSet(capacity: table.count)
    if let query = question.query {
      total = try rows(query)
    } else {
      for term in terms { total.formUnion(term) }
    }
    var wanted = total
    for set in terms + conditions { wanted.formUnion(set) }
    try table.load(wanted)

    let counter = SetCounter(table)
    people = counter.people
    sets = ([total] + terms + conditions).map(counter.tally)
    unique = Self.unique(terms.map(table.items))
    excluded = Self.excluded(conditions, total: total, in: table)
    groups = try counter.groups(total, monthStart: question.monthStart)
  }

  /// Items that just one of the sets holds, by set.
  private static func unique(_ sets: [RowSet]) -> [Int] {
    guard var once = sets.first else { return [] }
    var again = RowSet(capacity: once.words.count * 64)
    for set in sets.dropFirst() {
      var both = once
      both.formIntersection(set)
      again.formUnion(both)
      once.formUnion(set)
    }
    return sets.map { set in
      var alone = set
      alone.subtract(again)
      return alone.count
    }
  }

  private static func excluded(
    _ conditions: [RowSet], total: RowSet, in table: RowTable
  ) -> [Int] {
    let found = table.items(total).count
    return conditions.indices.map { index in
      let others = conditions.indices.filter { $0 != index }.map { conditions[$0] }
      guard var rows = others.first else { return 0 }
      for other in others.dropFirst() { rows.formIntersection(other) }
      return table.items(rows).count - found
    }
  }
}

/// Counts what sets of rows hold.
private struct SetCounter {
  let table: RowTable
  let people: [PersonKey]
  /// By the number of an account's name: the person.
  private let owners: [Int32]

  init(_ table: RowTable) {
    self.table = table
    var people: [PersonKey] = [.unknown]
    var numbers: [String: Int32] = ["": 0]
    var owners: [Int32] = [0]
    for term in table.reader.terms(.account) {
      let owner = table.reader.owner(ofAccount: term.key)
      let person = PersonKey(
        key: owner?.custodianID ?? term.detail + ":" + term.text, name: owner?.name ?? term.text)
      let number = numbers[person.key] ?? Int32(people.count)
      if numbers[person.key] == nil {
        numbers[person.key] = number
        people.append(person)
      }
      while owners.count <= term.key { owners.append(0) }
      owners[Int(term.key)] = number
    }
    self.people = people
    self.owners = owners
  }

  func tally(_ rows: RowSet) -> SetTally {
    var tally = SetTally(people: Array(repeating: 0, count: people.count))
    var conversations = RowSet(capacity: Int(table.lastConversation) + 1)
    table.shownRows(rows).forEachRow { row in
      tally.items += 1
      tally.bytes += table.byteCounts[row]
      tally.people[person(row)] += 1
      conversations.insert(Int(table.conversations[row]))
    }
    tally.conversations = conversations.count
    return tally
  }

  private func person(_ row: Int) -> Int { Int(owners[Int(table.accounts[row])]) }

  // MARK: - Groups

  func groups(
    _ rows: RowSet, monthStart: (CalendarMonth) -> Instant
  ) throws -> [SearchStatistics.Grouping: [SearchStatistics.Share]] {
    let months = Months(table.reader.times, monthStart)
    var counters = SearchStatistics.Grouping.allCases.map { _ in GroupCounter() }
    let shown = table.shownRows(rows)
    try table.forEachSensitiveType(in: shown) { row, type in
      counters[5].add(type, table.conversations[row], table.byteCounts[row])
    }
    shown.forEachRow { row in
      let conversation = table.conversations[row]
      let bytes = table.byteCounts[row]
      let keys = (
        months.index(of: table.times[row]), person(row), Int(table.sources[row]),
        Int(table.models[row]), Int(table.kinds[row])
      )
      counters[0].add(keys.0, conversation, bytes)
      counters[1].add(keys.1, conversation, bytes)
      counters[2].add(keys.2, conversation, bytes)
      counters[3].add(keys.3, conversation, bytes)
      counters[4].add(keys.4, conversation, bytes)
    }
    var groups: [SearchStatistics.Grouping: [SearchStatistics.Share]] = [:]
    for (grouping, counter) in zip(SearchStatistics.Grouping.allCases, counters) {
      groups[grouping] = counter.shares { key in
        switch grouping {
        case .month: (months.name(key), months.name(key))
        case .custodian: (people[key].key, people[key].name)
        case .source:
          (
            table.reader.term(Int64(key))?.text ?? "", table.reader.sourceName(Int64(key))
          )
        case .model:
          (table.reader.term(Int64(key))?.text ?? "", table.reader.term(Int64(key))?.text ?? "")
        case .kind: (table.kindNames[key], table.kindNames[key])
        case .sensitiveType:
          (
            SensitiveType(rawValue: key)?.id ?? String(key),
            SensitiveType(rawValue: key)?.name ?? String(key)
          )
        }
      }
    }
    return groups
  }
}

/// Counts the items of each value of one property.
private struct GroupCounter {
  private var items: [Int] = []
  private var bytes: [Int64] = []
  private var conversations: [Int] = []
  private var seen: Set<UInt64> = []

  mutating func add(_ key: Int, _ conversation: Int32, _ byteCount: Int64) {
    while items.count <= key {
      items.append(0)
      bytes.append(0)
      conversations.append(0)
    }
    items[key] += 1
    bytes[key] += byteCount
    if seen.insert(UInt64(key) << 32 | UInt64(UInt32(bitPattern: conversation))).inserted {
      conversations[key] += 1
    }
  }

  func shares(_ name: (Int) -> (key: String, name: String)) -> [SearchStatistics.Share] {
    items.indices.filter { items[$0] > 0 }.map { index in
      let value = name(index)
      return SearchStatistics.Share(
        key: value.key, name: value.name, items: items[index],
        conversations: conversations[index], bytes: bytes[index])
    }
  }
}

/// The months of a partition's items where days are counted; the last number is for items without a
/// time.
private struct Months {
  private let first: Int
  /// The first tick of each month.
  private let starts: [Int64]

  init(_ times: ClosedRange<Int64>?, _ start: (CalendarMonth) -> Instant) {
    guard let times else {
      first = 0
      starts = []
      return
    }
    // A zone moves the begin of a month by a day at most.
    let months =
      CalendarMonth(of: Instant(ticks: times.lowerBound)).number - 1...CalendarMonth(
        of: Instant(ticks: times.upperBound)
      ).number + 1
    first = months.lowerBound
    starts = months.map { start(CalendarMonth(number: $0)).ticks }
  }

  func index(of time: Int64) -> Int {
    guard time != .max else { return starts.count }
    var (low, high) = (0, starts.count)
    while high - low > 1 {
      let middle = (low + high) / 2
      if starts[middle] <= time { low = middle } else { high = middle }
    }
    return low
  }

  /// `YYYY-MM`; empty for items without a time.
  func name(_ index: Int) -> String {
    guard index < starts.count else { return "" }
    let month = CalendarMonth(number: first + index)
    let digits = String(month.number - month.year * 12 + 101)
    let year = String(month.year)
    return String(repeating: "0", count: max(0, 4 - year.count)) + year + "-" + digits.dropFirst()
  }
}
