// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Query

@Suite("Persons in queries")
struct LanguageIdentityTests {
  private let people = [
    DirectoryPerson(
      id: "cust_1", name: "Ronald Nelson",
      identities: ["Ronnie@contoso.com", "rn@example.org", "u-17"]),
    DirectoryPerson(
      id: "cust_2", name: "Ronald Nelson", identities: ["ronald@fabrikam.com"]),
    DirectoryPerson(id: "cust_3", name: "Pilar P", identities: ["pilarp@a.org"]),
    DirectoryPerson(id: "cust_4", name: "Pilar Q", identities: ["pilarp@b.org"]),
    DirectoryPerson(id: "cust_5", name: "John Smith", identities: ["john.smith@x.org"]),
  ]

  private func match(_ text: String) -> IdentityMatch? {
    compiled(text, people: people).identities.first?.match
  }

  @Test("expands an address to all identities of its person, in the normal form too (row 117)")
  func expandsAddress() {
    let query = compiled("participants:ronnie@contoso.com", people: people)
    #expect(query.diagnostics.isEmpty)
    #expect(
      query.normalForm
        == "participants=ronnie@contoso.com OR participants=rn@example.org OR participants=u-17")
    let match = query.identities.first?.match
    #expect(match?.custodians == ["cust_1"])
    #expect(
      match?.identities == ["rn@example.org", "ronald nelson", "ronnie@contoso.com", "u-17"])
    let again = query.normalForm.map { compiled($0, people: people) }
    #expect(again?.normalForm == query.normalForm)
    #expect(again?.identities.allSatisfy { $0.match.custodians == ["cust_1"] } == true)
  }

  @Test("puts an expanded person in parentheses beside other operators")
  func nestsExpansion() {
    let query = compiled("cat NOT from:pilarp@a.org", people: people)
    #expect(query.normalForm == "cat AND (NOT (from=pilarp@a.org OR from=\"pilar p\"))")
    let both = compiled("cat from:pilarp@a.org AND dog", people: people)
    #expect(both.normalForm == "cat AND (from=pilarp@a.org OR from=\"pilar p\") AND dog")
  }

  @Test("expands no prefix, no domain, nothing when told so")
  func expandsNothing() {
    #expect(match("from:\"ronnie@contoso*\"")?.custodians == [])
    #expect(match("from:contoso.com")?.form == .domain)
    var options = languageOptions()
    options.expandsIdentities = false
    let query = compiled("from:ronnie@contoso.com", options, people: people)
    #expect(query.normalForm == "from=ronnie@contoso.com")
    #expect(query.diagnostics.isEmpty)
  }

  @Test("lists the people that share an alias or a name")
  func listsPeople() {
    let alias = compiled("from:pilarp", people: people)
    #expect(alias.codes == ["W141"])
    #expect(alias.diagnostics[0].message.contains("Pilar P (cust_3), Pilar Q (cust_4)"))
    #expect(match("from:pilarp")?.custodians == ["cust_3", "cust_4"])
    #expect(match("from:\"ronald  NELSON\"")?.custodians == ["cust_1", "cust_2"])
  }

  @Test("says that an address is unknown and matches it as it stands")
  func warnsOfUnknown() {
    #expect(compiled("from:nobody@x.org", people: people).codes == ["W140"])
    #expect(match("from:nobody@x.org")?.form == .exact)
    #expect(compiled("from:nobody", people: people).codes == [])
  }

  @Test("takes a dotted alias that the directory knows for a person, else for a domain")
  func tellsAliasFromDomain() {
    #expect(match("from:john.smith")?.form == .words)
    #expect(match("from:john.smith")?.custodians == ["cust_5"])
    #expect(match("from:jane.smith")?.form == .domain)
  }

  @Test("finds people by the custodian's id")
  func findsByID() {
    #expect(match("custodian:cust_5")?.custodians == ["cust_5"])
  }

  @Test("passes on what the directory throws")
  func passesErrors() {
    struct Broken: PeopleDirectory {
      struct Failed: Error {}
      func people(bearing identity: String) throws(Failed) -> [DirectoryPerson] { throw Failed() }
      func knows(domain: String) throws(Failed) -> Bool { throw Failed() }
    }
    #expect(throws: Broken.Failed.self) {
      _ = try QueryCompiler.compile(
        "from:ann", options: languageOptions(), directory: Broken())
    }
  }
}
