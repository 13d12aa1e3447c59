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
}

/// An item that can be seen with the persons of another moment.
package protocol DatedItem: QueryableItem {
  /// The same item with the identities that its persons had.
  ///
  /// - Throws: What stands against it; then a query cannot be decided on the item.
  func seen(at moment: DirectoryMoment) throws -> Self
}
