// SPDX-License-Identifier: Apache-2.0

/// What may stand before the digits of control numbers (export-formats section 5.5).
package enum ControlPrefix {
  /// What is wrong with a prefix; nil where it may be one.
  ///
  /// It begins file names, so it is none of Windows' devices and hides no file.
  package static func fault(in prefix: String) -> String? {
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
      return
        "the prefix of control numbers must be 1 to 32 of A-Z 0-9 _ . -, not begin with . or - "
        + "and not end in a digit"
    }
    return isDeviceName(prefix)
      ? "the prefix of control numbers must not be a device name of Windows" : nil
  }

  // `COM.0000001` would be the device COM1's kin: Windows ignores what follows the first dot.
  private static func isDeviceName(_ name: String) -> Bool {
    guard let dot = name.firstIndex(of: ".") else { return false }
    let stem = name[..<dot]
    if ["CON", "PRN", "AUX", "NUL"].contains(stem) { return true }
    let isNumbered = stem.hasPrefix("COM") || stem.hasPrefix("LPT")
    return isNumbered && stem.utf8.count == 4 && stem.utf8.last != UInt8(ascii: "0")
  }
}
