// SPDX-License-Identifier: Apache-2.0
package import Bytes
import GRDB
import Model

extension Catalog {
  /// Policies and labels that stand, the oldest first.
  package func policies() throws -> [PolicyRecord] {
    try Row.fetchAll(
      db, sql: "SELECT * FROM policy WHERE deleted IS NULL ORDER BY created, key"
    ).map(policy(row:))
  }

  /// The policy or label that a written name or id means; a deleted one only by its id.
  package func policy(_ written: String) throws -> PolicyRecord {
    if let id = ObjectID(written.hasPrefix("id:") ? String(written.dropFirst(3)) : written),
      let key = try Int64.fetchOne(
        db, sql: "SELECT key FROM policy WHERE id = ?", arguments: [id.text])
    {
      return try policy(key: key)
    }
    return try policy(key: key(written, in: .policy))
  }

  package func policy(key: Int64) throws -> PolicyRecord {
    guard
      let row = try Row.fetchOne(db, sql: "SELECT * FROM policy WHERE key = ?", arguments: [key])
    else { throw StoreError(.damaged, "the catalog lacks the policy that a row refers to") }
    return try policy(row: row)
  }

  /// What a plan was computed from: a digest of what all policies and labels say.
  ///
  /// Names and reasons do not count, captures, holds and assigned labels neither.
  package func policyDigest() throws -> SHA256Digest {
    let said = try policies().map { policy -> JSONValue in
      var definition = policy.definition
      definition.reason = ""
      return [
        "id": .string(policy.id.text), "kind": .string(policy.kind.rawValue),
        "created": JSONValue(policy.created), "says": definition.json,
      ]
    }
    return SHA256Digest(of: JSONValue.array(said).canonical)
  }

  private func policy(row: Row) throws -> PolicyRecord {
    let key: Int64 = row["key"]
    let versions = try Row.fetchAll(
      db, sql: "SELECT * FROM policy_version WHERE policy = ? ORDER BY version", arguments: [key]
    ).map { row in try PolicyVersion(row: row, scope: try scope(ofPolicyVersion: row)) }
    guard !versions.isEmpty else {
      throw StoreError(.damaged, "the catalog holds a policy without a version")
    }
    return PolicyRecord(
      key: key, id: try row.objectID("id"), name: row["name"], kind: try row.value("kind"),
      created: row.instant("created"), locked: row.optionalInstant("locked"),
      deleted: row.optionalInstant("deleted"), versions: versions)
  }

  private func scope(ofPolicyVersion row: Row) throws -> PolicyScope {
    var scope = PolicyScope(everyone: row["everyone"])
    let key: Int64 = row["key"]
    let names = try Row.fetchAll(
      db,
      sql: """
        SELECT excluded, kind, value FROM policy_name WHERE policy_version = ?
        ORDER BY kind, value
        """, arguments: [key])
    for name in names {
      if name[0] as Bool {
        try scope.excluded.add(name[1], name[2])
      } else {
        try scope.included.add(name[1], name[2])
      }
    }
    return scope.sorted
  }
}
