// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Model
package import Store

extension ExceptionRecord: Displayable {
  package static var recordType: String { "exception" }
  package static var plural: String { "exceptions" }
  package static var fields: [Field<ExceptionRecord>] {
    [
      Field("id", heading: "ID") { .text($0.id.text) },
      Field("state", heading: "State") { .text($0.state.rawValue) },
      Field("kind", heading: "Kind") { .text($0.kind.rawValue) },
      Field("code", heading: "Code") { .text($0.code) },
      Field("source", heading: "Source") { FieldValue($0.sourceName) },
      Field("hold") { FieldValue($0.holdName) },
      Field("path") { .text($0.path) },
      Field("object") { .text($0.object) },
      Field("detail", heading: "Detail") { .text($0.detail) },
      Field("first_seen") { .time($0.firstSeen) },
      Field("last_seen", heading: "Last seen") { .time($0.lastSeen) },
      Field("first_run") { FieldValue($0.firstRun) },
      Field("last_run") { FieldValue($0.lastRun) },
      Field("resolved") { FieldValue($0.resolved) },
      Field("reason") { .text($0.reason) },
      Field("account") { .text($0.account) },
    ]
  }

  package var identifier: String { id.text }
}

extension ExceptionKind: ExpressibleByArgument {}
extension ExceptionState: ExpressibleByArgument {}
