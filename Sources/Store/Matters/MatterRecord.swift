// SPDX-License-Identifier: Apache-2.0
import GRDB
package import Model

/// Whether work on a case goes on.
package enum MatterState: String, Sendable, CaseIterable {
  case open
  case closed
}

/// A case.
package struct MatterRecord: Hashable, Sendable {
  package var key: Int64
  package var id: ObjectID
  package var name: String
  package var description: String
  package var state: MatterState
  package var created: Instant
  /// Nil while it is open.
  package var closed: Instant?
  /// The prefix of its control numbers.
  package var controlPrefix: String
  /// The number that the next document gets.
  package var nextControlNumber: Int

  init(row: Row) throws {
    key = row["key"]
    id = try row.objectID("id")
    name = row["name"]
    description = row["description"]
    state = try row.value("state")
    created = row.instant("created")
    closed = row.optionalInstant("closed")
    controlPrefix = row["control_prefix"]
    nextControlNumber = row["next_control_number"]
  }

  var json: JSONValue {
    [
      "name": .string(name), "description": .string(description),
      "state": .string(state.rawValue), "control_prefix": .string(controlPrefix),
    ]
  }
}

/// A search that was run in a case, as recorded.
package struct MatterSearch: Hashable, Sendable {
  package var id: ObjectID
  package var query: String
  package var normalForm: String
  package var dialect: String
  package var scope: Scope
  package var interval: TimeInterval
  package var zone: String
  /// The clock of the question.
  package var asOf: Instant
  package var counts: SearchCounts
  package var time: Instant
  package var account: String

  init(row: Row) throws {
    id = try row.objectID("id")
    query = row["query"]
    normalForm = row["normal_form"]
    dialect = row["dialect"]
    scope = try Scope(json: row["scope"])
    interval = row.interval
    zone = row["zone"]
    asOf = row.instant("as_of")
    counts = SearchCounts(
      items: row["item_count"], conversations: row["conversation_count"],
      custodians: row["custodian_count"], bytes: row["byte_count"],
      partial: row["partial_count"], isIncomplete: row["incomplete"])
    time = row.instant("time")
    account = row["account"]
  }
}

/// What a search found.
package struct SearchCounts: Hashable, Sendable {
  package var items: Int
  package var conversations: Int
  package var custodians: Int
  package var bytes: Int64
  /// Items in scope with files that have no text.
  package var partial: Int
  /// Whether the answer may lack items of the store.
  package var isIncomplete: Bool

  package init(
    items: Int, conversations: Int, custodians: Int, bytes: Int64, partial: Int,
    isIncomplete: Bool
  ) {
    self.items = items
    self.conversations = conversations
    self.custodians = custodians
    self.bytes = bytes
    self.partial = partial
    self.isIncomplete = isIncomplete
  }

  var json: JSONValue {
    [
      "items": JSONValue(items), "conversations": JSONValue(conversations),
      "custodians": JSONValue(custodians), "bytes": .integer(bytes),
      "partial": JSONValue(partial), "incomplete": .boolean(isIncomplete),
    ]
  }
}

/// A question: what is asked, of whom, for which time.
package struct SearchDefinition: Hashable, Sendable {
  package var query: String
  package var normalForm: String
  package var dialect: String
  package var scope: Scope
  package var interval: TimeInterval
  /// The zone of its day boundaries, such as `UTC`.
  package var zone: String
  package var asOf: Instant

  package init(
    query: String, normalForm: String, dialect: String, scope: Scope,
    interval: TimeInterval = TimeInterval(), zone: String = "UTC", asOf: Instant
  ) {
    self.query = query
    self.normalForm = normalForm
    self.dialect = dialect
    self.scope = scope
    self.interval = interval
    self.zone = zone
    self.asOf = asOf
  }

  var json: JSONValue {
    [
      "query": .string(query), "normal_form": .string(normalForm), "dialect": .string(dialect),
      "scope": scope.json, "interval": interval.json, "zone": .string(zone),
    ]
  }
}
