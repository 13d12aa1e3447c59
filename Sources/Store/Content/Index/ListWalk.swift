// SPDX-License-Identifier: Apache-2.0

/// Says which pages of a list have to be looked at after that of its token, and keeps the list's
/// index up to date.
struct ListWalk {
  /// As the list is now; nothing where it has no index.
  private(set) var entries: [ListIndex.Entry]
  private let known: [ListIndex.Entry]
  private let isIndexed: Bool
  private let lastPage: Int
  private var page: Int
  private var isAtEnd = false
  /// The first entry of `known` for a page after the one last looked at.
  private var following = 0

  init(page: Int, index: ListIndex?, lastPage: Int) {
    self.page = page
    self.lastPage = lastPage
    known = index?.entries ?? []
    isIndexed = index != nil
    entries = known
  }

  /// The next page to look at; nil when there is nothing left to find.
  ///
  /// - Parameters:
  ///   - filter: Loses the rows that the list cannot have.
  ///   - needsRow: Whether a page with a row is looked for.
  /// - Returns: Its number.
  mutating func next(_ filter: inout ListFilter, needsRow: Bool) -> Int? {
    guard !isAtEnd, page < lastPage else { return nil }
    guard isIndexed, filter.restByteCount == 0 else {
      return filter.isUnfinished || needsRow ? page + 1 : nil
    }
    let nextKnown = following < known.count ? known[following].page : nil
    // The page of the first row that stays may hold none to take out: none is passed over.
    if needsRow { return nextKnown }
    while let row = filter.nextRow {
      if nextKnown != nil, known[following].row <= row {
        // The last page whose first row is not greater.
        var place = following
        while place + 1 < known.count, known[place + 1].row <= row { place += 1 }
        return known[place].page
      }
      // It would stand on a page that was looked at.
      filter.skipRow()
    }
    return nil
  }

  /// Notes what a page is now.
  ///
  /// - Parameters:
  ///   - page: Its number.
  ///   - firstRow: The first row that begins on it.
  ///   - isLast: Whether the list ends on it.
  mutating func note(_ page: Int, firstRow: Int64?, isLast: Bool) {
    self.page = page
    isAtEnd = isLast
    while following < known.count, known[following].page <= page { following += 1 }
    guard let place = entries.firstIndex(where: { $0.page == page }) else { return }
    if let firstRow { entries[place].row = firstRow } else { entries.remove(at: place) }
  }
}
