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
  /// How many pages were read: what the work is measured by.
  private(set) var loadedPageCount = 0
  /// For who fills a window, meanwhile.
  let dead = PostingWindow()
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
  ///   - segment: The segment.
  /// - Returns: The page's number, and whether an index of the last list on it tells of further pages.
  /// - Throws: `StoreError` when the index cannot be read.
  func page(
    of token: [UInt8], in segment: IndexStructure.Segment
  ) throws -> (number: Int, hasListPages: Bool) {
    try tree.bind(segment.id, at: 1)
    try tree.bind(blob: token, at: 2)
    defer { tree.reset() }
    guard try tree.step() else { return (segment.firstPage, false) }
    let value = tree.integer(0)
    let number = Int(value >> 1)
    // Of a segment that is being merged the first pages are gone.
    return number < segment.firstPage ? (segment.firstPage, false) : (number, value & 1 == 1)
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
