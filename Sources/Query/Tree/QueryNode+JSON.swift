// SPDX-License-Identifier: Apache-2.0
package import Model

extension QueryNode {
  /// The tree in the node names of query-language section 9, as JSON.
  ///
  /// What the normal form writes as several limits, such as the two bounds of an interval, is an
  /// `and` of restrictions here too.
  package var json: JSONValue {
    switch self {
    case .all: ["node": "all"]
    case .text(let match, .fullText): match.json
    case .text(let match, .property(let property)):
      Self.restriction(
        property, ":", .string(match.tokens.joined(separator: " ")),
        extra: match.lastIsPrefix ? ["prefix": true] : [:])
    case .near(let proximity, .fullText): proximity.json
    case .near(let proximity, .property(let property)):
      ["node": "group", "property": .string(property.rawValue), "expr": proximity.json]
    case .restriction(let restriction): restriction.json
    case .and(let parts): ["node": "and", "operands": .array(parts.map(\.json))]
    case .or(let parts): ["node": "or", "operands": .array(parts.map(\.json))]
    case .not(let inner): ["node": "not", "operand": inner.json]
    }
  }

  fileprivate static func restriction(
    _ property: Property, _ comparison: String, _ value: JSONValue,
    extra: [String: JSONValue] = [:]
  ) -> JSONValue {
    let members: [String: JSONValue] = [
      "node": "restrict", "property": .string(property.rawValue), "op": .string(comparison),
      "value": value,
    ]
    return .object(members.merging(extra) { $1 })
  }
}

extension TextMatch {
  fileprivate var json: JSONValue {
    tokens.count == 1
      ? ["node": "term", "text": .string(tokens[0]), "prefix": .boolean(lastIsPrefix)]
      : ["node": "phrase", "texts": JSONValue(tokens), "last_prefix": .boolean(lastIsPrefix)]
  }
}

extension Proximity {
  fileprivate var json: JSONValue {
    [
      "node": "near", "n": .integer(Int64(distance)), "ordered": .boolean(isOrdered),
      "operands": .array(operands.map(\.json)),
    ]
  }
}

extension ProximityOperand {
  fileprivate var json: JSONValue {
    switch self {
    case .match(let match): match.json
    case .any(let parts): ["node": "or", "operands": .array(parts.map(\.json))]
    case .near(let inner): inner.json
    }
  }
}

extension PropertyRestriction {
  fileprivate var json: JSONValue {
    func restriction(
      _ comparison: String, _ value: JSONValue, extra: [String: JSONValue] = [:]
    ) -> JSONValue {
      QueryNode.restriction(property, comparison, value, extra: extra)
    }
    func joined(_ limits: [JSONValue]) -> JSONValue {
      limits.count == 1
        ? limits[0]
        : limits.isEmpty
          ? ["node": "exists", "property": .string(property.rawValue)]
          : ["node": "and", "operands": .array(limits)]
    }
    switch condition {
    case .exists: return ["node": "exists", "property": .string(property.rawValue)]
    case .wholeText(let text, let isPrefix):
      return restriction("=", .string(text), extra: isPrefix ? ["prefix": true] : [:])
    case .keyword(let text, let isPrefix):
      return restriction(":", .string(text), extra: isPrefix ? ["prefix": true] : [:])
    case .identity(let match):
      return restriction(
        match.form == .exact ? "=" : ":", .string(match.writtenValue),
        extra: [
          "custodians": JSONValue(match.custodians), "identities": JSONValue(match.identities),
        ])
    case .time(let interval):
      return joined(
        [
          interval.since.map { restriction(">=", JSONValue($0)) },
          interval.before.map { restriction("<", JSONValue($0)) },
        ].compactMap(\.self))
    case .integer(let lower, let upper):
      if let lower, lower == upper { return restriction("=", .integer(lower)) }
      return joined(
        [
          lower.map { restriction(">=", .integer($0)) },
          upper.map { restriction("<=", .integer($0)) },
        ].compactMap(\.self))
    case .boolean(let flag): return restriction(":", .boolean(flag))
    }
  }
}

extension IdentityMatch {
  /// The value as the query language writes it.
  package var writtenValue: String {
    switch form {
    case .exact, .words: written
    case .prefix: written + "*"
    case .domain: text
    case .domainAndBelow: "*." + text
    }
  }
}
