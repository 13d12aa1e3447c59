// SPDX-License-Identifier: Apache-2.0
import Foundation
import GRDB
import Model
package import Query

/// What a review set knows of an item beside its content.
package struct ReviewFacts: Hashable, Sendable {
  /// Names of its tags, sorted.
  package var tags: [String]
  /// Notes that stand, the oldest first.
  package var notes: [String]
  /// Ids of the loads that gave it, in order.
  package var loads: [String]
  /// Whether its conversation is the first of those with the same content, over all custodians; nil
  /// before an analysis.
  package var isRepresentative: Bool?

  package init(
    tags: [String] = [], notes: [String] = [], loads: [String] = [], isRepresentative: Bool? = nil
  ) {
    self.tags = tags
    self.notes = notes
    self.loads = loads
    self.isRepresentative = isRepresentative
  }
}

/// An item of a review set as the evaluator sees it: its frozen version, with what reviewers did.
struct ReviewedItem: QueryableItem {
  /// Nil where a query asks for nothing but what the set knows.
  var stored: StoredItem?
  var set: ReviewSet
  var facts: ReviewFacts

  /// The properties that a set answers itself.
  static let own = QueryOptions.answeredByReviewSets

  func segments(of property: Property) throws -> [String] {
    switch property {
    case .tag: facts.tags
    case .note: facts.notes
    default: try stored?.segments(of: property) ?? []
    }
  }

  func fileTexts() throws -> [String] { try stored?.fileTexts() ?? [] }

  func keywords(of property: Property) throws -> [String] {
    switch property {
    case .reviewset: [set.id.text, set.name.lowercased()]
    case .loadid: facts.loads
    default: try stored?.keywords(of: property) ?? []
    }
  }

  func identities(of property: Property) throws -> [ItemIdentity] {
    try stored?.identities(of: property) ?? []
  }

  func time(of property: Property) throws -> Instant? { try stored?.time(of: property) }

  func integer(of property: Property) throws -> Int64? { try stored?.integer(of: property) }

  func boolean(of property: Property) throws -> Bool? {
    switch property {
    case .isrepresentative: facts.isRepresentative
    case .isduplicate: facts.isRepresentative.map { !$0 }
    default: try stored?.boolean(of: property)
    }
  }
}

extension QueryNode {
  /// Whether part of it is answered by the review set alone.
  package var asksReview: Bool {
    switch self {
    case .all: false
    case .text(_, .property(let property)), .near(_, .property(let property)):
      ReviewedItem.own.contains(property)
    case .text, .near: false
    case .restriction(let restriction): ReviewedItem.own.contains(restriction.property)
    case .and(let nodes), .or(let nodes): nodes.contains(where: \.asksReview)
    case .not(let node): node.asksReview
    }
  }

  /// A query on content alone that every item matches which the whole query may match.
  package var contentBound: QueryNode { bound(isUpper: true) }

  /// Whether it asks which conversations of a set equal others: what an analysis found.
  package var asksForDuplicates: Bool {
    switch self {
    case .all, .text, .near: false
    case .restriction(let restriction):
      [.isduplicate, .isrepresentative].contains(restriction.property)
    case .and(let nodes), .or(let nodes): nodes.contains(where: \.asksForDuplicates)
    case .not(let node): node.asksForDuplicates
    }
  }

  private func bound(isUpper: Bool) -> QueryNode {
    guard asksReview else { return self }
    let everything = QueryNode.all
    switch self {
    case .and(let nodes):
      let parts = nodes.map { $0.bound(isUpper: isUpper) }
      if parts.contains(.not(everything)) { return .not(everything) }
      let rest = parts.filter { $0 != everything }
      return rest.count > 1 ? .and(rest) : rest.first ?? everything
    case .or(let nodes):
      let parts = nodes.map { $0.bound(isUpper: isUpper) }
      if parts.contains(everything) { return everything }
      let rest = parts.filter { $0 != .not(everything) }
      return rest.count > 1 ? .or(rest) : rest.first ?? .not(everything)
    case .not(let node):
      let inner = node.bound(isUpper: !isUpper)
      if case .not(let twice) = inner { return twice }
      return .not(inner)
    case .all, .text, .near, .restriction: return isUpper ? everything : .not(everything)
    }
  }
}

extension Catalog {
  /// What a set knows of some items, all of one conversation or of a few.
  ///
  /// - Parameters:
  ///   - keys: The items.
  ///   - set: Their set.
  /// - Returns: An entry for each item that anything is known of.
  /// - Throws: `StoreError` when the catalog cannot be read.
  package func reviewFacts(
    of keys: [ItemKey], in set: ReviewSet
  ) throws -> [ItemKey: ReviewFacts] {
    let loads = try db.cachedStatement(
      sql: """
        SELECT review_load.id FROM review_item
          JOIN review_load ON review_load.key = review_item.load
        WHERE review_item.conversation = ? AND review_item.item = ? AND review_load.review_set = ?
          AND review_load.state = 'frozen' ORDER BY review_load.number
        """)
    let tags = try db.cachedStatement(
      sql: """
        SELECT tag.name FROM item_tag JOIN tag ON tag.key = item_tag.tag
        WHERE item_tag.conversation = ? AND item_tag.item = ? AND item_tag.review_set = ?
        ORDER BY tag.name
        """)
    let notes = try db.cachedStatement(
      sql: """
        SELECT text FROM review_note WHERE conversation = ? AND item = ? AND review_set = ?
          AND withdrawn IS NULL ORDER BY key
        """)
    let content = try db.cachedStatement(
      sql: """
        SELECT master = conversation FROM review_content WHERE conversation = ? AND review_set = ?
          AND master IS NOT NULL
        """)
    var facts: [ItemKey: ReviewFacts] = [:]
    var representatives: [Int64: Bool?] = [:]
    for key in keys where facts[key] == nil {
      let arguments: StatementArguments = [key.conversation, key.item, set.key]
      let isRepresentative: Bool?
      if let known = representatives[key.conversation] {
        isRepresentative = known
      } else {
        isRepresentative = try Bool.fetchOne(content, arguments: [key.conversation, set.key])
        representatives[key.conversation] = isRepresentative
      }
      facts[key] = ReviewFacts(
        tags: try String.fetchAll(tags, arguments: arguments),
        notes: try String.fetchAll(notes, arguments: arguments),
        loads: try String.fetchAll(loads, arguments: arguments),
        isRepresentative: isRepresentative)
    }
    return facts
  }
}
