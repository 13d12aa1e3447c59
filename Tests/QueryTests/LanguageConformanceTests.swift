// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Query

@Suite("Conformance rows of the query language")
struct LanguageConformanceTests {
  @Test(
    "gives the normal form or the error, and the warnings, of the row", arguments: LanguageRow.all)
  func conforms(row: LanguageRow) {
    let query = compiled(row.query, languageOptions(row.dialect))
    switch row.expected {
    case .normalForm(let text):
      #expect(query.normalForm == text)
      #expect(query.errors.isEmpty)
    case .error(let code):
      #expect(query.node == nil)
      #expect(query.normalForm == nil)
      #expect(query.errorCodes == [code])
    }
    let warnings = query.diagnostics.filter { $0.severity == .warning }
    #expect(warnings.map(\.code.rawValue) == row.warnings)
  }

  @Test("normalises a normal form to itself", arguments: LanguageRow.all)
  func isIdempotent(row: LanguageRow) {
    guard let first = compiled(row.query, languageOptions(row.dialect)).normalForm else { return }
    let second = compiled(first)
    #expect(second.normalForm == first)
    #expect(second.errors.isEmpty)
  }

  @Test(
    "refuses by name what this version cannot search",
    arguments: [
      "language:de", "sensitivitylabel:secret", "tag:Responsive", "ndset:one", "theme:x",
      "isduplicate:true", "isrepresentative:true", "note:x",
    ])
  func refusesByName(text: String) {
    let enabled = compiled(text)
    #expect(enabled.errors.isEmpty)
    let query = compiled(text, QueryOptions(clock: languageClock))
    #expect(query.errorCodes == ["E390"])
    #expect(query.node == nil)
  }

  @Test(
    "searches the properties of this release",
    arguments: [
      "body:x", "title:x", "kind:prompt", "role:user", "from:x", "to:x", "participants:x",
      "custodian:x", "sent:2025", "modified:2025", "captured:2025", "conversation:abc", "id:abc",
      "source:x", "run:x", "project:x", "model:x", "attachment:x", "hasattachment:true",
      "filetype:x", "size:1", "tool:x", "app:x", "edited:true", "prompt:x", "response:x",
      "sensitivetype:\"Credit Card Number\"", "sit:iban", "hold:Smith", "retentionlabel:financ*",
      "indexstatus:partial", "provenance:client-asserted", "indexerror:parser*",
      "itemclass:AI.Claude.*", "organization:acme",
      "mimetype:text/plain", "hash:abc", "deleted:2025-01-01", "reviewset:one", "loadid:load_x",
      "family:itm_x", "conversationfamily:conv_x",
    ])
  func searches(text: String) {
    #expect(compiled(text, QueryOptions(clock: languageClock)).diagnostics.isEmpty)
  }

  @Test("checks values of properties that it cannot search yet")
  func checksUnavailable() {
    let options = QueryOptions(clock: languageClock)
    #expect(compiled("isduplicate:maybe", options).errorCodes == ["E390", "E305"])
    #expect(compiled("sensitivetype:\"NotARule\"", options).errorCodes == ["E320"])
    #expect(compiled("indexstatus:half", options).errorCodes == ["E305"])
  }

  @Test("knows a sensitive type by its id, and names the nearest one")
  func sensitiveTypeNames() {
    #expect(
      compiled("sit:Credit-Card-Number").normalForm == #"sensitivetype:"credit card number""#)
    #expect(
      compiled(#"sit:"iban|2..|HIGH""#).normalForm
        == #"sensitivetype:"international banking account number (iban)|2..|85..""#)
    for (written, nearest) in [
      ("Credit Card Numbr", "Credit Card Number"), ("private-kee", "private-key"),
    ] {
      let error = compiled("sensitivetype:\"\(written)\"").errors.first
      #expect(error?.code == .unknownSensitiveType)
      #expect(error?.message.contains(nearest) == true)
    }
  }

  @Test(
    "splits the rows of a hit report",
    arguments: [
      ("alpha(c:s)beta(c:s)gamma", ["alpha", "beta", "gamma"]),
      ("(Alpha OR \"b c\") OR dog*", ["Alpha", "\"b c\"", "dog*"]),
      ("alpha beta", ["alpha beta"]),
      ("from:ann from:bob", ["from:ann", "from:bob"]),
      ("WORDS(tv, television)", ["tv", "television"]),
      ("one OR two(c:c)(kind:prompt)", ["one", "two"]),
      ("(c:c)(kind:prompt)", ["(kind:prompt)"]),
      // The topmost OR may stand beside what an AND joins to it.
      ("(a OR b) AND kind:prompt", ["a", "b"]), ("kind:prompt (a OR b)", ["a", "b"]),
      ("a b OR c", ["b", "c"]), ("x AND (y AND (a OR (b OR c)))", ["a", "b", "c"]),
      ("(a OR b) NOT c", ["a", "b"]), ("+(a OR b) -c", ["a", "b"]),
      ("ANY(a b) from:ann", ["a", "b"]), ("from:ann c from:bob", ["from:ann", "from:bob"]),
      ("title:(a OR (b c))", ["title:a", "title:(b c)"]),
      ("prompt:(a OR b) c", ["prompt:a", "prompt:b"]),
      // Below the topmost OR, below NOT and with two on one level nothing is split.
      ("(a OR b) AND (c OR d)", ["(a OR b) AND (c OR d)"]),
      ("((a OR b) AND c) OR d", ["(a OR b) AND c", "d"]), ("NOT (a OR b)", ["NOT (a OR b)"]),
      ("c AND NOT (a OR b)", ["c AND NOT (a OR b)"]),
      ("kind:interaction a", ["kind:interaction a"]),
    ])
  func splitsRows(text: String, rows: [String]) {
    let query = compiled(text)
    #expect(query.rows.map(\.text) == rows)
  }

  @Test("applies the conditions to every row of a hit report")
  func appliesConditions() {
    let query = compiled("one OR two(c:c)(kind:prompt)")
    #expect(
      query.rows.map { NormalForm.text(of: $0.node) }
        == ["one AND kind:prompt", "two AND kind:prompt"])
    for (text, rows) in [
      ("x (a OR b) AND kind:prompt", ["x AND a AND kind:prompt", "x AND b AND kind:prompt"]),
      ("(a OR b) NOT c", ["a AND (NOT c)", "b AND (NOT c)"]),
      ("prompt:(a OR b) c", ["kind:prompt AND body:a AND c", "kind:prompt AND body:b AND c"]),
      ("((a OR b) c) OR d", ["(a OR b) AND c", "d"]),
      (
        "(a OR b) c(c:c)(kind:prompt)",
        ["a AND c AND kind:prompt", "b AND c AND kind:prompt"]
      ),
    ] {
      #expect(compiled(text).rows.map { NormalForm.text(of: $0.node) } == rows, "\(text)")
    }
  }
}
