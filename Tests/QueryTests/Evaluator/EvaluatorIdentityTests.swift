// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Query

@Suite("Persons in queries")
struct EvaluatorIdentityTests {
  struct Case: Sendable {
    var text: String
    var form: IdentityMatch.Form
    var isMatch: Bool

    init(_ text: String, _ form: IdentityMatch.Form, _ isMatch: Bool) {
      self.text = text
      self.form = form
      self.isMatch = isMatch
    }
  }

  private static let person = ItemIdentity(
    custodian: "c1", names: ["user_01AbC", "Ron.Nelson@mail.Contoso.com", "Ronald  J. Nélson"])

  static let cases: [Case] = [
    Case("ron.nelson@mail.contoso.com", .exact, true),
    Case("ron.nelson", .exact, true),
    Case("ronald j. nélson", .exact, true),
    Case("user_01abc", .exact, true),
    Case("ronald", .exact, false),
    Case("nelson@mail.contoso.com", .exact, false),
    Case("contoso", .words, false),
    Case("com", .words, false),
    Case("nelson", .words, true),
    Case("ron", .words, true),
    Case("ronald j", .words, true),
    Case("j ronald", .words, false),
    Case("nel", .words, false),
    Case("01abc", .words, true),
    Case("ron.nelson@mail.con", .prefix, true),
    Case("nelson@mail.con", .prefix, false),
    Case("ronald j. n", .prefix, true),
    Case("nels", .prefix, true),
    Case("contos", .prefix, false),
    Case("mail.contoso.com", .domain, true),
    Case("contoso.com", .domain, false),
    Case("@mail.contoso.com", .domain, true),
    Case("contoso.com", .domainAndBelow, true),
    Case("mail.contoso.com", .domainAndBelow, true),
    Case("*.contoso.com", .domainAndBelow, true),
    Case("toso.com", .domainAndBelow, false),
    Case("ail.contoso.com", .domainAndBelow, false),
  ]

  @Test("are matched by the form they are written in", arguments: cases)
  func forms(_ example: Case) throws {
    let match = IdentityMatch(text: example.text, form: example.form)
    #expect(try matches(match, Self.person) == example.isMatch)
    #expect(try !matches(match, ItemIdentity(custodian: nil, names: [])))
  }

  @Test("are matched by custodian, and by the identities that the directory knows")
  func expansion() throws {
    let match = IdentityMatch(
      text: "ann", form: .exact, custodians: ["c1", "c2"], identities: ["ann lee", "ann@x.org"])
    #expect(try matches(match, Self.person))
    #expect(try matches(match, ItemIdentity(custodian: nil, names: ["ANN@x.org"])))
    #expect(try matches(match, ItemIdentity(custodian: nil, names: ["u", "Ann  Lee"])))
    #expect(try !matches(match, ItemIdentity(custodian: "c3", names: ["Ann Leeds"])))
  }

  @Test("match when any person on the item does")
  func anyPerson() throws {
    let item = TestItem()
    item.people[.participants] = [
      ItemIdentity(custodian: nil, names: ["bob@x.org"]), Self.person,
    ]
    let node = QueryNode.restriction(
      PropertyRestriction(
        property: .participants, condition: .identity(IdentityMatch(text: "nelson", form: .words))))
    #expect(try Evaluator(node).matches(item))
    #expect(try !Evaluator(.not(node)).matches(item))
  }

  private func matches(_ match: IdentityMatch, _ identity: ItemIdentity) throws -> Bool {
    let item = TestItem()
    item.people[.from] = [identity]
    return try Evaluator(
      .restriction(PropertyRestriction(property: .from, condition: .identity(match)))
    ).matches(item)
  }
}
