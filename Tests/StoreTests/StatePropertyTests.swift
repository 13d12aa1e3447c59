// SPDX-License-Identifier: Apache-2.0
import Model
import Query
import Testing

@testable import Store

@Suite("Searching by what was done with items")
struct StatePropertyTests {
  /// Holds, labels and review sets over a few conversations.
  private func withMatter(_ body: (Store) async throws -> Void) async throws {
    try await withStore { store in
      var partial = UnitBuilder("partial", account: "acc-2")
      partial.add("p", .prompt, ["memo"], files: [UnitBuilder.file("plan.pdf")])
      try store.ingest(
        [
          conversation("budget", account: "acc-1", "the budget", "an answer"),
          conversation("party", account: "acc-1", "a party"),
          conversation("other", account: "acc-2", "the budget of others"), partial.unit,
        ], capacity: 3)
      try store.change(as: .test()) { change in
        let ann = try change.createCustodian(
          name: "Ann", identities: [IdentityDefinition(.account, "acc-1")])
        // What is nobody's is held for everybody.
        try change.createCustodian(
          name: "Bob", identities: [IdentityDefinition(.account, "acc-2")])
        let matter = try change.createMatter(name: "M")
        let compiled = try QueryCompiler.compile(
          "budget", options: QueryOptions(clock: change.now, purpose: .hold),
          directory: change.catalog.directory)
        try change.createHold(
          name: "Smith v. Jones", in: matter,
          HoldDefinition(
            scope: Scope(custodians: [ann.id.text]),
            query: StoredQuery(
              text: "budget", dialect: "keyql", normalForm: compiled.normalForm ?? "",
              resolved: "{}"), reason: "r"))
        try change.createHold(
          name: "All", in: matter,
          HoldDefinition(scope: Scope(everyone: true), query: nil, reason: "r"))
        let set = try change.createReviewSet(name: "First Pass", in: matter)
        let load = try change.startLoad(
          SearchDefinition(
            query: "q", normalForm: "q", dialect: "keyql", scope: Scope(everyone: true),
            asOf: change.now), into: set)
        let party = try change.catalog.conversation(written: "party")
        try change.addItems(
          [
            ReviewItem(
              conversation: party.key,
              item: ObjectID.item(
                route: "claude.ai-export", conversationID: "party", itemID: "party-m0"
              ).text, version: 1, conversationVersion: 1, isContext: false)
          ], to: load, of: set)
        try change.freezeLoad(load, of: set)
      }
      let label = try store.policy(
        "Financial records", .test(scope: PolicyScope(everyone: true)), kind: .label)
      try store.change(as: .test()) { change in
        _ = try change.setLabel(
          label, on: change.catalog.conversation(written: "other"), isShortening: false)
      }
      try await body(store)
    }
  }

  private static let everything = ["budget-m0", "budget-m1", "other-m0", "p", "party-m0"]

  @Test(
    "finds items by holds, labels, review sets and families",
    arguments: [
      // Of a file without text nobody knows whether it holds the word, but it is another person's.
      ("hold:smith", ["budget-m0", "budget-m1"]),
      ("hold:\"Smith v. Jones\"", ["budget-m0", "budget-m1"]),
      ("hold=all", everything), ("hold:smi*", ["budget-m0", "budget-m1"]), ("hold:*", everything),
      ("hold:nobody", []), ("NOT hold:smith", ["other-m0", "p", "party-m0"]),
      ("hold:(smith NEAR jones)", ["budget-m0", "budget-m1"]),
      ("retentionlabel:financial", ["other-m0"]), ("compliancetag:financ*", ["other-m0"]),
      ("retentionlabel=\"financial records\"", ["other-m0"]), ("retentionlabel=financial", []),
      ("NOT retentionlabel:*", ["budget-m0", "budget-m1", "p", "party-m0"]),
      ("reviewset:\"first pass\"", ["party-m0"]), ("reviewset:first*", ["party-m0"]),
      ("NOT reviewset:*", ["budget-m0", "budget-m1", "other-m0", "p"]), ("loadid:load_no", []),
      ("loadid:load_*", ["party-m0"]), ("indexerror:filenotcaptured_pdf", ["p"]),
      ("indexerror:filenot*", ["p"]), ("errortag:filenotcaptured", []),
      ("indexstatus:partial", ["p"]), ("indexstatus:error", []),
      ("hold:smith OR party NEAR(3) a", ["budget-m0", "budget-m1", "party-m0"]),
      ("itemclass:AI.Claude.Attachment", ["p"]), ("itemclass:AI.Claude.*", everything),
      ("deleted:*", []), ("organization:*", []),
    ])
  func finds(query: String, items: [String]) async throws {
    try await withMatter { store in
      let ids = try itemsFound(by: query, in: store)
      #expect(ids == items)
    }
  }

  @Test("finds an item by its family, and a conversation by its own")
  func families() async throws {
    try await withMatter { store in
      let item = ObjectID.item(
        route: "claude.ai-export", conversationID: "budget", itemID: "budget-m1")
      let conversation = ObjectID.conversation(route: "claude.ai-export", nativeID: "budget")
      for (query, expected) in [
        ("family:\(item.text)", ["budget-m1"]), ("familyid:budget-m1", []),
        ("conversationfamily:\(conversation.text)", ["budget-m0", "budget-m1"]),
        ("conversationfamily:budget", []),
      ] {
        let ids = try itemsFound(by: query, in: store)
        #expect(ids == expected)
      }
    }
  }

  @Test("takes an item that was removed from a review set for one that is in none")
  func removed() async throws {
    try await withMatter { store in
      try store.change(as: .test()) { change in
        let set = try change.catalog.reviewSet("First Pass")
        let party = try change.catalog.conversation(written: "party")
        let items = try change.catalog.items(of: set, in: [party.key])[party.key] ?? []
        let act = try change.startCoding(.remove, of: set, asked: [:], reason: "r")
        var edit = ItemEdit()
        edit.removes = true
        _ = try change.code(edit, items, by: act, of: set)
        _ = try change.finishCoding(act, of: set)
      }
      let ids = try itemsFound(by: "reviewset:*", in: store)
      #expect(ids.isEmpty)
    }
  }
}

@Suite("Words of the index")
struct VocabularyTests {
  @Test("counts the words that begin with a prefix, once over all partitions")
  func counts() async throws {
    try await withStore { store in
      try store.ingest(
        [
          conversation("a", title: "Alphabet", "alpha alpha beta alp"),
          conversation("b", "alphorn, ALPHA", "Alpe"),
          conversation("c", "alp2 gamma"),
        ], capacity: 1)
      #expect(try store.read { try PartitionRow.all($0.db).count } > 1)
      let vocabulary = try Vocabulary(store)
      let counts = try ["alp", "alph", "gam", "x", "z", "beta"].map { prefix in
        try vocabulary.wordCount(beginningWith: prefix)
      }
      #expect(counts == [6, 3, 1, 0, 0, 1])
    }
  }

  @Test("refuses a prefix in a phrase or NEAR from 10,001 words on, and nowhere else")
  func limit() async throws {
    try await withStore { store in
      // 10,000 words, and one more that only a second conversation has.
      let words = (0..<10_000).map { "pre" + String($0 + 10_000) }.joined(separator: " ")
      try store.ingest([conversation("a", words)])
      func codes(_ text: String) throws -> [String] {
        var compiled = QueryCompiler.compile(
          text, options: QueryOptions(clock: store.now), directory: EmptyDirectory())
        let vocabulary = try Vocabulary(store)
        try compiled.checkExpansions { try vocabulary.wordCount(beginningWith: $0) }
        #expect((compiled.node == nil) == !compiled.errors.isEmpty)
        return compiled.errors.map { "\($0.code.rawValue) \($0.start)-\($0.end)" }
      }
      let queries = [
        "\"one pre*\"", "x NEAR pre*", "title:\"one pre*\"", "a NEAR (b OR WORDS(pre*, c))",
        "pre*", "\"pre* one\"x",
      ]
      for query in queries.dropLast() { #expect(try codes(query) == [], "\(query)") }
      try store.ingest([conversation("b", "prelude")])
      #expect(try codes("\"one pre*\"") == ["E405 0-10"])
      #expect(try codes("x NEAR pre*") == ["E405 7-11"])
      #expect(try codes("title:\"one pre*\"").count == 1)
      #expect(try codes("a NEAR (b OR WORDS(pre*, c))").count == 1)
      #expect(try codes("pre*") == [])
      #expect(try codes("pre* NOT title:pre*") == [])
      #expect(try codes("\"one pre1*\"") == [])
    }
  }
}
