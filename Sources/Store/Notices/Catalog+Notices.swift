// SPDX-License-Identifier: Apache-2.0
import GRDB
package import Model

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
    // Of the end only who was told of the hold: a notice whose file was never written told nobody.
    let told = notices.last { $0.kind == .release || $0.written != nil }
    return !isProtected && told?.kind == .hold ? .release : nil
  }
}

extension NoticeStanding {
  /// Whether the person has not answered in time what they were told of a hold that still names them.
  package func isOverdue(at now: Instant) -> Bool {
    guard isNamed, !isSilent, let latest, latest.kind == .hold else { return false }
    return latest.written != nil && latest.acknowledged == nil
      && latest.deadline.map { $0 <= now } ?? false
  }
}

extension Catalog {
  /// Who has not answered a notice of a hold in time, by name.
  ///
  /// Asks for the standing of everybody only where some notice may be overdue.
  ///
  /// - Parameter hold: Whatever its state.
  /// - Returns: How they stand.
  /// - Throws: `StoreError` when the catalog cannot be read.
  package func overdueNotices(of hold: HoldRecord) throws -> [NoticeStanding] {
    let mayBe = try Bool.fetchOne(
      db.cachedStatement(
        sql: """
          SELECT EXISTS (SELECT 1 FROM notice WHERE hold = ? AND kind = 'hold' AND due <= ?
            AND written IS NOT NULL AND withdrawn IS NULL AND acknowledged IS NULL)
          """), arguments: [hold.key, now.ticks])
    guard mayBe == true else { return [] }
    return try noticeStandings(of: hold).filter { $0.isOverdue(at: now) }
  }

  /// How everybody stands whom a hold named or told, by name, then id.
  ///
  /// - Parameter hold: Whatever its state.
  /// - Returns: One entry a person; somebody who was merged stands as the other.
  /// - Throws: `StoreError` when the catalog cannot be read.
  package func noticeStandings(of hold: HoldRecord) throws -> [NoticeStanding] {
    var roots = try self.roots(of: hold.versions)
    var rootOf: [Int64: Int64] = [:]
    var notices: [Int64: [NoticeRecord]] = [:]
    for notice in try self.notices(of: hold) {
      let root = try rootOf[notice.custodian] ?? root(of: notice.custodian)
      rootOf[notice.custodian] = root
      roots.insert(root)
      if notice.withdrawn == nil { notices[root, default: []].append(notice) }
    }
    let named = try self.roots(of: hold.state == .active ? [hold.current] : [])
    let protected = try self.roots(of: hold.versions.filter { $0.protects(at: now) })
    let silent = try silentRoots(in: hold.matter)
    var standings: [NoticeStanding] = []
    for root in roots {
      let person = try custodian(key: root)
      standings.append(
        NoticeStanding(
          hold: hold, custodian: person, isNamed: named.contains(root),
          isProtected: protected.contains(root),
          isSilent: hold.definition.isSilent || silent.contains(root),
          addresses: try addresses(of: person), notices: notices[root] ?? []))
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

  /// How many notices of a hold and kind to a person were withdrawn.
  package func withdrawnNoticeCount(
    of hold: HoldRecord, _ kind: NoticeKind, to custodian: Custodian
  ) throws -> Int {
    try Int.fetchOne(
      db.cachedStatement(
        sql: """
          SELECT count(*) FROM notice
          WHERE hold = ? AND custodian = ? AND kind = ? AND withdrawn IS NOT NULL
          """), arguments: [hold.key, custodian.key, kind.rawValue]) ?? 0
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
    let ids = versions.reduce(into: Set<String>()) {
      $0.formUnion($1.definition.scope.custodians)
    }
    return Set(try ids.map(root(ofID:)))
  }

  private func root(ofID id: String) throws -> Int64 {
    guard
      let key = try Int64.fetchOne(
        db.cachedStatement(sql: "SELECT key FROM custodian WHERE id = ?"), arguments: [id])
    else { throw StoreError(.damaged, "the catalog lacks a custodian that a hold names") }
    return try root(of: key)
  }
}
