// SPDX-License-Identifier: Apache-2.0

/// The operator words, upper case only (query-language section 3).
enum OperatorWord: String, Sendable {
  case and = "AND"
  case or = "OR"
  case not = "NOT"
  case near = "NEAR"
  case onear = "ONEAR"
  case all = "ALL"
  case any = "ANY"
  case none = "NONE"
  case words = "WORDS"
  case xrank = "XRANK"

  /// Whether it stands between two operands.
  var isBinary: Bool {
    switch self {
    case .and, .or, .near, .onear, .xrank: true
    case .not, .all, .any, .none, .words: false
    }
  }

  /// Whether a list in parentheses follows it.
  var isFunction: Bool {
    switch self {
    case .all, .any, .none, .words: true
    case .and, .or, .not, .near, .onear, .xrank: false
    }
  }
}

/// A piece of a query.
struct Token {
  enum Kind: Hashable {
    case open
    case close
    case word
    case operatorWord(OperatorWord)
    /// `+` or `-` where it may be a sign.
    case plus
    case minus
    /// A quoted string without its marks; `""` stands for one mark inside.
    case quoted(content: Range<Int>, hasStar: Bool)
    /// `(c:c)`.
    case conditions
    /// `(c:s)`.
    case segment
  }

  var kind: Kind
  /// Its characters, quotation marks included.
  var range: Range<Int>
  /// Whether no blank stands before it and it is not the first.
  var isGlued: Bool

  var isSign: Bool { kind == .plus || kind == .minus }
}
