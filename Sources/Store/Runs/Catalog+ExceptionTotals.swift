// SPDX-License-Identifier: Apache-2.0
import GRDB
package import Model

/// How many exceptions of captures from one source have one code.
package struct ExceptionTotal: Hashable, Sendable {
  package var sourceID: ObjectID
  package var sourceName: String
  package var kind: ExceptionKind
  package var code: String
  package var count: Int
}

extension Catalog {
  /// How many exceptions of captures are in a state, by source, kind and code.
  package func exceptionTotals(_ state: ExceptionState) throws -> [ExceptionTotal] {
    try Row.fetchAll(
      db,
      sql: """
        SELECT source.id AS source_id, source.name AS source_name, exception.kind AS kind,
          exception.code AS code, count(*) AS total
        FROM exception JOIN source ON source.key = exception.source
        WHERE exception.state = ? AND exception.first_run IS NOT NULL
        GROUP BY source.name, source.id, exception.kind, exception.code
        ORDER BY source.name, source.id, exception.kind, exception.code
        """, arguments: [state.rawValue]
    ).map { row in
      ExceptionTotal(
        sourceID: try row.objectID("source_id"), sourceName: row["source_name"],
        kind: try row.value("kind"), code: row["code"], count: row["total"])
    }
  }
}
