// SPDX-License-Identifier: Apache-2.0
import Model

/// What a tombstone says of a removal.
package struct TombstoneRecord: Hashable, Sendable, Codable {
  /// A native record that was removed.
  package struct Version: Hashable, Sendable, Codable {
    package var version: Int
    /// SHA-256 of the native record as captured, hexadecimal.
    package var sha256: String
    package var bytes: Int64
    package var items: Int
    /// When it was captured, RFC 3339.
    package var captured: String
  }

  package var id: String
  /// The source's own id.
  package var nativeID: String
  package var kind: String
  package var route: String
  /// Ids of all persons whose accounts any capture named.
  package var custodians: [String]
  /// The source's ids of all accounts that any capture named.
  package var accounts: [String]
  /// The source's ids of all projects that any capture named.
  package var projects: [String]
  /// Ids of all sources that brought it.
  package var sources: [String]
  package var versions: [Version]
  package var items: Int
  package var bytes: Int64
  /// RFC 3339, as all times here.
  package var purged: String
  /// Who ran the plan.
  package var account: String
  package var plan: String
  /// Of the plan's entries.
  package var planDigest: String
  /// Policies and labels that decided; empty for a removal on request.
  package var policies: [String]
  /// Of a removal on request.
  package var reason: String?
  /// When it fell due.
  package var due: String
  package var approver: String?
  package var approvalReason: String?
  /// Productions that hold it.
  package var exports: [String]

  private enum CodingKeys: String, CodingKey {
    case id, kind, route, custodians, accounts, projects, sources, versions, items, bytes, purged,
      account
    case plan, policies, reason, due, approver, exports
    case nativeID = "native_id"
    case planDigest = "plan_sha256"
    case approvalReason = "approval_reason"
  }

  var json: JSONValue {
    [
      "id": .string(id), "native_id": .string(nativeID), "kind": .string(kind),
      "route": .string(route), "custodians": JSONValue(custodians),
      "accounts": JSONValue(accounts), "projects": JSONValue(projects),
      "sources": JSONValue(sources),
      "versions": .array(versions.map(\.json)), "items": JSONValue(items),
      "bytes": .integer(bytes), "purged": .string(purged), "account": .string(account),
      "plan": .string(plan), "plan_sha256": .string(planDigest),
      "policies": JSONValue(policies), "reason": JSONValue(reason), "due": .string(due),
      "approver": JSONValue(approver), "approval_reason": JSONValue(approvalReason),
      "exports": JSONValue(exports),
    ]
  }
}

extension TombstoneRecord.Version {
  fileprivate var json: JSONValue {
    [
      "version": JSONValue(version), "sha256": .string(sha256), "bytes": .integer(bytes),
      "items": JSONValue(items), "captured": .string(captured),
    ]
  }
}
