// SPDX-License-Identifier: Apache-2.0
import Model

/// Control numbers of documents: a prefix and digits of fixed width (export-formats section 5.5).
package struct ControlNumbers: Sendable, Hashable {
  /// The prefix when none is asked for.
  package static let defaultPrefix = "CLD"

  /// `[A-Z0-9_.-]`, not ending in a digit.
  package let prefix: String
  /// Count of digits, at least seven.
  package let width: Int
  /// The first number to assign, at least 1.
  package let start: Int

  /// Checks a numbering.
  ///
  /// - Throws: `ProductionError` when the prefix, width or start breaks the rules.
  package init(prefix: String = defaultPrefix, width: Int = 7, start: Int = 1) throws {
    if let fault = ControlPrefix.fault(in: prefix) {
      throw ProductionError(.invalidOption, fault)
    }
    guard (7...18).contains(width) else {
      throw ProductionError(.invalidOption, "control numbers must have 7 to 18 digits")
    }
    guard start >= 1, String(start).utf8.count <= width else {
      throw ProductionError(
        .invalidOption, "the first control number must be 1 or more and fit in \(width) digits")
    }
    self.prefix = prefix
    self.width = width
    self.start = start
  }

  /// The largest number of this width.
  package var largest: Int {
    (0..<width).reduce(1) { value, _ in value * 10 } - 1
  }

  /// A number as written, such as `CLD0000001`.
  package func text(_ number: Int) -> String {
    prefix + digits(number, width)
  }
}
