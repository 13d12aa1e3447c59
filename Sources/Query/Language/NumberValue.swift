// SPDX-License-Identifier: Apache-2.0

/// Reads whole numbers with units (query-language section 7.2).
enum NumberValue {
  /// A signed 64-bit number, with `KB`, `MB`, `GB` or `TB` (powers of 1024) directly after it if
  /// need be; nil for anything else.
  static func read(_ text: String) -> Int64? {
    var digits = text[...]
    var factor: Int64 = 1
    for (index, unit) in ["KB", "MB", "GB", "TB"].enumerated()
    where digits.uppercased().hasSuffix(unit) {
      digits = digits.dropLast(2)
      factor = 1 << (10 * (Int64(index) + 1))
      break
    }
    guard digits.utf8.count <= 24, digits.utf8.last.map(isDigit) ?? false,
      digits.utf8.first != UInt8(ascii: "+"), let number = Int64(digits)
    else { return nil }
    let (product, overflows) = number.multipliedReportingOverflow(by: factor)
    return overflows ? nil : product
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }
}
