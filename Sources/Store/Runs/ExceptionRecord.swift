// SPDX-License-Identifier: Apache-2.0
import GRDB
package import Model

/// Whether something went wrong, or a route does not carry something.
package enum ExceptionKind: String, Sendable, CaseIterable {
  /// A record or file that could not be taken in; counted among the records read.
  case failure
  /// What the source did not give; counted apart.
  case gap
}

/// Whether a person has dealt with an exception.
package enum ExceptionState: String, Sendable, CaseIterable {
  case open
  case resolved
}

/// One problem of captures, or of what holds protect, however often it was met.
package struct ExceptionRecord: Hashable, Sendable {
  package var key: Int64
  package var id: ObjectID
  /// Nil where it is no single source's.
  package var sourceID: ObjectID?
  package var sourceName: String?
  /// The hold that it concerns; nil for a problem of a capture or of a person.
  package var holdID: ObjectID?
  package var holdName: String?
  /// The run that met it first; nil where `hold verify` found it.
  package var firstRun: ObjectID?
  /// The run that met it last; nil where `hold verify` found it.
  package var lastRun: ObjectID?
  package var kind: ExceptionKind
  /// A code of `ProblemCode`, or of a later version.
  package var code: String
  package var path: String
  package var object: String
  package var detail: String
  package var state: ExceptionState
  package var firstSeen: Instant
  package var lastSeen: Instant
  /// When it was resolved; nil while it is open.
  package var resolved: Instant?
  /// Why it is resolved.
  package var reason: String
  /// Who resolved it.
  package var account: String

  static let selection = """
    SELECT exception.*, source.id AS source_id, source.name AS source_name,
      hold.id AS hold_id, hold.name AS hold_name,
      first.id AS first_run_id, last.id AS last_run_id
    FROM exception LEFT JOIN source ON source.key = exception.source
      LEFT JOIN hold ON hold.key = exception.hold
      LEFT JOIN run AS first ON first.key = exception.first_run
      LEFT JOIN run AS last ON last.key = exception.last_run
    """

  init(row: Row) throws {
    key = row["key"]
    id = try row.objectID("id")
    sourceID = try row.optionalObjectID("source_id")
    sourceName = row["source_name"]
    holdID = try row.optionalObjectID("hold_id")
    holdName = row["hold_name"]
    firstRun = try row.optionalObjectID("first_run_id")
    lastRun = try row.optionalObjectID("last_run_id")
    kind = try row.value("kind")
    code = row["code"]
    path = row["path"]
    object = row["object"]
    detail = row["detail"]
    state = try row.value("state")
    firstSeen = row.instant("first_seen")
    lastSeen = row.instant("last_seen")
    resolved = row.optionalInstant("resolved")
    reason = row["reason"]
    account = row["account"]
  }
}
