// SPDX-License-Identifier: Apache-2.0
import GRDB
import Model
import Query
package import Retention

extension Catalog {
  /// All policies and labels that are on or simulated, ready to decide with, the oldest first.
  ///
  /// A change of a person must free nothing that a policy keeps (invariant H9): what retains covers
  /// the accounts that a person had when it was worded or has now, and excludes only those that were
  /// theirs then and are now; what deletes covers the accounts of now, and excludes those of both
  /// times. Conditions that name persons likewise: what retains takes any reading, what deletes needs
  /// them all, so that an identity that goes to somebody else deletes nothing of theirs. Groups follow the newest directory snapshot on both sides.
  ///
  /// - Returns: The rules.
  /// - Throws: `StoreError` when the catalog cannot be read.
  package func policyRules() throws -> [PolicyRule] { try policyRules(in: .told) }

  /// The same rules as they would cover the persons whose groups changed, had they not changed.
  ///
  /// - Returns: The rules, in the same order, and the accounts of these persons; nil where the change
  ///   of no group touches any rule.
  /// - Throws: `StoreError` when the catalog cannot be read.
  func formerPolicyRules() throws -> (rules: [PolicyRule], accounts: Set<Int64>)? {
    let moved = try Int64.fetchSet(
      db,
      sql: """
        WITH RECURSIVE person (key) AS (
          SELECT custodian FROM custodian_snapshot WHERE changed IS NOT NULL
          UNION SELECT c.merged_into FROM person p JOIN custodian c ON c.key = p.key
            WHERE c.merged_into IS NOT NULL)
        SELECT account.key FROM account JOIN person ON person.key = account.custodian
        """)
    guard !moved.isEmpty else { return nil }
    let namesGroups = try policies().contains {
      $0.definition.mode != .off
        && !($0.definition.scope.included.groups + $0.definition.scope.excluded.groups).isEmpty
    }
    return namesGroups ? (try policyRules(in: .former), moved) : nil
  }

  /// Which groups of persons count.
  private enum GroupsOfPersons {
    /// By the newest snapshot.
    case told
    /// Before their last change.
    case former
  }

  private func policyRules(in groups: GroupsOfPersons) throws -> [PolicyRule] {
    try policies().filter { $0.definition.mode != .off }.map { try rule($0, groups) }
  }

  private func rule(_ policy: PolicyRecord, _ groups: GroupsOfPersons) throws -> PolicyRule {
    let definition = policy.definition
    let scope = definition.scope
    let moments = Set([policy.created, policy.current.created])
    let included = try accounts(of: scope.included, at: moments, groups)
    let excluded = try accounts(of: scope.excluded, at: moments, groups)
    return PolicyRule(
      policy: policy.id, name: policy.name, kind: policy.kind, action: definition.action,
      period: definition.period, start: definition.start, isExplicit: definition.isExplicit,
      mode: definition.mode, disposition: definition.disposition,
      retainScope: PolicyRuleScope(
        everyone: scope.everyone,
        included: side(scope.included, included.ever, included.undecided),
        excluded: side(scope.excluded, excluded.always, excluded.undecided)),
      deleteScope: PolicyRuleScope(
        everyone: scope.everyone,
        included: side(scope.included, included.now, included.undecided),
        excluded: side(scope.excluded, excluded.ever, excluded.undecided)),
      condition: try condition(of: policy),
      setsItself: policy.kind == .label && definition.condition != nil)
  }

  private func side(
    _ names: PolicyNames, _ accounts: Set<Int64>, _ undecided: Set<Int64>
  ) -> PolicyRuleScope.Side {
    PolicyRuleScope.Side(
      namesPersons: !names.custodians.isEmpty || !names.groups.isEmpty, accounts: accounts,
      undecidedAccounts: undecided, projects: Set(names.projects), sources: Set(names.sources),
      models: Set(names.models))
  }

  /// The accounts of the persons that a side names.
  private struct NamedAccounts {
    var now: Set<Int64> = []
    /// Of now or of one of the moments.
    var ever: Set<Int64> = []
    /// Of now and of each of the moments.
    var always: Set<Int64> = []
    /// Of persons of whom no directory snapshot tells the groups.
    var undecided: Set<Int64> = []
  }

  private func accounts(
    of names: PolicyNames, at moments: Set<Instant>, _ groups: GroupsOfPersons
  ) throws -> NamedAccounts {
    var result = NamedAccounts()
    for id in names.custodians {
      guard
        let key = try Int64.fetchOne(
          db, sql: "SELECT key FROM custodian WHERE id = ?", arguments: [id])
      else { throw StoreError(.damaged, "the catalog lacks a custodian that a policy names") }
      let members = list(try members(of: root(of: key)))
      let now = try accounts(of: members, at: nil)
      var ever = now
      var always = now
      for moment in moments {
        let then = try accounts(of: members, at: moment)
        ever.formUnion(then)
        always.formIntersection(then)
      }
      result.now.formUnion(now)
      result.ever.formUnion(ever)
      result.always.formUnion(always)
    }
    guard !names.groups.isEmpty else { return result }
    let inGroups = try accounts(inAnyOf: names.groups, groups)
    result.now.formUnion(inGroups.always)
    result.ever.formUnion(inGroups.ever)
    result.always.formUnion(inGroups.always)
    result.undecided = inGroups.undecided
    return result
  }

  /// The accounts of custodians by row keys, at a time or now.
  private func accounts(of members: String, at moment: Instant?) throws -> Set<Int64> {
    try Int64.fetchSet(
      db,
      sql: """
        SELECT account FROM attribution WHERE custodian IN (\(members))
          AND ((?1 IS NULL AND until IS NULL)
            OR (since <= ?1 AND (until IS NULL OR until > ?1)))
        """, arguments: [moment?.ticks])
  }

  /// The accounts of persons in one of the groups.
  ///
  /// Records that were merged into one person may differ in their groups until the next directory
  /// snapshot tells those of the person. Until then what retains counts each of them, and what
  /// deletes what they all are in.
  private func accounts(
    inAnyOf groups: [GroupName], _ counted: GroupsOfPersons
  ) throws -> NamedAccounts {
    let told = """
      SELECT 1 FROM custodian_group g WHERE g.custodian = m.key
        AND g.name IN (SELECT value FROM json_each(?1))
      """
    let former = told.replacing("custodian_group", with: "custodian_former_group")
    var found = NamedAccounts()
    let rows = try Row.fetchCursor(
      db,
      sql: """
        WITH RECURSIVE member (root, key) AS (
          SELECT key, key FROM custodian WHERE merged_into IS NULL
          UNION ALL SELECT m.root, c.key FROM member m JOIN custodian c ON c.merged_into = m.key),
        told (root, some, every) AS (
          SELECT root, max(fits), min(fits) FROM (
            SELECT m.root, CASE WHEN ?2 AND s.changed IS NOT NULL
              THEN EXISTS (\(former)) ELSE EXISTS (\(told)) END AS fits
            FROM member m JOIN custodian_snapshot s ON s.custodian = m.key)
          GROUP BY root)
        SELECT account.key, told.some, told.every FROM account
          JOIN member ON member.key = account.custodian LEFT JOIN told ON told.root = member.root
        """, arguments: [JSONValue(groups.map(\.text)).canonical, counted == .former])
    while let row = try rows.next() {
      let key: Int64 = row[0]
      guard let isInSome = row[1] as Bool?, let isInAll = row[2] as Bool? else {
        found.undecided.insert(key)
        continue
      }
      if isInSome { found.ever.insert(key) }
      if isInAll { found.always.insert(key) }
    }
    return found
  }

  private func condition(of policy: PolicyRecord) throws -> PolicyRule.Condition {
    guard let query = policy.definition.condition else { return .everything }
    let moments = policy.versions.filter {
      $0.definition.condition?.normalForm == query.normalForm
    }.map(\.created)
    let readings = try readings(
      of: query, at: moments, since: policy.created, coolDown: 0, purpose: .condition)
    switch readings {
    case .success(let readings):
      return .query(retain: readings.all, delete: readings.strict)
    case .failure(let error): return .unreadable(error.message)
    }
  }
}
