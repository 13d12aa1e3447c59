// SPDX-License-Identifier: Apache-2.0
import Review
import Testing

@Suite("Confusion of a coding with the truth")
struct ConfusionTests {
  @Test("gives the figures of the specification's example")
  func example() throws {
    let confusion = Confusion(
      truePositives: 81, falsePositives: 27, falseNegatives: 19, trueNegatives: 873)
    func isClose(_ value: Double?, _ expected: Double) -> Bool {
      value.map { abs($0 - expected) < 0.000_000_6 } ?? false
    }
    #expect(isClose(confusion.precision?.value, 0.75))
    #expect(isClose(confusion.recall?.value, 0.81))
    #expect(isClose(confusion.f1, 0.778846))
    #expect(isClose(confusion.richness?.value, 0.1))
    #expect(isClose(confusion.elusion?.value, 0.021300))
    #expect(isClose(confusion.kappa, 0.753219))
  }

  @Test("knows nothing where there is nothing to divide by")
  func nothing() {
    let empty = Confusion()
    #expect(empty.precision == nil)
    #expect(empty.recall == nil)
    #expect(empty.richness == nil)
    #expect(empty.elusion == nil)
    #expect(empty.f1 == nil)
    #expect(empty.kappa == nil)
    // All items are so and were predicted: chance explains it.
    #expect(Confusion(truePositives: 4).kappa == nil)
    #expect(Confusion(falsePositives: 2, falseNegatives: 2).f1 == nil)
  }

  @Test("counts items one by one")
  func counting() {
    var confusion = Confusion()
    for (predicted, actual) in [(true, true), (true, false), (false, true), (false, false)] {
      confusion.add(isPredicted: predicted, isActual: actual)
    }
    confusion.add(isPredicted: false, isActual: false)
    #expect(
      confusion
        == Confusion(
          truePositives: 1, falsePositives: 1, falseNegatives: 1, trueNegatives: 2))
    #expect(confusion.size == 5)
  }
}
