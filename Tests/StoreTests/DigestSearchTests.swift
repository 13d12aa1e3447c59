// SPDX-License-Identifier: Apache-2.0
import Bytes
import Model
import Query
import Testing

@testable import Store

@Suite("Search by digests")
struct DigestSearchTests {
  /// The first digits of the digests of some bytes.
  private func digits(_ bytes: some Sequence<UInt8>) -> Set<Character> {
    let digests = FileDigests(of: Array(bytes).span)
    return Set([digests.md5, digests.sha256].compactMap(\.first))
  }

  @Test("finds an item by MD5 in a record that lacks it, where its own record is found too")
  func absentRows() async throws {
    for number in 0..<10_000 {
      var first = UnitBuilder("c1", title: "old")
      first.add("m1", .prompt, ["words \(number)"])
      first.add("m2", .prompt, ["more"])
      var second = UnitBuilder("c1", title: "new")
      second.add("m2", .prompt, ["more"])
      let ranges = first.unit.items.map(\.nativeRange)
      let own = FileDigests(of: first.unit.native.span.extracting(ranges[0]))
      guard let digit = own.md5.first, own.sha256.first != digit,
        digits(first.unit.native).contains(digit), !digits(second.unit.native).contains(digit),
        !digits(first.unit.native[ranges[1]]).contains(digit)
      else { continue }
      try await withStore { store in
        try store.ingest([first.unit])
        try store.ingest([second.unit])
        let node = QueryNode.and([
          .text(TextMatch(tokens: ["new"]), in: .property(.title)),
          .restriction(
            PropertyRestriction(
              property: .hash, condition: .keyword(String(digit), isPrefix: true))),
        ])
        var found: [ObjectID] = []
        try Searcher(store).forEachReference(node) { item in
          found.append(item.id)
          return true
        }
        #expect(
          found == [.item(route: first.unit.route, conversationID: "c1", itemID: "m1")])
      }
      return
    }
    Issue.record("no text with such digests")
  }
}
