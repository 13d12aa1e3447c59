// SPDX-License-Identifier: Apache-2.0
import Model

/// Prints the normal form of a query (query-language section 9).
///
/// Reading it again, in the dialect `keyql`, gives a query that prints the same.
package enum NormalForm {
  /// The normal form of a tree.
  package static func text(of node: QueryNode) -> String {
    switch node {
    case .and:
      return conjuncts(of: node).joined(separator: " AND ")
    case .or:
      return disjuncts(of: node).joined(separator: " OR ")
    case .not(let inner):
      if case .restriction(let restriction) = inner,
        case .integer(let lower?, let upper?) = restriction.condition, lower == upper
      {
        return "\(restriction.property.rawValue)<>\(lower)"
      }
      return "NOT " + nested(inner)
    case .restriction(let restriction):
      let alternatives = self.alternatives(of: restriction)
      return alternatives.isEmpty
        ? limits(of: restriction).joined(separator: " AND ")
        : disjuncts(of: .or([node])).joined(separator: " OR ")
    case .all: return "kind:*"
    case .text(let match, .fullText): return text(of: match)
    case .text(let match, .property(let property)):
      return property.rawValue + ":" + text(of: match)
    case .near(let proximity, .fullText): return text(of: proximity)
    case .near(let proximity, .property(let property)):
      return "\(property.rawValue):(\(text(of: proximity)))"
    }
  }

  // MARK: - Structure

  /// The text in parentheses where it has operators of its own.
  ///
  /// Each part is made once: twice at every level would be twice as often with each level more.
  private static func nested(_ node: QueryNode) -> String {
    switch node {
    case .and: return joined(conjuncts(of: node), " AND ")
    case .or: return joined(disjuncts(of: node), " OR ")
    case .not:
      let text = text(of: node)
      return text.hasPrefix("NOT ") ? "(\(text))" : text
    case .restriction(let restriction):
      let isCompound =
        alternatives(of: restriction).count > 1 || limits(of: restriction).count > 1
      return isCompound ? "(\(text(of: node)))" : text(of: node)
    case .all, .text, .near: return text(of: node)
    }
  }

  private static func joined(_ parts: [String], _ separator: String) -> String {
    parts.count > 1 ? "(\(parts.joined(separator: separator)))" : parts.joined()
  }

  private static func conjuncts(of node: QueryNode) -> [String] {
    switch node {
    case .and(let nodes): return nodes.flatMap(conjuncts)
    case .restriction(let restriction):
      let limits = limits(of: restriction)
      return limits.isEmpty ? [nested(node)] : limits
    default: return [nested(node)]
    }
  }

  private static func disjuncts(of node: QueryNode) -> [String] {
    guard case .or(let nodes) = node else { return [nested(node)] }
    var texts: [String] = []
    // Two names of one person list the same identities, which are written once.
    var listed: Set<String> = []
    for node in nodes {
      switch node {
      case .or: texts += disjuncts(of: node)
      case .restriction(let restriction):
        let alternatives = alternatives(of: restriction)
        guard !alternatives.isEmpty else {
          texts.append(nested(node))
          continue
        }
        for alternative in alternatives where listed.insert(alternative.key).inserted {
          texts.append(alternative.text)
        }
      default: texts.append(nested(node))
      }
    }
    return texts
  }

  // MARK: - Text

  private static func text(of match: TextMatch) -> String {
    let text = match.tokens.joined(separator: " ")
    let star = match.lastIsPrefix ? "*" : ""
    return match.tokens.count == 1 && text.unicodeScalars.allSatisfy(\.isAlphanumeric)
      ? text + star : quoted(text + star)
  }

  private static func text(of proximity: Proximity) -> String {
    let word = proximity.isOrdered ? "ONEAR" : "NEAR"
    return proximity.operands.map(text).joined(
      separator: " \(word)(n=\(proximity.distance)) ")
  }

  private static func text(of operand: ProximityOperand) -> String {
    switch operand {
    case .match(let match): text(of: match)
    case .any(let operands): "(\(operands.map(text).joined(separator: " OR ")))"
    case .near(let proximity): "(\(text(of: proximity)))"
    }
  }

  private static func quoted(_ text: String) -> String {
    // Scalars, not characters: a mark after a quotation mark makes one character with it.
    "\""
      + text.unicodeScalars.split(separator: "\"", omittingEmptySubsequences: false)
      .map { String($0) }.joined(separator: "\"\"") + "\""
  }

  /// Bare where that reads the same, else quoted.
  private static func value(
    _ text: String, beside extra: String = "", isPrefix: Bool = false
  ) -> String {
    let star = isPrefix ? "*" : ""
    let isPlain = text.unicodeScalars.allSatisfy { scalar in
      scalar.isASCII
        && (scalar.isAlphanumeric || scalar == "_" || scalar == "-"
          || extra.unicodeScalars.contains(scalar))
    }
    return isPlain && !text.contains("..") ? text + star : quoted(literal(text) + star)
  }

  /// A value between quotation marks: an asterisk of its own must not read as a wildcard, and its
  /// small form folds to it.
  private static func literal(_ text: String) -> String {
    text.unicodeScalars.split(separator: "*", omittingEmptySubsequences: false)
      .map { String($0) }.joined(separator: "\u{FE61}")
  }

  // MARK: - Restrictions

  /// One of the names of a person; those of one key mean the same.
  private struct Alternative {
    var text: String
    var key: String
  }

  /// For a person every identity that stands for them, the one as written first; empty for other
  /// values.
  private static func alternatives(of restriction: PropertyRestriction) -> [Alternative] {
    guard case .identity(let match) = restriction.condition else { return [] }
    let name = restriction.property.rawValue
    let first =
      switch match.form {
      case .exact: "\(name)=\(value(match.written, beside: "@."))"
      case .words: "\(name):\(value(match.written))"
      case .prefix: "\(name):\(value(match.written, isPrefix: true))"
      case .domain: "\(name):\(match.written)"
      case .domainAndBelow: "\(name):*.\(match.written)"
      }
    let others = match.identities.filter { identity in
      !match.shared.contains(identity) && !(match.form == .exact && identity == match.text)
    }
    let firstKey = match.form == .exact ? "\(name)=\(match.text)" : first.lowercased()
    return [Alternative(text: first, key: firstKey)]
      + others.map { identity in
        Alternative(
          text: "\(name)=\(value(identity, beside: "@."))", key: "\(name)=\(identity)")
      }
  }

  /// The parts of a restriction that are joined by AND: two for an interval, else one; none
  /// for a person.
  private static func limits(of restriction: PropertyRestriction) -> [String] {
    let name = restriction.property.rawValue
    switch restriction.condition {
    case .exists: return ["\(name):*"]
    case .wholeText(let text, let isPrefix):
      return ["\(name)=\(quoted(literal(text) + (isPrefix ? "*" : "")))"]
    case .keyword(let text, let isPrefix):
      return ["\(name):\(value(text, beside: "./@", isPrefix: isPrefix))"]
    case .identity: return []
    case .time(let interval):
      return [interval.since.map { since(name, $0) }, interval.before.map { before(name, $0) }]
        .compactMap(\.self)
    case .integer(let lower, let upper): return [integer(name, lower, upper)]
    case .boolean(let flag): return ["\(name):\(flag)"]
    }
  }

  private static func integer(_ name: String, _ lower: Int64?, _ upper: Int64?) -> String {
    switch (lower, upper) {
    case (nil, nil): "\(name):*"
    case (let lower?, nil): lower == .min ? "\(name)>=\(lower)" : "\(name)>\(lower - 1)"
    case (nil, let upper?): upper == .max ? "\(name)<=\(upper)" : "\(name)<\(upper + 1)"
    case (let lower?, let upper?):
      if lower > upper {
        "\(name)>\(Int64.max)"
      } else if lower == upper {
        "\(name)=\(lower)"
      } else {
        "\(name):\(lower)..\(upper)"
      }
    }
  }

  private static func since(_ name: String, _ instant: Instant) -> String {
    instant >= ZonedCalendar.end
      ? "\(name)>9999-12-31T23:59:59.9999999Z" : "\(name)>=\(time(instant))"
  }

  private static func before(_ name: String, _ instant: Instant) -> String {
    instant >= ZonedCalendar.end
      ? "\(name)<=9999-12-31T23:59:59.9999999Z" : "\(name)<\(time(instant))"
  }

  /// `YYYY-MM-DDThh:mm:ss.fffZ`, with more digits of the fraction only where they count.
  private static func time(_ instant: Instant) -> String {
    let text = instant.rfc3339.dropLast()
    let digitCount = text.firstIndex(of: ".").map { text.distance(from: $0, to: text.endIndex) - 1 }
    guard let digitCount else { return text + ".000Z" }
    return text + String(repeating: "0", count: max(0, 3 - digitCount)) + "Z"
  }
}
