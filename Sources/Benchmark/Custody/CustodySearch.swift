// SPDX-License-Identifier: Apache-2.0
import Model
import Query
import Store

/// Our side of searching: from the text of the query on, with the store open.
final class CustodySearch: SearchEngine {
  private let searcher: Searcher
  private let options: QueryOptions

  init(_ folder: String) throws {
    searcher = try Searcher(try Store.open(at: folder, access: .reading))
    options = QueryOptions(clock: Instant.now())
  }

  func answer(_ question: SearchQuestion, _ searchCase: SearchCase) throws -> Int {
    let query = QueryCompiler.compile(
      searchCase.keyQL, options: options, directory: EmptyDirectory())
    guard let node = query.node, query.errors.isEmpty else {
      throw CorpusError(
        "\(searchCase.keyQL): \(query.errors.map(\.message).joined(separator: "; "))")
    }
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
      try searcher.forEachReference(node) { item in
        ids.append(item.id)
        return true
      }
      return ids.count
    }
  }
}
