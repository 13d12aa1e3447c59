// SPDX-License-Identifier: Apache-2.0
import Foundation

/// What a sample of the items that a query left behind tells (export-formats section 13).
package struct Elusion: Hashable, Sendable {
  /// The coding of the sample.
  package let sample: Proportion
  /// Items that the query left behind; at least as many as the sample has.
  package let population: Int

  /// Takes a sample and what it was drawn from; nil where the sample is larger.
  package init?(_ sample: Proportion, population: Int) {
    guard population >= sample.size else { return nil }
    self.sample = sample
    self.population = population
  }

  /// Relevant items among those left behind, as the sample estimates them.
  package var missed: Double { sample.value * Double(population) }

  /// The exact two-sided interval of the number missed: the numbers under which neither this many
  /// hits nor fewer, nor this many nor more, are too rare (hypergeometric).
  package func missedBounds(_ confidence: Confidence) -> ClosedRange<Int> {
    let tail = confidence.doubt / 2
    let (hits, size) = (sample.hits, sample.size)
    let possible = hits...(population - (size - hits))
    let draw = Hypergeometric(population: population, size: size)
    // Both tails are monotone in the number of relevant items.
    let first =
      hits == 0
      ? possible.lowerBound
      : firstNumber(in: possible) { 1 - draw.cumulative(hits - 1, relevant: $0) > tail }
    let beyond = firstNumber(in: possible) { draw.cumulative(hits, relevant: $0) <= tail }
    let last = draw.cumulative(hits, relevant: beyond) > tail ? beyond : beyond - 1
    return first...max(first, last)
  }

  /// The recall of a query: what it found of all that is relevant.
  ///
  /// - Parameters:
  ///   - found: Relevant items among those that the query matched.
  ///   - rate: The share of relevant items among those left behind.
  /// - Returns: 0 to 1; nil when nothing is relevant.
  package func recall(found: Int, rate: Double) -> Double? {
    let all = Double(found) + rate * Double(population)
    return all > 0 ? Double(found) / all : nil
  }

  /// The interval of the recall, from one of the rate.
  package func recallBounds(found: Int, _ rate: Bounds) -> Bounds? {
    guard let lower = recall(found: found, rate: rate.upper) else { return nil }
    return Bounds(lower: lower, upper: recall(found: found, rate: rate.lower) ?? 1)
  }

  /// The first number for which a condition holds, the last one where it holds for none.
  private func firstNumber(in range: ClosedRange<Int>, where holds: (Int) -> Bool) -> Int {
    var (low, high) = (range.lowerBound, range.upperBound)
    while low < high {
      let middle = low + (high - low) / 2
      if holds(middle) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}

/// Drawing without putting back.
struct Hypergeometric {
  let population: Int
  let size: Int

  /// How likely it is to draw at most so many relevant items.
  func cumulative(_ hits: Int, relevant: Int) -> Double {
    let least = max(0, size - (population - relevant))
    let most = min(size, relevant)
    guard hits >= least else { return 0 }
    guard hits < most else { return 1 }
    var sum = 0.0
    for count in least...hits { sum += probability(count, relevant: relevant) }
    return min(1, sum)
  }

  private func probability(_ count: Int, relevant: Int) -> Double {
    exp(
      logChoices(relevant, count) + logChoices(population - relevant, size - count)
        - logChoices(population, size))
  }

  private func logChoices(_ all: Int, _ chosen: Int) -> Double {
    lgamma(Double(all) + 1) - lgamma(Double(chosen) + 1) - lgamma(Double(all - chosen) + 1)
  }
}
