// SPDX-License-Identifier: Apache-2.0
import Actions
import Model
import Store
import Testing

/// Templates, addresses and due days of notices, of which none needs a store.
@Suite("Notices without a store")
struct NoticeTextTests {
  @Test("are overdue when the day is over that they name, or the time is past")
  func deadlines() throws {
    for (due, deadline) in [
      ("2026-12-01T00:00:00Z", "2026-12-02T00:00:00Z"),
      ("2026-12-31T00:00:00Z", "2027-01-01T00:00:00Z"),
      ("2026-12-01T00:00:01Z", "2026-12-01T00:00:01Z"),
      ("2026-12-01T17:30:00Z", "2026-12-01T17:30:00Z"),
    ] {
      #expect(
        NoticeRecord.deadline(of: try #require(Instant(rfc3339: due)))
          == Instant(rfc3339: deadline))
    }
  }

  @Test("know an address from what only looks like one")
  func mailAddresses() {
    for good in ["a@b", "a.b+c@example.org", "x'y@a-b.example", "1@2.3"] {
      #expect(MailAddress(good)?.text == good)
    }
    for bad in [
      "", "a", "@b", "a@", "a@b@c", "a b@c", "a@b c", "a@-b", "a@b-", "a@b..c", ".a@b", "a.@b",
      "a..b@c", "a@b\r\nBcc: x@y", "ü@b", "a@ü", "\"a\"@b", "a,b@c", "<a@b>", "a@b\0",
      String(repeating: "a", count: 65) + "@b", "a@" + String(repeating: "b", count: 64),
    ] {
      #expect(MailAddress(bad) == nil, "\(bad)")
    }
  }

  @Test("are refused with every unknown placeholder named, or without a text")
  func templates() {
    func defect(_ text: String) -> String? {
      do {
        _ = try NoticeTemplate(Array(text.utf8), for: .hold)
        return nil
      } catch {
        return error.message
      }
    }
    #expect(defect("Hello {{custodian}} {{case}} {{due}} {{contact}}") == nil)
    #expect(defect("Hello }} { { {x}") == nil)
    for (text, part) in [
      ("a {{x}} {{Case}} {{", "'{{x}}', '{{Case}}', '{{'"), ("", "no text"), (" \n\n", "no text"),
      ("Subject: x\n\n", "no text"), ("Subject: \nx", "subject is empty"),
      ("Subject: {{y}}\nx", "'{{y}}'"), ("a\u{0}b", "line 1"), ("a\nb\u{1B}[0m", "line 2"),
      ("{{ case }}", "'{{ case }}'"), ("{{{{case}}}}", "'{{{{case}}'"),
    ] {
      #expect(defect(text)?.contains(part) == true, "\(text): \(defect(text) ?? "")")
    }
    #expect(throws: NoticeTemplate.Defect.self) { try NoticeTemplate([0x61, 0xFF], for: .hold) }
    for kind in NoticeKind.allCases {
      #expect(throws: Never.self) {
        try NoticeTemplate(Array(kind.builtInTemplate.utf8), for: kind)
      }
    }
    // What a legal hold notice has to say.
    let text = NoticeKind.hold.builtInTemplate.split(whereSeparator: \.isWhitespace)
      .joined(separator: " ")
    for part in [
      "duty to preserve", "prompts", "memories", "coding agents", "your own computer",
      "everything that exists now and to everything that is still to come", "switch off",
      "sanctions", "until we tell you in writing", "confirm by {{due}}", "{{contact}}",
    ] {
      #expect(text.contains(part), "\(part)")
    }
  }
}
