// SPDX-License-Identifier: Apache-2.0

/// Sets our figures beside those of the raw engines.
struct Comparisons {
  private(set) var rows: [BenchmarkReport.Comparison] = []

  /// Adds two figures; the bound is for their ratio.
  mutating func add(
    _ name: String, custody: Double?, raw: Double?, bound: BenchmarkReport.Bound? = nil
  ) {
    guard custody != nil || raw != nil else { return }
    var ratio: Double?
    if let custody, let raw, raw > 0 {
      ratio = custody / raw
    }
    add(name, custody: custody, raw: raw, ratio: ratio, bound: bound)
  }

  /// Adds figures with a ratio that is no plain division of the two.
  mutating func add(
    _ name: String, custody: Double?, raw: Double?, ratio: Double?,
    bound: BenchmarkReport.Bound?
  ) {
    guard custody != nil || raw != nil || ratio != nil else { return }
    rows.append(
      BenchmarkReport.Comparison(
        name: name, custody: custody, raw: raw, ratio: ratio, bound: bound,
        isKept: keeps(ratio, bound)))
  }

  /// Adds a figure of ours that has a bound of its own.
  mutating func add(_ name: String, own: Double?, bound: BenchmarkReport.Bound) {
    guard let own else { return }
    rows.append(
      BenchmarkReport.Comparison(
        name: name, custody: own, raw: nil, ratio: nil, bound: bound, isKept: keeps(own, bound)))
  }

  private func keeps(_ value: Double?, _ bound: BenchmarkReport.Bound?) -> Bool? {
    guard let value, let bound else { return nil }
    return bound.direction == .atLeast ? value >= bound.value : value <= bound.value
  }
}

extension Array where Element == Measurement {
  /// The median time in seconds; nil of nothing.
  var seconds: Double? { isEmpty ? nil : map(\.seconds).median }

  /// The median processor time in seconds; nil of nothing.
  var processorSeconds: Double? { isEmpty ? nil : map(\.processorSeconds).median }

  /// The highest peak of memory in megabytes (1,000,000 bytes).
  var peakMegabytes: Double? { map { Double($0.peakBytes) / 1e6 }.max() }

  /// A count that all runs have in common.
  func count(_ name: String) -> Double? { last?.counts[name].map(Double.init) }

  /// How much of a count was done in a second; nil when it is unknown.
  func rate(_ name: String) -> Double? {
    guard let seconds, seconds > 0, let count = count(name) else { return nil }
    return count / seconds
  }
}
