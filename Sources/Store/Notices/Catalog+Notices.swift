// SPDX-License-Identifier: Apache-2.0
import GRDB
import Model

/// How a person stands to a hold: what they must be told and have answered.
package struct NoticeStanding: Sendable {
  package var hold: HoldRecord
  package var custodian: Custodian
  /// Whether the wording that stands names the person, and is in force.
  package var isNamed: Bool
  /// Whether any wording that protects names the person.
  package var isProtected: Bool
  /// Whether the person must never be told: the hold is silent, or another one of its case that
  /// names them.
  package var isSilent: Bool
  /// The addresses that are theirs now, the newest first.
  package var addresses: [String]
  /// All notices of the hold to the person that were not withdrawn, oldest first.
  package var notices: [NoticeRecord]

  /// The last word to the person; nil while there is none.
  package var latest: NoticeRecord? { notices.last }

  /// What the person should be told and has not been; nil when there is nothing.
  package var missing: NoticeKind? {
    if isSilent { return nil }
    if isNamed { return latest?.kind == .hold ? nil : .hold }
    return !isProtected && latest?.kind == .hold ? .release : nil
  }
}

extension Catalog {
  /// How everybody stands whom a hold named or told, by name, then id.
  ///
  /// - Parameter hold: Whatever its state.
  /// - Returns: One entry a person; somebody who was merged stands as the other.
  /// - Throws: `StoreError` when the catalog cannot be read.
  package func noticeStandings(of hold: HoldRecord) throws -> [NoticeStanding] {
    let notices = try notices(of: hold)
    var roots: Set<Int64> = []
    for version in hold.versions {
      for id in version.definition.scope.custodians { roots.insert(try root(ofID: id)) }
    }
    for notice in notices { roots.insert(try root(of: notice.custodian)) }
    let named = try self.roots(of: hold.state == .active ? [hold.current] : [])
    let protected = try self.roots(of: hold.versions.filter { $0.protects(at: now) })
    let silent = try silentRoots(in: hold.matter)
    var standings: [NoticeStanding] = []
    for root in roots {
      let person = try custodian(key: root)
      let own = try notices.filter {
        guard $0.withdrawn == nil else { return false }
        return try self.root(of: $0.custodian) == root
      }
      standings.append(
        NoticeStanding(
          hold: hold, custodian: person, isNamed: named.contains(root),
          isProtected: protected.contains(root),
          isSilent: hold.definition.isSilent || silent.contains(root),
          addresses: try addresses(of: person), notices: own))
    }
    return standings.sorted {
      ($0.custodian.name, $0.custodian.id.text) < ($1.custodian.name, $1.custodian.id.text)
    }
  }

  /// All notices of a hold, withdrawn ones included, oldest first.
  package func notices(of hold: HoldRecord) throws -> [NoticeRecord] {
    try Row.fetchAll(
      db, sql: "SELECT * FROM notice WHERE hold = ? ORDER BY key", arguments: [hold.key]
    ).map(NoticeRecord.init)
  }

  /// The notices whose files were never known to stand, oldest first.
  package func pendingNotices() throws -> [NoticeRecord] {
    try Row.fetchAll(
      db,
      sql: "SELECT * FROM notice WHERE written IS NULL AND withdrawn IS NULL ORDER BY key"
    ).map(NoticeRecord.init)
  }

  /// The person's e-mail addresses that are valid now, the one valid since last first.
  private func addresses(of person: Custodian) throws -> [String] {
    try identities(of: person)
      .filter { $0.kind == .emailAddress && $0.valid.contains(now) }
      .sorted {
        let first = ($0.valid.since?.ticks ?? Int64.min, $0.added.ticks)
        let second = ($1.valid.since?.ticks ?? Int64.min, $1.added.ticks)
        return first == second ? $0.value < $1.value : first > second
      }
      .map(\.value)
  }

  /// Everybody whom a silent hold of a case names that is still in force.
  private func silentRoots(in matter: MatterRecord) throws -> Set<Int64> {
    var versions: [HoldVersion] = []
    for hold in try holds(of: matter) where hold.state != .released && hold.definition.isSilent {
      versions += hold.versions.filter { $0.protects(at: now) }
    }
    return try roots(of: versions)
  }

  private func roots(of versions: [HoldVersion]) throws -> Set<Int64> {
    var roots: Set<Int64> = []
    for version in versions {
      for id in version.definition.scope.custodians { roots.insert(try root(ofID: id)) }
    }
    return roots
  }

  private func root(ofID id: String) throws -> Int64 {
    guard
      let key = try Int64.fetchOne(
        db, sql: "SELECT key FROM custodian WHERE id = ?", arguments: [id])
    else { throw StoreError(.damaged, "the catalog lacks a custodian that a hold names") }
    return try root(of: key)
  }
}
