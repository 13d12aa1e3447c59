// SPDX-License-Identifier: Apache-2.0
import Capture
import Foundation
import Testing

@testable import Actions

@Suite("Search of native bytes for what is blacked out")
struct NativeSearchTests {
  private func holds(
    _ native: String, _ word: String, route: String = "claude-code",
    skipping: [Range<Int>] = []
  ) throws -> Bool {
    try NativeSearch(route: route) { $0.contains(word) }
      .holds(native.utf8.span, skipping: skipping)
  }

  @Test("every value of every line is looked at, and lines that are no JSON are too")
  func lines() throws {
    let native = #"{"type":"user","a":"x"}"# + "\n" + #"{"type":"summary","summary":"Northgate"}"#
    #expect(try holds(native, "Northgate"))
    #expect(try !holds(native, "Southgate"))
    #expect(try holds(#"{"a":1}"# + "\n\n" + "kept Northgate {\n" + #"{"b":2}"#, "Northgate"))
    #expect(try holds("broken {\n" + #"{"b":"Northgate"}"#, "Northgate"))
    #expect(try holds(#"{"a":"x"} {"b":"Northgate"}"#, "Northgate"))
    #expect(try holds(#"{"Northgate":null}"#, "Northgate"))
    #expect(try holds("[1,\n2,\n777]", "777"))
    #expect(try !holds("", "Northgate"))
  }

  @Test("a line of very many values is looked at once")
  func longLine() throws {
    #expect(try !holds(String(repeating: "1 ", count: 500_000), "Northgate"))
  }

  @Test("values that begin in a range are passed over, whatever the range holds")
  func ranges() throws {
    let first = #"{"a":"Northgate"}"#
    let native = first + "\n" + first + "\n" + #"{"b":"end"}"#
    let both = 0..<first.utf8.count * 2 + 1
    #expect(try !holds(native, "Northgate", skipping: [both]))
    #expect(try holds(native, "end", skipping: [both]))
    #expect(try holds(native, "Northgate", skipping: [0..<first.utf8.count]))
    #expect(
      try !holds(
        native, "Northgate",
        skipping: [first.utf8.count + 1..<both.upperBound, 0..<first.utf8.count, 3..<5]))
    let list = #"{"title":"t","messages":[{"x":"Northgate"},{"x":"y"}]}"#
    #expect(try !holds(list, "Northgate", skipping: [25..<42]))
    #expect(try holds(list, "Northgate", skipping: [43..<53]))
  }

  @Test("JSON in a text is read as what it means")
  func embedded() throws {
    #expect(try holds(#"{"body":"{\"text\":\"Caf\\u00e9 Nord\"}"}"#, "Café Nord"))
    #expect(try holds(#"{"body":"[\"a\\\"b\"]"}"#, #"a"b"#))
    #expect(try !holds(#"{"body":"{no json"}"#, "Café"))
  }

  @Test("an audit log is read by its fields, whatever the row begins with")
  func tables() throws {
    let native = "\"created_at\",event,info\n2026-01-01T00:00:00Z,a,\"say \"\"Northgate\"\" now\""
    #expect(try holds(native, #"say "Northgate" now"#, route: AuditLog.route))
    #expect(try holds(native, "2026-01-01T00", route: AuditLog.route))
    #expect(try !holds(native, "Southgate", route: AuditLog.route))
    let row = native.utf8.count - 46..<native.utf8.count
    #expect(try !holds(native, "Northgate", route: AuditLog.route, skipping: [row]))
    #expect(try holds(native, "created_at", route: AuditLog.route, skipping: [row]))
  }
}
