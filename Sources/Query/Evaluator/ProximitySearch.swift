// SPDX-License-Identifier: Apache-2.0

/// Looks for the segments of fitting choices, given the hits of every operand.
///
/// Segments are tried by start, then by end. A segment can fit only while the tokens outside all
/// hits are few enough, which ends the search to the right; so the cost is that of the hits that
/// stand close together, not of the text.
struct ProximitySearch {
  /// How many placements of overlapping hits are tried for one segment.
  private static let placementLimit = 200_000

  private let distance: Int
  private let isOrdered: Bool
  /// The hits of each operand, in order of start and end.
  private let hits: [[Range<Int>]]
  /// All hits, in order of end.
  private let byEnd: [Range<Int>]
  /// At each token boundary, how many tokens before it lie in no hit at all.
  private let outside: [Int]
  /// The most tokens that two chosen hits can share.
  private let mostShared: Int
  /// For the segment at hand, the start that last marked a token as covered.
  private var coveredFrom: [Int]
  private var placements = 0

  /// Prepares a search; every operand has at least one hit.
  init(distance: Int, isOrdered: Bool, hits: [[Range<Int>]], tokenCount: Int) {
    self.distance = distance
    self.isOrdered = isOrdered
    self.hits = hits
    byEnd = hits.joined().sorted { $0.upperBound < $1.upperBound }
    var owner = [Int](repeating: -1, count: tokenCount)
    var isShared = false
    for (operand, ranges) in hits.enumerated() {
      for token in ranges.joined() {
        if owner[token] != -1, owner[token] != operand { isShared = true }
        owner[token] = operand
      }
    }
    var outside = [0]
    outside.reserveCapacity(tokenCount + 1)
    for token in 0..<tokenCount { outside.append(outside[token] + (owner[token] == -1 ? 1 : 0)) }
    self.outside = outside
    let lengths = hits.map { $0.map(\.count).max() ?? 0 }
    mostShared = isShared ? lengths.reduce(0, +) / 2 : 0
    coveredFrom = [Int](repeating: -1, count: tokenCount)
  }

  /// Calls `body` with each fitting segment, in order of start and end, until it returns false.
  mutating func forEachSegment(
    _ body: (Range<Int>) -> Bool
  ) throws(EvaluationError) {
    // The earliest end of a hit of each operand among those that start at a place or later.
    let earliestEnds = hits.map { ranges in
      var ends = ranges.map(\.upperBound)
      for index in ends.indices.dropLast().reversed() {
        ends[index] = min(ends[index], ends[index + 1])
      }
      return ends
    }
    var next = [Int](repeating: 0, count: hits.count)
    var firstByEnd = 0
    for start in Set(hits.joined().map(\.lowerBound)).sorted() {
      var firstEnd = 0
      for operand in hits.indices {
        while next[operand] < hits[operand].count,
          hits[operand][next[operand]].lowerBound < start
        { next[operand] += 1 }
        guard next[operand] < hits[operand].count else { return }
        firstEnd = max(firstEnd, earliestEnds[operand][next[operand]])
      }
      guard outside[firstEnd] - outside[start] <= distance + mostShared else { continue }
      while byEnd[firstByEnd].upperBound <= start { firstByEnd += 1 }
      guard try tryEnds(from: firstByEnd, start: start, firstEnd: firstEnd, body) else { return }
    }
  }

  /// Tries all ends for a start; false when the search is to stop.
  private mutating func tryEnds(
    from first: Int, start: Int, firstEnd: Int, _ body: (Range<Int>) -> Bool
  ) throws(EvaluationError) -> Bool {
    var index = first
    var covered = 0
    while index < byEnd.count {
      let end = byEnd[index].upperBound
      guard outside[end] - outside[start] <= distance + mostShared else { return true }
      while index < byEnd.count, byEnd[index].upperBound == end {
        if byEnd[index].lowerBound >= start {
          for token in byEnd[index] where coveredFrom[token] != start {
            coveredFrom[token] = start
            covered += 1
          }
        }
        index += 1
      }
      guard end >= firstEnd else { continue }
      let needed = end - start - covered - distance
      if needed <= mostShared, try fits(start..<end, sharing: max(0, needed)), !body(start..<end) {
        return false
      }
    }
    return true
  }

  /// Whether a choice has exactly this segment, its hits share that many tokens and, for ONEAR,
  /// stand in order.
  private mutating func fits(
    _ segment: Range<Int>, sharing needed: Int
  ) throws(EvaluationError) -> Bool {
    let inside = hits.map { ranges in
      var first = ranges.startIndex
      var end = ranges.endIndex
      while first < end {
        let middle = (first + end) / 2
        if ranges[middle].lowerBound < segment.lowerBound {
          first = middle + 1
        } else {
          end = middle
        }
      }
      return ranges[first...].prefix { $0.lowerBound < segment.upperBound }
        .filter { $0.upperBound <= segment.upperBound }
    }
    guard needed == 0 else {
      placements = 0
      var counts = [Int](repeating: 0, count: segment.count)
      var owners = [Set<Int>](repeating: [], count: segment.count)
      for (operand, ranges) in inside.enumerated() {
        for token in ranges.joined() { owners[token - segment.lowerBound].insert(operand) }
      }
      // Only tokens that two operands can reach can be shared.
      let canBeShared = owners.map { $0.count > 1 }
      let gains = inside.map { ranges in
        ranges.map { $0.count { canBeShared[$0 - segment.lowerBound] } }.max() ?? 0
      }
      var placement = Placement(
        segment: segment, inside: inside, canBeShared: canBeShared, gains: gains, needed: needed)
      return try place(&placement, &counts, operand: 0, previous: nil, touches: (false, false))
    }
    return isOrdered ? fitsInOrder(inside, segment) : fitsInAnyOrder(inside, segment)
  }

  private func fitsInAnyOrder(_ inside: [[Range<Int>]], _ segment: Range<Int>) -> Bool {
    if inside.contains(where: { $0.contains(segment) }) { return true }
    let starting = inside.map { ranges in
      ranges.contains { $0.lowerBound == segment.lowerBound }
    }
    let ending = inside.map { ranges in ranges.contains { $0.upperBound == segment.upperBound } }
    for first in inside.indices where starting[first] {
      for last in inside.indices where last != first && ending[last] { return true }
    }
    return false
  }

  /// Each hit as early as it can end leaves most room for the next.
  private func fitsInOrder(_ inside: [[Range<Int>]], _ segment: Range<Int>) -> Bool {
    var previous: Range<Int>?
    for (operand, ranges) in inside.enumerated() {
      let isLast = operand == inside.count - 1
      let fitting = ranges.filter { hit in
        if isLast, hit.upperBound != segment.upperBound { return false }
        guard let previous else { return hit.lowerBound == segment.lowerBound }
        return hit.lowerBound >= previous.upperBound - 1
      }
      guard let earliest = fitting.min(by: { $0.upperBound < $1.upperBound }) else { return false }
      previous = earliest
    }
    return true
  }

  /// What stays the same while hits that must share tokens are placed.
  private struct Placement {
    var segment: Range<Int>
    /// The hits of each operand inside the segment.
    var inside: [[Range<Int>]]
    var canBeShared: [Bool]
    /// For each operand the most tokens of a hit that can be shared.
    var gains: [Int]
    /// How many tokens must be shared.
    var needed: Int
  }

  /// Chooses hits for the operands from `operand` on, depth first.
  private mutating func place(
    _ placement: inout Placement, _ counts: inout [Int], operand: Int, previous: Range<Int>?,
    touches: (start: Bool, end: Bool)
  ) throws(EvaluationError) -> Bool {
    placements += 1
    guard placements <= Self.placementLimit else {
      throw EvaluationError(
        code: .proximityTooComplex,
        message: "the operands of a NEAR overlap in too many ways; "
          + "leave out operands that stand for the same words")
    }
    var shared = 0
    var single = 0
    for index in counts.indices {
      if counts[index] > 1 {
        shared += 1
      } else if counts[index] == 1, placement.canBeShared[index] {
        single += 1
      }
    }
    guard operand < placement.inside.count else {
      return touches.start && touches.end && shared >= placement.needed
    }
    // A shared token takes two hits, so this is the most that can still come.
    let possible = single + placement.gains[operand...].reduce(0, +)
    guard shared + possible / 2 >= placement.needed else { return false }
    let base = placement.segment.lowerBound
    for hit in placement.inside[operand] {
      if isOrdered, let previous, hit.lowerBound < previous.upperBound - 1 { continue }
      for token in hit { counts[token - base] += 1 }
      defer { for token in hit { counts[token - base] -= 1 } }
      let reached = (
        start: touches.start || hit.lowerBound == base,
        end: touches.end || hit.upperBound == placement.segment.upperBound
      )
      if try place(
        &placement, &counts, operand: operand + 1, previous: hit, touches: reached)
      {
        return true
      }
    }
    return false
  }
}
