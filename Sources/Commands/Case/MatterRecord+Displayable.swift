// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Model
package import Store

extension MatterRecord: Displayable {
  package static var recordType: String { "case" }
  package static var plural: String { "cases" }
  package static var fields: [Field<MatterRecord>] {
    [
      Field("id", heading: "ID") { .text($0.id.text) },
      Field("name", heading: "Name") { .text($0.name) },
      Field("state", heading: "State") { .text($0.state.rawValue) },
      Field("description", heading: "Description") { .text($0.description) },
      Field("created", heading: "Created") { .time($0.created) },
      Field("closed") { FieldValue($0.closed) },
      Field("control_prefix") { .text($0.controlPrefix) },
    ]
  }

  package var identifier: String { id.text }
}

/// A case with its custodians, holds and searches.
struct CaseDetails: Displayable {
  static let recordType = MatterRecord.recordType
  static let plural = MatterRecord.plural
  static var fields: [Field<CaseDetails>] {
    MatterRecord.fields.map { field in
      Field(field.name, heading: field.heading) { field.value($0.matter) }
    } + [
      Field("custodians", heading: "Custodians") { details in
        .list(
          details.custodians.map {
            .object([.init("id", .text($0.id.text)), .init("name", .text($0.name))])
          })
      },
      Field("holds", heading: "Holds") { details in
        .list(
          details.holds.map {
            .object([
              .init("id", .text($0.id.text)), .init("name", .text($0.name)),
              .init("state", .text($0.state.rawValue)),
            ])
          })
      },
      Field("searches", heading: "Searches") { details in
        .list(
          details.searches.map {
            .object([
              .init("id", .text($0.id.text)), .init("time", .time($0.time)),
              .init("query", .text($0.query)), .init("items", FieldValue($0.counts.items)),
            ])
          })
      },
    ]
  }

  var matter: MatterRecord
  var custodians: [Custodian]
  var holds: [HoldRecord]
  var searches: [MatterSearch]

  init(_ matter: MatterRecord, in catalog: Catalog) throws {
    self.matter = matter
    custodians = try catalog.custodians(of: matter)
    holds = try catalog.holds(of: matter)
    searches = try catalog.searches(of: matter)
  }

  var identifier: String { matter.identifier }
}

extension MatterState: ExpressibleByArgument {}

extension ChangeRecord {
  /// A change of a case.
  init(_ verb: ChangeVerb, _ matter: MatterRecord, isDryRun: Bool, counts: Counts) {
    self.init(
      verb, "case", id: matter.id.text, name: matter.name, isDryRun: isDryRun, counts: counts)
  }
}
