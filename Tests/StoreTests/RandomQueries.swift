// SPDX-License-Identifier: Apache-2.0
import Model
import Query

@testable import Store

/// A generator of numbers that gives the same ones for the same seed.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

/// A small random corpus and random questions about it.
struct RandomMatter {
  static let words = [
    "alpha", "beta", "gamma", "alphabet", "budget", "the", "Café", "don't", "漢字", "日本", "東京都",
    "한국어", "x-ray", "🙂", "ＷＩＤＥ", "naïve",
  ]
  static let titles =
    ["Budget plan", "budget", "Annual report!", "", "東京 trip", "The alpha beta"] + blanks
  /// Texts without a word: of them only punctuation is a value.
  static let blanks = [" ", "\n\t", "\u{200B}", "\u{301}", "\u{3000}\u{200F}", "…", "!!!", "－"]
  static let models = ["claude-opus-4", "claude-sonnet-4", "Claude-Haiku"]
  static let tools = ["web_search", "repl"]
  static let sensitive = [
    "4111111111111111", "4111 1111 1111 1111", "5555555555554444", "ada@example.org",
    "call bob@example.org", "card", "192.0.2.1", "SSN 123-45-6789", "password: hunter2x",
  ]
  static let organizations = ["org-1", "Org-2", "", "Ｏｒｇ－３", "Büro “Süd” *", " ", "…"]
  static let names = ["plan.pdf", "budget 2025.xlsx", "alpha.txt", "README"] + blanks

  private var generator: SeededGenerator

  init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

  private mutating func number(_ range: Range<Int>) -> Int {
    Int.random(in: range, using: &generator)
  }

  private mutating func pick<Element>(_ elements: [Element]) -> Element {
    elements[number(0..<elements.count)]
  }

  private mutating func chance(_ percent: Int) -> Bool { number(0..<100) < percent }

  // MARK: - Corpus

  mutating func text(maximum: Int = 14) -> String {
    (0..<number(1..<maximum)).map { _ in pick(chance(6) ? Self.sensitive : Self.words) }
      .joined(separator: pick([" ", ", ", "\n", "-"]))
  }

  private mutating func time() -> String {
    let month = number(1..<13)
    let day = number(1..<29)
    return "202\(number(3..<6))-\(month < 10 ? "0" : "")\(month)-\(day < 10 ? "0" : "")\(day)"
      + "T0\(number(0..<10)):00:00Z"
  }

  mutating func unit(_ name: String) -> CapturedUnit {
    var builder = UnitBuilder(
      name, title: pick(Self.titles), account: chance(10) ? nil : "acc-\(number(0..<4))",
      created: chance(5) ? nil : time())
    if chance(40) {
      builder.unit.projectID = "proj-\(number(0..<2))"
      builder.unit.projectName = pick(["Apollo plan", "Zeus"])
    }
    if chance(50) { builder.unit.organizationID = pick(Self.organizations) }
    if chance(15) { builder.unit.deletedAt = SourceTime(text: time()) }
    // Whatever a source says of a conversation stands in its record.
    let facts = [
      builder.unit.deletedAt?.text, builder.unit.organizationID, builder.unit.projectID,
    ]
    builder.unit.native += facts.map { $0 ?? "-" }.joined(separator: "|").utf8
    for index in 0..<number(0..<6) { add(index, to: &builder) }
    return builder.unit
  }

  private mutating func add(_ index: Int, to builder: inout UnitBuilder) {
    var files: [CapturedFile] = []
    while chance(20) {
      files.append(
        UnitBuilder.file(
          pick(Self.names), pick([.attachment, .generatedFile, .artifact]),
          text: chance(60) ? text() : nil, type: pick(["", "application/pdf", "Text/Plain"]),
          nativeID: chance(50) ? "File-\(number(0..<20))" : nil))
    }
    let kind: ItemKind = pick([.prompt, .prompt, .response, .response, .system])
    builder.add(
      chance(85) ? "\(builder.unit.nativeID)-m\(index)" : nil, kind,
      (0..<number(0..<4)).map { _ in
        chance(10) ? "" : chance(20) ? pick(Self.blanks) : text()
      },
      time: chance(8) ? nil : time(),
      model: kind == .response && chance(60) ? pick(Self.models) : nil, files: files,
      tools: chance(15) ? [pick(Self.tools)] : [])
  }

  /// The unit with a message changed, one more, or another title.
  mutating func changed(_ unit: CapturedUnit) -> CapturedUnit {
    var builder = UnitBuilder(
      unit.nativeID, title: chance(50) ? pick(Self.titles) : unit.title,
      account: unit.accountID, created: unit.createdAt?.text)
    builder.unit.projectID = unit.projectID
    builder.unit.projectName = unit.projectName
    builder.unit.organizationID =
      chance(15) ? pick(Self.organizations) : unit.organizationID
    if chance(15) { builder.unit.deletedAt = SourceTime(text: time()) }
    // Whatever a source says of a conversation stands in its record.
    let facts = [
      builder.unit.deletedAt?.text, builder.unit.organizationID, builder.unit.projectID,
    ]
    builder.unit.native += facts.map { $0 ?? "-" }.joined(separator: "|").utf8
    for item in unit.items where item.nativeID != nil && !chance(15) {
      var texts = item.blocks.filter { $0.kind == .text }.map(\.text)
      if chance(40) { texts.append(text()) }
      builder.add(
        item.nativeID, item.kind, texts, time: item.time?.text, model: item.model,
        files: item.files, tools: item.blocks.filter { $0.kind == .toolUse }.map(\.name))
    }
    return builder.unit
  }

  // MARK: - Queries

  private mutating func match() -> TextMatch {
    var tokens = (0..<number(1..<4)).flatMap { _ in Tokenizer.tokens(of: pick(Self.words)) }
    var isPrefix = false
    if chance(25), let last = tokens.last, last.utf8.count > 3, last.utf8.count == last.count {
      tokens[tokens.count - 1] = String(last.prefix(3))
      isPrefix = true
    }
    return TextMatch(tokens: tokens, lastIsPrefix: isPrefix)
  }

  private mutating func scope() -> TextScope {
    chance(60)
      ? .fullText : .property(pick([.body, .title, .attachment, .project] as [Property]))
  }

  private mutating func operand(depth: Int) -> ProximityOperand {
    if depth > 0, chance(10) { return .near(proximity(depth: depth - 1)) }
    if chance(20) { return .any([.match(match()), .match(match())]) }
    return .match(match())
  }

  private mutating func proximity(depth: Int) -> Proximity {
    Proximity(
      distance: chance(5) ? 10_000 : number(0..<6), isOrdered: chance(30),
      operands: (0..<(chance(70) ? 2 : number(3..<5))).map { _ in operand(depth: depth) })
  }

  mutating func node(depth: Int) -> QueryNode {
    guard depth > 0, chance(65) else { return leaf() }
    if chance(4) { return grouped() }
    if depth == 3, chance(1) { return list() }
    let parts = (0..<number(2..<4)).map { _ in node(depth: depth - 1) }
    return switch number(0..<5) {
    case 0, 1: .and(parts)
    case 2, 3: .or(parts)
    default: .not(node(depth: depth - 1))
    }
  }

  /// A grouped restriction: words of one property, joined.
  private mutating func grouped() -> QueryNode {
    let property = pick([.body, .title, .attachment, .project] as [Property])
    let words = (0..<number(2..<4)).map { _ in QueryNode.text(match(), in: .property(property)) }
    return chance(50) ? .or(words + [.not(.text(match(), in: .property(property)))]) : .and(words)
  }

  /// The list of terms that parties exchange.
  private mutating func list() -> QueryNode {
    let parts = (0..<number(20..<120)).map { _ in leaf() }
    return chance(80) ? .or(parts) : .and([.or(Array(parts.dropFirst(10))), .not(parts[0])])
  }

  private mutating func leaf() -> QueryNode {
    if chance(1) { return .all }
    return switch number(0..<12) {
    case 10, 11: .restriction(laterRestriction())
    case 0...3: .text(match(), in: scope())
    case 4, 5: .near(proximity(depth: 1), in: scope())
    default: .restriction(restriction())
    }
  }

  /// Classes, digests, sensitive types and the like.
  private mutating func laterRestriction() -> PropertyRestriction {
    func keyword(
      _ property: Property, _ value: String, prefix: Bool = false
    ) -> PropertyRestriction {
      PropertyRestriction(property: property, condition: .keyword(value, isPrefix: prefix))
    }
    let conversation = ObjectID.conversation(
      route: "claude.ai-export", nativeID: "c\(number(0..<20))")
    let name = "c\(number(0..<20))"
    let family = ObjectID.item(
      route: "claude.ai-export", conversationID: name, itemID: "\(name)-m\(number(0..<4))")
    switch number(0..<16) {
    case 12: return keyword(.app, pick(["claude.ai", "claude-code"]))
    case 13: return keyword(.family, family.text)
    case 14: return keyword(.provenance, pick(["verified", "client-asserted", "synthetic"]))
    case 15: return PropertyRestriction(property: .size, condition: size())
    case 0...3: return keyword(.sensitivetype, sensitiveType())
    case 4:
      return keyword(
        .itemclass,
        pick(["ai.claude.chat", "ai.claude.attachment", "ai.claude.code", "ipm.note"]))
    case 5:
      return keyword(
        .organization, pick(["org-1", "org-2", "org-3", "buro \"sud\" *", "…"]))
    case 6: return PropertyRestriction(property: .deleted, condition: .time(interval()))
    case 7:
      return keyword(
        .indexerror, pick(["filenotcaptured", "filenotcaptured_pdf", "filenot"]),
        prefix: chance(60))
    case 8: return keyword(.conversationfamily, conversation.text)
    case 9: return keyword(.hash, pick(Array("0123456789abcdef").map(String.init)), prefix: true)
    case 10: return keyword(.itemclass, "ai.claude.c", prefix: true)
    default:
      return PropertyRestriction(
        property: pick(
          [
            .sensitivetype, .organization, .deleted, .indexerror, .itemclass, .hash, .mimetype,
            .size, .kind, .role, .app, .conversation, .from, .to, .participants, .filetype,
          ] as [Property]),
        condition: .exists)
    }
  }

  private mutating func sensitiveType() -> String {
    let name = pick(SensitiveType.allCases).name.lowercased()
    if chance(40) { return name }
    return name + "|" + pick(["1..", "1..1", "2..", "2..2", "1..2"]) + "|"
      + pick(["1..", "65..65", "75..", "85..", "66..84", "90.."])
  }

  private mutating func interval() -> TimeInterval {
    let first = Instant(rfc3339: time())
    let second = Instant(rfc3339: time())
    guard let first, let second else { return TimeInterval() }
    if chance(30) { return TimeInterval(since: first) }
    if chance(30) { return TimeInterval(before: first) }
    return TimeInterval(since: min(first, second), before: max(first, second))
  }

  /// At least one bound; sometimes an empty range.
  private mutating func size() -> PropertyRestriction.Condition {
    let bound = Int64(number(0..<400))
    switch number(0..<4) {
    case 0: return .integer(lower: bound, upper: nil)
    case 1: return .integer(lower: nil, upper: bound)
    case 2: return .integer(lower: bound, upper: bound)
    default: return .integer(lower: bound, upper: bound + Int64(number(0..<200)))
    }
  }

  private mutating func identity() -> PropertyRestriction.Condition {
    let written = pick(["acc-1", "acc-2", "ann@example.org", "ann lee", "claude-opus-4"])
    var match = IdentityMatch(
      text: written, form: pick([.exact, .words, .prefix] as [IdentityMatch.Form]))
    if chance(20) {
      match = IdentityMatch(
        text: pick(["example.org", "org"]), form: pick([.domain, .domainAndBelow]))
    }
    return .identity(match)
  }

  private mutating func restriction() -> PropertyRestriction {
    func keyword(
      _ property: Property, _ value: String, prefix: Bool = false
    )
      -> PropertyRestriction
    {
      PropertyRestriction(property: property, condition: .keyword(value, isPrefix: prefix))
    }
    let number = number(0..<20)
    let conversation = "c\(self.number(0..<20))"
    switch number {
    case 0:
      return keyword(.kind, pick(ItemKind.allCases.map(\.rawValue) + ["artifact", "attachment"]))
    case 1: return keyword(.role, pick(ItemRole.allCases.map(\.rawValue)))
    case 2: return keyword(.model, "claude-", prefix: true)
    case 3: return keyword(.model, pick(Self.models).lowercased())
    case 4: return keyword(.tool, pick(Self.tools))
    case 5: return keyword(.filetype, pick(["pdf", "xlsx", "txt"]))
    case 6: return keyword(.filetype, "x", prefix: true)
    case 7: return keyword(.mimetype, "text/plain")
    case 8: return keyword(.source, pick(["one", "two"]))
    case 9: return keyword(.conversation, conversation)
    case 10: return keyword(.conversation, "c1", prefix: true)
    case 11: return keyword(.id, pick(["\(conversation)-m0", "file-3"]))
    case 12: return keyword(.indexstatus, pick(["partial", "full"]))
    case 13, 14: return PropertyRestriction(property: .sent, condition: .time(interval()))
    case 15:
      return PropertyRestriction(property: .size, condition: size())
    case 16:
      return PropertyRestriction(property: .hasattachment, condition: .boolean(chance(50)))
    case 17:
      return PropertyRestriction(
        property: pick([.title, .attachment] as [Property]),
        condition: .wholeText(
          pick((Self.titles + Self.names).map(Tokenizer.fold).filter { $0 != "" }),
          isPrefix: chance(30)))
    case 18:
      return PropertyRestriction(
        property: pick(
          [.title, .body, .sent, .project, .model, .attachment, .custodian, .tool] as [Property]),
        condition: .exists)
    default:
      return PropertyRestriction(
        property: pick([.custodian, .from, .to, .participants] as [Property]),
        condition: identity())
    }
  }
}

extension QueryNode {
  /// Whether a restriction on a person stands in it.
  var namesPerson: Bool {
    switch self {
    case .restriction(let restriction):
      if case .identity = restriction.condition { true } else { false }
    case .and(let parts), .or(let parts): parts.contains(where: \.namesPerson)
    case .not(let inner): inner.namesPerson
    case .all, .text, .near: false
    }
  }
}
