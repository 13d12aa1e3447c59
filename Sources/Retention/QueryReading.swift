// SPDX-License-Identifier: Apache-2.0
package import Model
package import Query

/// A state of the directory of persons.
package enum DirectoryMoment: Hashable, Sendable {
  case now
  /// As it was at a time, such as when a hold was made.
  case at(Instant)
  /// As it was at a time, and what was nobody's then as it is now.
  case onceKnown(Instant)
}

/// One reading of a query that names persons: what it selects where the directory gives persons
/// the identities of one moment.
///
/// Persons change. A query that excludes somebody would otherwise let items go as soon as that
/// person gains the account that they came from; so a hold takes every reading, and what any of
/// them selects is held (holds-and-retention sections 2.1 and 5, H9).
package struct QueryReading: Hashable, Sendable {
  package var node: QueryNode
  /// Whose identities the items are seen with.
  package var moment: DirectoryMoment

  package init(_ node: QueryNode, moment: DirectoryMoment = .now) {
    self.node = node
    self.moment = moment
  }

  /// Whether it asks for what a later capture may tell otherwise of what is here: when a
  /// conversation was deleted at its source, and which sources brought it.
  package var asksForLaterWord: Bool { node.asks(for: [.deleted, .source]) }
}

/// An item that can be seen with the persons of another moment.
package protocol DatedItem: QueryableItem {
  /// The same item with the identities that its persons had; its texts are the same.
  ///
  /// - Throws: What stands against it; then a query cannot be decided on the item.
  func seen(at moment: DirectoryMoment) throws -> Self

  /// The same item, with the same texts, in each state that its conversation was in before later
  /// captures told when it was deleted at its source, and which further sources brought it.
  ///
  /// An item that a hold selected in one of them stays held: what happens at a source, or where else
  /// it is found, must not free it.
  ///
  /// - Throws: What stands against it; then a query cannot be decided on the item.
  func earlierStates() throws -> [Self]
}

extension DatedItem {
  package func earlierStates() -> [Self] { [] }
}

extension QueryNode {
  /// Whether part of it asks for any of some properties.
  fileprivate func asks(for properties: Set<Property>) -> Bool {
    switch self {
    case .all: false
    case .text(_, .property(let property)), .near(_, .property(let property)):
      properties.contains(property)
    case .text, .near: false
    case .restriction(let restriction): properties.contains(restriction.property)
    case .and(let nodes), .or(let nodes): nodes.contains { $0.asks(for: properties) }
    case .not(let node): node.asks(for: properties)
    }
  }
}
