// SPDX-License-Identifier: Apache-2.0
import GRDB
package import Model

/// How captures of a source come in.
package enum SourceKind: String, Sendable, CaseIterable {
  /// Files, folders and archives that somebody hands over.
  case files = "import"
  case complianceAPI = "compliance-api"
}

/// Where captures come from.
package struct SourceRecord: Hashable, Sendable {
  /// The row that runs and conversations refer to.
  package var key: Int64
  package var id: ObjectID
  package var name: String
  package var kind: SourceKind
  package var url: String
  /// The path of a key file, never the key; empty where none is needed.
  package var keyFile: String
  package var note: String
  package var created: Instant

  init(row: Row) throws {
    key = row["key"]
    id = try row.objectID("id")
    name = row["name"]
    kind = try row.value("kind")
    url = row["url"]
    keyFile = row["key_file"]
    note = row["note"]
    created = row.instant("created")
  }

  var json: JSONValue {
    [
      "name": .string(name), "kind": .string(kind.rawValue), "url": .string(url),
      "key_file": .string(keyFile), "note": .string(note),
    ]
  }
}

/// The fields of a source that a person sets.
package struct SourceDefinition: Hashable, Sendable {
  package var name: String
  package var kind: SourceKind
  package var url: String
  package var keyFile: String
  package var note: String

  package init(
    name: String, kind: SourceKind = .files, url: String = "", keyFile: String = "",
    note: String = ""
  ) {
    self.name = name
    self.kind = kind
    self.url = url
    self.keyFile = keyFile
    self.note = note
  }
}
