// SPDX-License-Identifier: Apache-2.0
import Actions
import Foundation
import Model
import Store
import TestSupport
import Testing

/// The lists of one snapshot, as the service gave them; nil: not read that time.
private struct Reading {
  var time: Instant
  /// Address and role by account.
  var users: [String: (email: String, role: String)]?
  /// Name and roles by group.
  var groups: [String: (name: String, roles: [String])]?
  /// Accounts by group.
  var members: [String: Set<String>] = [:]
}

@Suite("What a directory said of a person at a time")
struct DirectoryAnswerTests {
  private static let actor = AuditActor.current(program: "test", command: "test")
  private static let start = Instant(rfc3339: "2026-01-01T00:00:00Z") ?? Instant(ticks: 0)

  private static func day(_ number: Int) -> Instant {
    Instant(ticks: start.ticks + Int64(number) * Instant.ticksPerDay)
  }

  /// A service's directory that changes at random, read whole or in part now and then.
  private static func readings(_ dice: inout Dice) -> [Reading] {
    var users: [String: (email: String, role: String)] = [:]
    var groups: [String: (name: String, roles: [String])] = [:]
    var members: [String: Set<String>] = [:]
    return (1...12).map { number in
      for account in ["user_1", "user_2", "user_3"] where dice.below(3) == 0 {
        users[account] =
          dice.below(4) == 0
          ? nil : ("\(account)-\(dice.below(3))@example.org", ["user", "admin"][dice.below(2)])
      }
      for group in ["g1", "g2"] where dice.below(3) == 0 {
        groups[group] =
          dice.below(4) == 0
          ? nil : ("\(group) named \(dice.below(2))", dice.below(2) == 0 ? [] : ["role_1"])
      }
      for group in ["g1", "g2"] where dice.below(2) == 0 {
        members[group] = Set(["user_1", "user_2", "user_3"].filter { _ in dice.below(2) == 0 })
      }
      var reading = Reading(time: day(number * 2))
      if dice.below(5) > 0 { reading.users = users }
      if dice.below(5) > 0 {
        reading.groups = groups
        for group in groups.keys where dice.below(5) > 0 {
          reading.members[group] = members[group] ?? []
        }
      }
      return reading
    }
  }

  private static func take(_ reading: Reading, _ store: Store, _ run: RunRecord) throws {
    try store.change(as: actor) { change in
      let source = try change.catalog.source("acme")
      func take(
        _ kind: DirectoryEntry.Kind, _ parent: String, _ records: [(id: String, json: String)]
      ) throws {
        _ = try change.takeSnapshot(
          records.map {
            DirectoryEntry(
              kind: kind, parent: parent, nativeID: $0.id, native: Array($0.json.utf8))
          }, of: kind, parent: parent, source, run: run)
      }
      try take(.organization, "", [("org", #"{"uuid":"org","name":"Acme"}"#)])
      try take(.role, "org", [("role_1", #"{"id":"role_1","name":"Auditor"}"#)])
      if let users = reading.users {
        try take(
          .user, "org",
          users.map { id, user in
            // Both names of the field have been seen.
            let field = id == "user_1" ? "email" : "email_address"
            return (
              id,
              """
              {"id":"\(id)","\(field)":"\(user.email)","full_name":"Name of \(id)",\
              "organization_role":"\(user.role)"}
              """
            )
          })
      }
      if let groups = reading.groups {
        try take(
          .group, "",
          groups.map { id, group in
            let roles = group.roles.map { "\"\($0)\"" }.joined(separator: ",")
            return (id, #"{"id":"\#(id)","name":"\#(group.name)","roles":[\#(roles)]}"#)
          })
      }
      for (group, accounts) in reading.members {
        try take(.member, group, accounts.map { ($0, #"{"user_id":"\#($0)"}"#) })
      }
      try change.checkpoint(run, counts: RunCounts())
    }
  }

  @Test(
    "is what the last snapshot not later has, as a model of all snapshots says", arguments: 0..<6)
  func model(seed: UInt64) async throws {
    try await withTemporaryDirectory { folder in
      var dice = Dice(state: seed &* 7919 &+ 1)
      let clock = TestClock(Self.start)
      let store = try Store.create(
        at: folder.appendingPathComponent("store").path, as: Self.actor,
        clock: { clock.now })
      try store.change(as: Self.actor) { change in
        _ = try change.createSource(
          SourceDefinition(
            name: "acme", kind: .complianceAPI, url: "https://api.example", keyFile: "/none"))
      }
      let readings = Self.readings(&dice)
      var runs: [Instant: ObjectID] = [:]
      for reading in readings {
        clock.now = reading.time
        let run = try store.change(as: Self.actor) { change in
          try change.startRun(.sync, of: try change.catalog.source("acme"))
        }
        runs[reading.time] = run.id
        try Self.take(reading, store, run)
      }
      for number in 0...26 {
        let time = Self.day(number)
        for account in ["user_1", "user_2", "user_3"] {
          let answers = try store.read {
            try DirectoryAnswer.answers(for: [account], at: time, in: $0)
          }
          // Who never was in any list is in no answer.
          guard readings.contains(where: { $0.users?[account] != nil }) else {
            #expect(answers.isEmpty)
            continue
          }
          let answer = try #require(answers.first)
          #expect(answers.count == 1)
          check(answer, account, at: time, against: readings, runs)
        }
      }
    }
  }

  private func check(
    _ answer: DirectoryAnswer, _ account: String, at time: Instant, against readings: [Reading],
    _ runs: [Instant: ObjectID]
  ) {
    let past = readings.filter { $0.time <= time }
    let first = readings.first { $0.users != nil }
    #expect(answer.firstSnapshot?.time == first?.time)
    if let last = past.last(where: { $0.users != nil }) {
      #expect(answer.snapshot?.time == last.time)
      #expect(answer.snapshot?.run == runs[last.time])
      if let user = last.users?[account] {
        #expect(answer.state == .listed)
        #expect(answer.emailAddress == user.email && answer.role == user.role)
        #expect(answer.name == "Name of " + account && answer.organizationName == "Acme")
      } else {
        #expect(answer.state == .notListed && answer.emailAddress.isEmpty)
        #expect(answer.lastListed == past.last { $0.users?[account] != nil }?.time)
      }
    } else {
      #expect(answer.state == .unknown && answer.snapshot == nil)
    }
    guard let groups = past.last(where: { $0.groups != nil }) else {
      #expect(answer.groupSnapshot == nil && answer.groups.isEmpty)
      return
    }
    #expect(answer.groupSnapshot?.time == groups.time)
    var expected: [String] = []
    var unread: [String] = []
    for (id, group) in groups.groups ?? [:] {
      guard let members = past.last(where: { $0.members[id] != nil }) else {
        unread.append(group.name)
        continue
      }
      if members.members[id]?.contains(account) == true {
        let roles = group.roles.isEmpty ? "" : " Auditor"
        expected.append(group.name + roles + " \(members.time)")
      }
    }
    #expect(
      answer.groups.map {
        ([$0.name] + $0.roles).joined(separator: " ") + " \($0.snapshot.time)"
      } == expected.sorted())
    #expect(answer.unreadGroups == unread.sorted())
  }

  @Test("takes only identities of the time, and says nothing of an account that was another's then")
  func identities() async throws {
    try await withTemporaryDirectory { folder in
      let clock = TestClock(Self.start)
      let store = try Store.create(
        at: folder.appendingPathComponent("store").path, as: Self.actor,
        clock: { clock.now })
      let run = try store.change(as: Self.actor) { change in
        try change.startRun(
          .sync,
          of: try change.createSource(
            SourceDefinition(
              name: "acme", kind: .complianceAPI, url: "https://api.example",
              keyFile: "/none")))
      }
      try Self.take(
        Reading(time: Self.start, users: ["user_1": ("old@example.org", "user")]), store, run)
      let ada = try store.change(as: Self.actor) { change in
        try change.createCustodian(
          name: "Ada",
          identities: [
            IdentityDefinition(.userID, "user_1", valid: TimeInterval(since: Self.day(5))),
            IdentityDefinition(
              .emailAddress, "old@example.org", valid: TimeInterval(before: Self.day(8))),
            IdentityDefinition(
              .emailAddress, "new@example.org", valid: TimeInterval(since: Self.day(8))),
          ])
      }
      func person(_ day: Int) throws -> PersonThen {
        try store.read { try PersonThen(ada, at: Self.day(day), in: $0) }
      }
      let before = try person(4)
      #expect(before.directory.isEmpty)
      #expect(!before.identities.contains { $0.value == "user_1" })
      let between = try person(7)
      #expect(between.directory.map(\.emailAddress) == ["old@example.org"])
      #expect(
        between.identities.filter { $0.kind == .emailAddress }.map(\.value)
          == ["old@example.org"])
      // The end is not part of a time.
      #expect(
        try person(8).identities.filter { $0.kind == .emailAddress }.map(\.value)
          == ["new@example.org"])
    }
  }
}
