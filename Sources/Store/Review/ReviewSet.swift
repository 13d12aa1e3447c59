// SPDX-License-Identifier: Apache-2.0
import GRDB
package import Model

/// A review set: what a case's reviewers look at, frozen load by load.
package struct ReviewSet: Hashable, Sendable {
  package var key: Int64
  package var id: ObjectID
  package var matter: MatterRecord
  package var name: String
  package var description: String
  package var created: Instant

  var json: JSONValue {
    [
      "case": .string(matter.id.text), "name": .string(name),
      "description": .string(description),
    ]
  }
}

/// Whether a load is complete.
package enum ReviewLoadState: String, Sendable, CaseIterable {
  /// Being filled; not part of the set yet.
  case loading
  case frozen
}

/// What one `review add` put into a set.
package struct ReviewLoad: Hashable, Sendable {
  package var key: Int64
  package var id: ObjectID
  /// From 1 within the set.
  package var number: Int
  package var query: String
  package var normalForm: String
  package var dialect: String
  package var scope: Scope
  package var interval: TimeInterval
  package var zone: String
  /// Items that were selected and not in the set as such.
  package var itemCount: Int
  /// Items that come along as context of their conversation.
  package var contextCount: Int
  /// Items that were selected and in the set already.
  package var alreadyCount: Int
  package var state: ReviewLoadState
  package var created: Instant
  package var account: String

  init(row: Row) throws {
    key = row["key"]
    id = try row.objectID("id")
    number = row["number"]
    query = row["query"]
    normalForm = row["normal_form"]
    dialect = row["dialect"]
    scope = try Scope(json: row["scope"])
    interval = row.interval
    zone = row["zone"]
    itemCount = row["item_count"]
    contextCount = row["context_count"]
    alreadyCount = row["already_count"]
    state = try row.value("state")
    created = row.instant("created")
    account = row["account"]
  }
}

/// An item as a load froze it.
package struct ReviewItem: Hashable, Sendable {
  /// The conversation's row.
  package var conversation: Int64
  /// The item's id, `itm_…`.
  package var item: String
  /// Which version of the item, from 1.
  package var version: Int
  /// Which version of the conversation's native record, from 1.
  package var conversationVersion: Int
  /// Whether it only comes along with its conversation.
  package var isContext: Bool

  package init(
    conversation: Int64, item: String, version: Int, conversationVersion: Int, isContext: Bool
  ) {
    self.conversation = conversation
    self.item = item
    self.version = version
    self.conversationVersion = conversationVersion
    self.isContext = isContext
  }

  init(row: Row) {
    conversation = row[0]
    item = row[1]
    version = row[2]
    conversationVersion = row[3]
    isContext = row[4]
  }
}
