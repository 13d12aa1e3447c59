// SPDX-License-Identifier: Apache-2.0
import Foundation
import Model

/// Chooses queries of each kind from what the corpus holds: the same for the same index.
struct CaseSelection {
  private static let casesPerKind = 10

  private let vocabulary: SampledVocabulary
  private let passages: [[String]]
  private let accounts: [String]
  private let months: Range<Int64>
  private var random = RandomSource(seed: 7)

  /// Reads the raw index's vocabulary and looks into some messages.
  init(rawIndex path: String) throws {
    let database = try SQLiteDatabase(path)
    vocabulary = try SampledVocabulary(database)
    var sampling = RandomSource(seed: 11)
    passages = try samplePassages(database, count: 400, random: &sampling)
    accounts = try database.accountsByMessageCount()
    months = try database.timeRange()
  }

  /// The cases of all kinds; planted ones from the corpus's description are checked as well.
  mutating func cases(describedBy description: CorpusDescription?) throws -> [SearchCase] {
    guard passages.count >= CaseSelection.casesPerKind, !accounts.isEmpty else {
      throw CorpusError("the corpus is too small to choose queries from")
    }
    var cases: [SearchCase] = []
    for kind in QueryKind.allCases {
      var seen: Set<String> = []
      for number in 0..<CaseSelection.casesPerKind {
        guard let chosen = choose(kind, number), seen.insert(chosen.keyQL).inserted else {
          continue
        }
        cases.append(chosen)
      }
    }
    return cases + (description.map(plantedCases) ?? [])
  }

  private mutating func choose(_ kind: QueryKind, _ number: Int) -> SearchCase? {
    switch kind {
    case .rareWord: return word(in: \.rare).map { SearchCase(kind, $0) }
    case .commonWord:
      guard number < vocabulary.common.count else { return nil }
      return SearchCase(kind, vocabulary.common[number])
    case .and:
      let passage = passage()
      let (first, second) = (passage[0], passage[passage.count - 1])
      return first == second ? nil : SearchCase(kind, "\(first) AND \(second)")
    case .orOfHundred:
      let words = Set((0..<140).compactMap { _ in word(in: \.medium) }).sorted().prefix(100)
      return words.isEmpty ? nil : SearchCase(kind, words.joined(separator: " OR "))
    case .phrase:
      let passage = passage()
      let length = number.isMultiple(of: 3) ? 3 : 2
      return SearchCase(kind, "\"\(passage.prefix(length).joined(separator: " "))\"")
    case .near:
      let passage = passage()
      let (first, second) = (passage[0], passage[3])
      guard first != second else { return nil }
      return SearchCase(
        kind, "NEAR(\(first) \(second), 5)", keyQL: "\(first) NEAR(5) \(second)")
    case .prefix: return word(in: \.medium).map { SearchCase(kind, $0.prefix(4) + "*") }
    case .negation:
      guard let excluded = word(in: \.medium), let common = commonWord(number) else { return nil }
      return SearchCase(kind, "\(common) NOT \(excluded)")
    case .dateFilter: return dateFilter(number)
    case .custodianFilter: return custodianFilter(number)
    case .sensitiveType:
      let types = SensitiveType.allCases
      guard types.indices.contains(number) else { return nil }
      return SearchCase(kind, onlyKeyQL: "sensitivetype:\"\(types[number].name)\"")
    }
  }

  private func dateFilter(_ number: Int) -> SearchCase? {
    guard let common = commonWord(number) else { return nil }
    // Three months of 30 days from somewhere in the corpus's time, whole days.
    let days =
      Int(
        months.lowerBound / Instant.ticksPerDay)..<Int(
        months.upperBound / Instant.ticksPerDay)
    let firstDay = days.lowerBound + days.count * number / CaseSelection.casesPerKind
    let since = CivilDate(daysSinceEpoch: firstDay)
    let before = CivilDate(daysSinceEpoch: firstDay + 90)
    let (first, last) = (Instant(startOf: since), Instant(startOf: before))
    var chosen = SearchCase(
      .dateFilter, common,
      keyQL: "\(common) AND sent>=\(day(first)) AND sent<\(day(last))")
    chosen.times = first.ticks..<last.ticks
    return chosen
  }

  private func custodianFilter(_ number: Int) -> SearchCase? {
    guard let common = commonWord(number) else { return nil }
    let account = accounts[accounts.count * number / (2 * CaseSelection.casesPerKind)]
    var chosen = SearchCase(
      .custodianFilter, common, keyQL: "\(common) AND custodian:\(account)")
    chosen.account = account
    return chosen
  }

  private func day(_ instant: Instant) -> Substring { instant.rfc3339.prefix(10) }

  private func commonWord(_ number: Int) -> String? {
    vocabulary.common.isEmpty ? nil : vocabulary.common[number % vocabulary.common.count]
  }

  private mutating func word(in group: KeyPath<SampledVocabulary, [String]>) -> String? {
    let words = vocabulary[keyPath: group]
    return words.isEmpty ? nil : words[random.below(words.count)]
  }

  private mutating func passage() -> [String] {
    passages[random.below(passages.count)]
  }
}

/// Queries for the words that the generator planted, with the counts that must come out.
private func plantedCases(_ description: CorpusDescription) -> [SearchCase] {
  var cases = description.planted.map { entry in
    let kind: QueryKind =
      if entry.query.hasSuffix("*") {
        .prefix
      } else if entry.query.hasPrefix("\"") {
        .phrase
      } else {
        entry.messageCount <= 300 ? .rareWord : .commonWord
      }
    return SearchCase(kind, entry.query, expectedCount: entry.messageCount)
  }
  let pair = description.plantedPair
  for distance in [0, 5, 15] where pair.messagesWithin[distance] > 0 {
    cases.append(
      SearchCase(
        .near, "NEAR(\(pair.first) \(pair.second), \(distance))",
        keyQL: "\(pair.first) NEAR(\(distance)) \(pair.second)",
        expectedCount: pair.messagesWithin[distance]))
  }
  return cases
}
