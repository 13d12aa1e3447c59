// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@testable import Review

/// Expected values are those of scipy 1.17.1: `binomtest(k, n).proportion_ci(c, method='exact')` and
/// `method='wilson'`, printed with ten digits.
@Suite("Intervals of a proportion")
struct ProportionTests {
  struct Case: Sendable {
    var hits: Int
    var size: Int
    var level: Double
    var exact: (Double, Double)
    var wilson: (Double, Double)

    init(
      _ hits: Int, _ size: Int, _ level: Double, exact: (Double, Double), wilson: (Double, Double)
    ) {
      self.hits = hits
      self.size = size
      self.level = level
      self.exact = exact
      self.wilson = wilson
    }
  }

  static let cases: [Case] = [
    .init(0, 1500, 0.95, exact: (0.0000000000, 0.0024562315), wilson: (0.0000000000, 0.0025544307)),
    .init(8, 1500, 0.95, exact: (0.0023052825, 0.0104816126), wilson: (0.0027049288, 0.0104889214)),
    .init(3, 300, 0.95, exact: (0.0020670072, 0.0289445113), wilson: (0.0034066184, 0.0289834934)),
    .init(
      30, 1000, 0.95, exact: (0.0203304857, 0.0425514025), wilson: (0.0210937388, 0.0425034141)),
    .init(75, 100, 0.95, exact: (0.6534475042, 0.8312202619), wilson: (0.6569553645, 0.8245478864)),
    .init(81, 100, 0.95, exact: (0.7193020420, 0.8815568039), wilson: (0.7222115462, 0.8748524849)),
    .init(0, 1, 0.95, exact: (0.0000000000, 0.9750000000), wilson: (0.0000000000, 0.7934506856)),
    .init(1, 1, 0.95, exact: (0.0250000000, 1.0000000000), wilson: (0.2065493144, 1.0000000000)),
    .init(1, 2, 0.95, exact: (0.0125791171, 0.9874208829), wilson: (0.0945312057, 0.9054687943)),
    .init(
      100, 100, 0.95, exact: (0.9637833074, 1.0000000000), wilson: (0.9630065018, 1.0000000000)),
    .init(
      12345, 100_000, 0.95, exact: (0.1214171067, 0.1255047608),
      wilson: (0.1214256178, 0.1255033112)),
    .init(
      999_999, 1_000_000, 0.95, exact: (0.9999944284, 0.9999999747),
      wilson: (0.9999943351, 0.9999998235)),
    .init(
      500_000, 1_000_000, 0.95, exact: (0.4990195192, 0.5009804808),
      wilson: (0.4990200199, 0.5009799801)),
    .init(8, 1500, 0.99, exact: (0.0017166049, 0.0123418597), wilson: (0.0022101315, 0.0128133468)),
    .init(81, 100, 0.99, exact: (0.6901621123, 0.8991826697), wilson: (0.6909728946, 0.8904502790)),
    .init(
      500_000, 1_000_000, 0.99, exact: (0.4987115878, 0.5012884122),
      wilson: (0.4987120896, 0.5012879104)),
    .init(0, 1500, 0.9, exact: (0.0000000000, 0.0019951619), wilson: (0.0000000000, 0.0018004482)),
    .init(3, 300, 0.9, exact: (0.0027310302, 0.0256413931), wilson: (0.0040033607, 0.0247557540)),
  ]

  @Test("are those of scipy to eight decimals", arguments: 0..<cases.count)
  func matchScipy(number: Int) throws {
    let test = Self.cases[number]
    let proportion = try #require(Proportion(hits: test.hits, size: test.size))
    let confidence = try #require(Confidence(level: test.level))
    let exact = proportion.clopperPearson(confidence)
    let wilson = proportion.wilson(confidence)
    #expect(abs(exact.lower - test.exact.0) < 1e-8, "\(exact)")
    #expect(abs(exact.upper - test.exact.1) < 1e-8, "\(exact)")
    #expect(abs(wilson.lower - test.wilson.0) < 1e-8, "\(wilson)")
    #expect(abs(wilson.upper - test.wilson.1) < 1e-8, "\(wilson)")
  }

  /// An exact bound leaves just its tail: the defining sums, added up term by term.
  @Test("leave the promised tails, whatever the sample", arguments: [1, 2, 7, 40])
  func tails(size: Int) throws {
    for hits in 0...size {
      let bounds = try #require(Proportion(hits: hits, size: size)).clopperPearson(.usual)
      #expect(bounds.lower <= Double(hits) / Double(size))
      #expect(bounds.upper >= Double(hits) / Double(size))
      if hits > 0 {
        #expect(abs(binomialTail(size, bounds.lower, hits...size) - 0.025) < 1e-9)
      }
      if hits < size {
        #expect(abs(binomialTail(size, bounds.upper, 0...hits) - 0.025) < 1e-9)
      }
    }
  }

  private func binomialTail(_ size: Int, _ share: Double, _ counts: ClosedRange<Int>) -> Double {
    counts.reduce(0) { sum, count in
      var choices = 1.0
      for step in 0..<count { choices *= Double(size - step) / Double(step + 1) }
      return sum + choices * pow(share, Double(count)) * pow(1 - share, Double(size - count))
    }
  }

  @Test("rest on the quantile of the specification")
  func quantile() {
    #expect(abs(Confidence.usual.normalQuantile - 1.959963985) < 1e-9)
  }

  @Test("without a hit give the one-sided bounds of the specification")
  func withoutHits() {
    #expect(abs(Proportion.upperBoundWithoutHits(1500, .usual) - 0.001995) < 5e-7)
    #expect(Proportion.upperBoundWithoutHits(299, .usual) < 0.01)
    #expect(Proportion.upperBoundWithoutHits(298, .usual) >= 0.01)
    #expect(Proportion.upperBoundWithoutHits(598, .usual) < 0.005)
    #expect(Proportion.upperBoundWithoutHits(597, .usual) >= 0.005)
  }

  /// The table of export-formats section 13: sizes that just reach a margin, and one less does not.
  @Test(
    "of the sizes in the specification's table reach their margins",
    arguments: [
      (0.05, 1000, 278), (0.05, 10_000, 370), (0.05, 100_000, 383), (0.02, 1000, 707),
      (0.02, 10_000, 1937), (0.02, 100_000, 2345),
    ] as [(Double, Int, Int)])
  func margins(margin: Double, population: Int, size: Int) {
    #expect(Confidence.usual.widestMargin(ofSample: size, from: population) <= margin)
    #expect(Confidence.usual.widestMargin(ofSample: size - 1, from: population) > margin)
    #expect(Confidence.usual.widestMargin(ofSample: population, from: population) == 0)
  }

  @Test("refuse codings that cannot be")
  func refusals() {
    #expect(Proportion(hits: 3, size: 2) == nil)
    #expect(Proportion(hits: -1, size: 2) == nil)
    #expect(Proportion(hits: 0, size: 0) == nil)
    #expect(Confidence(level: 1) == nil)
    #expect(Confidence(level: 0.5) == nil)
  }
}
