// SPDX-License-Identifier: Apache-2.0
import Query

/// Whose accounts a restriction of a query means, found once for all partitions.
///
/// A store has thousands of accounts and a partition numbers them anew: the names are compared once
/// a query, and a partition is only asked for the numbers of those that matched.
final class PeopleMatches {
  let directory: SearchDirectory
  private var known: [QueryNode: Set<SearchDirectory.AccountName>] = [:]

  init(_ directory: SearchDirectory) {
    self.directory = directory
  }

  /// The numbers of the accounts in a partition that a restriction on an identity property means,
  /// in ascending order.
  func accounts(
    _ node: QueryNode, _ property: Property, in reader: PartitionReader
  ) throws -> [Int64] {
    var names = Array(try matches(node, property))
    if !reader.strangers.isEmpty {
      let evaluator = Evaluator(node)
      names += try reader.strangers.filter { name in
        let identity = directory.identity(route: name.route, nativeID: name.nativeID)
        return try evaluator.matches(StubItem(identities: [property: [identity]]))
      }
    }
    return names.compactMap { reader.accountKeys[$0] }.sorted()
  }

  private func matches(
    _ node: QueryNode, _ property: Property
  ) throws -> Set<SearchDirectory.AccountName> {
    if let matches = known[node] { return matches }
    let evaluator = Evaluator(node)
    var matches: Set<SearchDirectory.AccountName> = []
    for (name, identity) in directory.accounts
    where try evaluator.matches(StubItem(identities: [property: [identity]])) {
      matches.insert(name)
    }
    known[node] = matches
    return matches
  }
}
