// SPDX-License-Identifier: Apache-2.0

/// Reads what is written for a person (query-language section 7.4).
enum IdentityValue {
  case match(IdentityMatch)
  case failure(Finding)

  /// The text under which the directory is asked for a term.
  static func key(of term: Term) -> String { FoldedValue.wholeText(term.text) }

  /// Reads a term.
  ///
  /// `isKnown`: Whether the directory knows somebody by the term. `isRecorded`: Whether it stands in
  /// a normal form, which writes a dotted name of a person in quotation marks.
  /// Gives what to compare with, or an error.
  static func read(
    _ term: Term, comparison: PropertyOperator, isKnown: Bool, isRecorded: Bool
  ) -> IdentityValue {
    // Blanks at the ends of a quoted name say nothing: it must read as its normal form does.
    var text = FoldedValue.collapsed(term.text)
    if text.hasPrefix("*."), isDomain(text.dropFirst(2)) {
      return .match(match(String(text.dropFirst(2)), .domainAndBelow))
    }
    var isPrefix = term.hasStar
    if text.unicodeScalars.last == "*" {
      text.unicodeScalars.removeLast()
      isPrefix = true
    }
    if let finding = TextValue.wildcard(in: text, of: term) { return .failure(finding) }
    let folded = FoldedValue.wholeText(text)
    let tokens = Tokenizer.tokens(of: text)
    if isPrefix {
      // Scripts without blanks have names of one or two characters.
      let isCharacter = tokens.last.map(Tokenizer.isCharacterToken) ?? false
      let letterCount = folded.unicodeScalars.count(where: \.isAlphanumeric)
      guard letterCount >= QueryLimits.prefixLength || isCharacter else {
        return .failure(.shortPrefix(text + "*"))
      }
      return .match(match(text, .prefix))
    }
    guard !folded.isEmpty else { return .failure(.nothingIndexable(term.text)) }
    if comparison != .contains || isAddress(text) { return .match(match(text, .exact)) }
    if text.hasPrefix("@"), isDomain(text.dropFirst()) {
      var domain = match(String(text.dropFirst()), .domain)
      domain.written = text
      return .match(domain)
    }
    // A dotted name that the directory knows is a person's, not a domain.
    if !term.isQuoted, !isKnown || isRecorded, isDomain(text[...]) {
      return .match(match(text, .domain))
    }
    if tokens.isEmpty {
      // A name of punctuation has no words, but somebody may bear it.
      return isKnown ? .match(match(text, .exact)) : .failure(.nothingIndexable(term.text))
    }
    return .match(match(text, .words))
  }

  private static func match(_ text: String, _ form: IdentityMatch.Form) -> IdentityMatch {
    IdentityMatch(
      text: FoldedValue.wholeText(text), form: form, written: FoldedValue.collapsed(text))
  }

  /// Something before and after a single `@`, without blanks.
  private static func isAddress(_ text: String) -> Bool {
    let parts = text.unicodeScalars.split(separator: "@", omittingEmptySubsequences: false)
    return parts.count == 2 && parts.allSatisfy { !$0.isEmpty }
      && !text.unicodeScalars.contains(" ")
  }

  /// Labels of letters, digits and hyphens between dots, at least two; the last one of letters.
  static func isDomain(_ text: Substring) -> Bool {
    let labels = text.split(separator: ".", omittingEmptySubsequences: false)
    guard labels.count >= 2, let last = labels.last, last.unicodeScalars.count >= 2 else {
      return false
    }
    for label in labels {
      guard !label.isEmpty, label.first != "-", label.last != "-",
        label.unicodeScalars.allSatisfy({ $0.isAlphanumeric || $0 == "-" })
      else { return false }
    }
    return last.unicodeScalars.allSatisfy { $0.properties.isAlphabetic }
      || last.lowercased().hasPrefix("xn--")
  }
}
