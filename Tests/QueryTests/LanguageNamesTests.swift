// SPDX-License-Identifier: Apache-2.0
import Model
import Testing

@testable import Query

/// Whatever somebody or something is called, a query can name it, and the query on record still does.
@Suite("Names of any characters in queries")
struct LanguageNamesTests {
  private static let names = [
    "Ann “Annie” Lee", "Ann \"Annie\" Lee", "„Anna“ «Lee»", "Lee*", "*", "**", "* Lee", "a*b",
    "C:\\Lee\\", "\\", "(Lee)", ")(", "山田 太郎", "山田太郎", "김", "🙂", "🙂🙂", "👩‍👩‍👧 Lee", "🇩🇪", "…",
    "!!!", "?", "-", "--", "'", "\"", "\"\"", "“”", "AND", "NOT x", "a..b", "..", "http://x", "a:b",
    "x=y", "<>", "ＡＮＮ ＬＥＥ", "Ｌｅｅ＊", "＂Lee＂", "\u{200F}Lee\u{200E}", "Le\u{AD}e", "José García",
    "Jose\u{301} Garci\u{301}a", "Straße", "ﬁn", "m²", "½", "Ann\u{A0}Lee", " Ann  Lee ", "İzmir",
    "\u{FE61}", "@", "@x", "a@b@c", "*.x.com", "x.com", "@x.com", "a.b", "true", "1..5", "\u{301}",
    "a\u{301}\u{323}", "\"\u{301}x", "*\u{301}", "w/5", "cat!", "(c:c)", "–x", "–", "O’Brien",
    String(repeating: "x", count: 3_000),
  ]

  private static let alphabet = Array(
    [
      "a", "B", "é", "e\u{301}", "“", "”", "„", "«", "\"", "*", "＊", "﹡", "\\", "(", ")", " ",
      "\u{A0}", "山",
    ]
      + [
        "김", "🙂", "👍🏽", "…", "!", "?", "-", "–", "\u{200F}", "\u{200D}", "\u{FEFF}", "Ａ", "＂", ":",
        "=",
      ]
      + [
        "<", ".", "@", "/", "|", "'", "’", "ß", "ﬁ", "\u{301}", "\u{FC61}", "½", "\u{3164}",
        "\u{0}",
      ])

  private static func random(seed: UInt64) -> [String] {
    var generator = SeededGenerator(state: seed)
    return (0..<120).map { _ in
      (0..<Int.random(in: 1...6, using: &generator)).map { _ in
        alphabet.randomElement(using: &generator) ?? ""
      }.joined()
    }
  }

  /// A name between quotation marks, with its own marks doubled; asterisks as the language lets them
  /// be written.
  private func quoted(_ name: String) -> String {
    var text = String.UnicodeScalarView()
    for scalar in name.unicodeScalars {
      switch scalar {
      case "\"", "＂", "“", "”", "„", "‟", "«", "»": text.append(contentsOf: "\"\"".unicodeScalars)
      case "*", "＊": text.append("\u{FE61}")
      default: text.append(scalar)
      }
    }
    return "\"\(String(text))\""
  }

  private func recorded(_ normalForm: String, people: [DirectoryPerson]?) -> CompiledQuery {
    var options = languageOptions()
    options.isRecorded = true
    guard let people else {
      options.expandsIdentities = false
      return QueryCompiler.compile(normalForm, options: options, directory: EmptyDirectory())
    }
    return compiled(normalForm, options, people: people)
  }

  private func check(_ name: String) throws {
    let shown = Comment(rawValue: name.debugDescription)
    let isBlank = FoldedValue.wholeText(name).isEmpty
    var limits = languageOptions()
    // Long names are typed by nobody, but directories have them.
    limits.isRecorded = true
    for property in [Property.source, .organization, .reviewset, .loadid, .model, .title, .project]
    {
      let written = property.rawValue + (property == .title ? "=" : ":") + quoted(name)
      let isText = property == .title || property == .project
      let query = compiled(
        isText ? written.replacing("project:", with: "project=") : written, limits)
      guard let node = query.node, let normalForm = query.normalForm else {
        #expect(isBlank, shown)
        continue
      }
      let again = recorded(normalForm, people: nil)
      #expect(again.node == node, shown)
      #expect(again.normalForm == normalForm, shown)
      let item = TestItem()
      if isText { item.texts[property] = [name] } else { item.words[property] = [name] }
      #expect(try Evaluator(node).matches(item), shown)
      // A value that can be named is a value.
      let exists = QueryNode.restriction(
        PropertyRestriction(property: property, condition: .exists))
      #expect(try Evaluator(exists).matches(item), shown)
    }
    let people = [DirectoryPerson(id: "cust_1", name: name, identities: ["p@x.org", name])]
    let item = TestItem()
    item.people[.from] = [ItemIdentity(custodian: nil, names: [name])]
    let stranger = TestItem()
    stranger.people[.from] = [ItemIdentity(custodian: nil, names: ["nobody else"])]
    for written in ["from:p@x.org", "from=" + quoted(name), "from:" + quoted(name)] {
      let query = compiled(written, limits, people: people)
      guard let node = query.node, let normalForm = query.normalForm else {
        #expect(isBlank, shown)
        continue
      }
      for reading in [recorded(normalForm, people: nil), recorded(normalForm, people: people)] {
        let again = try #require(reading.node, "\(name.debugDescription) → \(normalForm)")
        #expect(reading.normalForm == normalForm, shown)
        for item in [item, stranger] {
          #expect(
            try Evaluator(again).matches(item) == Evaluator(node).matches(item),
            "\(name.debugDescription) → \(normalForm)")
        }
      }
      // The sign says that a domain is meant, whoever is called so.
      let isDomain = query.identities.contains { $0.match.form == .domain }
      if !isBlank, !isDomain { #expect(try Evaluator(node).matches(item), shown) }
      #expect(try !Evaluator(node).matches(stranger), shown)
    }
  }

  @Test("are found by themselves, and read again from the normal form", arguments: names)
  func readsAgain(name: String) throws { try check(name) }

  @Test("of random characters, too", arguments: [1, 2, 3] as [UInt64])
  func readsRandom(seed: UInt64) throws {
    for name in Self.random(seed: seed) { try check(name) }
  }

  @Test("are the same whatever their case, accents and width, on both sides")
  func folds() throws {
    let forms = ["CAFÉ １", "café 1", "Cafe\u{301}  1", "ｃａｆｅ 1", "Cafe\u{200B} 1"]
    for asked in forms {
      for borne in forms {
        let item = TestItem()
        item.words[.organization] = [borne]
        item.people[.from] = [ItemIdentity(custodian: nil, names: [borne])]
        for query in [
          "organization:\"\(asked)\"", "org:\"\(asked.prefix(5))*\"", "from=\"\(asked)\"",
        ] {
          let node = try #require(compiled(query).node)
          #expect(try Evaluator(node).matches(item), "\(query) of \(borne)")
        }
      }
    }
    let people = [DirectoryPerson(id: "cust_1", name: "José García", identities: [])]
    #expect(
      compiled("from:\"JOSE garcia\"", people: people).identities.first?.match.custodians == [
        "cust_1"
      ])
  }

  @Test("folds plain texts the short way to what the long way gives")
  func shortWay() {
    var generator = SeededGenerator(state: 4)
    for _ in 0..<2_000 {
      let bytes = (0..<Int.random(in: 0...8, using: &generator)).map { _ in
        UInt8.random(in: 0...127, using: &generator)
      }
      let text = String(decoding: bytes, as: UTF8.self)
      #expect(FoldedValue.wholeText(text) == Tokenizer.fold(text), "\(text.debugDescription)")
    }
  }
}

/// `from:anna.schmidt` may be an alias or a mail domain (query-language section 7.4).
@Suite("Dotted names in queries")
struct LanguageDottedNamesTests {
  private let people = [
    DirectoryPerson(id: "cust_1", name: "John Smith", identities: ["john.smith@x.org"])
  ]

  private func read(_ text: String) -> (form: IdentityMatch.Form?, codes: [String]) {
    let query = compiled(text, people: people)
    return (query.identities.first?.match.form, query.codes)
  }

  @Test("are told to be read as a domain of which nobody is known")
  func unknown() {
    #expect(read("from:anna.schmidt") == (.domain, ["W140"]))
    let diagnostic = compiled("to:(anna.schmidt OR x.org)", people: people).diagnostics.first
    #expect(
      diagnostic?.message
        == "No person 'anna.schmidt' in the directory, and no address in a domain 'anna.schmidt'; "
        + "read as the mail domain.")
    #expect(
      diagnostic?.suggestion
        == "For a name or an alias write to:\"anna.schmidt\", for the domain to:@anna.schmidt.")
    var strict = languageOptions()
    strict.isStrict = true
    #expect(compiled("from:anna.schmidt", strict, people: people).errorCodes == ["W140"])
  }

  @Test("are read without a remark where they are known or say what they are")
  func known() {
    #expect(read("from:x.org") == (.domain, []))
    #expect(read("from:X.ORG") == (.domain, []))
    #expect(read("from:john.smith") == (.words, []))
    #expect(read("from:@anna.schmidt") == (.domain, []))
    #expect(read("from:@john.smith") == (.domain, []))
    #expect(read("from:\"anna.schmidt\"") == (.words, []))
    #expect(read("from:*.anna.schmidt") == (.domainAndBelow, []))
  }

  @Test("keep on record what they were read as, whoever comes later")
  func recorded() throws {
    var options = languageOptions()
    options.isRecorded = true
    let later =
      people + [
        DirectoryPerson(id: "cust_2", name: "Anna", identities: ["anna.schmidt@y.org"])
      ]
    for text in ["from:anna.schmidt", "from:@anna.schmidt", "from:john.smith", "from:@john.smith"] {
      let query = compiled(text, people: people)
      let normalForm = try #require(query.normalForm)
      let again = compiled(normalForm, options, people: later)
      #expect(again.normalForm == normalForm)
      #expect(again.node == query.node || query.identities.count < again.identities.count)
      #expect(again.identities.first?.match.form == query.identities.first?.match.form)
      // As typed again it says the same.
      #expect(compiled(normalForm, people: people).normalForm == normalForm)
    }
  }
}
