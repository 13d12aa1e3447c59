// SPDX-License-Identifier: Apache-2.0

/// Cuts a query into tokens (query-language section 3); time is linear in the text.
struct Lexer {
  private let source: SourceText
  private var position = 0
  private var tokens: [Token] = []
  /// The opening mark of a quotation that never ends.
  private var unclosedQuote: Int?

  private init(_ source: SourceText) {
    self.source = source
  }

  /// All tokens in order, and the place of a quotation mark that is never closed.
  static func tokens(of source: SourceText) -> (tokens: [Token], unclosedQuote: Int?) {
    var lexer = Lexer(source)
    lexer.run()
    return (lexer.tokens, lexer.unclosedQuote)
  }

  private mutating func run() {
    while position < source.scalars.count {
      switch source.scalars[position] {
      case " ": position += 1
      case "(": openParenthesis()
      case ")": emit(.close, length: 1)
      case "\"": quotation()
      case "+", "-": signOrWord()
      default: word()
      }
    }
  }

  private mutating func emit(_ kind: Token.Kind, length: Int) {
    let isGlued = position > 0 && source.scalars[position - 1] != " "
    tokens.append(Token(kind: kind, range: position..<position + length, isGlued: isGlued))
    position += length
  }

  private mutating func openParenthesis() {
    if source.scalars[position...].starts(with: "(c:c)".unicodeScalars) {
      emit(.conditions, length: 5)
    } else if source.scalars[position...].starts(with: "(c:s)".unicodeScalars) {
      emit(.segment, length: 5)
    } else {
      emit(.open, length: 1)
    }
  }

  private mutating func quotation() {
    let scalars = source.scalars
    var index = position + 1
    while index < scalars.count {
      if scalars[index] == "\"" {
        guard index + 1 < scalars.count, scalars[index + 1] == "\"" else { break }
        index += 1
      }
      index += 1
    }
    let isClosed = index < scalars.count
    if !isClosed { unclosedQuote = position }
    let contentEnd = min(index, scalars.count)
    let hasStar = isClosed && index + 1 < scalars.count && scalars[index + 1] == "*"
    let length = contentEnd - position + (isClosed ? 1 : 0) + (hasStar ? 1 : 0)
    emit(
      .quoted(content: position + 1..<max(position + 1, contentEnd), hasStar: hasStar),
      length: length)
  }

  private mutating func signOrWord() {
    let kind: Token.Kind = source.scalars[position] == "+" ? .plus : .minus
    let isAfterSign = tokens.last.map { $0.isSign && $0.range.upperBound == position } ?? false
    guard !isAfterSign else {
      emit(kind, length: 1)
      return
    }
    let previous = position > 0 ? source.scalars[position - 1] : " "
    guard previous == " " || previous == "(" || previous == ")" else {
      word()
      return
    }
    // A run of punctuation is a word without anything to search for (section 15).
    let end = wordEnd()
    let isFollowed =
      end < source.scalars.count && source.scalars[end] != " "
      && source.scalars[end] != ")"
    if end - position > 1, !isFollowed,
      Tokenizer.tokens(of: source.text(position..<end)).isEmpty
    {
      word()
    } else {
      emit(kind, length: 1)
    }
  }

  private mutating func word() {
    let end = wordEnd()
    let length = end - position
    guard length <= 5, let word = OperatorWord(rawValue: source.text(position..<end)) else {
      emit(.word, length: length)
      return
    }
    emit(.operatorWord(word), length: length)
  }

  private func wordEnd() -> Int {
    var end = position
    while end < source.scalars.count {
      switch source.scalars[end] {
      case " ", "(", ")", "\"": return end
      default: end += 1
      }
    }
    return end
  }
}
