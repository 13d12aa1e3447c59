// SPDX-License-Identifier: Apache-2.0
import Model
package import Store

extension Custodian: Displayable {
  package static var recordType: String { "custodian" }
  package static var plural: String { "custodians" }
  package static var fields: [Field<Custodian>] {
    [
      Field("id", heading: "ID") { .text($0.id.text) },
      Field("name", heading: "Name") { .text($0.name) },
      Field("note", heading: "Note") { .text($0.note) },
      Field("created", heading: "Created") { .time($0.created) },
    ]
  }

  package var identifier: String { id.text }
}

/// A custodian with all that is known of them.
struct CustodianDetails: Displayable {
  static let recordType = Custodian.recordType
  static let plural = Custodian.plural
  static var fields: [Field<CustodianDetails>] {
    Custodian.fields.map { field in
      Field(field.name, heading: field.heading) { field.value($0.custodian) }
    } + [
      Field("identities", heading: "Identities") { details in
        .list(details.identities.map(\.fieldValue))
      },
      Field("accounts", heading: "Accounts") { details in
        .list(
          details.accounts.map {
            .object([.init("route", .text($0.route)), .init("id", .text($0.nativeID))])
          })
      },
      Field("cases", heading: "Cases") { details in
        .list(details.matters.map { .text($0.name) })
      },
      Field("holds", heading: "Holds") { details in
        .list(details.holds.map(\.fieldValue))
      },
    ]
  }

  var custodian: Custodian
  var identities: [CustodianIdentity]
  var accounts: [AccountRecord]
  var matters: [MatterRecord]
  var holds: [HoldRecord]

  init(_ custodian: Custodian, in catalog: Catalog) throws {
    self.custodian = custodian
    identities = try catalog.identities(of: custodian)
    accounts = try catalog.accounts(of: custodian)
    matters = try catalog.matters(of: custodian)
    holds = try catalog.holds(on: custodian)
  }

  var identifier: String { custodian.identifier }
}

extension CustodianIdentity {
  var fieldValue: FieldValue {
    .object([
      .init("kind", .text(kind.rawValue)), .init("value", .text(value)),
      .init("since", FieldValue(valid.since)), .init("before", FieldValue(valid.before)),
      .init("origin", .text(origin)),
    ])
  }
}

extension HoldRecord {
  fileprivate var fieldValue: FieldValue {
    .object([
      .init("id", .text(id.text)), .init("name", .text(name)),
      .init("case", .text(matter.name)), .init("state", .text(state.rawValue)),
    ])
  }
}
