// SPDX-License-Identifier: Apache-2.0
import Actions
import Model
import Query
import Store

/// Our side of searching: from the text of the query on, with the store open.
final class CustodySearch: SearchEngine {
  private let store: Store
  private let searcher: Searcher
  private let options: QueryOptions

  init(_ folder: String) throws {
    store = try Store.open(at: folder, access: .reading)
    searcher = try Searcher(store)
    options = QueryOptions(clock: Instant.now())
  }

  func answer(_ question: SearchQuestion, _ searchCase: SearchCase) throws -> Int {
    var scope = ScopeRequest()
    scope.everyone = true
    let node = try Question(
      searchCase.keyQL, scope: scope, interval: TimeInterval(), zone: "UTC", matter: nil,
      options: options, store: store
    ).node
    switch question {
    case .count: return try searcher.itemCount(node)
    case .firstPage:
      var hitCount = 0
      try searcher.forEachHit(node) { _ in
        hitCount += 1
        return hitCount < CustodySearch.pageSize
      }
      return hitCount
    case .allIDs:
      var ids: [ObjectID] = []
      try searcher.forEachReference(node, readsAhead: true) { item in
        ids.append(item.id)
        return true
      }
      return ids.count
    }
  }
}
