// SPDX-License-Identifier: Apache-2.0
import Foundation
import Glibc
import Model

/// A slow detector for most types, made another way: patterns for every layout are tried at every
/// place of a text, and what they find is checked with plain arithmetic.
struct ReferenceDetector {
  /// A layout: what it looks like, which text counts, and how sure that is.
  struct Layout {
    var type: SensitiveType
    var expression: NSRegularExpression
    /// The confidence far from supporting words; 0: none.
    var alone: (String) -> Int
    /// The confidence near one.
    var supported: (String) -> Int
    var isValid: (String) -> Bool
  }

  static let before = #"(?<![A-Za-z0-9_])(?<![0-9][-.\u2010-\u2013])"#
  static let after = #"(?![A-Za-z0-9_])(?![-.\u2010-\u2013][0-9])"#
  static let blank = #"[ \u00A0\u2007\u202F]"#
  static let hyphen = #"[-\u2010-\u2013]"#

  private let layouts: [Layout]
  private let words: [SensitiveType: NSRegularExpression]

  init(words: [SensitiveType: [String]]) throws {
    self.words = try words.mapValues { list in
      let alternatives = list.map { word in
        let pattern = word.split(separator: " ").map(String.init)
          .map(NSRegularExpression.escapedPattern(for:))
          .joined(separator: #"[\x01-\x2F\x3A-\x40\x5B-\x60\x7B-\x7F]{1,3}"#)
        return word.utf8.first.map { $0 < 0x80 } ?? false
          ? "(?<![A-Za-z0-9])\(pattern)s?(?![A-Za-z0-9])" : pattern
      }
      return try NSRegularExpression(
        pattern: alternatives.joined(separator: "|"), options: .caseInsensitive)
    }
    layouts =
      try Self.cards() + Self.securityNumbers() + Self.accounts() + Self.addresses()
      + Self.phones() + Self.keys()
  }

  /// The types that it knows.
  static let types: [SensitiveType] = [
    .creditCardNumber, .socialSecurityNumber, .bankAccountNumber, .ipAddress, .phoneNumber,
    .awsAccessKey,
  ]

  /// The matches as `type confidence: words`, by their place.
  func found(in text: String) -> [String] {
    let units = text as NSString
    var found: [(place: Int, type: SensitiveType, text: String)] = []
    for type in Self.types {
      let mine = layouts.filter { $0.type == type }
      var place = 0
      while place < units.length {
        guard let (match, confidence) = best(of: mine, at: place, in: units) else {
          place += 1
          continue
        }
        let words = units.substring(with: match)
        found.append((match.location, type, "\(type.id) \(confidence): \(words)"))
        place = match.location + match.length
      }
    }
    return found.sorted { ($0.place, $0.type) < ($1.place, $1.type) }.map(\.text)
  }

  /// The longest match that begins at a place.
  private func best(
    of layouts: [Layout], at place: Int, in text: NSString
  ) -> (NSRange, Int)? {
    let rest = NSRange(location: place, length: text.length - place)
    var best: (NSRange, Int)?
    for layout in layouts {
      let match = layout.expression.firstMatch(
        in: text as String,
        options: [.anchored, .withTransparentBounds], range: rest)
      guard let range = match?.range, range.length > 0 else { continue }
      let words = text.substring(with: range)
      guard layout.isValid(words) else { continue }
      let confidence =
        isSupported(layout.type, range, in: text) ? layout.supported(words) : layout.alone(words)
      guard confidence > 0, range.length > best?.0.length ?? 0 else { continue }
      best = (range, confidence)
    }
    return best
  }

  private func isSupported(_ type: SensitiveType, _ range: NSRange, in text: NSString) -> Bool {
    guard let words = words[type] else { return false }
    // Texts are shorter than the window, so that only what touches a match is to be kept apart.
    for part in [
      NSRange(location: 0, length: range.location),
      NSRange(
        location: range.location + range.length,
        length: text.length - range.location - range.length),
    ]
    where words.firstMatch(
      in: text as String, options: .withTransparentBounds, range: part) != nil
    {
      return true
    }
    return false
  }

  private static func layout(
    _ type: SensitiveType, _ pattern: String, alone: Int, supported: Int,
    where isValid: @escaping (String) -> Bool = { _ in true }
  ) throws -> Layout {
    Layout(
      type: type, expression: try NSRegularExpression(pattern: pattern),
      alone: { _ in alone }, supported: { _ in supported }, isValid: isValid)
  }

  private static func digits(_ text: String) -> [Int] {
    text.unicodeScalars.compactMap { ("0"..."9").contains($0) ? Int($0.value) - 48 : nil }
  }

  // MARK: - Types

  private static func cards() throws -> [Layout] {
    func isCard(_ text: String) -> Bool {
      let all = digits(text)
      let doubled = all.reversed().enumerated().map { index, digit in
        index % 2 == 1 ? (digit * 2) / 10 + (digit * 2) % 10 : digit
      }
      return doubled.reduce(0, +) % 10 == 0 && isIssued(all)
    }
    var layouts = [
      try layout(
        .creditCardNumber, before + "[0-9]{12,19}" + after, alone: 65, supported: 85,
        where: isCard)
    ]
    for separator in [blank, hyphen] {
      for shape in [
        "[0-9]{4}(?:S[0-9]{4}){1}S[0-9]{1,4}", "[0-9]{4}(?:S[0-9]{4}){2}S[0-9]{1,4}",
        "[0-9]{4}(?:S[0-9]{4}){3}S[0-9]{1,3}", "[0-9]{4}S[0-9]{6}S[0-9]{5}",
        "[0-9]{4}S[0-9]{6}S[0-9]{4}",
      ] {
        layouts.append(
          try layout(
            .creditCardNumber,
            before + shape.replacing("S", with: separator) + "(?![0-9])" + after, alone: 75,
            supported: 85, where: { isCard($0) && (12...19).contains(digits($0).count) }))
      }
    }
    return layouts
  }

  /// Written as the lists of prefixes that issuers publish.
  private static func isIssued(_ digits: [Int]) -> Bool {
    let text = digits.map(String.init).joined()
    let count = digits.count
    func begins(_ prefixes: ClosedRange<Int>...) -> Bool {
      prefixes.contains { range in
        range.contains { text.hasPrefix(String($0)) }
      }
    }
    if begins(4...4), [13, 16, 19].contains(count) { return true }
    if begins(51...55, 2221...2720), count == 16 { return true }
    if begins(2200...2204), count >= 16 { return true }
    if begins(34...34, 37...37), count == 15 { return true }
    if begins(300...305, 3095...3095, 36...36, 38...39), count >= 14 { return true }
    if begins(6011...6011, 622126...622925, 644...649, 65...65), count >= 16 { return true }
    if begins(3528...3589), count >= 16 { return true }
    if begins(62...62), count >= 16 { return true }
    if begins(
      5018...5018, 5020...5020, 5038...5038, 5893...5893, 6304...6304, 6759...6759, 6761...6763)
    {
      return true
    }
    if begins(508...508, 60...60, 81...82, 9792...9792), count == 16 { return true }
    return begins(506099...506198, 650002...650027, 507865...507964)
      && [16, 18, 19].contains(count)
  }

  private static func securityNumbers() throws -> [Layout] {
    func isIssued(_ text: String) -> Bool {
      let all = digits(text).map(String.init).joined()
      return !all.hasPrefix("000") && !all.hasPrefix("666") && !all.hasPrefix("9")
        && all.dropFirst(3).prefix(2) != "00" && !all.hasSuffix("0000")
        && all != "078051120" && all != "219099999"
    }
    let type = SensitiveType.socialSecurityNumber
    return [
      try layout(type, before + "[0-9]{9}" + after, alone: 0, supported: 75, where: isIssued),
      try layout(
        type, before + "[0-9]{3}\(hyphen)[0-9]{2}\(hyphen)[0-9]{4}" + after, alone: 65,
        supported: 85, where: isIssued),
      try layout(
        type, before + "[0-9]{3}\(blank)[0-9]{2}\(blank)[0-9]{4}" + after, alone: 0,
        supported: 75, where: isIssued),
    ]
  }

  private static func accounts() throws -> [Layout] {
    func isChecked(_ text: String) -> Bool {
      let plain = text.uppercased().unicodeScalars.filter {
        $0.value < 128 && $0 != " " && $0 != "-"
      }
      let moved = Array(plain.dropFirst(4)) + Array(plain.prefix(4))
      var number = ""
      for scalar in moved {
        number += ("0"..."9").contains(scalar) ? String(scalar) : String(Int(scalar.value) - 55)
      }
      // Long division.
      var remainder = 0
      for digit in number { remainder = (remainder * 10 + (Int(String(digit)) ?? 0)) % 97 }
      let check = Int(String(String.UnicodeScalarView(plain.dropFirst(2).prefix(2)))) ?? 0
      return remainder == 1 && check >= 2
    }
    var layouts: [Layout] = []
    for (country, pattern) in [
      ("DE", "[0-9]{18}"), ("NO", "[0-9]{11}"), ("GB", "[A-Za-z]{4}[0-9]{14}"),
      ("NL", "[A-Za-z]{4}[0-9]{10}"), ("FR", "[0-9]{10}[0-9A-Za-z]{11}[0-9]{2}"),
    ] {
      let plain = try NSRegularExpression(
        pattern: "^\(country)[0-9]{2}\(pattern)$", options: .caseInsensitive)
      let length =
        country == "DE" || country == "GB" ? 22 : country == "NO" ? 15 : country == "NL" ? 18 : 27
      for separator in ["", "[ \\u00A0]", "-"] {
        let groups = (0..<length).map { index in
          (index > 0 && index % 4 == 0 ? separator : "") + "[0-9A-Za-z]"
        }.joined()
        layouts.append(
          Layout(
            type: .bankAccountNumber,
            expression: try NSRegularExpression(
              pattern: "(?<![A-Za-z0-9_])" + groups + "(?![A-Za-z0-9_])"),
            alone: { $0.contains { $0.isLowercase } ? 65 : 75 }, supported: { _ in 85 },
            isValid: { text in
              let joined = text.filter { $0.isASCII && $0 != " " && $0 != "-" }
              return plain.firstMatch(
                in: joined, range: NSRange(location: 0, length: joined.utf16.count)) != nil
                && isChecked(joined)
            }))
      }
    }
    return layouts
  }

  private static func addresses() throws -> [Layout] {
    let part = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
    let four = "(?:\(part)\\.){3}\(part)"
    let end = "(?![A-Za-z0-9_])(?!\\.[A-Za-z0-9_])"
    func isAddress(_ text: String) -> Bool {
      var bytes = in6_addr()
      let groups = text.split(separator: ":")
      return unsafe inet_pton(AF_INET6, text, &bytes) == 1 && groups.count >= 2
        && text.contains { $0.isNumber }
    }
    return [
      try layout(.ipAddress, "(?<![A-Za-z0-9_.])" + four + end, alone: 65, supported: 85),
      // The whole of what is written like an address; a colon at its end ends a clause.
      try layout(
        .ipAddress,
        "(?<![A-Za-z0-9_.:])(?:[0-9A-Fa-f:]*:\(four)\(end)|[0-9A-Fa-f:]*:[0-9A-Fa-f:]*?"
          + "(?=:?(?![0-9A-Fa-f:]))(?<!(?<!:):)(?![A-Za-z0-9_])(?!:?\\.[0-9]))",
        alone: 75, supported: 85, where: isAddress),
    ]
  }

  private static func phones() throws -> [Layout] {
    let code = "[2-9](?!11)[0-9]{2}"
    let type = SensitiveType.phoneNumber
    let gap = "(?:[ \\u00A0\\u2007\\u202F.\\/\\u2010-\\u2013-]|[ -]?\\(|\\)[ -]?)"
    var layouts: [Layout] = []
    // As many groups as there are, up to a number of digits: every number is tried, longest first.
    for count in (8...15).reversed() {
      layouts.append(
        try layout(
          type,
          "(?<![A-Za-z0-9_+])\\+(?![01])(?:[0-9]\(gap)?){\(count - 1)}[0-9](?![0-9])" + after,
          alone: 75, supported: 85))
    }
    layouts.append(
      try layout(
        type, "(?<![A-Za-z0-9_+])\\+1(?:\(gap)?[0-9]){10}(?![0-9])" + after, alone: 75,
        supported: 85))
    for (separator, alone) in [(blank, 0), (hyphen, 65), ("\\.", 65)] {
      layouts.append(
        try layout(
          type,
          before
            + "(?<!\\+)(?:1(?:\(blank)|\(hyphen)|\\.))?\(code)\(separator)\(code)\(separator)[0-9]{4}"
            + after, alone: alone, supported: 85))
    }
    layouts.append(
      try layout(
        type,
        "(?:\(before)(?<!\\+)1[ -]?|(?<![A-Za-z0-9_]))\\(\(code)\\)[ -]?\(code)(?:\(blank)|\(hyphen)|\\.)[0-9]{4}"
          + after, alone: 75, supported: 85))
    layouts.append(
      try layout(
        type, before + "(?<!\\+)1?\(code)\(code)[0-9]{4}" + after, alone: 0, supported: 75))
    return layouts
  }

  private static func keys() throws -> [Layout] {
    [
      Layout(
        type: .awsAccessKey,
        expression: try NSRegularExpression(
          pattern: "(?<![A-Za-z0-9])A[KS]IA[A-Z0-9]{16}(?![A-Za-z0-9])"),
        alone: { $0.dropFirst(4).contains { "0189".contains($0) } ? 65 : 75 },
        supported: { _ in 85 }, isValid: { _ in true })
    ]
  }
}
