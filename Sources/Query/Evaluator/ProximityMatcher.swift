// SPDX-License-Identifier: Apache-2.0

/// NEAR and ONEAR in one segment (query-language sections 6.5 and 15).
///
/// A *choice* is one hit of every operand; its *segment* reaches from the first token of the chosen
/// hits to the last. A token of the segment is foreign unless it lies in a hit, of any operand,
/// that lies inside the segment. The choice fits when the foreign tokens are at most the distance
/// plus one for every token that two or more of the chosen hits share. ONEAR also wants each
/// chosen hit to start no earlier than on the last token of the one before it. The hits of a
/// parenthesised NEAR are the segments of its fitting choices.
struct ProximityMatcher: Sendable {
  indirect enum Operand: Sendable {
    case phrase(Phrase)
    case any([Operand])
    case near(ProximityMatcher)
  }

  private let distance: Int
  private let isOrdered: Bool
  private let operands: [Operand]

  init(_ proximity: Proximity) {
    distance = proximity.distance
    isOrdered = proximity.isOrdered
    operands = proximity.operands.map(Self.compile)
  }

  /// Whether a choice fits.
  ///
  /// - Throws: `EvaluationError` of code `proximityTooComplex`.
  func matches(_ text: TokenizedText) throws(EvaluationError) -> Bool {
    var isFound = false
    try forEachSegment(in: text) { _ in
      isFound = true
      return false
    }
    return isFound
  }

  /// The segments of all fitting choices, as ranges of tokens, in order of start and end.
  func segments(in text: TokenizedText) throws(EvaluationError) -> [Range<Int>] {
    var segments: [Range<Int>] = []
    try forEachSegment(in: text) { segment in
      segments.append(segment)
      return true
    }
    return segments
  }

  /// The hits of the operands that lie inside a fitting segment, for marking, in order.
  func hits(in text: TokenizedText) throws(EvaluationError) -> [Range<Int>] {
    let segments = try segments(in: text)
    var hits: Set<Range<Int>> = []
    for operand in operands {
      for hit in try Self.marks(of: operand, in: text)
      where segments.contains(where: {
        $0.lowerBound <= hit.lowerBound && hit.upperBound <= $0.upperBound
      }) {
        hits.insert(hit)
      }
    }
    return hits.sorted(by: Self.precedes)
  }

  private func forEachSegment(
    in text: TokenizedText, _ body: (Range<Int>) -> Bool
  ) throws(EvaluationError) {
    var hits: [[Range<Int>]] = []
    for operand in operands {
      let found = try Self.hits(of: operand, in: text)
      guard !found.isEmpty else { return }
      hits.append(found)
    }
    var search = ProximitySearch(
      distance: distance, isOrdered: isOrdered, hits: hits, tokenCount: text.count)
    try search.forEachSegment(body)
  }

  private static func compile(_ operand: ProximityOperand) -> Operand {
    switch operand {
    case .match(let match): .phrase(Phrase(match))
    case .any(let operands): .any(operands.map(compile))
    case .near(let proximity): .near(ProximityMatcher(proximity))
    }
  }

  /// The hits of an operand, each once, in order of start and end.
  private static func hits(
    of operand: Operand, in text: TokenizedText
  ) throws(EvaluationError) -> [Range<Int>] {
    switch operand {
    case .phrase(let phrase): return text.occurrences(of: phrase)
    case .near(let proximity): return try proximity.segments(in: text)
    case .any(let operands):
      var hits: Set<Range<Int>> = []
      for operand in operands { hits.formUnion(try Self.hits(of: operand, in: text)) }
      return hits.sorted(by: precedes)
    }
  }

  /// The words that an operand matches; of a NEAR its operands' words, not what stands between.
  private static func marks(
    of operand: Operand, in text: TokenizedText
  ) throws(EvaluationError) -> [Range<Int>] {
    switch operand {
    case .phrase(let phrase): return text.occurrences(of: phrase)
    case .near(let proximity): return try proximity.hits(in: text)
    case .any(let operands):
      var marks: [Range<Int>] = []
      for operand in operands { marks += try Self.marks(of: operand, in: text) }
      return marks
    }
  }

  static func precedes(_ left: Range<Int>, _ right: Range<Int>) -> Bool {
    (left.lowerBound, left.upperBound) < (right.lowerBound, right.upperBound)
  }
}
