// SPDX-License-Identifier: Apache-2.0
import Model
import Query
import Testing

@testable import Store

@Suite struct CustodianTests {
  private func person(_ account: String, _ name: String, _ address: String) -> CapturedPerson {
    CapturedPerson(
      route: "claude.ai-export", accountID: account, fullName: name, emailAddress: address,
      native: [])
  }

  @Test("finds a person by id, address, user id, account and name, whatever the case")
  func lookup() async throws {
    try await withStore { store in
      let ada = try store.change(as: .test()) { change in
        try change.createCustodian(
          name: "Ada  Lovelace",
          identities: [
            IdentityDefinition(.emailAddress, "Ada@Example.org"),
            IdentityDefinition(.userID, "user_01"), IdentityDefinition(.account, "UUID-1"),
          ])
      }
      try store.read { catalog throws in
        for written in [
          ada.id.text, "id:" + ada.id.text, "ada@example.ORG", "USER_01", "uuid-1",
          "ada lovelace", "name:Ada Lovelace",
        ] {
          #expect(try catalog.custodian(written).id == ada.id, "\(written)")
        }
        for written in ["ada", "name:ada@example.org", "id:Ada Lovelace", "", "name:"] {
          #expect(status { _ = try catalog.custodian(written) } == .notFound, "\(written)")
        }
      }
    }
  }

  @Test("tells all unknown names at once, and the candidates of an ambiguous one")
  func unknownAndAmbiguous() async throws {
    try await withStore { store in
      try store.change(as: .test()) { change in
        try change.createCustodian(
          name: "Kim", identities: [IdentityDefinition(.emailAddress, "kim1@example.org")])
        try change.createCustodian(name: "Kim")
      }
      try store.read { catalog throws in
        do {
          _ = try catalog.custodians(["kim1@example.org", "x", "y"])
          Issue.record("unknown names were dropped")
        } catch let error as StoreError {
          #expect(error.code == .notFound)
          #expect(error.objects == ["x", "y"])
        }
        do {
          _ = try catalog.custodians(["kim", "x", "kim1@example.org", "y"])
          Issue.record("names of nobody and of several persons were passed over")
        } catch let error as StoreError {
          #expect(error.code == .notFound)
          #expect(
            error.message
              == "no custodian is called \"x\", \"y\"; \"kim\" fits 2 objects of the kind custodian; "
              + "name one by its id")
          #expect(error.objects.prefix(2) == ["x", "y"] && error.objects.count == 4)
        }
        #expect(status { _ = try catalog.custodians(["kim", "kim1@example.org"]) } == .ambiguous)
        do {
          _ = try catalog.custodian("kim")
          Issue.record("one of two was chosen")
        } catch let error as StoreError {
          #expect(error.code == .ambiguous)
          #expect(error.objects.count == 2)
          #expect(error.objects.filter { $0.hasSuffix("Kim <kim1@example.org>") }.count == 1)
        }
      }
    }
  }

  @Test("an identity belongs to one person at a time, and may pass on by dates")
  func datedIdentities() async throws {
    try await withStore { store in
      let year = try #require(Instant(rfc3339: "2025-01-01T00:00:00Z"))
      let before = Model.TimeInterval(before: year)
      let after = Model.TimeInterval(since: year)
      try store.change(as: .test()) { change in
        let first = try change.createCustodian(name: "First")
        let second = try change.createCustodian(name: "Second")
        let address = "desk@example.org"
        #expect(
          try change.addIdentity(
            IdentityDefinition(.emailAddress, address, valid: before), to: first))
        #expect(
          status {
            try change.addIdentity(
              IdentityDefinition(.emailAddress, "DESK@example.org"), to: second)
          } == .exists)
        #expect(
          try change.addIdentity(
            IdentityDefinition(.emailAddress, address, valid: after), to: second))
        #expect(
          try !change.addIdentity(
            IdentityDefinition(.emailAddress, address, valid: after), to: second))
        // A capture of today gives the account to the person who bears the address today.
        let found = try change.attribute(person("uuid-9", "Somebody", address), route: "r")
        #expect(found.id == second.id)
        #expect(status { _ = try change.catalog.custodian(address) } == .ambiguous)
      }
    }
  }

  @Test("persons of a capture become custodians once, and join a known address")
  func capturedPersons() async throws {
    try await withStore { store in
      try store.change(as: .test()) { change in
        let known = try change.createCustodian(
          name: "A. Lovelace", identities: [IdentityDefinition(.emailAddress, "ada@example.org")])
        let ada = try change.attribute(
          person("uuid-1", "Ada Lovelace", "Ada@example.org"), route: "claude.ai-export")
        #expect(ada.id == known.id)
        let bob = try change.attribute(person("uuid-2", "Bob", ""), route: "claude.ai-export")
        let nameless = try change.attribute(person("uuid-3", "", ""), route: "claude.ai-export")
        #expect(nameless.name == "account uuid-3")
        #expect(bob.id != known.id)
        let head = try change.catalog.auditHead()
        for _ in 0..<2 {
          let again = try change.attribute(person("uuid-2", "Bob", ""), route: "claude.ai-export")
          #expect(again.id == bob.id)
        }
        #expect(try change.catalog.auditHead() == head)
        #expect(try change.catalog.custodians().count == 3)
        let renamed = try change.attribute(
          person("uuid-2", "Robert", "bob@example.org"), route: "claude.ai-export")
        #expect(renamed.id == bob.id)
        #expect(try change.catalog.custodian("bob@example.org").id == bob.id)
        #expect(try change.catalog.custodian("Robert").id == bob.id)
        #expect(
          try change.catalog.identities(of: known).map(\.value)
            == ["uuid-1", "ada@example.org", "A. Lovelace", "Ada Lovelace"])
      }
    }
  }

  @Test("content that came before its person is theirs when the identity is given")
  func lateAttribution() async throws {
    try await withStore { store in
      try store.change(as: .test()) { change in
        let account = try change.accountKey(route: "r", nativeID: "Uuid-5")
        #expect(try change.accountKey(route: "r", nativeID: "Uuid-5") == account)
        try change.record(AuditEvent("test.touch", of: "x"))
        #expect(try change.catalog.unattributedAccounts().map(\.key) == [account])
        let ada = try change.createCustodian(name: "Ada")
        try change.addIdentity(IdentityDefinition(.account, "uuid-5"), to: ada)
        #expect(try change.catalog.accounts(of: ada).map(\.key) == [account])
        #expect(try change.removeIdentity(.account, "UUID-5", from: ada) == 1)
        #expect(try change.removeIdentity(.account, "UUID-5", from: ada) == 0)
        #expect(try change.catalog.accounts(of: ada).isEmpty)
        #expect(status { try change.removeIdentity(.name, "ada", from: ada) } == .denied)
      }
    }
  }

  @Test("the gap of an account closes while somebody bears it, unless a person resolved it")
  func accountGap() async throws {
    try await withStore { store in
      try store.change(as: .test()) { change in
        let run = try change.startRun(.files, of: try change.sourceForImport(named: "import"))
        for route in ["r", "s"] { _ = try change.accountKey(route: route, nativeID: "U-5") }
        _ = try change.accountKey(route: "r", nativeID: "u-6")
        func meet(_ account: String) throws {
          try change.recordException(
            CaptureProblem(code: .custodianUnknown, path: "", object: account, detail: "nobody"),
            kind: .gap, in: run)
        }
        func states() throws -> [String] {
          try change.catalog.exceptions().map { "\($0.object) \($0.state.rawValue)" }
        }
        for account in ["U-5", "u-6"] { try meet(account) }
        let ada = try change.createCustodian(
          name: "Ada", identities: [IdentityDefinition(.account, "u-5")])
        #expect(try states() == ["U-5 resolved", "u-6 open"])
        try change.removeIdentity(.account, "u-5", from: ada)
        #expect(try states() == ["U-5 open", "u-6 open"])
        // One that is met late, when somebody bears the account already, is closed at once.
        _ = try change.accountKey(route: "r", nativeID: "u-7")
        try change.addIdentity(IdentityDefinition(.account, "u-7"), to: ada)
        try meet("u-7")
        #expect(try states() == ["U-5 open", "u-6 open", "u-7 resolved"])
        try meet("U-5")
        let id = try #require(try change.catalog.exceptions().first).id.text
        _ = try change.resolveExceptions([id], reason: "a test account")
        for _ in 0..<2 {
          try change.addIdentity(IdentityDefinition(.account, "u-5"), to: ada)
          try change.removeIdentity(.account, "u-5", from: ada)
        }
        #expect(try states() == ["U-5 resolved", "u-6 open", "u-7 resolved"])
        #expect(try change.catalog.exceptions().first?.reason == "a test account")
      }
    }
  }

  @Test("a merge moves identities, accounts and cases; old ids go on meaning the person")
  func merge() async throws {
    try await withStore { store in
      try store.change(as: .test()) { change in
        let first = try change.attribute(person("u1", "Ada", "a@example.org"), route: "r")
        let second = try change.attribute(person("u2", "Ada L", "b@example.org"), route: "r")
        let third = try change.attribute(person("u3", "ADA", "c@example.org"), route: "r")
        let matter = try change.createMatter(name: "M")
        try change.addCustodians([second, third], to: matter)
        try change.mergeCustodians([second], into: third)
        // The event names all that it moved.
        let event = try #require(
          try change.catalog.events(AuditFilter(action: "custodian.merge")).first)
        #expect(
          event.after == #"{"accounts":[{"native_id":"u2","route":"r"}],"cases":["\#(matter.id)"],"#
            + #""identities":3,"into":"\#(third.id)"}"#)
        try change.mergeCustodians([third], into: first)
        let catalog = change.catalog
        #expect(try catalog.custodians().map(\.id) == [first.id])
        for written in [second.id.text, third.id.text, "b@example.org", "ada l", "u3"] {
          #expect(try catalog.custodian(written).id == first.id, "\(written)")
        }
        #expect(try catalog.accounts(of: first).map(\.nativeID) == ["u1", "u2", "u3"])
        #expect(try catalog.custodians(of: matter).map(\.id) == [first.id])
        #expect(try catalog.identities(of: first).filter { $0.kind == .name }.count == 2)
      }
    }
  }

  @Test("the query language's directory finds by whole identity, alias and id")
  func directory() async throws {
    try await withStore { store in
      try store.change(as: .test()) { change in
        let pilar = try change.createCustodian(
          name: "Pilar Pinilla",
          identities: [
            IdentityDefinition(.emailAddress, "pilarp@contoso.com"),
            IdentityDefinition(.emailAddress, "pp@contoso.com"),
          ])
        let other = try change.createCustodian(
          name: "Other", identities: [IdentityDefinition(.emailAddress, "PilarP@example.org")])
        let catalog = change.catalog.directory
        #expect(
          try catalog.people(bearing: "pilarp").map(\.id) == [other.id.text, pilar.id.text])
        #expect(try catalog.people(bearing: "pilarp@contoso.com").map(\.id) == [pilar.id.text])
        #expect(try catalog.people(bearing: "pilar  pinilla").map(\.id) == [pilar.id.text])
        #expect(try catalog.people(bearing: pilar.id.text).map(\.id) == [pilar.id.text])
        #expect(try catalog.people(bearing: "pilar").isEmpty)
        #expect(try catalog.people(bearing: "pilarp@").isEmpty)
        #expect(
          try catalog.people(bearing: "pp").first?.identities
            == ["Pilar Pinilla", "pilarp@contoso.com", "pp@contoso.com"])
      }
    }
  }

  @Test("a list of custodians joins known persons, and the same list again changes nothing")
  func importList() async throws {
    try await withStore { store in
      let rows = [
        CustodianRow(
          name: "Ada", note: "Legal", identities: [IdentityDefinition(.emailAddress, "a@x.org")]),
        CustodianRow(name: "", identities: [IdentityDefinition(.emailAddress, "b@x.org")]),
        CustodianRow(name: "Cleo"),
      ]
      let first = try store.change(as: .test()) { try $0.importCustodians(rows) }
      #expect(first.added == 3)
      let head = try store.read { try $0.auditHead() }
      let second = try store.change(as: .test()) { try $0.importCustodians(rows) }
      #expect(second.already == 3)
      #expect(second.custodians.map(\.id) == first.custodians.map(\.id))
      #expect(try store.read { try $0.auditHead() } == head)
      let more = [
        CustodianRow(
          name: "Ada L",
          identities: [
            IdentityDefinition(.emailAddress, "A@X.org"), IdentityDefinition(.userID, "user_7"),
          ])
      ]
      #expect(try store.change(as: .test()) { try $0.importCustodians(more).updated } == 1)
      #expect(try store.read { try $0.custodian("user_7").name } == "Ada")
      let bad = [
        CustodianRow(name: "New"), CustodianRow(name: " "),
        CustodianRow(
          name: "Both",
          identities: [
            IdentityDefinition(.emailAddress, "a@x.org"),
            IdentityDefinition(.emailAddress, "b@x.org"),
          ]),
      ]
      do {
        _ = try store.change(as: .test()) { try $0.importCustodians(bad) }
        Issue.record("a bad list was taken")
      } catch let error as StoreError {
        #expect(error.objects.count == 2)
        #expect(error.objects[0].hasPrefix("row 2: "))
        #expect(error.objects[1].hasPrefix("row 3: "))
      }
      #expect(status { _ = try store.read { try $0.custodian("New") } } == .notFound)
    }
  }
}
