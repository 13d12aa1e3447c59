// SPDX-License-Identifier: Apache-2.0

/// A natural person as the people directory knows them.
package struct DirectoryPerson: Hashable, Sendable {
  /// The custodian's id.
  package var id: String
  /// The name that people see.
  package var name: String
  /// All addresses, user ids, account ids, aliases and names, in any order and letter case.
  package var identities: [String]

  package init(id: String, name: String, identities: [String]) {
    self.id = id
    self.name = name
    self.identities = identities
  }
}

/// Finds the persons behind what is written in a query (query-language section 7.4).
package protocol PeopleDirectory {
  /// What a lookup may throw; `Never` for directories in memory.
  associatedtype Failure: Error

  /// The persons that bear an identity, in a fixed order; none is no error.
  ///
  /// - Parameter identity: A full address, user id, custodian id or display name, or an alias (the
  ///   part of an address before `@`); folded by `FoldedValue.wholeText`, as what it is compared with
  ///   is: whole.
  /// - Returns: The persons.
  /// - Throws: What the directory throws.
  func people(bearing identity: String) throws(Failure) -> [DirectoryPerson]

  /// Whether somebody bears an address in a domain; true where nothing can be said of domains.
  ///
  /// - Parameter domain: What stands after the `@`, folded by `FoldedValue.wholeText`.
  /// - Returns: Whether one is known.
  /// - Throws: What the directory throws.
  func knows(domain: String) throws(Failure) -> Bool
}

/// A directory that knows nobody.
package struct EmptyDirectory: PeopleDirectory {
  package init() {}

  package func people(bearing identity: String) throws(Never) -> [DirectoryPerson] { [] }

  package func knows(domain: String) throws(Never) -> Bool { true }
}

/// A directory that cannot be asked: with it only queries are read that name nobody.
package struct UnaskedDirectory: PeopleDirectory {
  /// The query names somebody.
  package struct Asked: Error {}

  package init() {}

  package func people(bearing identity: String) throws(Asked) -> [DirectoryPerson] {
    throw Asked()
  }

  package func knows(domain: String) throws(Asked) -> Bool { throw Asked() }
}

/// A directory of persons in memory.
package struct PeopleList: PeopleDirectory {
  private var byIdentity: [String: [DirectoryPerson]] = [:]
  private var domains: Set<String> = []

  package init(_ people: [DirectoryPerson]) {
    for person in people {
      var keys = Set((person.identities + [person.id, person.name]).map(FoldedValue.wholeText))
      for key in keys {
        guard let at = key.firstIndex(of: "@") else { continue }
        keys.insert(String(key[..<at]))
        domains.insert(String(key[key.index(after: at)...]))
      }
      for key in keys where !key.isEmpty { byIdentity[key, default: []].append(person) }
    }
  }

  package func people(bearing identity: String) throws(Never) -> [DirectoryPerson] {
    byIdentity[identity] ?? []
  }

  package func knows(domain: String) throws(Never) -> Bool {
    // A list of nobody says nothing of domains.
    byIdentity.isEmpty || domains.contains(domain)
  }
}
