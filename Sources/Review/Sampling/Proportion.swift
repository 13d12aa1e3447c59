// SPDX-License-Identifier: Apache-2.0
import Foundation

/// A closed interval of a proportion, a count or a rate.
package struct Bounds: Hashable, Sendable {
  package var lower: Double
  package var upper: Double

  package init(lower: Double, upper: Double) {
    self.lower = lower
    self.upper = upper
  }
}

/// What a simple random sample tells of a proportion (export-formats section 13).
package struct Proportion: Hashable, Sendable {
  /// Items in the sample that have the property.
  package let hits: Int
  /// Items in the sample; at least one.
  package let size: Int

  /// Takes the coding of a sample; nil unless `0 <= hits <= size` and the sample has an item.
  package init?(hits: Int, size: Int) {
    guard size > 0, (0...size).contains(hits) else { return nil }
    self.hits = hits
    self.size = size
  }

  /// The share of the sample.
  package var value: Double { Double(hits) / Double(size) }

  /// The two-sided exact interval of Clopper and Pearson: never covers less than promised.
  package func clopperPearson(_ confidence: Confidence) -> Bounds {
    let tail = confidence.doubt / 2
    let (hits, misses) = (Double(hits), Double(size - hits))
    return Bounds(
      lower: hits == 0 ? 0 : BetaDistribution(hits, misses + 1).quantile(tail),
      upper: misses == 0 ? 1 : BetaDistribution(hits + 1, misses).quantile(1 - tail))
  }

  /// The two-sided interval of Wilson, without correction for continuity.
  package func wilson(_ confidence: Confidence) -> Bounds {
    let z = confidence.normalQuantile
    let count = Double(size)
    let scale = 1 + z * z / count
    let centre = (value + z * z / (2 * count)) / scale
    let spread =
      z / scale * (value * (1 - value) / count + z * z / (4 * count * count)).squareRoot()
    return Bounds(
      lower: hits == 0 ? 0 : max(0, centre - spread),
      upper: hits == size ? 1 : min(1, centre + spread))
  }

  /// The one-sided upper bound that a sample without any hit supports: `1 - (1 - confidence)^(1/n)`.
  package static func upperBoundWithoutHits(_ size: Int, _ confidence: Confidence) -> Double {
    1 - pow(confidence.doubt, 1 / Double(size))
  }
}

/// How often an interval made this way covers the truth.
package struct Confidence: Hashable, Sendable {
  /// Between 0.5 and 1, both excluded.
  package let level: Double

  /// Takes a level; nil for one that is not between 0.5 and 1.
  package init?(level: Double) {
    guard level > 0.5, level < 1 else { return nil }
    self.level = level
  }

  private init(known level: Double) {
    self.level = level
  }

  /// 95 %, the usual one.
  package static let usual = Confidence(known: 0.95)

  /// The share of intervals that miss the truth.
  package var doubt: Double { 1 - level }

  /// How many standard deviations lie on either side: 1.959963985 for 95 %.
  package var normalQuantile: Double {
    bisected(0...40) { erfc($0 / 2.0.squareRoot()) > doubt }
  }

  /// Half the width of the widest interval of a sample, by the normal approximation: for a share of
  /// one half, with the correction for a finite population.
  ///
  /// - Parameters:
  ///   - size: Of the sample; at least 1.
  ///   - population: What it was drawn from.
  /// - Returns: 0 where the sample is the whole population.
  package func widestMargin(ofSample size: Int, from population: Int) -> Double {
    guard size > 0, size < population else { return 0 }
    let share = Double(population - size) / (Double(size) * Double(population - 1))
    return normalQuantile / 2 * share.squareRoot()
  }
}

/// The beta distribution, of which exact intervals are made.
struct BetaDistribution {
  private let a: Double
  private let b: Double
  private let logScale: Double

  /// Both parameters are positive.
  init(_ a: Double, _ b: Double) {
    self.a = a
    self.b = b
    logScale = lgamma(a + b) - lgamma(a) - lgamma(b)
  }

  /// The regularised incomplete beta function.
  func cumulative(_ x: Double) -> Double {
    guard x > 0 else { return 0 }
    guard x < 1 else { return 1 }
    let front = exp(logScale + a * log(x) + b * log1p(-x))
    return x < (a + 1) / (a + b + 2)
      ? front * Self.fraction(a, b, x) / a : 1 - front * Self.fraction(b, a, 1 - x) / b
  }

  /// Where the distribution reaches a probability.
  func quantile(_ probability: Double) -> Double {
    bisected(0...1) { cumulative($0) < probability }
  }

  /// The continued fraction of the incomplete beta function by the modified method of Lentz; it
  /// converges in about the square root of the larger parameter.
  private static func fraction(_ a: Double, _ b: Double, _ x: Double) -> Double {
    let tiny = 1e-300
    var c = 1.0
    var d = 1 - (a + b) * x / (a + 1)
    d = 1 / (abs(d) < tiny ? tiny : d)
    var value = d
    for step in 1...100_000 {
      let m = Double(step)
      for term in [
        m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
        -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
      ] {
        d = 1 + term * d
        d = 1 / (abs(d) < tiny ? tiny : d)
        c = 1 + term / c
        c = abs(c) < tiny ? tiny : c
        value *= d * c
      }
      if abs(d * c - 1) < 1e-15 { break }
    }
    return value
  }
}

/// The point of an interval up to which a condition holds, to the last bit.
func bisected(_ range: ClosedRange<Double>, while holds: (Double) -> Bool) -> Double {
  var (low, high) = (range.lowerBound, range.upperBound)
  while true {
    let middle = low + (high - low) / 2
    guard middle > low, middle < high else { return middle }
    if holds(middle) { low = middle } else { high = middle }
  }
}
