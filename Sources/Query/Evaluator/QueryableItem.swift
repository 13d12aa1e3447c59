// SPDX-License-Identifier: Apache-2.0
package import Model

/// One version of an item as the evaluator sees it.
///
/// Values are asked for one at a time, so that a
/// store can load just what a query needs.
///
/// An item with several versions matches when any version does (query-language section 8.3); the
/// caller evaluates each version apart.
package protocol QueryableItem {
  /// The texts of a field, cut where phrases and proximity must not cross: a segment for each
  /// content block, title or file (query-language section 5).
  ///
  /// For `attachment` the file names, for `body` the content blocks, for `title` the titles of the
  /// conversation and of files, for `project` the project's name and id.
  func segments(of property: Property) throws -> [String]

  /// The extracted texts of files, a segment each: part of full text and of no property.
  func fileTexts() throws -> [String]

  /// The values of a keyword or enumeration property, in any letter case; empty when it has none.
  func keywords(of property: Property) throws -> [String]

  /// The identities of an identity property: for each person or model all names, addresses and
  /// ids that the captured record itself carries, with the custodian's id where it is known.
  func identities(of property: Property) throws -> [ItemIdentity]

  /// The time of a date property; nil when it has none.
  func time(of property: Property) throws -> Instant?

  /// The value of an integer property; nil when it has none.
  func integer(of property: Property) throws -> Int64?

  /// The value of a boolean property; nil when it has none.
  func boolean(of property: Property) throws -> Bool?
}

/// A person or model on an item.
package struct ItemIdentity: Hashable, Sendable {
  /// The custodian's id, when the directory attributes the account.
  package var custodian: String?
  /// Account id, addresses and display names, as captured and as the directory gives them now.
  package var names: [String]

  package init(custodian: String?, names: [String]) {
    self.custodian = custodian
    self.names = names
  }
}
