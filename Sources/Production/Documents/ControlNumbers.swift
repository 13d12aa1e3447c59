// SPDX-License-Identifier: Apache-2.0

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
    let isAllowed = prefix.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
        UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "-"):
        true
      default: false
      }
    }
    guard let first = prefix.utf8.first, let last = prefix.utf8.last, isAllowed,
      first != UInt8(ascii: "."), first != UInt8(ascii: "-"), prefix.utf8.count <= 32,
      !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(last)
    else {
      throw ProductionError(
        .invalidOption,
        "the prefix of control numbers must be 1 to 32 of A-Z 0-9 _ . -, not begin with . or - "
          + "and not end in a digit")
    }
    guard !isDeviceName(prefix) else {
      throw ProductionError(
        .invalidOption, "the prefix of control numbers must not be a device name of Windows")
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

// `COM.0000001` would be the device COM1's kin: Windows ignores what follows the first dot.
private func isDeviceName(_ name: String) -> Bool {
  guard let dot = name.firstIndex(of: ".") else { return false }
  let stem = name[..<dot]
  if ["CON", "PRN", "AUX", "NUL"].contains(stem) { return true }
  let isNumbered = stem.hasPrefix("COM") || stem.hasPrefix("LPT")
  return isNumbered && stem.utf8.count == 4 && stem.utf8.last != UInt8(ascii: "0")
}
