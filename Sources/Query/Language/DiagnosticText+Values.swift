// SPDX-License-Identifier: Apache-2.0

/// The sentences of query-language section 11 about properties and their values.
extension Finding {
  static func unknownProperty(_ name: String, value: String) -> Finding {
    let nearest = Suggestion.nearest(to: name, among: PropertyTable.names)
    let hint = nearest.map { " Did you mean '\($0)'?" } ?? ""
    return Finding(
      .unknownProperty,
      "'\(name)' is not a searchable property.\(hint) To search for the text '\(value)', "
        + "put it in quotes.",
      suggestion: nearest.map { $0 + value.dropFirst(name.count) } ?? "\"\(value)\"")
  }

  static func foreignProperty(_ name: String) -> Finding {
    Finding(
      .foreignProperty,
      "'\(name)' is known in mail search but captured interactions do not have it.")
  }

  static func unavailableProperty(_ name: String) -> Finding {
    Finding(
      .unavailableProperty,
      "'\(name)' is a property of the query language that this version cannot search yet.")
  }

  static func operatorNotForType(_ comparison: PropertyOperator, _ entry: PropertyEntry) -> Finding
  {
    Finding(
      .operatorNotForType,
      "'\(comparison.rawValue)' cannot be used with '\(entry.name)' (\(entry.type.noun)). "
        + "Allowed: \(entry.type.allowedOperators).")
  }

  static func rangeNotForType(_ entry: PropertyEntry) -> Finding {
    Finding(
      .operatorNotForType,
      "A range with '..' cannot be used with '\(entry.name)' (\(entry.type.noun)). "
        + "Allowed: \(entry.type.allowedOperators).",
      suggestion: "To search for the text as it stands, put it in quotation marks.")
  }

  static func rangeNotForOperator(_ comparison: PropertyOperator) -> Finding {
    Finding(
      .operatorNotForType, "A range with '..' needs ':' or '=', not '\(comparison.rawValue)'.")
  }

  static func groupNotForType(_ entry: PropertyEntry) -> Finding {
    Finding(
      .operatorNotForType,
      "A group in parentheses cannot be used with '\(entry.name)' (\(entry.type.noun)).",
      suggestion: "Repeat the property: \(entry.name):a OR \(entry.name):b.")
  }

  static func groupNotForOperator(
    _ comparison: PropertyOperator, _ entry: PropertyEntry
  )
    -> Finding
  {
    Finding(
      .operatorNotForType,
      "A group in parentheses needs ':' or '=', not '\(comparison.rawValue)'.",
      suggestion: "NOT \(entry.name):(…)")
  }

  static func restrictionInGroup(_ inner: String, _ outer: String) -> Finding {
    Finding(
      .operatorNotForType,
      "A group of '\(outer)' holds only its values; '\(inner)' must stand outside.",
      suggestion: "To search for the text as it stands, put it in quotation marks.")
  }

  static func emptyValue(_ name: String) -> Finding {
    Finding(
      .emptyValue,
      "An empty value is never indexed. For items without '\(name)' write: NOT \(name):*.",
      suggestion: "NOT \(name):*")
  }

  static func notANumber(_ text: String, _ entry: PropertyEntry) -> Finding {
    Finding(
      .wrongValue,
      "'\(text)' is not a number\(entry.property == .size ? " of bytes" : "").",
      suggestion: "Write a whole number, with KB, MB, GB or TB directly after it if you like.")
  }

  static func notOneOf(_ text: String, _ name: String, _ permitted: [String]) -> Finding {
    let nearest = Suggestion.nearest(to: text, among: permitted)
    return Finding(
      .wrongValue,
      "'\(text)' is not a value of '\(name)'; one of: \(permitted.joined(separator: ", ")).",
      suggestion: nearest.map { "\(name):\($0)" })
  }

  static func restrictionTooLong(_ name: String, _ count: Int) -> Finding {
    Finding(
      .restrictionTooLong,
      "The restriction on '\(name)' has \(count.grouped) characters; the limit is "
        + "\(QueryLimits.restrictionLength.grouped).")
  }

  static let brokenRange = Finding(.brokenRange, "A range is written A..B without blanks.")

  static func reversedRange(_ lower: String, _ upper: String) -> Finding {
    Finding(.reversedRange, "The range starts after it ends (\(lower) > \(upper)).")
  }

  static func unquotedInterval(_ name: String, _ comparison: String, _ text: String) -> Finding {
    Finding(
      .unquotedInterval, "Write \(name)\(comparison)\"\(text)\" with quotation marks.",
      suggestion: "\(name)\(comparison)\"\(text)\"")
  }

  static func relativeInCondition(_ text: String) -> Finding {
    Finding(
      .relativeInCondition,
      "A relative date ('\(text)') would change meaning over time; use fixed dates in retention "
        + "conditions.")
  }

  static func intervalFixed(_ text: String, _ bounds: String) -> Finding {
    Finding(.intervalFixed, "\"\(text)\" was fixed to \(bounds) for this hold.")
  }

  static func stateProperty(_ name: String) -> Finding {
    Finding(
      .stateProperty,
      "'\(name)' tells what the tool or a reviewer did and cannot decide what is kept.")
  }

  static func prefixOfWholeValue(_ name: String) -> Finding {
    Finding(
      .prefixOfWholeValue, "'=' with * compares the beginning of the whole value.",
      suggestion: "For a word that begins so write \(name): instead of \(name)=.")
  }

  static func tooManyVariants(_ prefix: String, _ count: Int) -> Finding {
    Finding(
      .tooManyVariants,
      "'\(prefix)*' stands for \(count.grouped) words inside a phrase or NEAR; the limit is "
        + "\(PrefixExpansion.limit.grouped).",
      suggestion: "Use a longer prefix.")
  }

  static func unknownPerson(_ text: String) -> Finding {
    Finding(
      .unknownPerson, "No person '\(text)' in the directory; matched as literal text.")
  }

  static func unknownDomain(_ text: String, _ name: String) -> Finding {
    Finding(
      .unknownPerson,
      "No person '\(text)' in the directory, and no address in a domain '\(text)'; read as the mail "
        + "domain.",
      suggestion: "For a name or an alias write \(name):\"\(text)\", for the domain "
        + "\(name):@\(text).")
  }

  static func severalPeople(_ people: [DirectoryPerson]) -> Finding {
    let names = people.map { "\($0.name) (\($0.id))" }.joined(separator: ", ")
    return Finding(.severalPeople, "\(people.count) people match: \(names).")
  }

  static func readAs(_ written: String, _ canonical: String) -> Finding {
    Finding(.readAs, "'\(written)' was read as '\(canonical)'.")
  }
}

/// The sentences about sensitive types (query-language section 7.5).
extension Finding {
  static func unknownSensitiveType(_ name: String, nearest: String?) -> Finding {
    Finding(
      .unknownSensitiveType,
      "No sensitive type is called '\(name)'" + (nearest.map { "; nearest: '\($0)'." } ?? "."),
      suggestion: nearest.map { "sensitivetype:\"\($0)\"" })
  }

  static let sensitiveRangeEmpty = Finding(
    .sensitiveRangeEmpty, "A range needs at least one number: 5.., ..5 or 1..5.")
  static let sensitiveZero = Finding(
    .sensitiveZero, "A count or a confidence is at least 1; 0 is no bound.")
  static let sensitiveConfidence = Finding(
    .sensitiveConfidence, "A confidence is a number from 1 to 100.")
  static let sensitiveParts = Finding(
    .sensitiveParts,
    "A sensitive type has at most three parts: \"Name|count|confidence\".")

  static func notASensitiveRange(_ text: String) -> Finding {
    Finding(
      .wrongValue,
      "'\(text)' is no count or confidence; write a number, a..b, a.., ..b or *.")
  }
}
