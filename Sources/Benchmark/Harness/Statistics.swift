// SPDX-License-Identifier: Apache-2.0
import Foundation

extension Array where Element == Double {
  /// The middle value, or the mean of the two; 0 of nothing.
  var median: Double {
    let ordered = sorted()
    guard let last = ordered.indices.last else { return 0 }
    return (ordered[last / 2] + ordered[(last + 1) / 2]) / 2
  }

  /// The smallest value that at least `share` of all values do not exceed; 0 of nothing.
  func percentile(_ share: Double) -> Double {
    guard !isEmpty else { return 0 }
    let rank = Int((share * Double(count)).rounded(.up))
    return sorted()[Swift.min(Swift.max(rank, 1), count) - 1]
  }

  /// The mean by multiplication, right for ratios; 0 of nothing.
  ///
  /// All values are above 0.
  var geometricMean: Double {
    guard !isEmpty else { return 0 }
    return exp(reduce(0) { $0 + log($1) } / Double(count))
  }
}
