// SPDX-License-Identifier: Apache-2.0
import Foundation
import Model
import Testing

@testable import Query

@Suite("Details of the query language")
struct LanguageDetailTests {
  @Test(
    "reads words, quotes and signs",
    arguments: [
      ("say \"a \"\"b\"\" c\"", "say AND \"a b c\""),
      ("\"abc\"*", "abc*"),
      ("cat %", "cat"),
      ("don't", "dont"),
      ("1,000", "\"1 000\""),
      ("http://example.org/a", "\"http example org a\""),
      ("mailto:ann@x.org", "\"mailto ann x org\""),
      ("12:30", "\"12 30\""),
      ("Note: x", "note AND x"),
      ("\u{A0}cat\tdog\r\n", "cat AND dog"),
      ("ca\u{200B}t", "cat"),
      ("ｃａｔ", "cat"),
      ("cat –dog", "cat AND (NOT dog)"),
      ("(cat)(dog)", "cat AND dog"),
      ("NOT NOT cat", "NOT (NOT cat)"),
      ("(a OR b) OR c", "a OR b OR c"),
      ("a AND (b AND c)", "a AND b AND c"),
      ("a ONEAR (b OR c)", "a ONEAR(n=8) (b OR c)"),
      ("a NEAR (5) b", "a NEAR(n=5) b"),
      ("(a NEAR(1) b) NEAR(2) c", "(a NEAR(n=1) b) NEAR(n=2) c"),
      ("WORDS(tv, \"big screen\") NEAR(2) x", "(tv OR \"big screen\") NEAR(n=2) x"),
      ("WORDS(tv,television)", "tv OR television"),
      ("中*", "中*"),
      ("word:\"x\"", "!E301"), ("word:(x)", "!E301"), ("\"abc\"def", "!E104"),
      ("abc\"def\"", "!E104"), ("--x", "!E203"), ("--", "!E106"), ("- x", "!E203"),
      ("why?", "!E401"), ("child!", "!E504"), ("a pre/5 b", "!E504"), ("a /s b", "!E504"),
      ("a NEAR(3) b NEAR(5) c", "!E503"), ("a NEAR(3) b ONEAR(3) c", "!E503"),
      ("-a NEAR b", "!E201"), ("a NEAR NOT b", "!E502"), ("a NEAR(x) b", "!E505"),
      ("a NEAR (b c)", "!E502"), ("a NEAR %", "!E106"), ("ALL cats", "!E201"),
      ("ALL(title:x)", "!E501"), ("ANY(a OR b)", "!E502"), ("WORDS(a b)", "!E201"),
      ("cat ()", "!E201"), ("()", "!E002"), ("title:%", "!E106"), ("(a (c:c) b)", "!E201"),
      ("cat(c:c)", "!E201"), ("(c:s)cat", "!E201"), ("\"a * b\"", "!E402"), ("\"a *\"", "!E402"),
    ])
  func readsForm(text: String, expected: String) {
    expect(compiled(text), expected)
  }

  @Test(
    "reads values of properties",
    arguments: [
      ("prompt:budget", "kind:prompt AND body:budget"),
      ("-prompt:budget", "NOT (kind:prompt AND body:budget)"),
      ("response:(a OR b)", "kind:response AND (body:a OR body:b)"),
      ("prompt:a prompt:b", "(kind:prompt AND body:a) OR (kind:prompt AND body:b)"),
      ("kind:interaction", "kind:prompt OR kind:response"),
      ("kind:docs", "kind:attachment OR kind:generatedfile OR kind:artifact OR kind:projectdoc"),
      ("title<>x", "NOT title=\"x\""), ("title:\"a bud*\"", "title:\"a bud*\""),
      ("title=\"Ä  ﬀ Straße\"", "title=\"a ff strasse\""), ("title=\"abc*\"", "title=\"abc*\""),
      ("SUBJECT:x", "title:x"), ("kind:(prompt OR response)", "kind:prompt OR kind:response"),
      ("size>25MB", "size>26214400"), ("size:1KB..2kb", "size:1024..2048"),
      ("size:1000..", "size>999"), ("size:..1000", "size<1001"), ("size>=10", "size>9"),
      ("size>9223372036854775807", "size>9223372036854775807"),
      ("size<=9223372036854775807", "size<=9223372036854775807"),
      ("size:-5", "size=-5"), ("size<>7", "size<>7"), ("size=*", "size:*"),
      ("conversation:ABC-1", "conversation:abc-1"), ("tool:\"Web Search\"", "tool:\"web search\""),
      ("app:claude.ai", "app:claude.ai"), ("model:claude-opus*", "model:claude-opus*"),
      ("from:@x.org", "from:@x.org"), ("participants:*.x.org", "participants:*.x.org"),
      ("from:\"x.org\"", "from:\"x.org\""),
      ("from:claude-3.5-sonnet", "from:\"claude-3.5-sonnet\""),
      ("size:1. .3", "!E307"), ("size:1 ..3", "!E307"), ("size:1.. 3", "!E307"),
      ("size:5..1", "!E308"), ("size:1.5MB", "!E305"), ("size:99999999999TB", "!E305"),
      ("size:(1 2)", "!E303"), ("size<1..2", "!E303"), ("title:a..b", "!E303"),
      ("hasattachment:maybe", "!E305"), ("kind:foo", "!E305"), ("from<a", "!E303"),
      ("title:(from:x)", "!E303"), ("title:", "!E304"), ("title:\" \"", "!E304"),
      ("from:a*", "!E404"), ("from:\"a*b\"", "!E402"), ("sent:(2025)", "!E303"),
      ("from:(a NEAR b)", "!E501"), ("title=(a NEAR b)", "!E501"),
    ])
  func readsValues(text: String, expected: String) {
    expect(compiled(text), expected)
  }

  @Test(
    "warns of every reading that is not plain",
    arguments: [
      ("«cat» “dog”", "cat AND dog", ["W101"]), ("cat —dog", "cat AND (NOT dog)", ["W102"]),
      ("cat — dog", "cat AND dog", ["W112"]), ("ｃａｔ", "cat", ["W103"]),
      ("c\u{200B}at", "cat", ["W104"]), ("\"a –b\"", "\"a b\"", []),
      ("cat % dog", "cat AND dog", ["W112"]), ("NOT % AND cat", "cat", ["W112"]),
      ("Note: x", "note AND x", ["W111"]), ("size > 100", "size AND 100", ["W111"]),
      ("title : x", "title AND x", ["W111"]), ("any(cat)", "any AND cat", ["W110"]),
      ("title=\"abc*\"", "title=\"abc*\"", ["W126"]), ("cc:x", "to:x", ["W142"]),
      ("Kind:DOCS AND x", nil, ["W142"]), ("NOT a b OR c", nil, ["W120"]),
      ("a OR b AND c", nil, ["W121"]), ("NOT a OR NOT b", nil, ["W122"]),
      ("size>1 x size>2", nil, ["W123"]), ("from:(a b) to:(a b)", nil, ["W124"]),
      ("title:a \"b\"", nil, []), ("title:a title:b", nil, []), ("title:a OR b", nil, []),
      ("body:a b", nil, ["W125"]), ("-(a b)", "NOT (a AND b)", ["W122"]),
      ("x -title:(a OR b)", "x AND (NOT (title:a OR title:b))", []),
      ("+\"a b\" c", "\"a b\" AND c", []),
    ] as [(String, String?, [String])])
  func warns(text: String, normalForm: String?, codes: [String]) {
    let query = compiled(text)
    #expect(query.codes == codes)
    if let normalForm { #expect(query.normalForm == normalForm) }
  }

  @Test("names the nearest property")
  func suggests() {
    let query = compiled("titel:budget")
    #expect(query.errors.first?.message.contains("Did you mean 'title'?") == true)
    #expect(query.errors.first?.suggestion == "title:budget")
  }

  @Test("reports every error, in order, with its bytes")
  func reportsAll() {
    let text = "“Ü” ca* foo:bar title<m"
    let query = compiled(text)
    #expect(query.codes == ["W101", "E404", "E301", "E303"])
    let parts = query.errors.map {
      String(decoding: Array(text.utf8)[$0.start..<$0.end], as: UTF8.self)
    }
    #expect(parts == ["ca*", "foo:bar", "m"])
    #expect(query.errors.first?.characters == 4..<7)
  }

  @Test("turns warnings into errors when it reads strictly")
  func readsStrictly() {
    var options = languageOptions()
    options.isStrict = true
    #expect(compiled("author: x", options).errorCodes == ["E302"])
    #expect(compiled("cat dog OR fox", options).errorCodes == ["W120"])
    #expect(compiled("cat dog", options).errors.isEmpty)
  }

  @Test(
    "joins blanks by OR in the dialect purview",
    arguments: [
      ("cat dog fox", "cat OR dog OR fox"), ("cat NOT dog", "cat AND (NOT dog)"),
      ("cat -dog", "cat AND (NOT dog)"), ("cat and dog", "cat OR and OR dog"),
      ("title:(a b)", "title:a OR title:b"), ("title<>\"a b\"", "NOT title:\"a b\""),
      ("a b(c:c)(kind:prompt)(size>1)", "(a OR b) AND kind:prompt AND size>1"),
      ("a(c:c)(kind:prompt)(-size=1)", "a AND kind:prompt AND size<>1"),
      ("cat dog OR fox", "!E202"), ("+cat dog", "!E202"), ("a b NEAR c", "!E202"),
      ("(a b) AND c", "!E202"),
    ])
  func readsPurview(text: String, expected: String) {
    expect(compiled(text, languageOptions(.purview)), expected)
  }

  @Test("refuses state properties and relative dates where they may not decide")
  func knowsPurposes() {
    var options = languageOptions()
    options.purpose = .hold
    #expect(compiled("hold:x", options).errorCodes == ["E314"])
    #expect(compiled("run:x", options).errorCodes == ["E314"])
    let fixed = compiled("sent:\"last month\"", options)
    #expect(fixed.codes == ["W114"])
    #expect(fixed.diagnostics[0].message.contains("2025-05-01T00:00:00Z … 2025-06-01T00:00:00Z"))
    options.purpose = .condition
    #expect(compiled("sent<today", options).errorCodes == ["E313"])
    #expect(compiled("tag:x", options).errorCodes == ["E314"])
    #expect(compiled("sent<2025-01-01", options).errors.isEmpty)
  }

  @Test("keeps the first and the last day that it can name")
  func namesExtremes() {
    for text in ["sent:9999", "sent>9999-12-31", "sent<=9999", "sent:0000", "sent<0000-01-01"] {
      let query = compiled(text)
      #expect(query.normalForm.flatMap { compiled($0).normalForm } == query.normalForm)
      #expect(query.errors.isEmpty)
    }
  }

  @Test(
    "computes days in the zone, also where clocks change at midnight",
    arguments: [
      ("Europe/Berlin", "2025-03-30", "2025-03-29T23:00:00Z", "2025-03-30T22:00:00Z"),
      ("America/New_York", "2025-11-02", "2025-11-02T04:00:00Z", "2025-11-03T05:00:00Z"),
      ("America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00Z", "2018-11-05T02:00:00Z"),
      ("Asia/Kolkata", "2025-01-01", "2024-12-31T18:30:00Z", "2025-01-01T18:30:00Z"),
      ("Pacific/Apia", "2011-12-31", "2011-12-30T10:00:00Z", "2011-12-31T10:00:00Z"),
    ])
  func readsZones(zone: String, day: String, start: String, end: String) throws {
    var options = languageOptions()
    options.timeZone = try #require(TimeZone(identifier: zone))
    let interval = try #require(compiled("sent:" + day, options).intervals.first?.interval)
    #expect(interval.since?.rfc3339 == start)
    #expect(interval.before?.rfc3339 == end)
  }

  @Test("keeps times of day in UTC whatever the zone")
  func readsTimesInUTC() throws {
    var options = languageOptions()
    options.timeZone = try #require(TimeZone(identifier: "Europe/Berlin"))
    let interval = compiled("sent>=2025-06-18T10:00:00", options).intervals.first?.interval
    #expect(interval?.since?.rfc3339 == "2025-06-18T10:00:00Z")
  }

  @Test(
    "names rolling intervals and weeks",
    arguments: [
      ("last 7 days", WeekStart.monday, "2025-06-12", "2025-06-19"),
      ("last 30 days", .monday, "2025-05-20", "2025-06-19"),
      ("last 90 days", .monday, "2025-03-21", "2025-06-19"),
      ("last week", .monday, "2025-06-09", "2025-06-16"),
      ("this week", .sunday, "2025-06-15", "2025-06-22"),
      ("THIS WEEK", .wednesday, "2025-06-18", "2025-06-25"),
      ("this week", .thursday, "2025-06-12", "2025-06-19"),
    ])
  func namesIntervals(name: String, weekStart: WeekStart, start: String, end: String) {
    var options = languageOptions()
    options.weekStart = weekStart
    let interval = compiled("sent:\"\(name)\"", options).intervals.first?.interval
    #expect(interval?.since?.rfc3339 == start + "T00:00:00Z")
    #expect(interval?.before?.rfc3339 == end + "T00:00:00Z")
  }

  @Test(
    "says what is wrong with a date",
    arguments: [
      ("12/01/2017", "E310", "could be 1 December or 12 January"),
      ("2025-02-30", "E311", "February 2025 has 28 days"),
      ("2025-13-01", "E311", "There is no month 13"),
      ("2025-01-01T10:00", "E310", "is not a date"),
      ("2025-1-1", "E310", "is not a date"), ("Jan", "E310", "is not a date"),
      ("2012-09-27T11:57:34.12345678", "E310", "is not a date"),
      ("2025..2024", "E308", "starts after it ends"),
    ])
  func explainsDates(text: String, code: String, part: String) {
    let query = compiled("sent:" + text)
    #expect(query.errorCodes == [code])
    #expect(query.errors.first?.message.contains(part) == true)
  }

  @Test("puts carets under the place, by cells of the escaped line")
  func placesCarets() throws {
    let text = "日本 \u{1B} ca*"
    let query = compiled(text)
    let diagnostic = try #require(query.errors.first)
    let excerpt = DiagnosticExcerpt(of: diagnostic, in: text) {
      $0.replacing("\u{1B}", with: "\\u{1b}")
    }
    #expect(excerpt.line == "日本 \\u{1b} ca*")
    #expect(excerpt.caretLine == String(repeating: " ", count: 12) + "^^^")
  }

  private func expect(_ query: CompiledQuery, _ expected: String) {
    if expected.hasPrefix("!") {
      #expect(query.errorCodes == [String(expected.dropFirst())])
    } else {
      #expect(query.normalForm == expected)
      let again = query.normalForm.map { compiled($0) }
      #expect(again?.normalForm == expected)
    }
  }
}
