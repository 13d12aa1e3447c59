// SPDX-License-Identifier: Apache-2.0
import Bytes
import Model
import Query

/// Restrictions on properties (query-language section 8.1).
extension SearchCompiler {
  func compile(_ restriction: PropertyRestriction) throws -> CompiledCondition {
    let node = QueryNode.restriction(restriction)
    switch restriction.property {
    case .body, .title, .attachment: return try text(restriction)
    case .project:
      let evaluator = Evaluator(node)
      return try projects { try evaluator.matches($0) }
    case .kind: return try kinds(node)
    case .role:
      return try speakers { _, role in
        StubItem(keywords: [.role: [role.rawValue]])
      } matching: {
        try Evaluation.matches(node, $0)
      }
    case .model: return try terms(.model, .model, .model, node)
    case .tool: return try terms(.tool, .tool, .tool, node)
    case .filetype: return try terms(.fileExtension, .fileExtension, .filetype, node)
    case .mimetype: return try terms(.mediaType, .mediaType, .mimetype, node)
    case .run: return try terms(.run, .run, .run, node)
    case .source: return try sources(node)
    case .app: return try routes(node)
    case .itemclass: return try itemClasses(node)
    case .organization: return try organizations(node)
    case .indexerror: return try indexErrors(node)
    case .hold, .retentionlabel: return try state(node, in: .property(restriction.property))
    case .reviewset, .loadid: return try loads(node)
    case .custodian, .from, .to, .participants: return try identities(node, restriction.property)
    case .sent, .modified, .captured, .deleted: return try time(restriction)
    case .conversation, .conversationfamily: return try conversations(node, restriction)
    case .id, .family: return try ids(node, restriction.condition)
    case .hash: return try digests(node, restriction.condition)
    case .size: return try size(restriction.condition)
    case .hasattachment, .edited: return try flags(node)
    case .indexstatus: return try indexStatus(node)
    case .provenance: return try provenance(node)
    case .sensitivetype: return sensitiveTypes(restriction.condition)
    default:
      throw StoreError(
        .usage, "searching by '\(restriction.property.rawValue)' is not built yet")
    }
  }

  // MARK: - Names with numbers

  private func terms(
    _ kind: TermKind, _ group: Facet.Group, _ property: Property, _ node: QueryNode
  ) throws -> CompiledCondition {
    let evaluator = Evaluator(node)
    return try any(group, of: kind) { term in
      try evaluator.matches(StubItem(keywords: [property: [term.text.lowercased()]]))
    }
  }

  func any(
    _ group: Facet.Group, of kind: TermKind,
    where matches: (PartitionReader.Term) throws -> Bool
  ) throws -> CompiledCondition {
    let keys = try reader.terms(kind).filter(matches).map(\.key)
    return facets(group, keys)
  }

  /// Rows with any of the numbers.
  func facets(_ group: Facet.Group, _ keys: [Int64]) -> CompiledCondition {
    if keys.count > SearchCompiler.maximumAlternatives {
      switch group {
      case .account:
        return CompiledCondition(
          SQLCondition("i.account IN (SELECT value FROM json_each(?))", [.list(keys)]))
      case .project:
        return CompiledCondition(
          SQLCondition(
            """
            (SELECT project FROM record WHERE row = i.record)
            IN (SELECT value FROM json_each(?))
            """, [.list(keys)]))
      default: break
      }
    }
    return CompiledCondition(.any(of: keys.map { .facet(Facet.term(group, $0)) }))
  }

  func projects(where matches: (StubItem) throws -> Bool) throws -> CompiledCondition {
    try whereNothing(StubItem(), matches: matches) {
      try any(.project, of: .project) { term in
        try matches(
          StubItem(segments: [.project: StubItem.projectSegments(term)]))
      }
    }
  }

  /// A restriction never holds of an item without the property: a check of our own assumption.
  private func whereNothing(
    _ empty: StubItem, matches: (StubItem) throws -> Bool,
    _ body: () throws -> CompiledCondition
  ) throws -> CompiledCondition {
    guard try !matches(empty) else { return CompiledCondition(.all) }
    return try body()
  }

  func sources(_ node: QueryNode) throws -> CompiledCondition {
    let evaluator = Evaluator(node)
    return try sources { id in
      let names = (directory.sources[id] ?? [id]).map { $0.lowercased() }
      return try evaluator.matches(StubItem(keywords: [.source: names]))
    }
  }

  func sources(where matches: (String) throws -> Bool) throws -> CompiledCondition {
    let own = try any(.source, of: .source) { try matches($0.text) }
    let further = try directory.furtherSources.filter(matches)
    guard !further.isEmpty else { return own }
    let keys = try reader.conversationKeys(broughtBy: further, in: directory)
    guard !keys.isEmpty else { return own }
    return disjunction([
      own,
      CompiledCondition(
        SQLCondition("i.conversation IN (SELECT value FROM json_each(?))", [.list(keys)])),
    ])
  }

  private func routes(_ node: QueryNode) throws -> CompiledCondition {
    try routes { route in
      try Evaluation.matches(node, StubItem(keywords: [.app: [StoredItem.app(of: route)]]))
    }
  }

  /// Items whose conversations came by some of the capture routes.
  func routes(where matches: (String) throws -> Bool) throws -> CompiledCondition {
    let statement = try reader.connection.prepare("SELECT DISTINCT route FROM conversation")
    var matching: [SQLCondition] = []
    var all = true
    while try statement.step() {
      let route = statement.text(0)
      if try matches(route) {
        matching.append(
          SQLCondition(
            "i.conversation IN (SELECT key FROM conversation WHERE route = ?)",
            [.text(route)]))
      } else {
        all = false
      }
    }
    if matching.isEmpty { return CompiledCondition(.none) }
    return all ? CompiledCondition(.all) : CompiledCondition(.any(of: matching))
  }

  // MARK: - Kind, role, flags

  private func kinds(_ node: QueryNode) throws -> CompiledCondition {
    func holds(_ words: String...) throws -> Bool {
      try Evaluation.matches(node, StubItem(keywords: [.kind: words]))
    }
    let own = try ItemKind.allCases.filter { try holds($0.rawValue) }
    var parts = own.flatMap { kind in
      ItemRole.allCases.map { IndexExpression.facet(Facet.speaker(kind, $0)) }
    }
    for kind in [CapturedFile.Kind.attachment, .generatedFile, .artifact]
    where try holds(kind.rawValue) {
      parts.append(.facet(Facet.carries(kind)))
    }
    return own.count == ItemKind.allCases.count
      ? CompiledCondition(.all) : CompiledCondition(.any(of: parts))
  }

  func speakers(
    _ stub: (ItemKind, ItemRole) -> StubItem, matching: (StubItem) throws -> Bool
  ) throws -> CompiledCondition {
    var parts: [IndexExpression] = []
    for kind in ItemKind.allCases {
      for role in ItemRole.allCases where try matching(stub(kind, role)) {
        parts.append(.facet(Facet.speaker(kind, role)))
      }
    }
    return CompiledCondition(.any(of: parts))
  }

  private func flags(_ node: QueryNode) throws -> CompiledCondition {
    guard case .restriction(let restriction) = node else { return CompiledCondition(.none) }
    let token = restriction.property == .edited ? Facet.edited : Facet.hasFiles
    var parts: [IndexExpression] = []
    if try Evaluation.matches(node, StubItem(booleans: [restriction.property: true])) {
      parts.append(.facet(token))
    }
    if try Evaluation.matches(node, StubItem(booleans: [restriction.property: false])) {
      parts.append(.not(.facet(token)))
    }
    return CompiledCondition(parts.count == 2 ? .all : .any(of: parts))
  }

  private func provenance(_ node: QueryNode) throws -> CompiledCondition {
    let grades: [(ItemFlags, IndexExpression)] = [
      (.clientAsserted, .facet(Facet.clientAsserted)), (.synthetic, .facet(Facet.synthetic)),
      (.unavailable, .facet(Facet.unavailable)),
      (
        [],
        .not(
          .any(of: [
            .facet(Facet.clientAsserted), .facet(Facet.synthetic), .facet(Facet.unavailable),
          ]))
      ),
    ]
    let parts = try grades.filter { flags, _ in
      try Evaluation.matches(node, StubItem(keywords: [.provenance: [flags.provenance]]))
    }.map(\.1)
    return CompiledCondition(parts.count == grades.count ? .all : .any(of: parts))
  }

  private func indexStatus(_ node: QueryNode) throws -> CompiledCondition {
    var parts: [IndexExpression] = []
    if try Evaluation.matches(node, StubItem(keywords: [.indexstatus: ["partial"]])) {
      parts.append(.facet(Facet.partial))
    }
    if try Evaluation.matches(node, StubItem(keywords: [.indexstatus: ["full"]])) {
      parts.append(.not(.facet(Facet.partial)))
    }
    return CompiledCondition(parts.count == 2 ? .all : .any(of: parts))
  }

  // MARK: - Persons and models

  private func identities(
    _ node: QueryNode, _ property: Property
  ) throws -> CompiledCondition {
    let accounts = try people.accounts(node, property, in: reader)
    let people = facets(.account, accounts)
    if property == .custodian { return people }
    let evaluator = Evaluator(node)
    let models = try reader.terms(.model).filter { term in
      let model = ItemIdentity(custodian: nil, names: [term.text])
      return try evaluator.matches(StubItem(identities: [property: [model]]))
    }.map(\.key)
    if property == .participants {
      return disjunction([
        people, facets(.participant, accounts), facets(.conversationModel, models),
      ])
    }
    let user = role(.user)
    let assistant = role(.assistant)
    return property == .from
      ? disjunction([
        conjunction([user, people, CompiledCondition(.not(.facet(Facet.isSent)))]),
        conjunction([user, facets(.sender, accounts)]),
        conjunction([assistant, facets(.model, models)]),
      ])
      : disjunction([
        conjunction([assistant, people]),
        conjunction([user, facets(.conversationModel, models)]),
      ])
  }

  private func role(_ role: ItemRole) -> CompiledCondition {
    CompiledCondition(
      .any(of: ItemKind.allCases.map { .facet(Facet.speaker($0, role)) }))
  }

  // MARK: - Whole texts

  private func text(_ restriction: PropertyRestriction) throws -> CompiledCondition {
    let column = try column(of: restriction.property)
    switch restriction.condition {
    case .exists:
      return CompiledCondition(
        SQLCondition(
          "(SELECT \(TextPresence.function)(t.\(column)) FROM item_text t WHERE t.row = i.row)"))
    case .wholeText(let text, let isPrefix):
      var tokens = Tokenizer.tokens(of: text)
      // The end of a prefix may lie inside a token.
      if isPrefix, !tokens.isEmpty { tokens.removeLast() }
      return CompiledCondition(
        evaluatedWithin: IndexBounds(
          lower: .none,
          upper: tokens.isEmpty
            ? .all : .phrase(TextMatch(tokens: tokens), column: column)))
    default:
      return CompiledCondition(evaluatedWithin: .unknown)
    }
  }
}
