// SPDX-License-Identifier: Apache-2.0

/// The persons that a query names, asked of the directory before values are read.
struct PeopleLookup {
  private var found: [String: [DirectoryPerson]] = [:]
  /// Those of the texts that are domains of which nobody is known.
  private var unknownDomains: Set<String> = []

  /// Asks for every text in an identity restriction, then for the other identities of those found,
  /// to know which of them further persons bear.
  ///
  /// `asksForDomains`: Whether a text that may be a mail domain is asked for as one; the reading of a
  /// recorded query does not hang on it.
  init<Directory: PeopleDirectory>(
    _ parsed: ParsedQuery, directory: Directory, asksForDomains: Bool
  ) throws(Directory.Failure) {
    var keys: Set<String> = []
    for syntax in parsed.segments { PeopleLookup.collect(syntax, in: nil, into: &keys) }
    if let conditions = parsed.conditions {
      PeopleLookup.collect(conditions, in: nil, into: &keys)
    }
    for key in keys {
      found[key] = try directory.people(bearing: key)
      if asksForDomains, IdentityValue.isDomain(key[...]), try !directory.knows(domain: key) {
        unknownDomains.insert(key)
      }
    }
    let others = Set(
      found.values.joined().flatMap { PeopleLookup.identities(of: $0) })
    for key in others where found[key] == nil {
      found[key] = try directory.people(bearing: key)
    }
  }

  func people(bearing key: String) -> [DirectoryPerson] { found[key] ?? [] }

  /// Whether an address in a domain that the query names is known.
  func know(domain: String) -> Bool { !unknownDomains.contains(domain) }

  /// Gives a match the persons that stand for it, and all their identities.
  func expand(_ match: inout IdentityMatch, to people: [DirectoryPerson]) {
    let ids = Set(people.map(\.id))
    let identities = Set(people.flatMap { PeopleLookup.identities(of: $0) })
    match.custodians = ids.sorted()
    match.identities = identities.sorted()
    match.shared = identities.filter { identity in
      self.people(bearing: identity).contains { !ids.contains($0.id) }
    }
  }

  private static func identities(of person: DirectoryPerson) -> [String] {
    (person.identities + [person.name]).map(FoldedValue.wholeText).filter { !$0.isEmpty }
  }

  private static func collect(
    _ syntax: Syntax, in group: PropertyEntry?, into keys: inout Set<String>
  ) {
    switch syntax.kind {
    case .term(let term):
      if group?.type == .identity { keys.insert(IdentityValue.key(of: term)) }
    case .restriction(let restriction):
      if restriction.entry.type == .identity {
        keys.insert(IdentityValue.key(of: restriction.value))
      }
    case .function(_, let terms):
      if group?.type == .identity { keys.formUnion(terms.map(IdentityValue.key)) }
    case .group(let restriction, let inner):
      collect(inner, in: restriction.entry, into: &keys)
    case .parenthesised(let inner), .not(let inner), .required(let inner),
      .ranked(let inner, _):
      collect(inner, in: group, into: &keys)
    case .and(let operands), .or(let operands), .sequence(let operands),
      .near(let operands, _, _):
      for operand in operands { collect(operand, in: group, into: &keys) }
    case .nothing: break
    }
  }
}
