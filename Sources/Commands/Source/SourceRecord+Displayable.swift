// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Model
package import Store

extension SourceRecord: Displayable {
  package static var recordType: String { "source" }
  package static var plural: String { "sources" }
  package static var fields: [Field<SourceRecord>] {
    [
      Field("id", heading: "ID") { .text($0.id.text) },
      Field("name", heading: "Name") { .text($0.name) },
      Field("kind", heading: "Kind") { .text($0.kind.rawValue) },
      Field("url") { .text($0.url) },
      Field("key_file") { .text($0.keyFile) },
      Field("note", heading: "Note") { .text($0.note) },
      Field("created", heading: "Created") { .time($0.created) },
    ]
  }

  package var identifier: String { id.text }
}

extension SourceKind: ExpressibleByArgument {}
