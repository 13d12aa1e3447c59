// SPDX-License-Identifier: Apache-2.0
import Model
package import Store

extension HoldRecord: Displayable {
  package static var recordType: String { "hold" }
  package static var plural: String { "holds" }
  package static var fields: [Field<HoldRecord>] { headFields + definitionFields }

  private static var headFields: [Field<HoldRecord>] {
    [
      Field("id", heading: "ID") { .text($0.id.text) },
      Field("name", heading: "Name") { .text($0.name) },
      Field("case", heading: "Case") { .text($0.matter.name) },
      Field("case_id") { .text($0.matter.id.text) },
      Field("state", heading: "State") { .text($0.state.rawValue) },
      Field("protected_until", heading: "Protected until") { FieldValue($0.protectsUntil) },
      Field("narrowed_until", heading: "Narrowed until") {
        FieldValue($0.narrowedUntil(at: Console.current.now()))
      },
      Field("created", heading: "Created") { .time($0.created) },
      Field("version") { FieldValue($0.current.number) },
    ]
  }

  private static var definitionFields: [Field<HoldRecord>] {
    [
      Field("everyone") { .boolean($0.definition.scope.everyone) },
      Field("custodians") { FieldValue($0.definition.scope.custodians) },
      Field("projects") { FieldValue($0.definition.scope.projects) },
      Field("sources") { FieldValue($0.definition.scope.sources) },
      Field("query", heading: "Query") { FieldValue($0.definition.query?.text) },
      Field("normal_form") { FieldValue($0.definition.query?.normalForm) },
      Field("since") { FieldValue($0.definition.interval.since) },
      Field("before") { FieldValue($0.definition.interval.before) },
      Field("reason") { .text($0.definition.reason) },
      Field("authority") { .text($0.definition.authority) },
      Field("silent") { .boolean($0.definition.isSilent) },
      Field("account") { .text($0.current.account) },
    ]
  }

  package var identifier: String { id.text }
}

/// A hold with all its versions.
struct HoldWithVersions: Displayable {
  static let recordType = HoldRecord.recordType
  static let plural = HoldRecord.plural
  static var fields: [Field<HoldWithVersions>] {
    HoldRecord.fields.map { field in
      Field(field.name, heading: field.heading) { field.value($0.hold) }
    } + [
      Field("versions", heading: "Versions") { row in
        .list(row.hold.versions.map(\.fieldValue))
      }
    ]
  }

  var hold: HoldRecord
  var identifier: String { hold.identifier }
}

extension HoldVersion {
  fileprivate var fieldValue: FieldValue {
    .object([
      .init("number", FieldValue(number)), .init("created", .time(created)),
      .init("account", .text(account)), .init("released", FieldValue(released)),
      .init("ends", FieldValue(ends)), .init("everyone", .boolean(definition.scope.everyone)),
      .init("custodians", FieldValue(definition.scope.custodians)),
      .init("projects", FieldValue(definition.scope.projects)),
      .init("sources", FieldValue(definition.scope.sources)),
      .init("query", FieldValue(definition.query?.text)),
      .init("normal_form", FieldValue(definition.query?.normalForm)),
      .init("since", FieldValue(definition.interval.since)),
      .init("before", FieldValue(definition.interval.before)),
      .init("reason", .text(definition.reason)), .init("authority", .text(definition.authority)),
      .init("silent", .boolean(definition.isSilent)),
    ])
  }
}

extension ChangeRecord {
  /// A change of a hold.
  init(_ verb: ChangeVerb, _ hold: HoldRecord, isDryRun: Bool, counts: Counts) {
    self.init(
      verb, "hold", id: hold.id.text, name: hold.name, isDryRun: isDryRun, counts: counts,
      details: [
        .init("case", .text(hold.matter.name)), .init("state", .text(hold.state.rawValue)),
        .init("version", FieldValue(hold.current.number > 1 ? hold.current.number : nil)),
        .init("protected_until", FieldValue(hold.protectsUntil)),
        .init("narrowed_until", FieldValue(hold.narrowedUntil(at: Console.current.now()))),
      ])
  }
}
