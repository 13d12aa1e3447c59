// SPDX-License-Identifier: Apache-2.0
import Model
package import Store

extension SavedQuery: Displayable {
  package static var recordType: String { "query" }
  package static var plural: String { "saved queries" }
  package static var fields: [Field<SavedQuery>] {
    [
      Field("id", heading: "ID") { .text($0.id.text) },
      Field("name", heading: "Name") { .text($0.name) },
      Field("query", heading: "Query") { .text($0.query) },
      Field("dialect", heading: "Dialect") { .text($0.dialect) },
      Field("everyone") { .boolean($0.scope.everyone) },
      Field("custodians") { FieldValue($0.scope.custodians) },
      Field("projects") { FieldValue($0.scope.projects) },
      Field("sources") { FieldValue($0.scope.sources) },
      Field("since") { FieldValue($0.interval.since) },
      Field("before") { FieldValue($0.interval.before) },
      Field("created", heading: "Created") { .time($0.created) },
      Field("account") { .text($0.account) },
    ]
  }

  package var identifier: String { id.text }
}
