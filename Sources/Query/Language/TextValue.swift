// SPDX-License-Identifier: Apache-2.0

/// What a word or phrase asks of text (query-language section 5).
enum TextValue {
  case match(TextMatch)
  /// It has nothing to search for.
  case nothing
  case failure(Finding)

  /// Reads a word or quoted phrase.
  ///
  /// `warn`: Takes a remark that does not stop it.
  /// Gives the words; nil when nothing of the text is indexed or it is an error.
  static func read(_ term: Term, warn: (Finding) -> Void) -> TextValue {
    var text = term.text
    var isPrefix = term.hasStar
    if text.unicodeScalars.last == "*" {
      text.unicodeScalars.removeLast()
      isPrefix = true
    }
    if let finding = wildcard(in: text, of: term) { return .failure(finding) }
    if !term.isQuoted, text == term.text, text.unicodeScalars.last == "!",
      text.unicodeScalars.count(where: \.isAlphanumeric) >= 2
    {
      return .failure(.rootExpander(text))
    }
    let tokens = Tokenizer.tokens(of: text)
    guard let last = tokens.last else { return .nothing }
    guard isPrefix else { return .match(TextMatch(tokens: tokens)) }
    guard let end = text.unicodeScalars.last, end != " " else {
      return .failure(.wildcardInPhrase)
    }
    // A separator between the word and the star: the star stands for nothing (section 15).
    guard end.belongsToToken else {
      warn(.dotBeforeStar(term.text + (term.hasStar ? "*" : ""), word: last))
      return .match(TextMatch(tokens: tokens))
    }
    guard Tokenizer.isLongEnoughForPrefix(last) else { return .failure(.shortPrefix(last + "*")) }
    return .match(TextMatch(tokens: tokens, lastIsPrefix: true))
  }

  /// A wildcard where none may stand.
  static func wildcard(in text: String, of term: Term) -> Finding? {
    // Scalars, not characters: a mark after an asterisk does not hide it.
    if text.unicodeScalars.contains("*") {
      return term.isQuoted ? .wildcardInPhrase : .innerWildcard(term.text)
    }
    if !term.isQuoted, text.unicodeScalars.contains("?") { return .questionMark(term.text) }
    return nil
  }
}

extension Unicode.Scalar {
  /// A letter or a digit.
  var isAlphanumeric: Bool {
    switch properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter,
      .decimalNumber, .letterNumber, .otherNumber:
      true
    default: false
    }
  }

  /// A letter, digit, mark or pictograph, or what vanishes beside one: no separator.
  fileprivate var belongsToToken: Bool {
    switch properties.generalCategory {
    case .nonspacingMark, .spacingMark, .enclosingMark: true
    default:
      isAlphanumeric || properties.isDefaultIgnorableCodePoint || properties.isEmojiModifier
        || (0x1F1E6...0x1F1FF).contains(value)
        || (value > 0xFF && !Tokenizer.tokens(of: String(self)).isEmpty)
    }
  }
}
