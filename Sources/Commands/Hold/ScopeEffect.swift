// SPDX-License-Identifier: Apache-2.0
import Model
import Store

/// A scope to which something was added or from which something was taken.
struct ScopeEffect {
  var scope = Scope()
  /// Names that made a difference.
  var changed = 0
  var unchanged = 0

  fileprivate mutating func note(_ isChange: Bool) {
    if isChange { changed += 1 } else { unchanged += 1 }
  }
}

extension Scope {
  /// The scope with all that another names, too.
  func adding(_ other: Scope, in catalog: Catalog) throws -> ScopeEffect {
    var effect = ScopeEffect(scope: self)
    if other.everyone {
      effect.note(!everyone)
      effect.scope.everyone = true
    }
    let named = Set(try custodians.map { try catalog.custodian("id:" + $0).id.text })
    for id in other.custodians {
      effect.note(!named.contains(id))
      if !named.contains(id) { effect.scope.custodians.append(id) }
    }
    for id in other.projects {
      effect.note(!projects.contains(id))
      effect.scope.projects.append(id)
    }
    for id in other.sources {
      effect.note(!sources.contains(id))
      effect.scope.sources.append(id)
    }
    effect.scope = effect.scope.sorted
    return effect
  }

  /// The scope without what another names; somebody who was merged goes with the other person.
  func removing(_ other: Scope, in catalog: Catalog) throws -> ScopeEffect {
    var effect = ScopeEffect(scope: self)
    if other.everyone {
      effect.note(everyone)
      effect.scope.everyone = false
    }
    for id in other.custodians {
      let count = effect.scope.custodians.count
      try effect.scope.custodians.removeAll { try catalog.custodian("id:" + $0).id.text == id }
      effect.note(effect.scope.custodians.count < count)
    }
    for id in other.projects {
      effect.note(projects.contains(id))
      effect.scope.projects.removeAll { $0 == id }
    }
    for id in other.sources {
      effect.note(sources.contains(id))
      effect.scope.sources.removeAll { $0 == id }
    }
    return effect
  }
}

extension ScopeOptions {
  /// What is to be added to a hold or taken from it.
  ///
  /// - Throws: ``CommandFailure`` with status 2 where nothing is named.
  func namesOfHold() throws -> ScopeNames {
    let names = try names()
    guard !names.isEmpty else {
      throw CommandFailure.usage(
        "nothing is named", whatToDo: "name --custodian, --project or --source, or say --everyone")
    }
    return names
  }
}

extension Change {
  /// Creates the persons of a list whom the directory does not know.
  ///
  /// - Parameters:
  ///   - names: As typed; an address and the id of an account become identities, so that what is
  ///     captured under them is theirs.
  ///   - reason: Why, for the audit log.
  /// - Returns: Those who were made.
  /// - Throws: `StoreError` for a name that fits several persons.
  func createUnknown(_ names: [String], reason: String) throws -> [Custodian] {
    try names.compactMap { name in
      guard try found({ try catalog.custodian(name) }) == nil else { return nil }
      var identities = name.contains("@") ? [IdentityDefinition(.emailAddress, name)] : []
      if try name.readsAsAccount || catalog.knowsAccount(name) {
        identities.append(IdentityDefinition(.account, name))
      }
      return try createCustodian(name: name, identities: identities, reason: reason)
    }
  }
}

extension String {
  /// Whether it is rather the id of an account than a person's name or address: one word with a digit
  /// or an underscore.
  ///
  /// A capture may bring the account only after the hold.
  fileprivate var readsAsAccount: Bool {
    !contains("@") && !contains(where: \.isWhitespace)
      && contains { $0.isNumber || $0 == "_" }
  }
}
