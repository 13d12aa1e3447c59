// SPDX-License-Identifier: Apache-2.0

/// What one query took in both engines, in seconds, a value for each round.
struct SearchSamples: Codable {
  var searchCase: SearchCase
  var question: SearchQuestion
  var raw: [Double]
  var custody: [Double]
  var rawHits: Int?
  var custodyHits: Int?

  /// Whether every engine asked found as many hits as the corpus was made to have.
  var isAsExpected: Bool {
    guard question != .firstPage, let expected = searchCase.expectedCount else { return true }
    return (rawHits ?? expected) == expected && (custodyHits ?? expected) == expected
  }
}

/// Asks both engines the same questions, in turns.
enum SearchComparison {
  /// Runs all cases so often as asked after one round that warms up; `custody` may be left out.
  static func run(
    _ cases: [SearchCase], _ options: SearchOptions, raw: RawSearch,
    custody: (any SearchEngine)?
  ) throws -> [SearchSamples] {
    let questions = options.questions.isEmpty ? SearchQuestion.allCases : options.questions
    let kinds = options.kinds.isEmpty ? QueryKind.allCases : options.kinds
    return try cases.filter { kinds.contains($0.kind) }.flatMap { searchCase in
      try questions.map { question in
        let raw = searchCase.fullText == nil ? nil : raw
        var samples = SearchSamples(
          searchCase: searchCase, question: question, raw: [], custody: [],
          rawHits: try raw?.answer(question, searchCase),
          custodyHits: try custody?.answer(question, searchCase))
        for round in 0..<options.rounds {
          // Each engine goes first in every other round: the second finds warmer caches.
          if let raw, round.isMultiple(of: 2) {
            samples.raw.append(try timed { try raw.answer(question, searchCase) }.duration.seconds)
          }
          if let custody {
            samples.custody.append(
              try timed { try custody.answer(question, searchCase) }.duration.seconds)
          }
          if let raw, !round.isMultiple(of: 2) {
            samples.raw.append(try timed { try raw.answer(question, searchCase) }.duration.seconds)
          }
        }
        return samples
      }
    }
  }
}
