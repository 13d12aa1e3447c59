// SPDX-License-Identifier: Apache-2.0
import Capture
package import Model
package import Store

/// What the directory of a source said of an account at a time (claude-capture-formats section 3.5).
///
/// Nothing is guessed: an answer names the snapshot that it comes from, and before the first snapshot
/// nothing is known.
package struct DirectoryAnswer: Sendable, Equatable {
  /// What is known of the account's membership.
  package enum State: String, Sendable, CaseIterable {
    case listed
    /// The snapshot has the account not: only members of that time are listed.
    case notListed = "not-listed"
    /// The time is before the first snapshot.
    case unknown
  }

  /// A group that the account was in.
  package struct Group: Sendable, Equatable {
    package var id: String
    package var name: String
    /// The roles that the group gave.
    package var roles: [String]
    /// The snapshot of its members.
    package var snapshot: DirectorySnapshot
  }

  package var source: String
  package var accountID: String
  package var organizationID: String
  /// Empty where the directory does not tell it.
  package var organizationName = ""
  package var state: State
  /// The snapshot of the organisation's users; nil when nothing is known.
  package var snapshot: DirectorySnapshot?
  /// The first snapshot of those users.
  package var firstSnapshot: DirectorySnapshot?
  package var name = ""
  package var emailAddress = ""
  package var role = ""
  /// When the entry was first seen so; nil when the account is not listed.
  package var since: Instant?
  /// When it was seen otherwise or no more; nil while it stands, or when it is not listed.
  package var before: Instant?
  /// Of an account that was not listed: when it last was, before.
  package var lastListed: Instant?
  /// The snapshot of the groups; nil when nothing is known of groups.
  package var groupSnapshot: DirectorySnapshot?
  package var firstGroupSnapshot: DirectorySnapshot?
  /// By name.
  package var groups: [Group] = []
  /// Names of groups whose members had not been read by then.
  package var unreadGroups: [String] = []
}

extension DirectoryAnswer {
  /// Asks every directory that ever had one of the accounts.
  ///
  /// - Parameters:
  ///   - accounts: The source's ids of the accounts.
  ///   - time: The time that is asked about.
  ///   - catalog: Where the snapshots are.
  /// - Returns: By source, account and organisation.
  /// - Throws: `StoreError` when the catalog cannot be read.
  package static func answers(
    for accounts: [String], at time: Instant, in catalog: Catalog
  ) throws -> [DirectoryAnswer] {
    var found: [DirectoryAnswer] = []
    for account in Set(accounts).sorted() {
      var history = try catalog.directoryHistory(of: account, .user)[...]
      while let first = history.first {
        let end =
          history.firstIndex {
            $0.source.key != first.source.key || $0.entry.parent != first.entry.parent
          } ?? history.endIndex
        found.append(try answer(Array(history[..<end]), at: time, in: catalog))
        history = history[end...]
      }
    }
    return found.sorted {
      ($0.source, $0.accountID, $0.organizationID) < ($1.source, $1.accountID, $1.organizationID)
    }
  }

  /// The answer from the versions of one entry, the oldest first.
  private static func answer(
    _ versions: [DatedDirectoryEntry], at time: Instant, in catalog: Catalog
  ) throws -> DirectoryAnswer {
    let entry = versions[0].entry
    let source = versions[0].source
    var answer = DirectoryAnswer(
      source: source.name, accountID: entry.nativeID, organizationID: entry.parent,
      state: .unknown)
    answer.firstSnapshot = try catalog.firstDirectorySnapshot(
      of: .user, parent: entry.parent, source)
    answer.snapshot = try catalog.directorySnapshot(
      of: .user, parent: entry.parent, source, notAfter: time)
    let organization = try catalog.directoryHistory(of: entry.parent, .organization)
      .filter { $0.source.key == source.key }
    let organizationThen = organization.last { $0.stands(at: time) }
    answer.organizationName = fields(organizationThen)["name"] ?? ""
    if answer.snapshot != nil {
      let isGone = !organization.isEmpty && organizationThen == nil
      if !isGone, let version = versions.last(where: { $0.stands(at: time) }) {
        answer.state = .listed
        // A later list that was not whole, such as the users of another export, may lack it.
        answer.snapshot = try catalog.directorySnapshot(
          of: .user, parent: entry.parent, source, notAfter: min(time, version.lastSeen))
        answer.since = version.firstSeen
        answer.before = version.gone
        let told = fields(version)
        answer.name = told["full_name"] ?? ""
        // Both names have been seen for the address.
        answer.emailAddress = told["email"] ?? told["email_address"] ?? ""
        answer.role = told["organization_role"] ?? ""
      } else {
        answer.state = .notListed
        answer.lastListed = versions.last { $0.lastSeen <= time }?.lastSeen
      }
    }
    try answer.fillGroups(of: source, at: time, in: catalog)
    return answer
  }

  private mutating func fillGroups(
    of source: SourceRecord, at time: Instant, in catalog: Catalog
  ) throws {
    firstGroupSnapshot = try catalog.firstDirectorySnapshot(of: .group, parent: "", source)
    groupSnapshot = try catalog.directorySnapshot(
      of: .group, parent: "", source, notAfter: time)
    guard groupSnapshot != nil else { return }
    let memberships = Set(
      try catalog.directoryHistory(of: accountID, .member)
        .filter { $0.source.key == source.key && $0.stands(at: time) }.map(\.entry.parent))
    for group in try catalog.directory(.group, of: source, at: time) {
      let name = Self.fields(group.native)["name"] ?? group.nativeID
      guard
        let snapshot = try catalog.directorySnapshot(
          of: .member, parent: group.nativeID, source, notAfter: time)
      else {
        unreadGroups.append(name)
        continue
      }
      guard memberships.contains(group.nativeID) else { continue }
      groups.append(
        Group(
          id: group.nativeID, name: name,
          roles: try Self.roles(of: group, source, at: time, in: catalog), snapshot: snapshot))
    }
    groups.sort { ($0.name, $0.id) < ($1.name, $1.id) }
    unreadGroups.sort()
  }

  /// The names of a group's roles; a role that the directory did not list keeps its id.
  private static func roles(
    of group: DirectoryEntry, _ source: SourceRecord, at time: Instant, in catalog: Catalog
  ) throws -> [String] {
    guard case .object(let members)? = ComplianceFields.value(of: group.native),
      case .array(let roles)? = members["roles"]
    else { return [] }
    return try roles.compactMap { role -> String? in
      var id: String?
      switch role {
      case .string(let text): id = text
      case .object(let fields):
        if case .string(let name)? = fields["name"] { return name }
        if case .string(let text)? = fields["id"] { id = text }
      default: break
      }
      guard let id else { return nil }
      let known = try catalog.directoryHistory(of: id, .role)
        .last { $0.source.key == source.key && $0.stands(at: time) }
      return fields(known)["name"] ?? id
    }
  }

  private static func fields(_ entry: DatedDirectoryEntry?) -> [String: String] {
    entry.map { fields($0.entry.native) } ?? [:]
  }

  /// Texts of an entry; none of one that cannot be read, which the run that read it has told.
  private static func fields(_ native: [UInt8]) -> [String: String] {
    (try? ComplianceFields.strings(of: native)) ?? [:]
  }
}
