// SPDX-License-Identifier: Apache-2.0
package import Model

/// A sensitive type with bounds for count and confidence (query-language section 7.5).
///
/// The condition of a restriction is written `name` or `name|lower..upper|lower..upper` (count, then
/// confidence; an open upper bound is empty). The values of an item are `name|count|confidence`, one
/// for each confidence that its instances of a type have. What is counted are the instances whose
/// confidence lies in bounds: `…|5..|85..` asks for five of which each one is that certain.
package struct SensitiveTypeCondition: Hashable, Sendable {
  /// The type's name, in lower case.
  package var name: String
  package var count: ClosedRange<Int>
  package var confidence: ClosedRange<Int>

  /// The type; nil for a name that there is none for.
  package var type: SensitiveType? { SensitiveType(named: name) }

  /// The confidences in bounds.
  package var confidences: [SensitiveConfidence] {
    SensitiveConfidence.allCases.filter { confidence.contains($0.rawValue) }
  }

  /// Reads the value of a restriction in its canonical form.
  package init(_ condition: String) {
    let parts = condition.split(separator: "|", omittingEmptySubsequences: false)
    name = parts.first.map(String.init) ?? ""
    count = parts.count > 1 ? Self.bounds(parts[1]) : 1...Int.max
    confidence = parts.count > 2 ? Self.bounds(parts[2]) : 1...Int.max
  }

  /// Whether an item with some values fulfils it.
  func matches(_ values: [String]) -> Bool {
    var found = 0
    for value in values {
      let parts = value.split(separator: "|", omittingEmptySubsequences: false)
      guard parts.count == 3, parts[0] == name, let number = Int(parts[1]),
        let certainty = Int(parts[2]), confidence.contains(certainty)
      else { continue }
      found += number
    }
    return found > 0 && count.contains(found)
  }

  /// A single number stands for itself; a bound that is no number is open.
  private static func bounds(_ text: Substring) -> ClosedRange<Int> {
    guard let dots = text.firstRange(of: "..") else {
      return Int(text).map { $0...$0 } ?? 1...Int.max
    }
    let lower = Int(text[..<dots.lowerBound]) ?? 1
    let upper = Int(text[dots.upperBound...]) ?? .max
    return lower...max(lower, upper)
  }
}
