// SPDX-License-Identifier: Apache-2.0
package import Model

/// Something that is blacked out before any rendering is made.
package struct Redaction: Sendable, Hashable {
  /// Its id, for the log.
  package var id: String
  /// The index of the item; nil for parts of the unit.
  package var item: Int?
  package var part: RedactedPart
  /// Bytes of UTF-8 of the part's text, half-open; nil for the whole part.
  package var span: Range<Int>?
  package var reason: RedactionReason
  /// The basis in words.
  package var basis: String
  package var actor: String
  package var time: Instant

  package init(
    id: String, item: Int?, part: RedactedPart, span: Range<Int>? = nil, reason: RedactionReason,
    basis: String = "", actor: String, time: Instant
  ) {
    self.id = id
    self.item = item
    self.part = part
    self.span = span
    self.reason = reason
    self.basis = basis
    self.actor = actor
    self.time = time
  }
}

/// Why a document is withheld, as the privilege log tells it (export-formats section 11.2).
package struct PrivilegeClaim: Sendable, Hashable {
  /// `AC`, `WP`, `CI`, `JD` or `OTHER`.
  package var basis: String
  /// `FACT`, `OPINION` or empty.
  package var workProduct: String
  /// Does not reveal content.
  package var description: String
  /// Names of attorneys.
  package var attorneys: [String]
  package var reviewer: String
  package var reviewed: Instant?

  package init(
    basis: String = "AC", workProduct: String = "", description: String = "",
    attorneys: [String] = [], reviewer: String = "", reviewed: Instant? = nil
  ) {
    self.basis = basis
    self.workProduct = workProduct
    self.description = description
    self.attorneys = attorneys
    self.reviewer = reviewer
    self.reviewed = reviewed
  }
}

/// What stands in the place of blacked-out text.
enum RedactionMark {
  static func redacted(_ reasons: [RedactionReason]) -> String {
    "[REDACTED \u{2013} " + reasons.map(\.rawValue).joined(separator: ", ") + "]"
  }

  static func withheld(_ bases: [String]) -> String {
    "[WITHHELD \u{2013} " + bases.joined(separator: ", ") + "]"
  }
}

/// Cuts spans out of texts.
struct TextRedaction {
  private var spans: [(range: Range<Int>?, reason: RedactionReason)] = []

  mutating func add(_ range: Range<Int>?, _ reason: RedactionReason) {
    spans.append((range, reason))
  }

  /// The text without the spans; what touches or overlaps becomes one mark with all reasons.
  ///
  /// A span that begins or ends inside a character takes the whole character.
  func applied(to text: String) -> String {
    let utf8 = text.utf8
    let count = utf8.count
    let cuts = spans.map { span -> (range: Range<Int>, reason: RedactionReason) in
      guard let range = span.range else { return (0..<count, span.reason) }
      let lower = min(max(0, range.lowerBound), count)
      return (lower..<max(lower, min(range.upperBound, count)), span.reason)
    }.sorted {
      ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound)
    }
    var merged: [(range: Range<Int>, reasons: [RedactionReason])] = []
    for cut in cuts {
      let range = Self.rounded(cut.range, in: text)
      if let last = merged.last, range.lowerBound <= last.range.upperBound {
        merged[merged.count - 1].range =
          last.range.lowerBound..<max(last.range.upperBound, range.upperBound)
        if !last.reasons.contains(cut.reason) {
          merged[merged.count - 1].reasons.append(cut.reason)
        }
      } else {
        merged.append((range, [cut.reason]))
      }
    }
    var result: [UInt8] = []
    var end = 0
    let bytes = Array(utf8)
    for cut in merged {
      result += bytes[end..<cut.range.lowerBound]
      result += Array(RedactionMark.redacted(cut.reasons).utf8)
      end = cut.range.upperBound
    }
    result += bytes[end...]
    return String(decoding: result, as: UTF8.self)
  }

  private static func rounded(_ range: Range<Int>, in text: String) -> Range<Int> {
    let bytes = text.utf8
    func isInside(_ offset: Int) -> Bool {
      guard offset > 0, offset < bytes.count else { return false }
      return bytes[bytes.index(bytes.startIndex, offsetBy: offset)] & 0xC0 == 0x80
    }
    var lower = range.lowerBound
    var upper = range.upperBound
    while isInside(lower) { lower -= 1 }
    while isInside(upper) { upper += 1 }
    // A mark belongs to the letter before it: left alone it would tell of that.
    let scalars = text.unicodeScalars
    var end = bytes.index(bytes.startIndex, offsetBy: upper)
    while end < bytes.endIndex, scalars[end].properties.canonicalCombiningClass != .notReordered {
      scalars.formIndex(after: &end)
    }
    return lower..<bytes.distance(from: bytes.startIndex, to: end)
  }
}
