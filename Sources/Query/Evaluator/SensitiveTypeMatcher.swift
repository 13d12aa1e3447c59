// SPDX-License-Identifier: Apache-2.0

/// A sensitive type with bounds for count and confidence (query-language section 7.5).
///
/// The condition is written `name` or `name|lower..upper|lower..upper` (count, then confidence; an
/// open upper bound is empty). An item's value is `name` or `name|count|confidence`; one without
/// numbers satisfies no bounds.
struct SensitiveTypeMatcher: Sendable {
  private let name: String
  private let count: ClosedRange<Int>?
  private let confidence: ClosedRange<Int>?

  init(_ condition: String) {
    let parts = condition.split(separator: "|", omittingEmptySubsequences: false)
    name = parts.first.map(String.init) ?? ""
    count = parts.count > 1 ? Self.bounds(parts[1]) : nil
    confidence = parts.count > 2 ? Self.bounds(parts[2]) : nil
  }

  func matches(_ value: String) -> Bool {
    let parts = value.split(separator: "|", omittingEmptySubsequences: false)
    guard parts.first.map({ $0 == name }) ?? false else { return false }
    return Self.satisfies(parts.dropFirst().first, count)
      && Self.satisfies(parts.dropFirst(2).first, confidence)
  }

  private static func satisfies(_ text: Substring?, _ bounds: ClosedRange<Int>?) -> Bool {
    guard let bounds else { return true }
    return text.flatMap { Int($0) }.map { bounds.contains($0) } ?? false
  }

  /// A single number stands for itself; a bound that is no number is open.
  private static func bounds(_ text: Substring) -> ClosedRange<Int> {
    guard let dots = text.firstRange(of: "..") else {
      return Int(text).map { $0...$0 } ?? Int.min...Int.max
    }
    let lower = Int(text[..<dots.lowerBound]) ?? .min
    let upper = Int(text[dots.upperBound...]) ?? .max
    return lower...max(lower, upper)
  }
}
