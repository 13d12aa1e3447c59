// SPDX-License-Identifier: Apache-2.0
import Model
package import Store

extension PolicyRecord: Displayable {
  package static var recordType: String { "policy" }
  package static var plural: String { "policies and labels" }
  package static var fields: [Field<PolicyRecord>] { headFields + definitionFields }

  private static var headFields: [Field<PolicyRecord>] {
    [
      Field("id", heading: "ID") { .text($0.id.text) },
      Field("name", heading: "Name") { .text($0.name) },
      Field("kind", heading: "Kind") { .text($0.kind.rawValue) },
      Field("mode", heading: "Mode") { .text($0.definition.mode.rawValue) },
      Field("action", heading: "Action") { .text($0.definition.action.rawValue) },
      Field("period", heading: "Period") { .text($0.definition.period.text) },
      Field("start", heading: "Start") { .text($0.definition.start.rawValue) },
      Field("locked", heading: "Locked") { .boolean($0.locked != nil) },
      Field("disposition", heading: "Disposition") { .text($0.definition.disposition.rawValue) },
      Field("created") { .time($0.created) },
      Field("deleted") { FieldValue($0.deleted) },
    ]
  }

  private static var definitionFields: [Field<PolicyRecord>] {
    [
      Field("everyone") { .boolean($0.definition.scope.everyone) },
      Field("custodians") { FieldValue($0.definition.scope.included.custodians) },
      Field("groups") { FieldValue($0.definition.scope.included.groups.map(\.text)) },
      Field("projects") { FieldValue($0.definition.scope.included.projects) },
      Field("sources") { FieldValue($0.definition.scope.included.sources) },
      Field("models") { FieldValue($0.definition.scope.included.models) },
      Field("excluded_custodians") { FieldValue($0.definition.scope.excluded.custodians) },
      Field("excluded_groups") { FieldValue($0.definition.scope.excluded.groups.map(\.text)) },
      Field("excluded_projects") { FieldValue($0.definition.scope.excluded.projects) },
      Field("excluded_sources") { FieldValue($0.definition.scope.excluded.sources) },
      Field("excluded_models") { FieldValue($0.definition.scope.excluded.models) },
      Field("condition") { FieldValue($0.definition.condition?.text) },
      Field("normal_form") { FieldValue($0.definition.condition?.normalForm) },
      Field("reason") { .text($0.definition.reason) },
      Field("account") { .text($0.current.account) },
    ]
  }

  package var identifier: String { id.text }
}

/// A policy or label with all its versions.
struct PolicyDetails: Displayable {
  static let recordType = PolicyRecord.recordType
  static let plural = PolicyRecord.plural
  static var fields: [Field<PolicyDetails>] {
    PolicyRecord.fields.map { field in
      Field(field.name, heading: field.heading) { field.value($0.policy) }
    } + [
      Field("labelled") { $0.policy.kind == .label ? FieldValue($0.labelCount) : .missing },
      Field("versions", heading: "Versions") { row in
        .list(row.policy.versions.map(\.fieldValue))
      },
    ]
  }

  var policy: PolicyRecord
  /// How many conversations bear it.
  var labelCount: Int
  var identifier: String { policy.identifier }
}

extension PolicyVersion {
  fileprivate var fieldValue: FieldValue {
    .object([
      .init("number", FieldValue(number)), .init("created", .time(created)),
      .init("ended", FieldValue(ended)), .init("account", .text(account)),
      .init("action", .text(definition.action.rawValue)),
      .init("period", .text(definition.period.text)),
      .init("mode", .text(definition.mode.rawValue)),
    ])
  }
}

extension ChangeRecord {
  /// A change of a policy or label.
  init(_ verb: ChangeVerb, _ policy: PolicyRecord, isDryRun: Bool, counts: Counts) {
    self.init(
      verb, policy.kind.rawValue, id: policy.id.text, name: policy.name, isDryRun: isDryRun,
      counts: counts,
      details: [
        .init("mode", .text(policy.definition.mode.rawValue)),
        .init("action", .text(policy.definition.action.rawValue)),
        .init("period", .text(policy.definition.period.text)),
      ])
  }
}
