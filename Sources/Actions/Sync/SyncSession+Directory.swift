// SPDX-License-Identifier: Apache-2.0
import Capture
import Model
import Store

extension SyncSession {
  /// Takes a snapshot of organisations, users, roles, groups and settings (section 3.11, steps 1
  /// and 2).
  func syncDirectory() throws {
    var organizations: [String] = []
    let reached = try endpoint("/organizations") {
      organizations = try snapshotOrganizations()
    }
    var users: [String: String] = [:]
    var usersAreWhole = reached
    for uuid in organizations {
      let part = "/organizations/" + ComplianceClient.encoded(uuid)
      let isWhole = try endpoint("/organizations/{organization}/users") {
        try snapshotUsers(of: uuid, path: part + "/users", &users)
      }
      usersAreWhole = usersAreWhole && isWhole
      try endpoint("/organizations/{organization}/roles") {
        try snapshotRoles(of: uuid, path: part + "/roles")
      }
    }
    try syncSettings(of: organizations)
    try syncGroups(users: usersAreWhole ? users : [:])
    try storeBatch()
  }

  private func snapshotOrganizations() throws -> [String] {
    var uuids: [String] = []
    do {
      uuids = try snapshot(
        .organization, "/organizations", path: "/organizations", parent: "", idName: "uuid",
        limit: 1000)
    } catch let error as ComplianceError where error.code == .key && error.status == 404 {
      // A key of another kind may read activities alone; a wrong one nothing.
      _ = try client.page("/activities", [("limit", "1")])
      throw ComplianceError(
        .scope, error.message, status: error.status, requestID: error.requestID)
    }
    return uuids
  }

  private func snapshotUsers(
    of uuid: String, path: String, _ users: inout [String: String]
  ) throws {
    var people: [CapturedPerson] = []
    _ = try snapshot(
      .user, "/organizations/{organization}/users", path: path, parent: uuid, idName: "id",
      limit: 1000
    ) { record in
      people.append(try ComplianceAPI.parsePerson(native: record))
    }
    for person in people {
      users[person.accountID] = person.emailAddress
      noteListed(account: person.accountID)
    }
    // The records stay in the snapshot; what is taken over here are the persons.
    batch.people += people
    try storeBatchIfDue()
  }

  private func snapshotRoles(of uuid: String, path: String) throws {
    let roles = try snapshot(
      .role, "/organizations/{organization}/roles", path: path, parent: uuid, idName: "id",
      limit: 1000)
    for role in roles {
      try endpoint("/organizations/{organization}/roles/{role}/permissions") {
        _ = try snapshot(
          .permission, "/organizations/{organization}/roles/{role}/permissions",
          path: path + "/" + ComplianceClient.encoded(role) + "/permissions", parent: role,
          idName: nil, limit: 1000)
      }
    }
  }

  /// Reads the effective settings, the source's own retention among them: it says what the source
  /// will destroy and when.
  private func syncSettings(of organizations: [String]) throws {
    let name = "/organizations/{organization}/settings"
    var retention: [String: JSONValue] = [:]
    for uuid in organizations {
      try endpoint(name) {
        let (page, requestID) = try client.page(
          "/organizations/" + ComplianceClient.encoded(uuid) + "/settings", isList: false)
        notePage(name, records: 1, cursor: nil, requestID: requestID)
        // The keys of an organisation are listed in it by name and id, never with their secret.
        try store.change(as: actor) { change in
          count(
            try change.takeSnapshot(
              [DirectoryEntry(kind: .settings, parent: uuid, nativeID: uuid, native: page.body)],
              of: .settings, parent: uuid, source, run: run))
          try change.checkpoint(run, counts: counts)
        }
        // Without a setting the organisation has set no period.
        retention[uuid] = [:]
        for setting in ComplianceFields.elements(of: page.value(of: "settings") ?? []) {
          guard let object = try? CompliancePage(setting),
            let fields = try? ComplianceFields.strings(of: setting),
            fields["type"] == "data_retention" || fields["name"] == "data_retention"
          else { continue }
          retention[uuid] = ComplianceFields.value(of: object.value(of: "value") ?? []) ?? .null
        }
      }
    }
    if !retention.isEmpty { setRetention(.object(retention)) }
  }

  /// Reads groups and members, and gives persons their groups.
  private func syncGroups(users: [String: String]) throws {
    var groups: [(id: String, name: String)] = []
    var memberships: [String: [String]] = [:]
    var isWhole = try endpoint("/groups") {
      _ = try snapshot(
        .group, "/groups", path: "/groups", parent: "", idName: "id", limit: 1000
      ) { record in
        let fields = try ComplianceFields.strings(of: record)
        groups.append((fields["id"] ?? "", fields["name"] ?? ""))
      }
    }
    for group in groups {
      let isRead = try endpoint("/groups/{group}/members") {
        let members = try snapshot(
          .member, "/groups/{group}/members",
          path: "/groups/" + ComplianceClient.encoded(group.id) + "/members", parent: group.id,
          idName: "user_id", limit: 1000)
        for member in members { memberships[member, default: []].append(group.name) }
      }
      isWhole = isWhole && isRead
    }
    guard isWhole, !users.isEmpty else { return }
    // Whoever is in no list of users keeps the last known groups.
    try storeBatch()
    try store.change(as: actor) { change in
      for (account, _) in users.sorted(by: { $0.key < $1.key }) {
        let names = (memberships[account] ?? []).compactMap {
          GroupName(attribute: "group", value: $0)
        }
        guard let person = try? change.catalog.custodian(account) else { continue }
        try change.setGroups(names, of: person, reason: "directory of " + source.name)
      }
    }
  }

  /// Reads a whole list of the directory and keeps it as a snapshot.
  ///
  /// - Parameters:
  ///   - kind: Of the entries.
  ///   - endpoint: The name under which it is recorded.
  ///   - path: Below `/v1/compliance`.
  ///   - parent: What the entries belong to.
  ///   - idName: The field with their id; nil: the digest of their bytes stands for it.
  ///   - limit: Of a page.
  ///   - look: Gets each record.
  /// - Returns: The ids, in order.
  /// - Throws: `ComplianceError`; what the store or `look` throw, save that a record which cannot
  ///   be read is an exception.
  private func snapshot(
    _ kind: DirectoryEntry.Kind, _ endpoint: String, path: String, parent: String,
    idName: String?, limit: Int, _ look: ([UInt8]) throws -> Void = { _ in }
  ) throws -> [String] {
    var entries: [DirectoryEntry] = []
    var seen: Set<String> = []
    try walkByPage(endpoint, path: path, query: [("limit", String(limit))]) { page in
      for range in page.records {
        let native = page.bytes(range)
        do {
          let id =
            try idName.map { try ComplianceFields.strings(of: native)[$0] ?? "" }
            ?? native.digestText
          guard !id.isEmpty else {
            throw CaptureError(code: .decodeError, message: "the record has no id")
          }
          guard seen.insert(id).inserted else { continue }
          try look(native)
          entries.append(
            DirectoryEntry(kind: kind, parent: parent, nativeID: id, native: native))
        } catch let error as CaptureError {
          fail(error.code, endpoint, error.message)
        }
      }
    }
    try store.change(as: actor) { change in
      count(try change.takeSnapshot(entries, of: kind, parent: parent, source, run: run))
      try change.checkpoint(run, counts: counts)
    }
    return entries.map(\.nativeID)
  }
}
