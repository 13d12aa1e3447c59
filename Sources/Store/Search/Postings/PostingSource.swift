// SPDX-License-Identifier: Apache-2.0
import Model
import Query

/// The pages of a partition's full-text index, read as FTS5 wrote them.
///
/// Asking FTS5 costs some 30 ns for each row that it steps over, and a row has to come through SQLite's
/// machine before it can be counted. The lists of rows are simple (see `SegmentWriter`): read here,
/// a count costs a tenth, and conditions are combined a machine word at a time.
///
/// Belongs to one reader, whose transaction keeps the index as it is.
final class PostingSource {
  /// The form of an index that is known here; a later one may mean other things by the same bytes.
  private static let format: Int64 = 4

  private let connection: DirectConnection
  private let deadline: Deadline?
  private let pages: DirectStatement
  private let tree: DirectStatement
  private var trees: [SegmentTree?]
  /// How often each segment was asked for the page of a token.
  private var askedCounts: [Int]
  /// Pages that nobody uses now.
  private var sparePages: [PostingPage] = []
  /// How many pages were read: what the work is measured by.
  private(set) var loadedPageCount = 0
  /// For who fills a window, meanwhile.
  let dead = PostingWindow()
  /// Pages in memory that are kept for the next question.
  private static let sparePageLimit = 64
  /// Questions for pages that cost as much as the rows of so many pages.
  private static let rowsAnAsking = 4
  /// From the newest to the oldest: of two entries for one token and row the newer one counts.
  let segments: [IndexStructure.Segment]

  /// Reads which segments an index has; nil where it has another form, which FTS5 may know.
  ///
  /// - Parameters:
  ///   - connection: Of the partition.
  ///   - deadline: After which no page is read any more, with a `StoreError` of code `.limit`.
  /// - Throws: `StoreError` when the tables cannot be read.
  init?(_ connection: DirectConnection, deadline: Deadline? = nil) throws {
    self.connection = connection
    self.deadline = deadline
    guard
      try connection.integer("SELECT v FROM fts_config WHERE k = 'version'")
        == PostingSource.format
    else { return nil }
    let pages = try connection.prepare("SELECT block FROM fts_data WHERE id = ?")
    tree = try connection.prepare(
      "SELECT pgno FROM fts_idx WHERE segid = ? AND term <= ? ORDER BY term DESC LIMIT 1")
    try pages.bind(IndexStructure.key, at: 1)
    defer { pages.reset() }
    guard try pages.step(), let structure = IndexStructure(pages.bytes(0)) else { return nil }
    self.pages = pages
    // Levels rise with age, and the segments of a level come from the oldest on.
    segments = structure.levels.flatMap { $0.segments.reversed() }
      .filter { $0.lastPage >= $0.firstPage && $0.firstPage > 0 }
    trees = Array(repeating: nil, count: segments.count)
    askedCounts = Array(repeating: 0, count: segments.count)
  }

  /// A page in memory, to be given back.
  func borrowPage() -> PostingPage { sparePages.popLast() ?? PostingPage() }

  /// Takes a borrowed page back.
  func giveBack(_ page: PostingPage) {
    if sparePages.count < PostingSource.sparePageLimit { sparePages.append(page) }
  }

  /// Reads a leaf page of a segment.
  func load(_ page: PostingPage, segment: IndexStructure.Segment, number: Int) throws {
    try deadline?.check()
    loadedPageCount += 1
    try pages.bind(Int64(segment.id) << 37 + Int64(number), at: 1)
    defer { pages.reset() }
    guard try pages.step() else { throw broken }
    let isSound = unsafe pages.withBytes(0) { bytes in unsafe page.take(bytes) }
    guard isSound else { throw broken }
  }

  /// The page of a segment on which a token stands if the segment has it.
  ///
  /// - Parameters:
  ///   - token: With the index's mark.
  ///   - number: Of the segment in ``segments``.
  /// - Returns: The page's number, and whether an index of the last list on it tells of further pages.
  /// - Throws: `StoreError` when the index cannot be read.
  func page(
    of token: [UInt8], inSegment number: Int
  ) throws -> (number: Int, hasListPages: Bool) {
    let segment = segments[number]
    guard let value = try treeValue(for: token, number) else { return (segment.firstPage, false) }
    let page = Int(value >> 1)
    // Of a segment that is being merged the first pages are gone.
    return page < segment.firstPage ? (segment.firstPage, false) : (page, value & 1 == 1)
  }

  /// Asks the table until that has cost as much as to read all of it, then what was read.
  private func treeValue(for token: [UInt8], _ number: Int) throws -> Int64? {
    if let tree = trees[number] { return tree.value(for: token) }
    let segment = segments[number]
    askedCounts[number] += 1
    if askedCounts[number] * PostingSource.rowsAnAsking > segment.lastPage - segment.firstPage {
      let tree = try SegmentTree(segment.id, connection)
      trees[number] = tree
      return tree.value(for: token)
    }
    try tree.bind(segment.id, at: 1)
    try tree.bind(blob: token, at: 2)
    defer { tree.reset() }
    return try tree.step() ? tree.integer(0) : nil
  }

  /// The further pages of a list that begins on a page.
  func listPages(
    startingAt page: Int, in segment: IndexStructure.Segment
  ) throws -> ListPages {
    var list = ListPages()
    let key = Int64(segment.id) << 37 + 1 << 36
    var number = page
    while true {
      try pages.bind(key + Int64(number), at: 1)
      defer { pages.reset() }
      guard try pages.step() else { break }
      guard list.append(pages.bytes(0)) else { throw broken }
      number += 1
    }
    return list
  }

  /// The token of a page; nil when the page lacks it.
  func find(_ token: [UInt8], on page: PostingPage) throws -> PostingPage.Token? {
    do { return try page.find(token) } catch { throw broken }
  }

  /// The index contradicts its format.
  var broken: StoreError {
    StoreError(
      .damaged,
      "the full-text index of \(connection.path) contradicts its format; run custody reindex")
  }

  /// The token as the index has it.
  static func marked(_ token: String) -> [UInt8] {
    var bytes: [UInt8] = [UInt8(ascii: "0")]
    bytes.append(contentsOf: token.utf8)
    return bytes
  }
}
