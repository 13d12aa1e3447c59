// SPDX-License-Identifier: Apache-2.0
package import Bytes
import Foundation
import GRDB
package import Model
package import Retention

/// A plan of what may be disposed of (holds-and-retention section 4).
package struct PlanRecord: Hashable, Sendable {
  package var key: Int64
  package var id: ObjectID
  /// Whether it was computed to its end.
  package var isReady: Bool
  package var created: Instant
  /// The time that was asked about; nil for the plan's own.
  ///
  /// A plan for another time cannot be run.
  package var asOf: Instant?
  /// Of a removal on request; nil where periods decide.
  package var request: PlanRequest?
  /// The policies and labels that it was limited to; nil for all.
  package var policies: [ObjectID]?
  /// What policies and labels said: where they say something else, the plan is stale.
  package var policyDigest: SHA256Digest
  /// Of the entries; nil while it is being computed.
  package var digest: SHA256Digest?
  package var counts: PlanCounts
  /// Who made it.
  package var account: String
}

/// A removal on request as a plan keeps it.
package struct PlanRequest: Hashable, Sendable {
  /// As typed.
  package var query: String
  package var normalForm: String
  package var reason: String

  package init(query: String, normalForm: String, reason: String) {
    self.query = query
    self.normalForm = normalForm
    self.reason = reason
  }
}

/// A conversation that a plan lists.
package struct PlanEntry: Hashable, Sendable {
  package var id: ObjectID
  /// The row in the catalog when the plan was made.
  package var conversation: Int64
  package var state: PlanEntryState
  package var purgeAt: Instant
  /// When it would have fallen due had the groups of its persons not changed; nil unless that is
  /// later.
  package var formerPurgeAt: RetentionDate?
  /// The policies and labels that decided; empty for a removal on request.
  package var deciding: [ObjectID]
  package var itemCount: Int
  /// Native bytes of all versions.
  package var byteCount: Int64

  /// What the digest of a plan is computed from, a line each.
  var line: String {
    var members: [String: JSONValue] = [
      "id": .string(id.text), "state": .string(state.rawValue), "purge_at": JSONValue(purgeAt),
      "deciding": JSONValue(deciding.map(\.text)), "items": JSONValue(itemCount),
      "bytes": .integer(byteCount),
    ]
    if let formerPurgeAt { members["former_purge_at"] = JSONValue(formerPurgeAt.instant) }
    return JSONValue.object(members).canonical + "\n"
  }
}

/// In how many conversations a policy or label decides, or a hold or review set keeps what would be
/// due.
package struct PlanTotal: Hashable, Sendable {
  package var object: ObjectID
  /// `due`, `review` or `simulated` for policies and labels, `held` for holds, `in-review-set` for
  /// review sets.
  package var state: String
  package var conversationCount: Int
  package var byteCount: Int64

  package init(object: ObjectID, state: String, conversationCount: Int, byteCount: Int64) {
    self.object = object
    self.state = state
    self.conversationCount = conversationCount
    self.byteCount = byteCount
  }
}

extension PlanRecord {
  init(row: Row) throws {
    key = row["key"]
    id = try row.objectID("id")
    isReady = (row["state"] as String) == "ready"
    created = row.instant("created")
    asOf = row.optionalInstant("as_of")
    if let query: String = row["query"], let normalForm: String = row["normal_form"],
      let reason: String = row["reason"]
    {
      request = PlanRequest(query: query, normalForm: normalForm, reason: reason)
    }
    policies = try (row["policies"] as String?).map(PlanEntry.ids)
    guard let policyDigest = SHA256Digest(bytes: [UInt8](row["policy_sha256"] as Data)) else {
      throw StoreError(.damaged, "the catalog holds a plan without a digest")
    }
    self.policyDigest = policyDigest
    digest = (row["sha256"] as Data?).flatMap { SHA256Digest(bytes: [UInt8]($0)) }
    counts = PlanCounts()
    counts.conversations = row["conversation_count"]
    counts.due = row["due_count"]
    counts.review = row["review_count"]
    counts.simulated = row["simulated_count"]
    counts.nearer = row["nearer_count"]
    counts.held = row["held_count"]
    counts.inReviewSets = row["review_set_count"]
    counts.retained = row["retained_count"]
    counts.notDue = row["not_due_count"]
    counts.startUnknown = row["start_unknown_count"]
    counts.notSelected = row["not_selected_count"]
    counts.items = row["item_count"]
    counts.bytes = row["byte_count"]
    account = row["account"]
  }
}

extension PlanEntry {
  init(row: Row) throws {
    id = try row.objectID("id")
    conversation = row["conversation"]
    state = try row.value("state")
    purgeAt = row.instant("purge_at")
    if row["nearer"] {
      formerPurgeAt = row.optionalInstant("former_purge_at").map(RetentionDate.at) ?? .never
    }
    deciding = try Self.ids(row["deciding"])
    itemCount = row["item_count"]
    byteCount = row["byte_count"]
  }

  /// Ids in a JSON list.
  static func ids(_ json: String) throws -> [ObjectID] {
    do {
      return try JSONDecoder().decode([String].self, from: Data(json.utf8)).map { text in
        guard let id = ObjectID(text) else {
          throw StoreError(.damaged, "the catalog holds \"\(text)\" where an identifier belongs")
        }
        return id
      }
    } catch let error as StoreError {
      throw error
    } catch {
      throw StoreError(.damaged, "the catalog holds ids that cannot be read", cause: error)
    }
  }
}
