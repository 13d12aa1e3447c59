// SPDX-License-Identifier: Apache-2.0
import Model
import Query
import Testing

@testable import Store

/// Names of things are compared as texts are (query-language section 3.1), by the index and by the
/// evaluator alike.
@Suite("Searching by names of any characters")
struct NameSearchTests {
  @Test("finds organisations, sources, review sets and ids whatever their case, accents and width")
  func names() async throws {
    try await withStore { store in
      var first = UnitBuilder("Ünit-１")
      first.unit.organizationID = "Ｏｒｇ－１"
      first.unit.organizationName = "Büro “Süd”  *"
      first.add("Mäß-１", .prompt, ["one"], files: [UnitBuilder.file("a", nativeID: "Filé １")])
      try store.ingest([first.unit], source: "Quelle “Ä” *")
      try store.ingest([conversation("other", "two")], source: "plain")
      try store.change(as: .test()) { change in
        let matter = try change.createMatter(name: "M")
        let set = try change.createReviewSet(name: "Prüfung “１” *", in: matter)
        let load = try change.startLoad(
          SearchDefinition(
            query: "q", normalForm: "q", dialect: "keyql", scope: Scope(everyone: true),
            asOf: change.now), into: set)
        let key = try change.catalog.conversation(written: "Ünit-１").key
        try change.addItems(
          [
            ReviewItem(
              conversation: key,
              item: ObjectID.item(
                route: "claude.ai-export", conversationID: "Ünit-１", itemID: "Mäß-１"
              ).text, version: 1, conversationVersion: 1, isContext: false)
          ], to: load, of: set)
        try change.freezeLoad(load, of: set)
      }
      for query in [
        "org:org-1", "org:Ｏｒｇ－１", "org:\"BÜRO \"\"Süd\"\" ﹡\"", "org:\"buro*\"",
        "org:\"Bu\u{308}ro*\"",
        "source:\"quelle \"\"ä\"\" ﹡\"", "source:\"QUELLE*\"", "reviewset:\"prufung \"\"1\"\" ﹡\"",
        "reviewset:\"PRÜ*\"", "conversation:unit-1", "conversation:\"Ünit-１\"", "conversation:uni*",
        "id:mass-1", "id:\"MÄSS-1\"", "id:\"file 1\"", "id:mäß*",
      ] {
        let ids = try itemsFound(by: query, in: store)
        #expect(ids == ["Mäß-１"], "\(query)")
      }
      #expect(try itemsFound(by: "source:plain", in: store) == ["other-m0"])
    }
  }

  @Test("finds a person by a name of any characters, and knows the domains of addresses")
  func persons() async throws {
    try await withStore { store in
      try store.ingest([
        conversation("a", account: "acc-1", "one"), conversation("b", account: "acc-2", "two"),
      ])
      let names = ["José “Pepe” García *", "🙂", "…", "山田", "ＡＮＮ", "\u{200F}Lee"]
      let person = try store.change(as: .test()) { change in
        try change.createCustodian(
          name: names[0],
          identities: [
            IdentityDefinition(.account, "acc-1"),
            IdentityDefinition(.emailAddress, "jose@Mail.example.org"),
          ] + names.dropFirst().map { IdentityDefinition(.name, $0) })
      }
      for query in [
        "from:\"jose \"\"pepe\"\" garcia ﹡\"", "from:🙂", "from=\"…\"", "from:\"…\"", "from:山田",
        "from:ann",
        "from:lee", "from:jose", "from:mail.example.org",
      ] {
        let ids = try itemsFound(by: query, in: store)
        #expect(ids == ["a-m0"], "\(query)")
      }
      try store.read { catalog throws in
        let directory = catalog.directory
        for name in names {
          let people = try directory.people(bearing: FoldedValue.wholeText(name))
          #expect(people.map(\.id) == [person.id.text], "\(name)")
        }
        #expect(try directory.people(bearing: "").isEmpty)
        #expect(try directory.knows(domain: "mail.example.org"))
        #expect(try !directory.knows(domain: "example.org"))
        // What is on record of a query that names the person reads again.
        let options = QueryOptions(clock: store.now)
        let query = try QueryCompiler.compile(
          "from:jose@mail.example.org", options: options, directory: directory)
        let stored = StoredQuery(
          text: query.text, dialect: "keyql", normalForm: query.normalForm ?? "", resolved: "{}")
        let readings = try catalog.readings(
          of: stored, at: [store.now], since: store.now, coolDown: 0, purpose: .hold)
        #expect((try? readings.get()) != nil, "\(stored.normalForm)")
      }
    }
  }

  @Test("takes a text of blanks and invisible characters for none, one of punctuation for one")
  func blanks() async throws {
    try await withStore { store in
      var units: [CapturedUnit] = []
      let texts = ["", " ", "\n\u{3000}", "\u{200B}", "\u{301}", "…", "!!!", "東", "x"]
      for (number, text) in texts.enumerated() {
        var builder = UnitBuilder("c\(number)", title: text)
        builder.add("m\(number)", .prompt, ["", text], files: [UnitBuilder.file(text)])
        units.append(builder.unit)
      }
      try store.ingest(units, capacity: 4)
      for property in ["title", "body", "attachment"] {
        #expect(try itemsFound(by: property + ":*", in: store) == ["m5", "m6", "m7", "m8"])
        #expect(
          try itemsFound(by: "NOT \(property):*", in: store) == ["m0", "m1", "m2", "m3", "m4"])
      }
      #expect(try itemsFound(by: "title=\"…\"", in: store) == ["m5"])
    }
  }
}
