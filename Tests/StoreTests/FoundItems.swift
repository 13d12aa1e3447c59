// SPDX-License-Identifier: Apache-2.0
import Query
import Testing

@testable import Store

/// What a query finds, by the native ids of the items; the evaluator must say the same of every row,
/// and the count be that of the items.
func itemsFound(by query: String, in store: Store) throws -> [String] {
  let compiled = try store.read { catalog in
    try QueryCompiler.compile(
      query, options: QueryOptions(clock: store.now), directory: catalog.directory)
  }
  let node = try #require(compiled.node, "\(query): \(compiled.diagnostics)")
  let searcher = try Searcher(store)
  var ids: Set<String> = []
  try searcher.forEachHit(node) { hit in
    ids.insert(hit.nativeID ?? "")
    return true
  }
  let count = try searcher.itemCount(node)
  #expect(count == ids.count, "\(query)")
  let evaluator = Evaluator(node)
  var evaluated: Set<String> = []
  for reader in searcher.readers {
    let rows = try reader.connection.prepare("SELECT row FROM item")
    while try rows.step() {
      let item = StoredItem(
        row: rows.integer(0), reader: reader, directory: searcher.directory)
      if try evaluator.matches(item) { evaluated.insert(try item.columns().nativeID ?? "") }
    }
  }
  #expect(evaluated == ids, "\(query)")
  return ids.sorted()
}
