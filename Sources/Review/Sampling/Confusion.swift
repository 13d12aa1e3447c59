// SPDX-License-Identifier: Apache-2.0

/// How a coding compares with the truth over a validated set (export-formats section 13).
package struct Confusion: Hashable, Sendable {
  package var truePositives: Int
  package var falsePositives: Int
  package var falseNegatives: Int
  package var trueNegatives: Int

  package init(
    truePositives: Int = 0, falsePositives: Int = 0, falseNegatives: Int = 0,
    trueNegatives: Int = 0
  ) {
    self.truePositives = truePositives
    self.falsePositives = falsePositives
    self.falseNegatives = falseNegatives
    self.trueNegatives = trueNegatives
  }

  /// Counts one item.
  package mutating func add(isPredicted: Bool, isActual: Bool) {
    switch (isPredicted, isActual) {
    case (true, true): truePositives += 1
    case (true, false): falsePositives += 1
    case (false, true): falseNegatives += 1
    case (false, false): trueNegatives += 1
    }
  }

  /// All items.
  package var size: Int { truePositives + falsePositives + falseNegatives + trueNegatives }

  /// The share of what was predicted that is so; nil where nothing was predicted.
  package var precision: Proportion? {
    Proportion(hits: truePositives, size: truePositives + falsePositives)
  }

  /// The share of what is so that was predicted; nil where nothing is so.
  package var recall: Proportion? {
    Proportion(hits: truePositives, size: truePositives + falseNegatives)
  }

  /// The share of all that is so; nil of no items.
  package var richness: Proportion? {
    Proportion(hits: truePositives + falseNegatives, size: size)
  }

  /// The share of what was not predicted that is so nevertheless; nil where all was predicted.
  package var elusion: Proportion? {
    Proportion(hits: falseNegatives, size: falseNegatives + trueNegatives)
  }

  /// The harmonic mean of precision and recall; nil where either is not known or both are 0.
  package var f1: Double? {
    guard precision != nil, recall != nil, truePositives > 0 else { return nil }
    return 2 * Double(truePositives)
      / Double(2 * truePositives + falsePositives + falseNegatives)
  }

  /// Agreement beyond chance after Cohen; nil where chance alone explains everything.
  package var kappa: Double? {
    guard size > 0 else { return nil }
    let all = Double(size)
    let observed = Double(truePositives + trueNegatives) / all
    let predicted = Double(truePositives + falsePositives) / all
    let actual = Double(truePositives + falseNegatives) / all
    let expected = predicted * actual + (1 - predicted) * (1 - actual)
    guard expected < 1 else { return nil }
    return (observed - expected) / (1 - expected)
  }
}
