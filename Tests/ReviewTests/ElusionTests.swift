// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Review

/// Bounds of numbers missed come from scipy 1.17.1: all numbers M with
/// `hypergeom.sf(k-1, N, M, n) > 0.025` and `hypergeom.cdf(k, N, M, n) > 0.025`.
@Suite("Elusion")
struct ElusionTests {
  @Test(
    "bounds the number missed exactly",
    arguments: [
      (90_000, 1500, 8, 210, 939), (500, 100, 0, 0, 16), (500, 100, 100, 484, 500),
      (1000, 300, 7, 12, 43), (20, 20, 3, 3, 3), (10, 1, 0, 0, 9), (10, 1, 1, 1, 10),
    ] as [(Int, Int, Int, Int, Int)])
  func missed(population: Int, size: Int, hits: Int, first: Int, last: Int) throws {
    let sample = try #require(Proportion(hits: hits, size: size))
    let elusion = try #require(Elusion(sample, population: population))
    #expect(elusion.missedBounds(.usual) == first...last)
  }

  @Test("gives the recall of the specification's example")
  func recall() throws {
    let sample = try #require(Proportion(hits: 8, size: 1500))
    let elusion = try #require(Elusion(sample, population: 90_000))
    #expect(abs(elusion.missed - 480) < 1e-9)
    let recall = try #require(elusion.recall(found: 9500, rate: sample.value))
    #expect(abs(recall - 0.951904) < 5e-7)
    let exact = try #require(elusion.recallBounds(found: 9500, sample.clopperPearson(.usual)))
    #expect(abs(exact.lower - 0.909670) < 5e-7)
    #expect(abs(exact.upper - 0.978627) < 5e-7)
    let wilson = try #require(elusion.recallBounds(found: 9500, sample.wilson(.usual)))
    #expect(abs(wilson.lower - 0.909613) < 5e-7)
    #expect(abs(wilson.upper - 0.975015) < 5e-7)
  }

  @Test("knows no recall where nothing is relevant")
  func nothing() throws {
    let sample = try #require(Proportion(hits: 0, size: 10))
    let elusion = try #require(Elusion(sample, population: 10))
    #expect(elusion.recall(found: 0, rate: 0) == nil)
    #expect(Elusion(sample, population: 9) == nil)
  }
}
