// SPDX-License-Identifier: Apache-2.0
import Model

/// The words that, near a match, make it more certain.
///
/// A word is found in any letter case, alone or with an `s` at its end, where neither a letter nor a
/// digit of ASCII touches it. A blank in it stands for one to three characters of ASCII that are
/// neither. What is written in a script without blanks is found anywhere.
struct SupportingWords: Sendable {
  /// By the first byte, the shortest first; lower case.
  private let buckets: [[[UInt8]]]

  init(_ words: [String]) {
    var buckets = [[[UInt8]]](repeating: [], count: 256)
    for word in words {
      let bytes = Array(word.utf8)
      if let first = bytes.first { buckets[Int(first)].append(bytes) }
    }
    self.buckets = buckets.map { $0.sorted { $0.count < $1.count } }
  }

  /// The end of the shortest word that begins at a place; nil when none does.
  func end(at start: Int, in text: Span<UInt8>) -> Int? {
    let first = text[start].lowercased
    let candidates = buckets[Int(first)]
    guard !candidates.isEmpty else { return nil }
    let hasBoundaries = first < 0x80
    if hasBoundaries, text.at(start - 1).isAlphanumeric { return nil }
    var shortest: Int?
    for word in candidates {
      guard let end = Self.end(of: word, at: start, in: text) else { continue }
      guard hasBoundaries else { return end }
      var limit = end
      if text.at(limit).lowercased == UInt8(ascii: "s") { limit += 1 }
      if !text.at(end).isAlphanumeric {
        shortest = Swift.min(shortest ?? end, end)
      } else if limit > end, !text.at(limit).isAlphanumeric {
        shortest = Swift.min(shortest ?? limit, limit)
      }
    }
    return shortest
  }

  private static func end(of word: [UInt8], at start: Int, in text: Span<UInt8>) -> Int? {
    var index = start
    for byte in word {
      if byte == 0x20 {
        let first = index
        while index - first < 3, isGap(text.at(index)) { index += 1 }
        if index == first { return nil }
      } else {
        guard text.at(index).lowercased == byte else { return nil }
        index += 1
      }
    }
    return index
  }

  private static func isGap(_ byte: UInt8) -> Bool {
    byte > 0 && byte < 0x80 && !byte.isAlphanumeric
  }

  /// The words of each type; none for those that stand for themselves.
  static let byType: [SensitiveType: SupportingWords] = words.mapValues(SupportingWords.init)

  static let words: [SensitiveType: [String]] = [
    .creditCardNumber: [
      "card", "cardholder", "cardnumber", "cc", "ccn", "credit", "debit", "pan", "visa",
      "mastercard", "master card", "american express", "amex", "discover", "diners", "diners club",
      "jcb", "unionpay", "union pay", "maestro", "mir", "rupay", "cvv", "cvv2", "cvc", "cvc2",
      "security code", "expiry", "expiration", "expires", "exp", "valid thru", "valid until",
      "kreditkarte", "kreditkartennummer", "karte", "kartennummer", "carte bancaire",
      "carte de crédit", "tarjeta", "carta di credito", "cartão", "信用卡", "クレジットカード",
    ],
    .socialSecurityNumber: [
      "ssn", "ss no", "ss number", "ssa number", "social security", "social sec", "soc sec",
      "socialsecurity", "taxpayer id", "taxpayer identification", "tin", "w 2", "w 4", "w 9",
    ],
    .bankAccountNumber: [
      "iban", "bic", "swift", "bank", "banking", "account", "acct", "konto", "kontonummer",
      "bankverbindung", "überweisung", "compte", "rib", "cuenta", "conto", "conta", "rekening",
      "sort code", "sepa", "wire", "beneficiary", "银行", "銀行", "口座",
    ],
    .ipAddress: [
      "ip", "ipv4", "ipv6", "ip address", "ip addresse", "internet protocol", "host", "hostname",
      "server", "dns", "subnet", "gateway", "router", "ping", "localhost", "firewall", "vpn",
      "cidr", "netmask", "network",
    ],
    .emailAddress: [
      "email", "e mail", "mail", "mailto", "contact", "courriel", "correo", "电子邮件", "邮箱", "メール",
    ],
    .phoneNumber: [
      "phone", "telephone", "tel", "cell", "cellphone", "mobile", "fax", "call", "dial", "sms",
      "whatsapp", "hotline", "handy", "telefon", "telefonnummer", "rufnummer", "téléphone",
      "portable", "teléfono", "móvil", "telefono", "cellulare", "电话", "電話", "手机",
    ],
    .awsAccessKey: [
      "aws", "amazon", "access key", "accesskey", "accesskeyid", "secret", "secret key", "iam",
      "s3",
    ],
  ]
}
