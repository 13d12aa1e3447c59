// SPDX-License-Identifier: Apache-2.0
import Bytes
import Foundation
import Model
import TestSupport
import Testing

@testable import Capture

/// Where a reader takes a short way, it gives what the long way gives, or leaves the record to it.
@Suite("Short ways of readers")
struct ShortWayTests {
  /// All that an activity's unit says.
  private static func told(_ unit: CapturedUnit) -> [String] {
    summary(unit) + [
      unit.kind.rawValue, unit.route, unit.accountID ?? "-", unit.createdAt?.text ?? "-",
      unit.createdAt?.instant?.rfc3339 ?? "-", unit.items[0].title, unit.items[0].nativeRole,
      unit.items[0].time?.instant?.rfc3339 ?? "-", String(decoding: unit.native, as: UTF8.self),
    ] + unit.joinKeys.map { $0.kind.rawValue + $0.value }.sorted()
  }

  private static func value(_ dice: inout Dice, depth: Int = 0) -> [UInt8] {
    let texts = [
      #""user_9""#, #""""#, #""activity_7""#, #""claude_chat_3""#, #""2026-05-05T08:00:00Z""#,
      #""yesterday""#, #""a\nb""#, #""é\u00e9""#, #""\ud800""#, #""true""#, "null", "17", "1.5e3",
      "true", "-0", "[]", "{}", #""ad@example.org""#, #""x y""#, "01", "nul", #""#,
    ]
    switch dice.below(depth > 2 ? 20 : 26) {
    case 20: return Array("\"a".utf8) + [0xFF, 0xC3] + Array("\"".utf8)
    case 21, 22:
      let parts = (0..<dice.below(3)).map { _ in value(&dice, depth: depth + 1) }
      return Array("[".utf8) + parts.joined(separator: Array(",".utf8)) + Array("]".utf8)
    case 23...: return object(&dice, depth: depth + 1)
    case let number: return Array(texts[number % texts.count].utf8)
    }
  }

  private static func object(_ dice: inout Dice, depth: Int) -> [UInt8] {
    let names = [
      "id", "type", "created_at", "actor", "claude_chat_id", "project_id", "data", "chat_messages",
      "user_id", "api_key_id", "subject", "service", "email_address", "x", #"i\u0064"#, "session",
    ]
    var members: [[UInt8]] = []
    for _ in 0..<(1 + dice.below(6)) {
      let name = names[dice.below(names.count)]
      var bytes = Array("\"\(name)\": ".utf8)
      bytes += value(&dice, depth: depth)
      members.append(bytes)
    }
    return Array("{".utf8) + members.joined(separator: Array(",".utf8)) + Array("}".utf8)
  }

  /// A plain activity, or one that something was done to.
  private static func activity(_ dice: inout Dice) -> [UInt8] {
    if dice.below(3) == 0 { return object(&dice, depth: 0) }
    var members = [
      #""id":"activity_\#(dice.below(9))""#, #""type":"claude_chat_viewed""#,
      #""created_at":"2026-05-05T08:00:0\#(dice.below(9)).000Z""#,
      #""claude_chat_id":"claude_chat_\#(dice.below(9))""#,
      #""actor":{"type":"user_actor","user_id":"user_\#(dice.below(9))","ip":"192.0.2.7"}"#,
      #""extra":{"list":["a",{"b":"c"}],"n":5,"none":null}"#, #""more_id":"é""#,
    ].map { Array($0.utf8) }
    for _ in 0..<dice.below(3) {
      switch dice.below(4) {
      case 0: members.remove(at: dice.below(members.count))
      case 1: members.append(members[dice.below(members.count)])
      case 2: members.swapAt(0, dice.below(members.count))
      default:
        let added = object(&dice, depth: 1)
        members.append(Array(added.dropFirst().dropLast()))
      }
    }
    var bytes =
      Array("{".utf8) + members.joined(separator: Array(",".utf8)) + Array("}".utf8)
    if dice.below(6) == 0 { bytes[dice.below(bytes.count)] = UInt8(dice.below(256)) }
    if dice.below(9) == 0 { bytes.removeLast(1 + dice.below(bytes.count)) }
    return bytes
  }

  @Test("an activity is read by one walk as by all of them")
  func activities() throws {
    var dice = Dice(state: 71)
    var counts = (short: 0, long: 0)
    for _ in 0..<6000 {
      let native = Self.activity(&dice)
      guard let unit = PlainActivity.unit(native) else {
        counts.long += 1
        continue
      }
      counts.short += 1
      let text = String(decoding: native, as: UTF8.self)
      let other = try ComplianceAPI.parseActivity(native: native)
      #expect(Self.told(unit) == Self.told(other), "\(text)")
      // What is a page of activities is none itself.
      #expect(try !CompliancePage(native).hasList, "\(text)")
    }
    #expect(counts.short > 1500 && counts.long > 1500, "\(counts)")
  }

  @Test("a row is read without its header as with it")
  func rows() throws {
    var dice = Dice(state: 5)
    let names = ["created_at", "actor_info", "event", "entity_info", "ip_address", "x"]
    let values = [
      "2026-05-05T08:00:00Z", "", "conversation_created", "\"{\"\"uuid\"\": \"\"u\"\"}\"", "a b",
      "\"{'type': 'Chat', 'uuid': '0198aaaa-0000-7000-8000-000000000001'}\"", "\"x\ny\"", "é",
      "\"open", "\"a\"b", "later", "\"\"\"\"", "{'name': 'O'Neil', 'uuid': 'u'}", "\u{FEFF}",
    ]
    var counts = (short: 0, long: 0)
    for _ in 0..<3000 {
      let header = Array(names.shuffled(&dice).joined(separator: ",").utf8)
      let row = Array(
        (0..<(4 + dice.below(4))).map { _ in values[dice.below(values.count)] }
          .joined(separator: ",").utf8)
      let native = AuditLog.record(header: header, row: row)
      let plain = try #require(AuditLog.plainNames(of: header))
      guard let unit = AuditLog.unit(native: native, row: row, names: plain) else {
        counts.long += 1
        continue
      }
      counts.short += 1
      #expect(try Self.told(unit) == Self.told(AuditLog.parse(native: native)))
    }
    #expect(counts.short > 1000 && counts.long > 100, "\(counts)")
    #expect(AuditLog.plainNames(of: Array("a,\"b\"".utf8)) == nil)
    #expect(AuditLog.plainNames(of: [0xEF, 0xBB, 0xBF] + Array("a,b".utf8)) == nil)
  }

  @Test("seconds since 1970 are read as the rule for all forms reads them")
  func seconds() {
    var dice = Dice(state: 23)
    let signs = Array("0123456789012345678901234567890123456789..-+e ٣".unicodeScalars)
    var texts = [
      "", ".", "1.", ".5", "-1.25", "95000000001", "9999999999", "99999999999", "1e3", "007.5",
      "1777968000.25", "1777968000.12345678", "1777968000123", "1.2.3", "9007199254740993", " 1",
    ]
    for _ in 0..<5000 {
      var text = ""
      for _ in 0..<(1 + dice.below(14)) {
        text.unicodeScalars.append(signs[dice.below(signs.count)])
      }
      texts.append(text)
    }
    for text in texts {
      #expect(SourceTime(epoch: text) == SourceTime(anyEpoch: text), "\(text)")
    }
    #expect(SourceTime(epoch: "1777968000.25").instant?.rfc3339 == "2026-05-05T08:00:00.25Z")
  }

  @Test("numbers that are no time of the first ten thousand years have no instant")
  func farNumbers() {
    for text in [
      "1777968000000000", "1777968000000000000", "9223372036854775807", "-9223372036854775808",
      "-1777968000000000", "253402300800000", "-253402300800000", "9.5e14", "-9.5e14", "1e300",
      "-1e300", "1e400", "9e999999999", "99999999999999999999", "1.\u{4EAC}", "1.5\u{663}",
    ] {
      #expect(SourceTime(epoch: text).instant == nil, "\(text)")
    }
    let last = "9999-12-31T23:59:59Z"
    #expect(SourceTime(epoch: "253402300799000").instant?.rfc3339 == last)
    #expect(SourceTime(epoch: "1.777968e9").instant == SourceTime(epoch: "1777968000").instant)
    #expect(SourceTime(epoch: "1.777968e12").instant == SourceTime(epoch: "1777968000").instant)
    #expect(SourceTime(epoch: "-1.5").instant?.rfc3339 == "1969-12-31T23:59:58.5Z")
    #expect(SourceTime(epoch: "-253402300799999").instant != nil)
  }

  @Test("words are found, and the last part of a path, as the library finds them")
  func words() {
    var dice = Dice(state: 3)
    let parts = [
      "toolu_", "tool", "u_", "claude", "CLAUDE", "anthropic", "/", "//", "a", "\u{301}", "é",
      "\r\n",
      "toolu", "_", " ",
    ]
    for _ in 0..<5000 {
      let text = (0..<dice.below(6)).map { _ in parts[dice.below(parts.count)] }.joined()
      #expect(text.holds("toolu_") == text.contains("toolu_"), "\(text)")
      #expect(text.holds("claude") == text.contains("claude"), "\(text)")
      #expect(text.holds("a") == text.contains("a"), "\(text)")
      #expect(text.lastPathPart == text.split(separator: "/").last.map(String.init) ?? text)
    }
  }

  @Test("a repeated record is known by its message, and of one session by all of it")
  func repetitions() throws {
    func parsed(
      _ message: String, before: String = "a", after: String = "b"
    ) throws -> TranscriptLine {
      try TranscriptLine(
        Array(
          #"{"cwd":"\#(before)","uuid":"u","message":{"content":"\#(message)"},"slug":"\#(after)"}"#
            .utf8))
    }
    func repetition(_ line: TranscriptLine, in session: String) throws -> SeenRecords.Repetition {
      var seen = SeenRecords()
      guard case .new = seen.note(try parsed("m"), session: "s") else { return .inOther }
      return seen.note(line, session: session)
    }
    func isRewritten(_ line: TranscriptLine) throws -> Bool {
      if case .rewritten = try repetition(line, in: "s") { true } else { false }
    }
    if case .sameBytes = try repetition(parsed("m"), in: "s") {} else { Issue.record("same bytes") }
    #expect(try isRewritten(parsed("m", before: "c")) && isRewritten(parsed("m", after: "c")))
    #expect(try isRewritten(parsed("m", before: "", after: "ab")))
    if case .new = try repetition(parsed("n"), in: "s") {} else { Issue.record("other words") }
    if case .inOther = try repetition(parsed("m", before: "c", after: "d"), in: "t") {
    } else {
      Issue.record("the same message in another session")
    }
    if case .new = try repetition(parsed("n"), in: "t") {} else { Issue.record("another message") }
  }

  @Test("calls tell what they follow as the thread of the whole tells it")
  func missingParents() {
    var dice = Dice(state: 19)
    var missed = 0
    for _ in 0..<400 {
      let conversation = ExchangeConversation(id: "c", route: "raw-api")
      for _ in 0..<(1 + dice.below(5)) {
        var exchange = Exchange()
        // One call may bear the name that another's message got.
        exchange.id = ["m1", "m2", "m3", "m1#0", "m2#system"][dice.below(5)]
        exchange.messages = [.init(role: "user", range: 0..<1)]
        exchange.response = .init(role: "assistant", range: 0..<1)
        if dice.below(2) == 0 { exchange.instructions = .init(role: "system", range: 0..<1) }
        let parents = [nil, nil, "m1", "m2", "m3", "m1#0", "m2#system", "gone"]
        _ = conversation.add(
          exchange, native: Array("{}".utf8),
          at: .init(parentID: parents[dice.below(parents.count)]))
      }
      let unit = conversation.finish()
      let flagged = unit.items.indices.filter { unit.items[$0].flags.contains(.parentMissing) }
      #expect(flagged == ConversationThread(of: unit).withMissingParent)
      missed += flagged.count
    }
    #expect(missed > 50)
  }
}

extension Array {
  fileprivate func shuffled(_ dice: inout Dice) -> [Element] {
    var rest = self
    return map { _ in rest.remove(at: dice.below(rest.count)) }
  }
}
