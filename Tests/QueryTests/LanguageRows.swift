// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Query

/// A row of query-language section 12.
struct LanguageRow: Sendable, CustomTestStringConvertible {
  var number: Int
  var dialect: QueryDialect
  var query: String
  /// The normal form, or the code of the first error.
  var expected: Expectation
  var warnings: [String]

  enum Expectation: Sendable {
    case normalForm(String)
    case error(String)
  }

  var testDescription: String { "row \(number): \(query)" }

  fileprivate static func row(
    _ number: Int, _ query: String, _ normalForm: String, _ warnings: [String] = [],
    _ dialect: QueryDialect = .keyql
  ) -> LanguageRow {
    LanguageRow(
      number: number, dialect: dialect, query: query, expected: .normalForm(normalForm),
      warnings: warnings)
  }

  fileprivate static func error(
    _ number: Int, _ query: String, _ code: String, _ warnings: [String] = [],
    _ dialect: QueryDialect = .keyql
  ) -> LanguageRow {
    LanguageRow(
      number: number, dialect: dialect, query: query, expected: .error(code), warnings: warnings)
  }
}

/// The rows of section 12 that a compiler alone can decide. Row 66 asks for row 65's query and
/// another text; rows 39 to 41 need an option that comes later; row 117 needs a directory and
/// stands in `LanguageIdentityTests`.
extension LanguageRow {
  static let all: [LanguageRow] =
    words + booleans + proximity + properties + sensitiveTypes + dates + pasted

  private static let words: [LanguageRow] = [
    .row(1, "federated search", "federated AND search"),
    .row(2, "FEDERATED", "federated"),
    .row(3, "federat* search", "federat* AND search"),
    .row(4, "search fed*", "search AND fed*"),
    .row(5, "serv*", "serv*"),
    .row(6, #""federated search""#, #""federated search""#),
    .row(7, #""advanced sear*""#, #""advanced sear*""#),
    .row(8, #""advanced sear""#, #""advanced sear""#),
    .error(9, #""advan* search""#, "E402"),
    .error(10, "*cat", "E401"),
    .error(11, "c*t", "E401"),
    .error(12, "*cat*", "E401"),
    .error(13, "ca*", "E404"),
    .row(14, "cat.*", "cat", ["W403"]),
    .row(15, "help@contoso.com", #""help contoso com""#),
    .row(16, "animals/birds", #""animals birds""#),
    .row(17, "e-mail", #""e mail""#),
    .row(18, #""cat, mouse""#, #""cat mouse""#),
    .error(19, "%", "E106"),
    .row(20, "“annual report”", #""annual report""#, ["W101"]),
    .row(21, #""NOT""#, "not"),
    .row(22, "and", "and", ["W110"]),
    .row(23, "cats and dogs", "cats AND and AND dogs", ["W110"]),
    .error(24, "", "E001"),
    .error(25, "AND", "E002"),
    .error(26, #""abc"#, "E101"),
    .error(27, #""""#, "E105"),
    .error(28, #"""abc"""#, "E105"),
  ]

  private static let booleans: [LanguageRow] = [
    .row(29, "cat AND dog", "cat AND dog"),
    .row(30, "cat OR dog", "cat OR dog"),
    .row(31, "cat NOT dog", "cat AND (NOT dog)"),
    .row(32, "NOT dog", "NOT dog", ["W122"]),
    .row(33, "cat AND NOT dog", "cat AND (NOT dog)"),
    .row(34, "cat dog", "cat AND dog"),
    .row(35, "cat dog", "cat OR dog", [], .purview),
    .row(36, "cat +dog", "cat AND dog"),
    .row(37, "cat -dog", "cat AND (NOT dog)"),
    .row(38, "cat +dog -fox", "cat AND dog AND (NOT fox)"),
    .row(42, "cat AND (dog OR fox)", "cat AND (dog OR fox)"),
    .row(43, "cat (dog OR fox)", "cat AND (dog OR fox)"),
    .row(44, "(cat OR dog) AND fox", "(cat OR dog) AND fox"),
    .row(45, "cat OR dog AND fox", "cat OR (dog AND fox)", ["W121"]),
    .row(46, "cat dog OR fox", "cat AND (dog OR fox)", ["W120"]),
    .row(47, "(quarterly financials)", "quarterly AND financials"),
    .row(48, "(IPO OR initial) AND (stock OR shares)", "(ipo OR initial) AND (stock OR shares)"),
    .error(49, "AND cat", "E201"),
    .error(50, "cat OR", "E201"),
    .error(51, "(cat dog", "E102"),
    .error(52, "cat)", "E103"),
    .error(53, "cat - dog", "E203"),
    .row(54, "ALL(cat dog fox)", "cat AND dog AND fox"),
    .row(55, "ANY(cat dog)", "cat OR dog"),
    .row(56, "NONE(cat dog)", "NOT (cat OR dog)", ["W122"]),
    .row(57, "WORDS(tv, television)", "tv OR television"),
    .row(58, "(cat OR dog) XRANK(cb=100) thoroughbred", "cat OR dog", ["W130"]),
    .error(59, "cat AND dog fox", "E202", [], .purview),
  ]

  private static let proximity: [LanguageRow] = [
    .row(60, "acquisition NEAR debt", "acquisition NEAR(n=8) debt"),
    .row(61, "acquisition NEAR(n=3) debt", "acquisition NEAR(n=3) debt"),
    .row(62, "acquisition NEAR(3) debt", "acquisition NEAR(n=3) debt"),
    .row(63, "acquisition ONEAR(n=3) debt", "acquisition ONEAR(n=3) debt"),
    .row(64, "best NEAR(5) worst", "best NEAR(n=5) worst"),
    .row(
      65, "cat NEAR(4) dog NEAR(4) fox NEAR(4) wolf",
      "cat NEAR(n=4) dog NEAR(n=4) fox NEAR(n=4) wolf"),
    .row(
      67, "cat NEAR(5) dog NEAR(5) fox NEAR(5) wolf",
      "cat NEAR(n=5) dog NEAR(n=5) fox NEAR(n=5) wolf"),
    .row(68, "cat ONEAR(4) dog", "cat ONEAR(n=4) dog"),
    .row(69, #""acquisition plan" NEAR(2) debt"#, #""acquisition plan" NEAR(n=2) debt"#),
    .row(70, "cat NEAR cat", "cat NEAR(n=8) cat"),
    .row(71, "(cat OR kitten) NEAR(2) food", "(cat OR kitten) NEAR(n=2) food"),
    .row(72, "cat NEAR(0) dog", "cat NEAR(n=0) dog"),
    .error(73, "cat NEAR(-1) dog", "E505"),
    .error(74, "from:ann NEAR budget", "E501"),
    .error(75, "audi NEAR(2) (NOT bmw)", "E502"),
    .error(76, "cat w/5 dog", "E504"),
    .row(77, "title:(budget NEAR(2) cut)", "title:(budget NEAR(n=2) cut)"),
    .row(78, "cat near dog", "cat AND near AND dog", ["W110"]),
  ]

  private static let properties: [LanguageRow] = [
    .row(79, #"author:"John Smith""#, #"from:"John Smith""#),
    .row(80, #"author: "John Smith""#, #"author AND "john smith""#, ["W111"]),
    .row(81, #"author :"John Smith""#, #"author AND "john smith""#, ["W111"]),
    .row(82, "author:Shakesp*", "from:Shakesp*"),
    .row(83, #"title:"Advanced Search""#, #"title:"advanced search""#),
    .row(84, #"title="Advanced Search""#, #"title="advanced search""#),
    .row(85, #"title="Advanced Search""#, #"title:"advanced search""#, [], .purview),
    .row(86, #"subject:"Quarterly Financials""#, #"title:"quarterly financials""#),
    .row(87, "subject:budget Q1", "title:budget AND q1", ["W125"]),
    .row(
      88, #"from:"Sara Davis" subject:reorganization"#,
      #"from:"Sara Davis" AND title:reorganization"#),
    .row(
      88, #"from:"Sara Davis" subject:reorganization"#,
      #"from:"Sara Davis" OR title:reorganization"#, [], .purview),
    .row(
      89, #"author:"John Smith" author:"Jane Smith""#, #"from:"John Smith" OR from:"Jane Smith""#),
    .row(90, #"author:"John Smith" filetype:docx"#, #"from:"John Smith" AND filetype:docx"#),
    .row(91, "model:a project:x model:b", "(model:a OR model:b) AND project:x"),
    .row(
      92, #"author:("John Smith" "Jane Smith")"#, #"from:"John Smith" AND from:"Jane Smith""#,
      ["W124"]),
    .row(
      93, #"title:((Advanced OR Search OR Query) -"Advanced Search Query")"#,
      #"(title:advanced OR title:search OR title:query) AND (NOT title:"advanced search query")"#),
    .row(
      94, #"title:Advanced title:Search title:Query NOT title:"Advanced Search Query""#,
      #"(title:advanced OR title:search OR title:query) AND (NOT title:"advanced search query")"#),
    .row(95, #"-from:"Sara Davis""#, #"NOT from:"Sara Davis""#, ["W122"]),
    .row(96, "participants=u1 -participants=u2", "participants=u1 AND (NOT participants=u2)"),
    .row(97, "participants=u1 +participants=u2", "participants=u1 AND participants=u2"),
    .error(98, "kind:email OR kind:im", "E305", ["W142"]),
    .row(99, "hasattachment:true", "hasattachment:true"),
    .row(100, "attachmentnames:annual*", "attachment:annual*"),
    .row(101, "filetype:doc*", "filetype:doc*"),
    .row(102, "size>26214400", "size>26214400"),
    .row(103, "size:1..1048567", "size:1..1048567"),
    .row(104, "size>1000 size<2000", "size>1000 OR size<2000", ["W123"]),
    .row(105, "size>1000 AND size<2000", "size>1000 AND size<2000"),
    .row(106, "-size=100", "size<>100", ["W122"]),
    .error(107, "size:big", "E305"),
    .error(108, "title<m", "E303"),
    .row(109, "retentionlabel:financ*", "retentionlabel:financ*"),
    .row(110, "project:*", "project:*"),
    .row(111, "NOT project:*", "NOT project:*", ["W122"]),
    .error(112, #"subject:"""#, "E304"),
    .error(113, "foo:bar", "E301"),
    .row(114, #""foo:bar""#, #""foo bar""#),
    .error(115, "importance:high", "E309"),
    .row(116, "participants:contoso.com", "participants:contoso.com"),
    .row(118, #"participants:"ronnie@contoso*""#, #"participants:"ronnie@contoso*""#),
  ]

  private static let sensitiveTypes: [LanguageRow] = [
    .row(119, #"sensitivetype:"Credit Card Number""#, #"sensitivetype:"credit card number""#),
    .row(
      120, #"sensitivetype:"Credit Card Number|5""#, #"sensitivetype:"credit card number|5..5|1..""#
    ),
    .row(
      121, #"sensitivetype:"Credit Card Number|5..""#,
      #"sensitivetype:"credit card number|5..|1..""#),
    .row(
      122, #"sensitivetype:"Credit Card Number|..5""#,
      #"sensitivetype:"credit card number|1..5|1..""#),
    .row(
      123, #"sensitivetype:"Credit Card Number|*|85..""#,
      #"sensitivetype:"credit card number|1..|85..""#),
    .error(124, #"sensitivetype:"Credit Card Number|..""#, "E321"),
    .error(125, #"sensitivetype:"Credit Card Number|0""#, "E322"),
    .error(126, #"sensitivetype:"Credit Card Number|1..|80..101""#, "E323"),
    .error(127, #"sensitivetype:"Credit Card Number| |1..|80..""#, "E324"),
    .error(128, #"sensitivetype:"NotARule""#, "E320"),
  ]

  private static let dates: [LanguageRow] = [
    .row(
      129, "sent:2021-07-01", "sent>=2021-07-01T00:00:00.000Z AND sent<2021-07-02T00:00:00.000Z"),
    .row(
      130, "sent>=2021-06-01 AND sent<=2021-07-01",
      "sent>=2021-06-01T00:00:00.000Z AND sent<2021-07-02T00:00:00.000Z"),
    .row(131, "sent>2021-07-01", "sent>=2021-07-02T00:00:00.000Z"),
    .row(132, "sent<2021-07-01", "sent<2021-07-01T00:00:00.000Z"),
    .row(
      133, "sent=2019-12-01..2020-11-30",
      "sent>=2019-12-01T00:00:00.000Z AND sent<2020-12-01T00:00:00.000Z"),
    .row(
      134, "sent>=2021-06-01 sent<=2021-07-01",
      "sent>=2021-06-01T00:00:00.000Z OR sent<2021-07-02T00:00:00.000Z", ["W123"]),
    .row(135, "sent:today", "sent>=2025-06-18T00:00:00.000Z AND sent<2025-06-19T00:00:00.000Z"),
    .row(136, "sent:yesterday", "sent>=2025-06-17T00:00:00.000Z AND sent<2025-06-18T00:00:00.000Z"),
    .row(
      137, #"sent:"this week""#, "sent>=2025-06-16T00:00:00.000Z AND sent<2025-06-23T00:00:00.000Z"),
    .row(
      138, #"sent:"last month""#, "sent>=2025-05-01T00:00:00.000Z AND sent<2025-06-01T00:00:00.000Z"
    ),
    .row(
      139, #"sent="this year""#, "sent>=2025-01-01T00:00:00.000Z AND sent<2026-01-01T00:00:00.000Z"),
    .row(
      140, #"sent:"last year""#, "sent>=2024-01-01T00:00:00.000Z AND sent<2025-01-01T00:00:00.000Z"),
    .error(141, "sent:last month", "E312"),
    .row(142, #"sent<"this month""#, "sent<2025-06-01T00:00:00.000Z"),
    .row(
      143, "sent:2012-09-27T11:57:34.1234567",
      "sent>=2012-09-27T11:57:34.1234567Z AND sent<2012-09-27T11:57:34.1234568Z"),
    .row(
      144, "sent:2012-09-27T11:57:34",
      "sent>=2012-09-27T11:57:34.000Z AND sent<2012-09-27T11:57:35.000Z"),
    .error(145, "sent:2012-09-27T24:00:00", "E310"),
    .error(146, "sent:12/01/2017..12/31/2018", "E310"),
    .error(147, "sent:21-07-01", "E310"),
    .error(148, "sent:2025-02-30", "E311"),
    .row(
      149, "sent:2020..2021", "sent>=2020-01-01T00:00:00.000Z AND sent<2022-01-01T00:00:00.000Z"),
    .row(150, "sent>=2025-06-18T10:00:00+02:00", "sent>=2025-06-18T08:00:00.000Z"),
  ]

  private static let pasted: [LanguageRow] = [
    .row(
      151, #"report(c:c)(date<2021-04-01)(subjecttitle:"northwind")(-filetype:aspx)"#,
      "report AND sent<2021-04-01T00:00:00.000Z AND title:northwind AND (NOT filetype:aspx)",
      ["W131"]),
    .row(
      152,
      #"phone* OR smartphone*(c:c)(sent=2019-12-01..2020-11-30)(kind="prompt")(kind="response")"#,
      "(phone* OR smartphone*) AND sent>=2019-12-01T00:00:00.000Z AND sent<2020-12-01T00:00:00.000Z AND (kind:prompt OR kind:response)",
      ["W131"]),
    .row(
      153, "(participants=a@x.com)(participants=b@x.com)",
      "participants=a@x.com OR participants=b@x.com", ["W140", "W140"]),
    .row(154, "alpha(c:s)beta(c:s)gamma", "alpha OR beta OR gamma", ["W131"]),
  ]
}
