// SPDX-License-Identifier: Apache-2.0
import GRDB
package import Model

/// A policy or label with all its versions, which are kept for good.
package struct PolicyRecord: Hashable, Sendable {
  package var key: Int64
  package var id: ObjectID
  package var name: String
  package var kind: PolicyKind
  package var created: Instant
  /// When it was locked; nil while it is not.
  package var locked: Instant?
  /// When it was deleted; nil while it stands.
  package var deleted: Instant?
  /// From the first to the newest; at least one.
  package var versions: [PolicyVersion]

  /// The newest version: what the policy says.
  package var current: PolicyVersion { versions[versions.count - 1] }
  package var definition: PolicyDefinition { current.definition }
}

/// One version of a policy or label.
package struct PolicyVersion: Hashable, Sendable {
  package var key: Int64
  /// From 1.
  package var number: Int
  package var created: Instant
  /// When another version took its place or the policy was deleted; nil while it counts.
  package var ended: Instant?
  package var definition: PolicyDefinition
  /// Who made it.
  package var account: String
}

extension PolicyDefinition {
  /// What audit events and the digest of a plan hold of it.
  package var json: JSONValue {
    let condition: JSONValue =
      condition.map { ["text": .string($0.text), "normal_form": .string($0.normalForm)] } ?? .null
    return [
      "action": .string(action.rawValue), "period": .string(period.text),
      "start": .string(start.rawValue), "everyone": .boolean(scope.everyone),
      "included": scope.included.json, "excluded": scope.excluded.json, "condition": condition,
      "mode": .string(mode.rawValue), "disposition": .string(disposition.rawValue),
      "reason": .string(reason),
    ]
  }
}

extension PolicyNames {
  /// Kind and value of each name, in a fixed order.
  var entries: [(kind: String, value: String)] {
    custodians.map { ("custodian", $0) } + groups.map { ("group", $0.text) }
      + projects.map { ("project", $0) } + sources.map { ("source", $0) }
      + models.map { ("model", $0) }
  }

  fileprivate var json: JSONValue {
    [
      "custodians": JSONValue(custodians), "groups": JSONValue(groups.map(\.text)),
      "projects": JSONValue(projects), "sources": JSONValue(sources),
      "models": JSONValue(models),
    ]
  }

  mutating func add(_ kind: String, _ value: String) throws {
    switch kind {
    case "custodian": custodians.append(value)
    case "project": projects.append(value)
    case "source": sources.append(value)
    case "model": models.append(value)
    default:
      guard let group = GroupName(value) else {
        throw StoreError(.damaged, "the catalog holds a group that cannot be read: \(value)")
      }
      groups.append(group)
    }
  }
}

extension PolicyVersion {
  init(row: Row, scope: PolicyScope) throws {
    key = row["key"]
    number = row["version"]
    created = row.instant("created")
    ended = row.optionalInstant("ended")
    let text: String = row["period"]
    guard let period = RetentionPeriod(text) else {
      throw StoreError(.damaged, "the catalog holds a period that cannot be read: \(text)")
    }
    var condition: StoredQuery?
    if let text: String = row["query"], let normalForm: String = row["normal_form"],
      let resolved: String = row["resolved"]
    {
      condition = StoredQuery(
        text: text, dialect: row["dialect"], normalForm: normalForm, resolved: resolved)
    }
    definition = PolicyDefinition(
      action: try row.value("action"), period: period, start: try row.value("start"),
      scope: scope, condition: condition, mode: try row.value("mode"),
      disposition: try row.value("disposition"), reason: row["reason"])
    account = row["account"]
  }
}
