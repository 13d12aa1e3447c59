// SPDX-License-Identifier: Apache-2.0
import Model

/// International bank account numbers (ISO 13616).
extension TextScanner {
  /// Looks for an account number whose check digits begin at a place.
  ///
  /// Gives its end; nil when there is none.
  mutating func bankAccount(
    at digits: Int, in text: Span<UInt8>, into receiver: inout some MatchReceiver
  ) -> Int? {
    let start = digits - 2
    guard start >= 0, text[start].isLetter, text[start + 1].isLetter,
      isFree(.bankAccountNumber, at: start),
      !text.at(start - 1).isWordByte,
      let country = BankAccountForm.forms[
        BankAccountForm.key(text[start].uppercased, text[start + 1].uppercased)],
      let (end, hasLowercase) = account(from: start, country, in: text)
    else { return nil }
    let range = start..<end
    let confidence: SensitiveConfidence =
      supports(.bankAccountNumber, range, in: text) ? .high : hasLowercase ? .low : .medium
    report(.bankAccountNumber, range, confidence, to: &receiver)
    return end
  }

  /// Reads the account number of a country into `instance`, in one piece or in groups of four.
  private mutating func account(
    from start: Int, _ form: BankAccountForm, in text: Span<UInt8>
  ) -> (end: Int, hasLowercase: Bool)? {
    instance.removeAll(keepingCapacity: true)
    var position = start
    var separator = Span<UInt8>.GroupSeparator.none
    var isGrouped = false
    var hasLowercase = false
    while instance.count < form.length {
      if instance.count > 0, instance.count.isMultiple(of: 4) {
        let (kind, next) = text.groupGap(at: position)
        if instance.count == 4 {
          isGrouped = kind != .none
          separator = kind
        }
        if isGrouped {
          guard kind == separator else { return nil }
          position = next
        }
      }
      let byte = text.at(position)
      guard byte.isAlphanumeric else { return nil }
      if byte.isLower { hasLowercase = true }
      instance.append(byte.uppercased)
      position += 1
    }
    guard !text.at(position).isWordByte, form.fits(instance.span), Self.isChecked(instance.span)
    else { return nil }
    return (position, hasLowercase)
  }

  /// Whether the number, its first four characters moved to the end and letters read as 10 to 35,
  /// leaves 1 when it is divided by 97 (ISO 7064).
  private static func isChecked(_ account: Span<UInt8>) -> Bool {
    var remainder = 0
    func take(_ byte: UInt8) {
      if byte.isDigit {
        remainder = (remainder * 10 + byte.digitValue) % 97
      } else {
        remainder = (remainder * 100 + Int(byte - UInt8(ascii: "A")) + 10) % 97
      }
    }
    for index in 4..<account.count { take(account[index]) }
    for index in 0..<4 { take(account[index]) }
    return remainder == 1
  }
}

extension UInt8 {
  fileprivate var uppercased: UInt8 { isLower ? self & 0xDF : self }
}

extension Span<UInt8> {
  /// A blank or hyphen with a letter or digit after it.
  fileprivate func groupGap(at index: Int) -> (kind: GroupSeparator, next: Int) {
    switch at(index) {
    case 0x20: return (.blank, index + 1)
    case UInt8(ascii: "-"): return (.hyphen, index + 1)
    case 0xC2 where at(index + 1) == 0xA0: return (.blank, index + 2)
    default: return (.none, index)
    }
  }
}

/// What the account numbers of a country look like, as the registry of ISO 13616 lists it.
struct BankAccountForm: Sendable {
  /// Kinds of characters in order with their numbers, after the check digits: `n` digits, `a`
  /// capital letters, `c` either.
  private let parts: [(kind: UInt8, count: Int)]
  /// Characters in all.
  let length: Int

  private init(_ text: String) {
    var parts: [(kind: UInt8, count: Int)] = []
    var count = 0
    for byte in text.utf8 {
      if byte.isDigit {
        count = count * 10 + byte.digitValue
      } else {
        parts.append((byte, count))
        count = 0
      }
    }
    self.parts = parts
    length = 4 + parts.reduce(0) { $0 + $1.count }
  }

  /// Whether a number of the right length has the right kinds of characters, and check digits from
  /// 02 to 98.
  func fits(_ account: Span<UInt8>) -> Bool {
    guard account[2].isDigit, account[3].isDigit,
      (2...98).contains(account[2].digitValue * 10 + account[3].digitValue)
    else { return false }
    var index = 4
    for (kind, count) in parts {
      for _ in 0..<count {
        switch kind {
        case UInt8(ascii: "n"): if !account[index].isDigit { return false }
        case UInt8(ascii: "a"): if !account[index].isUpper { return false }
        default: break
        }
        index += 1
      }
    }
    return true
  }

  static func key(_ first: UInt8, _ second: UInt8) -> UInt16 { UInt16(first) << 8 | UInt16(second) }

  static let forms: [UInt16: BankAccountForm] = {
    var forms: [UInt16: BankAccountForm] = [:]
    for entry in countries.split(separator: " ") {
      let bytes = Array(entry.utf8)
      forms[key(bytes[0], bytes[1])] = BankAccountForm(String(entry.dropFirst(2)))
    }
    return forms
  }()

  /// Country and form.
  private static let countries = """
    AD8n12c AE19n AL8n16c AT16n AZ4a20c BA16n BE12n BG4a6n8c BH4a14c BI23n BR23n1a1c BY4c4n16c \
    CH5n12c CR18n CY8n16c CZ20n DE18n DJ23n DK14n DO4c20n EE16n EG25n ES20n FI14n FK2a12n FO14n \
    FR10n11c2n GB4a14n GE2a16n GI4a15c GL14n GR7n16c GT4c20c HR17n HU24n IE4a14n IL19n IQ4a15n \
    IS22n IT1a10n12c JO4a4n18c KW4a22c KZ3n13c LB4n20c LC4a24c LI5n12c LT16n LU3n13c LV4a13c LY21n \
    MC10n11c2n MD2c18c ME18n MK3n10c2n MN16n MR23n MT4a5n18c MU4a19n3a NI4a20n NL4a10n NO11n \
    OM3n16c PK4a16c PL24n PS4a21c PT21n QA4a21c RO4a16c RS18n RU14n15c SA2n18c SC4a20n3a SD14n \
    SE20n SI15n SK20n SM1a10n12c SO19n ST21n SV4a20n TL19n TN20n TR5n1n16c UA6n19c VA18n VG4a16n \
    XK16n YE4a4n18c
    """
}
