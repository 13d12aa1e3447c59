// SPDX-License-Identifier: Apache-2.0
import GRDB
package import Model

/// What an identity of a person is.
package enum IdentityKind: String, Sendable, CaseIterable {
  /// The account id of a capture route, such as the account uuid of a claude.ai export.
  case account
  /// A user id of an organisation's directory or of the Compliance API.
  case userID = "user-id"
  case emailAddress = "e-mail"
  case name

  /// Whether content is attributed by it.
  var namesAccount: Bool { self == .account || self == .userID }
}

/// A natural person whose interactions are captured.
package struct Custodian: Hashable, Sendable {
  package var key: Int64
  package var id: ObjectID
  package var name: String
  package var note: String
  package var created: Instant
  /// The person that this one turned out to be; nil for a person of its own.
  package var mergedInto: Int64?

  init(row: Row) throws {
    key = row["key"]
    id = try row.objectID("id")
    name = row["name"]
    note = row["note"]
    created = row.instant("created")
    mergedInto = row["merged_into"]
  }

  var json: JSONValue { ["name": .string(name), "note": .string(note)] }
}

/// One identity of a person, for a time.
package struct CustodianIdentity: Hashable, Sendable {
  package var key: Int64
  package var kind: IdentityKind
  package var value: String
  /// Half-open, in the world's time: when the identity was this person's.
  ///
  /// Nil is open.
  package var valid: TimeInterval
  /// Where it comes from: `capture`, `import` or `manual`.
  package var origin: String
  /// When the store learnt it.
  package var added: Instant
  /// When it was taken away; nil while it stands.
  package var removed: Instant?

  init(row: Row) throws {
    key = row["key"]
    kind = try row.value("kind")
    value = row["value"]
    valid = TimeInterval(
      since: row.optionalInstant("valid_from"), before: row.optionalInstant("valid_until"))
    origin = row["origin"]
    added = row.instant("added")
    removed = row.optionalInstant("removed")
  }

  var json: JSONValue {
    [
      "kind": .string(kind.rawValue), "value": .string(value), "valid": valid.json,
      "origin": .string(origin),
    ]
  }
}

/// An identity as a person writes it down.
package struct IdentityDefinition: Hashable, Sendable {
  package var kind: IdentityKind
  package var value: String
  package var valid: TimeInterval

  package init(_ kind: IdentityKind, _ value: String, valid: TimeInterval = TimeInterval()) {
    self.kind = kind
    self.value = value
    self.valid = valid
  }
}

/// An account of a capture route, which content refers to.
package struct AccountRecord: Hashable, Sendable {
  package var key: Int64
  package var route: String
  package var nativeID: String
  /// The person's row; nil when it is not known whose it is.
  package var custodian: Int64?

  init(row: Row) {
    key = row["key"]
    route = row["route"]
    nativeID = row["native_id"]
    custodian = row["custodian"]
  }
}
