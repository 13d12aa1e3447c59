// SPDX-License-Identifier: Apache-2.0
import Model
import Query

/// Restrictions on classes, organisations, and on what was done with items.
extension SearchCompiler {
  // MARK: - What captures tell

  func itemClasses(_ node: QueryNode) throws -> CompiledCondition {
    func holds(_ words: [String]) throws -> Bool {
      try Evaluation.matches(node, StubItem(keywords: [.itemclass: words]))
    }
    let own = try routes { route in
      try holds(StoredItem.itemClasses(route: route, hasFiles: false))
    }
    guard try holds([ItemClass.attachment.lowercased()]) else { return own }
    return disjunction([own, CompiledCondition(.facet(Facet.hasFiles))])
  }

  func organizations(_ node: QueryNode) throws -> CompiledCondition {
    let evaluator = Evaluator(node)
    return try any(.organization, of: .organization) { term in
      try evaluator.matches(
        StubItem(keywords: [.organization: StoredItem.organizationKeywords(term)]))
    }
  }

  /// Items with a file that has no text or not all of it, by the reason and the file's extension.
  func indexErrors(_ node: QueryNode) throws -> CompiledCondition {
    let statement = try reader.connection.prepare(
      "SELECT DISTINCT lack, extension FROM item_file WHERE lack <> ''")
    var matching: [(lack: String, fileExtension: String)] = []
    var all = true
    while try statement.step() {
      let word = StoredItem.indexError(statement.text(0), ofExtension: statement.text(1))
      if try Evaluation.matches(node, StubItem(keywords: [.indexerror: [word]])) {
        matching.append((statement.text(0), statement.text(1)))
      } else {
        all = false
      }
    }
    if matching.isEmpty { return CompiledCondition(.none) }
    if all { return CompiledCondition(.facet(Facet.partial)) }
    return CompiledCondition(
      bounds: IndexBounds(lower: .none, upper: .facet(Facet.partial)),
      condition: .any(
        of: matching.map { reason in
          SQLCondition(
            """
            EXISTS (SELECT 1 FROM item_file WHERE row = i.row AND lack = ? AND extension = ?)
            """, [.text(reason.lack), .text(reason.fileExtension)])
        }))
  }

  // MARK: - What was done

  /// Items by the holds that preserve them, or by the label of their conversation.
  func state(_ node: QueryNode, in scope: TextScope) throws -> CompiledCondition {
    let evaluator = Evaluator(node)
    let keys =
      scope == .property(.hold)
      ? try reader.state.conversations(in: reader) { texts in
        try evaluator.matches(StubItem(segments: [.hold: texts]))
      }
      : try reader.state.labelledConversations(in: reader) { texts in
        try evaluator.matches(StubItem(segments: [.retentionlabel: texts]))
      }
    if keys.isEmpty { return CompiledCondition(.none) }
    return CompiledCondition(
      SQLCondition("i.conversation IN (SELECT value FROM json_each(?))", [.list(keys)]))
  }

  /// Items by the review sets and loads that have them.
  func loads(_ node: QueryNode) throws -> CompiledCondition {
    guard case .restriction(let restriction) = node else { return CompiledCondition(.none) }
    let evaluator = Evaluator(node)
    let rows = try reader.state.rows(in: reader) { load in
      try evaluator.matches(
        StubItem(
          keywords: [restriction.property: load.keywords(of: restriction.property)]))
    }
    if rows.isEmpty { return CompiledCondition(.none) }
    return CompiledCondition(
      SQLCondition("i.row IN (SELECT value FROM json_each(?))", [.list(rows)]))
  }
}
