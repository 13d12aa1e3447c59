// SPDX-License-Identifier: Apache-2.0

/// Finds the words in a text that a query looks for, to mark them in output.
///
/// Only the positive text terms count: what stands under a NOT is marked nowhere, and of a NEAR
/// only words that belong to a fitting segment.
package struct HitFinder: Sendable {
  private enum Target: Sendable {
    case phrase(Phrase)
    case near(ProximityMatcher)
  }

  private let targets: [(target: Target, scope: TextScope)]

  package init(_ node: QueryNode) {
    var targets: [(target: Target, scope: TextScope)] = []
    Self.collect(node, isPositive: true, into: &targets)
    self.targets = targets
  }

  /// Whether there is nothing to mark in any text.
  package var isEmpty: Bool { targets.isEmpty }

  /// Finds the words to mark in a text.
  ///
  /// - Parameters:
  ///   - text: UTF-8; segments may be joined by `Tokenizer.segmentSeparator`.
  ///   - property: The property whose text it is; nil for the text of a file.
  /// - Returns: Ranges of bytes, ascending, none overlapping another.
  /// - Throws: `EvaluationError` when a NEAR cannot be decided.
  package func hits(
    in text: Span<UInt8>, of property: Property?
  ) throws(EvaluationError) -> [Range<Int>] {
    let wanted = targets.filter { Self.covers($0.scope, property) }
    guard !wanted.isEmpty else { return [] }
    var ranges: [Range<Int>] = []
    for segment in TokenizedText.segments(of: text, keepsSourceRanges: true) {
      for (target, _) in wanted {
        let hits =
          switch target {
          case .phrase(let phrase): segment.occurrences(of: phrase)
          case .near(let proximity): try proximity.hits(in: segment)
          }
        let sources = segment.sourceRanges
        for hit in hits {
          ranges.append(sources[hit.lowerBound].lowerBound..<sources[hit.upperBound - 1].upperBound)
        }
      }
    }
    return Self.merged(ranges)
  }

  private static func covers(_ scope: TextScope, _ property: Property?) -> Bool {
    switch scope {
    case .property(let wanted): wanted == property
    case .fullText:
      property == nil || property == .body || property == .title || property == .attachment
    }
  }

  private static func collect(
    _ node: QueryNode, isPositive: Bool, into targets: inout [(target: Target, scope: TextScope)]
  ) {
    switch node {
    case .text(let match, let scope):
      if isPositive { targets.append((.phrase(Phrase(match)), scope)) }
    case .near(let proximity, let scope):
      if isPositive { targets.append((.near(ProximityMatcher(proximity)), scope)) }
    case .and(let nodes), .or(let nodes):
      for node in nodes { collect(node, isPositive: isPositive, into: &targets) }
    case .not(let node): collect(node, isPositive: !isPositive, into: &targets)
    case .all, .restriction: break
    }
  }

  private static func merged(_ ranges: [Range<Int>]) -> [Range<Int>] {
    var result: [Range<Int>] = []
    for range in ranges.sorted(by: ProximityMatcher.precedes) {
      if let last = result.last, range.lowerBound < last.upperBound {
        result[result.count - 1] =
          last.lowerBound..<max(last.upperBound, range.upperBound)
      } else {
        result.append(range)
      }
    }
    return result
  }
}
