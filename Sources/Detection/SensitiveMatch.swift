// SPDX-License-Identifier: Apache-2.0
package import Model

/// Something in a text that looks like sensitive information.
package struct SensitiveMatch: Hashable, Sendable {
  package var type: SensitiveType
  /// The bytes of the text that it takes.
  package var range: Range<Int>
  package var confidence: SensitiveConfidence

  package init(type: SensitiveType, range: Range<Int>, confidence: SensitiveConfidence) {
    self.type = type
    self.range = range
    self.confidence = confidence
  }
}

/// Takes what a scanner finds.
protocol MatchReceiver {
  /// Takes a match with what tells its instance from others: the same for every way to write it.
  mutating func take(_ match: SensitiveMatch, instance: Span<UInt8>)
}

/// The detection of sensitive types (query-language section 7.5).
///
/// What counts as an instance of each type is written down in custody-query(7).
package enum Detector {
  /// Raised with every change of what is found; stored with what was found.
  package static let version = 1

  /// Finds everything in a text.
  ///
  /// Takes time in proportion to the text, whatever it holds.
  ///
  /// - Parameter text: UTF-8. Nothing reaches across a segment separator, supporting words neither.
  /// - Returns: The matches by their begin, then type. Those of one type never overlap.
  package static func matches(in text: Span<UInt8>) -> [SensitiveMatch] {
    struct List: MatchReceiver {
      var matches: [SensitiveMatch] = []

      mutating func take(_ match: SensitiveMatch, instance: Span<UInt8>) { matches.append(match) }
    }
    var list = List()
    var scanner = TextScanner()
    scanner.scan(text, into: &list)
    return list.matches.sorted { left, right in
      (left.range.lowerBound, left.type) < (right.range.lowerBound, right.type)
    }
  }
}
