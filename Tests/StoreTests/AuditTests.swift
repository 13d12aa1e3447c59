// SPDX-License-Identifier: Apache-2.0
import Bytes
import Foundation
import GRDB
import Model
import Testing

@testable import Store

@Suite struct AuditTests {
  private func withLog(_ body: (Store) async throws -> Void) async throws {
    let clock = TestClock()
    try await withStore(clock: clock) { store in
      for step in 1...5 {
        clock.advance(seconds: 7)
        var actor = AuditActor.test("setting update")
        actor.callingAccount = step == 3 ? "bob" : nil
        try store.change(as: actor) { change in
          try change.record(
            AuditEvent(
              "setting.update", of: "s\(step)", before: ["value": JSONValue(step)],
              after: ["value": .string("é\u{7}\"\(step)")], reason: "because \(step)"))
        }
      }
      try await body(store)
    }
  }

  private func defects(_ store: Store) throws -> [AuditDefect] {
    try store.read { try $0.verifyAudit().defects }
  }

  @Test("an untouched log is sound")
  func sound() async throws {
    try await withLog { store in
      try store.read { catalog throws in
        let verification = try catalog.verifyAudit()
        #expect(verification.isSound)
        #expect(verification.eventCount == 6)
        #expect(verification.headDigest == (try catalog.auditHead().digest))
      }
    }
  }

  @Test("an edit of any column of any event is found and named", arguments: 1...6)
  func edits(seq: Int) async throws {
    let edits = [
      "time = time + 1", "user_id = user_id + 1", "account = account || 'x'",
      "calling_account = CASE WHEN calling_account IS NULL THEN 'x' END", "host = host || 'x'",
      "program = program || 'x'", "command = command || 'x'", "action = action || 'x'",
      "object = object || 'x'", "before = '0'", "after = '0'", "reason = reason || ' '",
      "prev_sha256 = randomblob(32)", "sha256 = randomblob(32)",
    ]
    try await withLog { store in
      try tamper(store, "CREATE TABLE kept AS SELECT * FROM event")
      for edit in edits {
        try tamper(store, "UPDATE event SET \(edit) WHERE seq = \(seq)")
        let found = try defects(store)
        #expect(
          found.contains { $0.seq == seq && ($0.kind == .edited || $0.kind == .broken) }, "\(edit)")
        try tamper(store, "DELETE FROM event", "INSERT INTO event SELECT * FROM kept")
        #expect(try defects(store).isEmpty)
      }
    }
  }

  @Test("an edit whose digest was computed anew breaks the chain after it", arguments: 1...6)
  func recomputedEdits(seq: Int64) async throws {
    try await withLog { store in
      var event = try store.read { try $0.event(seq) }
      event.reason = "forged"
      event.digest = event.computedDigest.bytes
      try tamper(
        store,
        """
        UPDATE event SET reason = 'forged', sha256 = x'\(event.digest.hexadecimal)'
        WHERE seq = \(seq)
        """)
      let found = try defects(store)
      if seq < 6 {
        #expect(found.map(\.kind) == [.broken])
        #expect(found.first?.seq == seq + 1)
      } else {
        #expect(found.map(\.kind) == [.head])
      }
    }
  }

  @Test("bytes that moved between before and after are found, though the line is the same")
  func movedSplit() async throws {
    try await withStore { store in
      let inner: JSONValue = ["x": ["after": 1, "before": 2]]
      try store.change(as: .test()) {
        try $0.record(AuditEvent("setting.update", of: "s", before: ["b": 3], after: inner))
      }
      let event = try store.read { try $0.event(2) }
      // The line holds the mark between the two twice: inside of what came after, and behind it.
      let whole = event.after + ",\"before\":" + event.before
      let mark = try #require(whole.firstRange(of: ",\"before\":"))
      let after = String(whole[..<mark.lowerBound])
      let before = String(whole[mark.upperBound...])
      #expect(after != event.after)
      var forged = event
      forged.after = after
      forged.before = before
      #expect(forged.line == event.line)
      try tamper(
        store, "UPDATE event SET after = '\(after)', before = '\(before)' WHERE seq = 2")
      #expect(try defects(store).map(\.seq) == [2])
      #expect(try defects(store).map(\.kind) == [.edited])
    }
  }

  @Test("a removed event is found", arguments: 1...6)
  func removal(seq: Int64) async throws {
    try await withLog { store in
      try tamper(store, "DELETE FROM event WHERE seq = \(seq)")
      let found = try defects(store)
      #expect(found.contains { $0.seq == seq && $0.kind == (seq < 6 ? .missing : .tail) })
    }
  }

  @Test("a removed event is found when the others are numbered anew", arguments: 1...5)
  func removalRenumbered(seq: Int) async throws {
    try await withLog { store in
      try tamper(
        store, "DELETE FROM event WHERE seq = \(seq)",
        "UPDATE event SET seq = -seq WHERE seq > \(seq)",
        "UPDATE event SET seq = -seq - 1 WHERE seq < 0",
        "UPDATE store SET event_count = 5")
      #expect(try defects(store).contains { $0.seq == seq })
    }
  }

  @Test("two events that changed places are found", arguments: 1...5)
  func swap(seq: Int) async throws {
    try await withLog { store in
      try tamper(
        store, "UPDATE event SET seq = 100 WHERE seq = \(seq)",
        "UPDATE event SET seq = \(seq) WHERE seq = \(seq + 1)",
        "UPDATE event SET seq = \(seq + 1) WHERE seq = 100")
      let found = try defects(store)
      #expect(found.contains { $0.seq == seq })
      #expect(found.contains { $0.seq == seq + 1 })
    }
  }

  @Test("an event that was put in or appended is found")
  func additions() async throws {
    try await withLog { store in
      var event = try store.read { try $0.event(6) }
      event.previous = event.digest
      event.seq = 7
      event.digest = event.computedDigest.bytes
      let queue = try DatabaseQueue(path: store.layout.catalog)
      try await queue.write { [event] db in try event.insert(into: db) }
      #expect(try defects(store).map(\.kind) == [.tail])
    }
  }

  @Test("events cannot be changed or deleted by our own statements")
  func triggers() async throws {
    try await withLog { store in
      for sql in ["UPDATE event SET reason = 'x'", "DELETE FROM event"] {
        #expect(
          status {
            try store.change(as: .test()) { change in
              try change.record(AuditEvent("x.y", of: "z"))
              try change.db.execute(sql: sql)
            }
          } == .failure)
      }
    }
  }

  @Test("the custody log is canonical JSON lines, each bound to the one before")
  func export() async throws {
    try await withLog { store in
      var lines: [String] = []
      try store.read { catalog throws in try catalog.exportAudit { lines.append($0) } }
      #expect(lines.count == 6)
      var previous = String(repeating: "0", count: 64)
      for (index, line) in lines.enumerated() {
        #expect(line.hasSuffix("}\n"))
        let body = String(line.dropLast())
        let object = try #require(
          try JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any])
        #expect(
          object.keys.sorted() == [
            "action", "actor", "after", "before", "host_role", "object", "prev_sha256", "reason",
            "seq", "time",
          ])
        #expect(object["seq"] as? Int == index + 1)
        #expect(object["prev_sha256"] as? String == previous)
        previous = SHA256Digest(of: body).hexadecimal
        // Foundation's sorted output is canonical too for texts without escaped controls.
        let sorted = try JSONSerialization.data(
          withJSONObject: object, options: [.sortedKeys, .withoutEscapingSlashes])
        #expect(String(decoding: sorted, as: UTF8.self) == body)
      }
      #expect(try store.read { try $0.auditHead().digest.hexadecimal } == previous)
      #expect(lines[3].contains(#""calling_account":"bob""#))
    }
  }

  @Test("filters by noun, object, account and half-open time")
  func filters() async throws {
    try await withLog { store in
      try store.read { catalog throws in
        #expect(try catalog.eventCount(AuditFilter(action: "setting")) == 5)
        #expect(try catalog.eventCount(AuditFilter(action: "set")) == 0)
        #expect(try catalog.eventCount(AuditFilter(action: "store.create")) == 1)
        #expect(try catalog.events(AuditFilter(object: "s4")).map(\.seq) == [5])
        #expect(try catalog.events(AuditFilter(account: "bob")).map(\.seq) == [4])
        let second = try catalog.event(2).time
        let fourth = try catalog.event(4).time
        let found = try catalog.events(
          AuditFilter(interval: Model.TimeInterval(since: second, before: fourth)))
        #expect(found.map(\.seq) == [3, 2])
        #expect(try catalog.events(limit: 2).map(\.seq) == [6, 5])
        #expect(status { _ = try catalog.event(99) } == .notFound)
      }
    }
  }
}
