// SPDX-License-Identifier: Apache-2.0
import Actions
import Model
import Store

/// A custodian as known for a time.
struct CustodianThen: Displayable {
  static let recordType = Custodian.recordType
  static let plural = Custodian.plural
  static let fields: [Field<CustodianThen>] = [
    Field("id", heading: "ID") { FieldValue($0.custodian.id) },
    Field("name", heading: "Name") { .text($0.custodian.name) },
    Field("as_of", heading: "As of") { .time($0.person.time) },
    Field("identities", heading: "Identities") { $0.person.identityValues },
    Field("directory", heading: "Directory") { $0.person.directoryValues },
  ]

  var custodian: Custodian
  var person: PersonThen

  var identifier: String { custodian.identifier }
}

extension PersonThen {
  var identityValues: FieldValue { .list(identities.map(\.fieldValue)) }

  /// One answer a line.
  var directoryValues: FieldValue {
    .list(directory.map { .told($0.sentence, $0.fieldValue) })
  }
}

extension DirectoryAnswer {
  /// The answer for people.
  fileprivate var sentence: String {
    let place =
      source + ", " + (organizationName.isEmpty ? organizationID : organizationName) + ": "
      + accountID + " "
    switch state {
    case .unknown:
      return place + unknown(before: firstSnapshot)
    case .notListed:
      let last = lastListed.map { "last listed \(day($0))" } ?? "not listed before either"
      return place + "not listed, " + last + from(snapshot) + groupSentence
    case .listed:
      var parts = [name + (emailAddress.isEmpty ? "" : " <" + emailAddress + ">")]
      if !role.isEmpty { parts.append("role " + role) }
      if let since { parts.append("seen so since \(day(since))") }
      if let before { parts.append("otherwise since \(day(before))") }
      return place + parts.filter { !$0.isEmpty }.joined(separator: ", ") + from(snapshot)
        + groupSentence
    }
  }

  private var groupSentence: String {
    guard let groupSnapshot else { return "; groups " + unknown(before: firstGroupSnapshot) }
    var parts = groups.map { group in
      group.name + (group.roles.isEmpty ? "" : " (" + group.roles.joined(separator: ", ") + ")")
    }
    if parts.isEmpty { parts = ["none"] }
    var text = "; groups " + parts.joined(separator: ", ") + from(groupSnapshot)
    if !unreadGroups.isEmpty {
      text += "; members not read of " + unreadGroups.joined(separator: ", ")
    }
    return text
  }

  private func from(_ snapshot: DirectorySnapshot?) -> String {
    snapshot.map { " (\($0.run) of \(day($0.time)))" } ?? ""
  }

  private func unknown(before snapshot: DirectorySnapshot?) -> String {
    snapshot.map { "unknown before \(day($0.time)), the first snapshot (\($0.run))" }
      ?? "unknown: never read"
  }

  private func day(_ time: Instant) -> String { time.flooredToSecond.rfc3339 }

  fileprivate var fieldValue: FieldValue {
    .object([
      .init("source", .text(source)), .init("account", .text(accountID)),
      .init("organization", .text(organizationID)),
      .init("organization_name", .text(organizationName)),
      .init("state", .text(state.rawValue)), .init("name", .text(name)),
      .init("email", .text(emailAddress)), .init("role", .text(role)),
      .init("since", FieldValue(since)), .init("before", FieldValue(before)),
      .init("last_listed", FieldValue(lastListed)),
      .init("snapshot", FieldValue(snapshot)),
      .init("first_snapshot", FieldValue(firstSnapshot)),
      .init(
        "groups",
        groupSnapshot == nil
          ? .missing
          : .list(
            groups.map {
              .object([
                .init("id", .text($0.id)), .init("name", .text($0.name)),
                .init("roles", FieldValue($0.roles)),
                .init("snapshot", FieldValue($0.snapshot)),
              ])
            })),
      .init("unread_groups", FieldValue(unreadGroups)),
      .init("group_snapshot", FieldValue(groupSnapshot)),
      .init("first_group_snapshot", FieldValue(firstGroupSnapshot)),
    ])
  }
}

extension FieldValue {
  fileprivate init(_ snapshot: DirectorySnapshot?) {
    self =
      snapshot.map {
        .object([.init("run", FieldValue($0.run)), .init("time", .time($0.time))])
      } ?? .missing
  }
}
