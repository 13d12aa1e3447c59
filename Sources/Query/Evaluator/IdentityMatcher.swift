// SPDX-License-Identifier: Apache-2.0

/// A person or model, ready for many items (query-language sections 7.4 and 15).
///
/// An identity matches when its custodian is one of those the directory gave, when one of its names
/// is one of their identities, or when one of its names matches the text by its form. Names are
/// compared as `FoldedValue` folds them; words as tokens are.
struct IdentityMatcher: Sendable {
  private let text: String
  private let form: IdentityMatch.Form
  private let custodians: Set<String>
  private let identities: Set<String>
  private let words: Phrase
  private let prefixWords: Phrase

  init(_ match: IdentityMatch) {
    let folded = Self.fold(match.text)
    // The sign in front of a domain is no part of it.
    let trimmed: Substring =
      switch match.form {
      case .domain: folded.hasPrefix("@") ? folded.dropFirst() : folded[...]
      case .domainAndBelow: folded.hasPrefix("*.") ? folded.dropFirst(2) : folded[...]
      case .exact, .words, .prefix: folded[...]
      }
    text = String(trimmed)
    form = match.form
    custodians = Set(match.custodians)
    identities = Set(match.identities.map(Self.fold))
    let tokens = Tokenizer.tokens(of: match.text)
    words = Phrase(TextMatch(tokens: tokens))
    prefixWords = Phrase(TextMatch(tokens: tokens, lastIsPrefix: true))
  }

  func matches(_ identity: ItemIdentity) -> Bool {
    if let custodian = identity.custodian, custodians.contains(custodian) { return true }
    return identity.names.contains { name in
      let folded = Self.fold(name)
      return identities.contains(folded) || matches(folded)
    }
  }

  private func matches(_ name: String) -> Bool {
    let address = Self.address(name)
    switch form {
    case .exact:
      return name == text || address.map { $0.local == text } ?? false
    case .words:
      // Of an address the local part: the domain has a form of its own.
      return name == text || Self.contains(words, in: address?.local ?? name[...])
    case .prefix:
      if name.utf8.starts(with: text.utf8) { return true }
      // A prefix of an address is literal; otherwise it may begin at any word of a name.
      return address == nil && !text.contains("@") && Self.contains(prefixWords, in: name[...])
    case .domain:
      return address.map { $0.domain == text } ?? false
    case .domainAndBelow:
      return address.map { $0.domain == text || $0.domain.hasSuffix("." + text) } ?? false
    }
  }

  private static func contains(_ phrase: Phrase, in text: Substring) -> Bool {
    let copy = String(text)
    return TokenizedText.segments(of: copy.utf8Span.span).contains { $0.contains(phrase) }
  }

  /// The two sides of an address: one `@` with something on both sides and no blank.
  private static func address(_ name: String) -> (local: Substring, domain: Substring)? {
    let bytes = name.utf8
    guard let sign = bytes.firstIndex(of: UInt8(ascii: "@")), sign > bytes.startIndex else {
      return nil
    }
    let domain = bytes[bytes.index(after: sign)...]
    guard !domain.isEmpty, !domain.contains(UInt8(ascii: "@")),
      !bytes.contains(UInt8(ascii: " "))
    else { return nil }
    return (name[..<sign], name[domain.startIndex...])
  }

  private static func fold(_ text: String) -> String { FoldedValue.wholeText(text) }
}
