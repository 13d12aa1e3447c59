// SPDX-License-Identifier: Apache-2.0

/// The digit that ends a card number (ISO/IEC 7812-1, annex B).
enum Luhn {
  /// Whether digits end with the right one.
  static func holds(_ digits: Span<UInt8>) -> Bool {
    var sum = 0
    var isDoubled = false
    for index in digits.indices.reversed() {
      let digit = digits[index].digitValue
      sum += isDoubled ? (digit < 5 ? digit * 2 : digit * 2 - 9) : digit
      isDoubled.toggle()
    }
    return sum % 10 == 0
  }
}

/// Which first digits and lengths the card networks use.
enum CardIssuers {
  /// Whether digits can be a card number by their begin and length.
  static func mayIssue(_ digits: Span<UInt8>) -> Bool {
    guard (12...19).contains(digits.count) else { return false }
    var six = 0
    for index in 0..<6 { six = six * 10 + digits[index].digitValue }
    let length = digits.count
    return isVisaOrMastercard(six, length) || isTravelCard(six, length)
      || isDebitNetwork(six, length)
  }

  private static func isVisaOrMastercard(_ six: Int, _ length: Int) -> Bool {
    switch six {
    case 400_000...499_999: length == 13 || length == 16 || length == 19
    case 510_000...559_999, 222_100...272_099: length == 16
    // Mir.
    case 220_000...220_499: (16...19).contains(length)
    default: false
    }
  }

  /// American Express, Diners Club, Discover, JCB.
  private static func isTravelCard(_ six: Int, _ length: Int) -> Bool {
    switch six {
    case 340_000...349_999, 370_000...379_999: length == 15
    case 300_000...305_999, 309_500...309_599, 360_000...369_999, 380_000...399_999:
      (14...19).contains(length)
    case 601_100...601_199, 622_126...622_925, 644_000...659_999: (16...19).contains(length)
    case 352_800...358_999: (16...19).contains(length)
    default: false
    }
  }

  /// UnionPay, Maestro, RuPay, Troy, Verve.
  private static func isDebitNetwork(_ six: Int, _ length: Int) -> Bool {
    switch six {
    case 620_000...629_999: (16...19).contains(length)
    case 501_800...501_899, 502_000...502_099, 503_800...503_899, 589_300...589_399,
      630_400...630_499, 675_900...675_999, 676_100...676_399:
      (12...19).contains(length)
    case 508_000...508_999, 600_000...609_999, 810_000...829_999: length == 16
    case 979_200...979_299: length == 16
    case 506_099...506_198, 650_002...650_027, 507_865...507_964:
      length == 16 || length == 18 || length == 19
    default: false
    }
  }
}
