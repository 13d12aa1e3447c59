// SPDX-License-Identifier: Apache-2.0
import Model
import Query

/// An item that has nothing but the values given: what a restriction means is asked of the
/// evaluator, value by value, and not written down a second time.
struct StubItem: QueryableItem {
  var segments: [Property: [String]] = [:]
  var keywords: [Property: [String]] = [:]
  var identities: [Property: [ItemIdentity]] = [:]
  var booleans: [Property: Bool] = [:]

  func segments(of property: Property) throws -> [String] { segments[property] ?? [] }
  func fileTexts() throws -> [String] { [] }
  func keywords(of property: Property) throws -> [String] { keywords[property] ?? [] }
  func identities(of property: Property) throws -> [ItemIdentity] { identities[property] ?? [] }
  func time(of property: Property) throws -> Instant? { nil }
  func integer(of property: Property) throws -> Int64? { nil }
  func boolean(of property: Property) throws -> Bool? { booleans[property] }

  /// Name and id of a project, as far as the capture tells them.
  static func projectSegments(_ term: PartitionReader.Term) -> [String] {
    [term.detail, term.text].filter { !$0.isEmpty }
  }
}
