// SPDX-License-Identifier: Apache-2.0
import Actions
import Foundation
import Model
import Store
import Synchronization
import TestSupport
import Testing

/// A clock that a test moves by hand.
private final class Clock: Sendable {
  private let ticks = Mutex(Instant(rfc3339: "2026-03-01T12:00:00Z")?.ticks ?? 0)

  var now: Instant { Instant(ticks: ticks.withLock { $0 }) }

  func advance(days: Int64) {
    ticks.withLock { $0 += days * Instant.ticksPerDay }
  }
}

@Suite("Notices")
struct NoticeTests {
  private static let actor = AuditActor.current(program: "test", command: "test")

  /// A store with a case, and persons who have addresses.
  private struct Scene {
    var store: Store
    var clock: Clock
    var folder: String
    var people: [Custodian] = []
    var matter: MatterRecord

    init(in folder: URL, names: [String]) throws {
      let clock = Clock()
      let store = try Store.create(
        at: folder.appendingPathComponent("store").path, as: NoticeTests.actor,
        clock: { clock.now })
      (people, matter) = try store.change(as: NoticeTests.actor) { change in
        let people = try names.enumerated().map { index, name in
          try change.createCustodian(
            name: name, identities: [IdentityDefinition(.emailAddress, "p\(index)@example.org")])
        }
        return (people, try change.createMatter(name: "Müller v. Smith"))
      }
      self.store = store
      self.clock = clock
      self.folder = folder.appendingPathComponent("out").path
    }

    func hold(
      _ name: String, _ people: [Custodian], silent: Bool = false, in matter: MatterRecord? = nil
    ) throws -> HoldRecord {
      try store.change(as: NoticeTests.actor) { change in
        try change.createHold(
          name: name, in: matter ?? self.matter,
          HoldDefinition(scope: Scope(custodians: people.map(\.id.text)), isSilent: silent))
      }
    }

    func action(
      _ text: String = "Dear {{custodian}},\nplease keep all of {{case}}. Ask {{contact}}.\n",
      due: Instant? = nil, isDueRelative: Bool = false, again: Bool = false,
      fromName: String = "Legal"
    ) throws -> NoticeAction {
      NoticeAction(
        NoticeAction.Options(
          fromName: fromName, from: try #require(MailAddress("legal@example.org")),
          contact: "Legal", due: due, isDueRelative: isDueRelative,
          templates: [
            .hold: try NoticeTemplate(Array(text.utf8), for: .hold),
            .release: try NoticeTemplate(
              Array(NoticeKind.release.builtInTemplate.utf8), for: .release),
          ], folder: folder, again: again), actor: NoticeTests.actor)
    }

    var files: [String] {
      ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
    }

    func path(
      _ hold: HoldRecord, _ person: Custodian, _ kind: String = "hold", _ round: Int = 1
    )
      -> String
    {
      "\(folder)/\(hold.id)-\(person.id)-\(kind)-\(round).eml"
    }
  }

  @Test("are messages that another program reads back as they were meant")
  func parseBack() async throws {
    let names = [
      "Ada Example", "Ada\r\nBcc: thief@example.org\r\n\r\nhello", "Zoë \"Z\" O'Neil \\ Sons",
      "=?utf-8?q?forged?=", String(repeating: "長い名前 ", count: 20), "👩‍🔬 Dr. É", "\u{202E}evil",
      "comma, <angle@example.org>",
    ]
    let text = """
      Subject: Keep {{case}} — \(String(repeating: "sehr wichtig ü ", count: 12))end

      Dear {{custodian}}, trailing blank \u{20}
      .
      From here = on\ttab
      \(String(repeating: "word ü ", count: 100))x

      {{contact}}
      """
    try await withTemporaryDirectory { folder in
      let scene = try Scene(in: folder, names: names)
      let hold = try scene.hold("H", scene.people)
      let outcome = try scene.action(text, fromName: "Récht, Legal").send(
        [hold.id], in: scene.store)
      #expect(outcome.issued.count == names.count)
      #expect(outcome.written == names.count)
      let script = """
        import email, email.policy, json, sys, datetime
        out = []
        for path in sys.argv[1:]:
            raw = open(path, 'rb').read()
            m = email.message_from_bytes(raw, policy=email.policy.default)
            lines = raw.split(b'\\r\\n')
            out.append({
                'keys': list(m.keys()), 'from': m['From'].addresses[0].display_name,
                'from_address': m['From'].addresses[0].addr_spec,
                'to': [[a.display_name, a.addr_spec] for a in m['To'].addresses],
                'subject': str(m['Subject']), 'date': m['Date'].datetime.isoformat(),
                'id': str(m['Message-ID']), 'text': m.get_content().replace('\\r\\n', '\\n'),
                'defects': [str(d) for d in m.defects] + [
                    str(d) for k in m.keys() for d in m[k].defects],
                'bare': any(b'\\n' in l or b'\\r' in l for l in lines),
                'longest': max(len(l) for l in lines), 'ascii': raw.isascii(),
                'ends': raw.endswith(b'\\r\\n')})
        print(json.dumps(out))
        """
      let paths = scene.people.map { scene.path(hold, $0) }
      let result = try await Tool.run("python3", ["-c", script] + paths, in: folder)
      let parsed = try #require(
        JSONSerialization.jsonObject(with: Data(result.output)) as? [[String: Any]],
        "\(result.errorText)")
      let shown = [
        "Ada Example", "Ada  Bcc: thief@example.org    hello", "Zoë \"Z\" O'Neil \\ Sons",
        "=?utf-8?q?forged?=", String(repeating: "長い名前 ", count: 20), "👩‍🔬 Dr. É", "evil",
        "comma, <angle@example.org>",
      ]
      for (index, message) in parsed.enumerated() {
        #expect(
          message["keys"] as? [String] == [
            "Date", "From", "To", "Subject", "Message-ID", "MIME-Version", "Content-Type",
            "Content-Transfer-Encoding",
          ])
        #expect(message["from"] as? String == "Récht, Legal")
        #expect(message["from_address"] as? String == "legal@example.org")
        let name = shown[index]
        #expect(
          // Python 3.11 puts a blank between the encoded words of a name.
          (message["to"] as? [[String]])?.map { $0.map { $0.filter { $0 != " " } } } == [
            [name.filter { $0 != " " }, "p\(index)@example.org"]
          ])
        #expect(
          message["subject"] as? String
            == "Keep Müller v. Smith — \(String(repeating: "sehr wichtig ü ", count: 12))end")
        #expect(message["date"] as? String == "2026-03-01T12:00:00+00:00")
        #expect(
          (message["id"] as? String)?.contains(/^<notice_[a-z2-7]{26}@example\.org>$/) == true)
        let body = text.split(separator: "\n", omittingEmptySubsequences: false).dropFirst(2)
          .joined(separator: "\n").replacing("{{custodian}}", with: name)
          .replacing("{{contact}}", with: "Legal")
        #expect(message["text"] as? String == body + "\n")
        #expect(message["defects"] as? [String] == [])
        #expect(message["bare"] as? Bool == false)
        #expect(try #require(message["longest"] as? Int) <= 76)
        #expect(message["ascii"] as? Bool == true)
        #expect(message["ends"] as? Bool == true)
      }
      // What is on record is what was written.
      for notice in try scene.store.read({ try $0.notices(of: hold) }) {
        #expect(notice.written != nil)
        let bytes = try Data(contentsOf: URL(fileURLWithPath: "\(scene.folder)/\(notice.file)"))
        #expect([UInt8](bytes) == notice.message)
      }
    }
  }

  @Test("are issued once: the next run issues what is new and nothing else")
  func idempotence() async throws {
    try await withTemporaryDirectory { folder in
      let scene = try Scene(in: folder, names: ["A", "B", "C"])
      let hold = try scene.hold("H", Array(scene.people.prefix(2)))
      #expect(try scene.action().send([hold.id], in: scene.store).issued.count == 2)
      let second = try scene.action().send([hold.id], in: scene.store)
      #expect((second.issued.count, second.already) == (0, 2))
      let files = scene.files
      #expect(files.count == 2)
      // A changed text alone sends nothing; asked for, it sends to everybody once.
      let changed = "Dear {{custodian}}, answer by {{due}}.\n"
      let due = Instant(ticks: scene.clock.now.ticks + 14 * Instant.ticksPerDay)
      #expect(
        try scene.action(changed, due: due).send([hold.id], in: scene.store).issued.isEmpty)
      func repeated(_ due: Instant, _ isRelative: Bool) throws -> Int {
        let action = try scene.action(
          changed, due: due, isDueRelative: isRelative, again: true)
        let outcome = try action.send([hold.id], in: scene.store)
        return outcome.issued.count
      }
      #expect(try repeated(due, true) == 2)
      scene.clock.advance(days: 1)
      let later = Instant(ticks: due.ticks + Instant.ticksPerDay)
      #expect(try repeated(later, true) == 0)
      #expect(try repeated(later, false) == 2)
      #expect(try repeated(later, false) == 0)
      #expect(scene.files.count == 6)
      // Who comes new is told, alone.
      try scene.store.change(as: Self.actor) { change in
        _ = try change.updateHold(
          hold, to: HoldDefinition(scope: Scope(custodians: scene.people.map(\.id.text))))
      }
      let new = try scene.action().send([hold.id], in: scene.store)
      #expect(new.issued.map(\.custodian) == [scene.people[2].key])
    }
  }

  @Test("go on where a run was stopped: none twice, none never")
  func resumption() async throws {
    try await withTemporaryDirectory { folder in
      let scene = try Scene(in: folder, names: (0..<40).map { "P\($0)" })
      let hold = try scene.hold("H", scene.people)
      // A foreign file stops the run in the middle of its second batch.
      let order = try scene.store.read { try $0.noticeStandings(of: hold).map(\.custodian) }
      let obstacle = scene.path(hold, order[20])
      try FileManager.default.createDirectory(
        atPath: scene.folder, withIntermediateDirectories: false)
      try Data("foreign".utf8).write(to: URL(fileURLWithPath: obstacle))
      #expect(throws: StoreError.self) { try scene.action().send([hold.id], in: scene.store) }
      // Twenty files stand, four of them without a record of it.
      #expect(scene.files.count == 21)
      let pending = try scene.store.read { try $0.pendingNotices() }
      #expect(pending.count == 24)
      #expect(try Data(contentsOf: URL(fileURLWithPath: obstacle)) == Data("foreign".utf8))
      try FileManager.default.removeItem(atPath: obstacle)
      let before = try scene.files.map { try inode(scene.folder + "/" + $0) }

      scene.clock.advance(days: 1)
      let outcome = try scene.action("Another text.\n").send([hold.id], in: scene.store)
      #expect(outcome.issued.isEmpty)
      #expect((outcome.resumed, outcome.written) == (24, 24))
      #expect(scene.files.count == 40)
      let notices = try scene.store.read { try $0.notices(of: hold) }
      #expect(Set(notices.map(\.custodian)) == Set(scene.people.map(\.key)))
      #expect(notices.count == 40)
      for notice in notices {
        #expect(notice.written != nil)
        let bytes = try Data(contentsOf: URL(fileURLWithPath: "\(scene.folder)/\(notice.file)"))
        #expect([UInt8](bytes) == notice.message)
      }
      let after = try Set(scene.files.map { try inode(scene.folder + "/" + $0) })
      #expect(before.allSatisfy(after.contains))
    }
  }

  private func inode(_ path: String) throws -> UInt64 {
    let attributes = try FileManager.default.attributesOfItem(atPath: path)
    return try #require(attributes[.systemFileNumber] as? NSNumber).uint64Value
  }

  @Test("that were not written are withdrawn when the person must not be told any more")
  func withdrawal() async throws {
    try await withTemporaryDirectory { folder in
      let scene = try Scene(in: folder, names: ["A", "B"])
      let hold = try scene.hold("H", scene.people)
      try FileManager.default.createDirectory(
        atPath: scene.folder, withIntermediateDirectories: false)
      let obstacle = scene.path(hold, scene.people[0])
      try Data("foreign".utf8).write(to: URL(fileURLWithPath: obstacle))
      #expect(throws: StoreError.self) { try scene.action().send([hold.id], in: scene.store) }
      try FileManager.default.removeItem(atPath: obstacle)
      try scene.store.change(as: Self.actor) { change in
        var definition = hold.definition
        definition.isSilent = true
        _ = try change.updateHold(hold, to: definition)
      }
      let outcome = try scene.action().send([hold.id], in: scene.store)
      #expect((outcome.written, outcome.withdrawn, outcome.silent) == (0, 2, 2))
      #expect(scene.files.isEmpty)
      // Who may be told again gets a notice of their own number.
      try scene.store.change(as: Self.actor) { change in
        _ = try change.updateHold(try change.catalog.hold("H"), to: hold.definition)
      }
      #expect(try scene.action().send([hold.id], in: scene.store).written == 2)
      #expect(scene.files.allSatisfy { $0.hasSuffix("-hold-2.eml") })
    }
  }

  @Test("never reach somebody whom a silent hold of the case names")
  func silence() async throws {
    try await withTemporaryDirectory { folder in
      let scene = try Scene(in: folder, names: ["A", "B"])
      let quiet = try scene.hold("quiet", [scene.people[0]], silent: true)
      let open = try scene.hold("open", scene.people)
      let other = try scene.store.change(as: Self.actor) { try $0.createMatter(name: "Other") }
      let elsewhere = try scene.hold("elsewhere", scene.people, in: other)
      let all = [quiet.id, open.id, elsewhere.id]
      let outcome = try scene.action().send(all, in: scene.store)
      #expect(outcome.silent == 2)
      #expect(
        Set(scene.files.map { scene.folder + "/" + $0 }) == [
          scene.path(open, scene.people[1]), scene.path(elsewhere, scene.people[0]),
          scene.path(elsewhere, scene.people[1]),
        ])
      // Not while the silent hold cools down either, and not of its end.
      try scene.store.change(as: Self.actor) { _ = try $0.releaseHold(quiet) }
      #expect(try scene.action().send(all, in: scene.store).issued.isEmpty)
      scene.clock.advance(days: 31)
      let late = try scene.action().send(all, in: scene.store)
      #expect(late.issued.map(\.hold) == [open.key])
      // Who was told before a silent hold came is not told of the end, and nothing is outstanding.
      _ = try scene.hold("later", scene.people, silent: true)
      try scene.store.change(as: Self.actor) { _ = try $0.releaseHold(open) }
      scene.clock.advance(days: 31)
      #expect(try scene.action().send(all, in: scene.store).issued.isEmpty)
      let standings = try scene.store.read { catalog in
        try catalog.noticeStandings(of: catalog.hold(key: open.key))
      }
      #expect(standings.map(\.missing) == [nil, nil])
    }
  }

  @Test("of a release come when no wording protects any more, and only to who was told")
  func release() async throws {
    try await withTemporaryDirectory { folder in
      let scene = try Scene(in: folder, names: ["A", "B", "C"])
      let hold = try scene.hold("H", Array(scene.people.prefix(2)))
      _ = try scene.action().send([hold.id], in: scene.store)
      func set(_ people: [Custodian]) throws {
        try scene.store.change(as: Self.actor) { change in
          _ = try change.updateHold(
            try change.catalog.hold("H"),
            to: HoldDefinition(scope: Scope(custodians: people.map(\.id.text))))
        }
      }
      func kinds() throws -> [String] {
        try scene.action().send([hold.id], in: scene.store).issued.map {
          "\($0.kind.rawValue)\($0.round)"
        }
      }
      try set([scene.people[0], scene.people[2]])
      try set([scene.people[0]])
      #expect(try kinds() == [])
      scene.clock.advance(days: 29)
      #expect(try kinds() == [])
      scene.clock.advance(days: 1)
      // B was told, C never was.
      #expect(try kinds() == ["release1"])
      #expect(try kinds() == [])
      try set(Array(scene.people.prefix(2)))
      #expect(try kinds() == ["hold2"])
      try scene.store.change(as: Self.actor) {
        _ = try $0.releaseHold(try $0.catalog.hold("H"), coolDown: 0)
      }
      #expect(try kinds() == ["release1", "release2"])
    }
  }

  @Test("of a release do not go to who was never told, however often it is tried")
  func releaseOfUntold() async throws {
    try await withTemporaryDirectory { folder in
      let scene = try Scene(in: folder, names: ["A", "B"])
      let hold = try scene.hold("H", scene.people)
      try FileManager.default.createDirectory(
        atPath: scene.folder, withIntermediateDirectories: false)
      // The file of the second cannot be written, that of the first stands but is not on record.
      let obstacle = scene.path(hold, scene.people[1])
      try Data("foreign".utf8).write(to: URL(fileURLWithPath: obstacle))
      #expect(throws: StoreError.self) { try scene.action().send([hold.id], in: scene.store) }
      try FileManager.default.removeItem(atPath: obstacle)
      try scene.store.change(as: Self.actor) { _ = try $0.releaseHold(hold, coolDown: 0) }
      scene.clock.advance(days: 1)
      let first = try scene.action().send([hold.id], in: scene.store)
      #expect((first.issued.count, first.written, first.withdrawn) == (0, 1, 1))
      let second = try scene.action().send([hold.id], in: scene.store)
      #expect(second.issued.map(\.kind) == [.release])
      #expect(second.issued.map(\.custodian) == [scene.people[0].key])
      #expect(try scene.action().send([hold.id], in: scene.store).issued.isEmpty)
      #expect(scene.files.count == 2)
    }
  }

  @Test("name who has no address that can be used, and drop nobody")
  func addresses() async throws {
    try await withTemporaryDirectory { folder in
      let scene = try Scene(in: folder, names: ["A"])
      let (none, bad, moved) = try scene.store.change(as: Self.actor) { change in
        (
          try change.createCustodian(name: "None"),
          try change.createCustodian(
            name: "Bad", identities: [IdentityDefinition(.emailAddress, "a b@example.org")]),
          try change.createCustodian(
            name: "Moved",
            identities: [
              IdentityDefinition(
                .emailAddress, "a-old@example.org",
                valid: Model.TimeInterval(before: scene.clock.now)),
              IdentityDefinition(
                .emailAddress, "z-new@example.org",
                valid: Model.TimeInterval(since: scene.clock.now)),
            ])
        )
      }
      let hold = try scene.hold("H", scene.people + [none, bad, moved])
      let outcome = try scene.action().send([hold.id], in: scene.store)
      #expect(
        Set(outcome.obstacles.map { "\($0.custodian.name) \($0.code.rawValue)" }) == [
          "None NO_ADDRESS", "Bad ADDRESS_NOT_USABLE",
        ])
      #expect(Set(outcome.issued.map(\.address)) == ["p0@example.org", "z-new@example.org"])
    }
  }

  @Test("keep answers: in time, of who was told, once")
  func answers() async throws {
    try await withTemporaryDirectory { folder in
      let scene = try Scene(in: folder, names: ["A", "B"])
      let hold = try scene.hold("H", [scene.people[0]])
      let issued = scene.clock.now
      func answer(_ person: Int, _ method: String, _ time: Instant?) -> Model.ExitStatus? {
        do {
          try scene.store.change(as: Self.actor) {
            _ = try $0.acknowledge(
              [Acknowledgement(custodian: scene.people[person], method: method, time: time)],
              of: hold)
          }
          return nil
        } catch {
          return (error as? StoreError)?.code
        }
      }
      #expect(answer(0, "x", nil) == .notFound)
      _ = try scene.action().send([hold.id], in: scene.store)
      scene.clock.advance(days: 2)
      let day = Instant(startOf: issued.utcDate)
      #expect(answer(1, "x", nil) == .notFound)
      #expect(answer(0, " ", nil) == .usage)
      #expect(answer(0, "x", Instant(ticks: day.ticks - 1)) == .usage)
      #expect(answer(0, "x", Instant(ticks: scene.clock.now.ticks + 1)) == .usage)
      #expect(answer(0, "x", day) == nil)
      #expect(answer(0, "x", day) == nil)
      #expect(answer(0, "x", nil) == nil)
      #expect(answer(0, "y", day) == .exists)
      #expect(answer(0, "x", scene.clock.now) == .exists)
      let notice = try #require(try scene.store.read { try $0.notices(of: hold).last })
      #expect((notice.acknowledged, notice.method) == (day, "x"))
      // A further notice asks anew.
      _ = try scene.action("Other\n", again: true).send([hold.id], in: scene.store)
      #expect(try scene.store.read { try $0.notices(of: hold).last?.acknowledged } == nil)
      #expect(answer(0, "y", scene.clock.now) == nil)
    }
  }
}
