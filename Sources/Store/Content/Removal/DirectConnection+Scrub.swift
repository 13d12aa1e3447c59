// SPDX-License-Identifier: Apache-2.0
import Bytes
import GRDBSQLite
import Model

extension DirectConnection {
  /// Pages that are read at once.
  private static let scrubbedPageCount = 128

  /// Fills the bytes of the file that belong to nothing with zeros: what SQLite left of deleted and
  /// moved cells, on free pages, and behind the end of payloads.
  ///
  /// Readers go on meanwhile, since nobody reads these bytes; a crash in the middle harms nothing.
  /// The caller is the only writer of the file and has emptied its log, whose pages would bring the
  /// bytes back. Afterwards it must not write on a connection that has read pages before: SQLite
  /// would write them as they were.
  ///
  /// - Returns: Whether there were any.
  /// - Throws: `StoreError` with `.damaged` when the file contradicts SQLite's format, `.storage`
  ///   when it cannot be read or written.
  @discardableResult
  func scrub() throws -> Bool {
    // Whoever else would write has to wait.
    try execute("BEGIN IMMEDIATE")
    defer { try? execute("ROLLBACK") }
    let file = try PageFile(self)
    let header = try file.read(1..<2)
    // The number of bytes at the end of each page that SQLite leaves to others.
    let usableSize = file.pageSize - Int(header[20])
    let free = try FreePages(file, header.span)
    var tails = OverflowTails(pageCount: file.pageCount, usableSize: usableSize)
    var chains: [OverflowChain] = []
    var isChanged = false
    var next = 1
    // One buffer for all: a new one for each piece would cost as much as reading it.
    var bytes: [UInt8] = []
    while next <= file.pageCount {
      let pages = next..<min(next + Self.scrubbedPageCount, file.pageCount + 1)
      try file.read(pages, into: &bytes)
      for number in pages {
        let start = (number - next) * file.pageSize
        let page = bytes.span.extracting(start..<(start + file.pageSize))
        let ranges: [Range<Int>]
        if let all = free.ranges(of: number, pageSize: file.pageSize) {
          ranges = all
        } else if let gaps = try PageGaps.of(
          page, isFirst: number == 1, usableSize: usableSize)
        {
          ranges = gaps.ranges
          chains += gaps.chains
        } else {
          tails.note(number, page)
          continue
        }
        let dirty = ranges.filter { !page.extracting($0).isZero }
        guard !dirty.isEmpty else { continue }
        try file.write(page, clearing: dirty, as: number)
        isChanged = true
      }
      next = pages.upperBound
    }
    for (number, tail) in try tails.unclean(chains) {
      let page = try file.page(number)
      try file.write(page.span, clearing: [tail], as: number)
      isChanged = true
    }
    if isChanged { try file.synchronize() }
    return isChanged
  }
}

/// The pages of a database as its connection reads and writes them: a file descriptor of our own
/// would give up the connection's locks when it is closed.
@safe
private struct PageFile {
  private let connection: DirectConnection
  private let file: UnsafeMutablePointer<sqlite3_file>
  private let methods: UnsafePointer<sqlite3_io_methods>
  let pageSize: Int
  let pageCount: Int

  init(_ connection: DirectConnection) throws {
    self.connection = connection
    pageSize = Int(try connection.integer("PRAGMA page_size") ?? 0)
    pageCount = Int(try connection.integer("PRAGMA page_count") ?? 0)
    var file: UnsafeMutablePointer<sqlite3_file>?
    let status = unsafe sqlite3_file_control(
      connection.handle, "main", SQLITE_FCNTL_FILE_POINTER, &file)
    guard status == SQLITE_OK, let file = unsafe file, let methods = unsafe file.pointee.pMethods
    else { throw connection.failure(status) }
    unsafe self.file = file
    unsafe self.methods = methods
  }

  /// The bytes of pages, counted from 1.
  func read(_ pages: Range<Int>) throws -> [UInt8] {
    var bytes: [UInt8] = []
    try read(pages, into: &bytes)
    return bytes
  }

  /// Reads the bytes of pages, counted from 1, to the beginning of a buffer, which grows where it is
  /// too small.
  func read(_ pages: Range<Int>, into buffer: inout [UInt8]) throws {
    let count = pages.count * pageSize
    if buffer.count < count { buffer = [UInt8](repeating: 0, count: count) }
    let status = unsafe buffer.withUnsafeMutableBytes { bytes in
      unsafe methods.pointee.xRead(
        file, bytes.baseAddress, CInt(count), Int64((pages.lowerBound - 1) * pageSize))
    }
    guard status == SQLITE_OK else { throw connection.failure(status) }
  }

  /// Writes a page as it is but for ranges that become zeros: a few writes for each page cost more than
  /// one, and whatever of it gets to the disk is as good as all.
  func write(_ page: Span<UInt8>, clearing ranges: [Range<Int>], as number: Int) throws {
    var bytes: [UInt8] = []
    bytes.append(page)
    let start = ranges.map(\.lowerBound).min() ?? 0
    let end = ranges.map(\.upperBound).max() ?? 0
    for range in ranges {
      for index in range { bytes[index] = 0 }
    }
    let status = unsafe bytes.withUnsafeBytes { bytes in
      unsafe methods.pointee.xWrite(
        file, bytes.baseAddress?.advanced(by: start), CInt(end - start),
        Int64((number - 1) * pageSize + start))
    }
    guard status == SQLITE_OK else { throw connection.failure(status) }
  }

  func synchronize() throws {
    let status = unsafe methods.pointee.xSync(file, SQLITE_SYNC_NORMAL)
    guard status == SQLITE_OK else { throw connection.failure(status) }
  }
}

/// The pages of a file that hold nothing (SQLite's file format, section 1.5).
private struct FreePages {
  /// How many bytes of each one list others.
  private var listing: [Int: Int] = [:]

  init(_ file: PageFile, _ header: Span<UInt8>) throws {
    var trunk = header.integer32(32)
    while trunk != 0 {
      let page = try file.page(trunk)
      let count = page.span.integer32(4)
      guard listing[trunk] == nil, 8 + 4 * count <= file.pageSize else { throw FreePages.broken }
      listing[trunk] = 8 + 4 * count
      for index in 0..<count { listing[page.span.integer32(8 + 4 * index)] = 0 }
      trunk = page.span.integer32(0)
    }
  }

  /// The bytes of a free page that mean nothing; nil for a page that is in use.
  func ranges(of number: Int, pageSize: Int) -> [Range<Int>]? {
    listing[number].map { [$0..<pageSize] }
  }

  fileprivate static var broken: StoreError {
    StoreError(.damaged, "the list of free pages of the file contradicts SQLite's format")
  }
}

extension PageFile {
  fileprivate func page(_ number: Int) throws -> [UInt8] {
    guard (1...pageCount).contains(number) else { throw FreePages.broken }
    return try read(number..<(number + 1))
  }
}

extension Span where Element == UInt8 {
  /// Whether all bytes are zero.
  fileprivate var isZero: Bool {
    unsafe withUnsafeBytes { bytes in
      var index = 0
      while index + 8 <= bytes.count {
        if unsafe bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self) != 0 { return false }
        index += 8
      }
      while index < bytes.count {
        if unsafe bytes[index] != 0 { return false }
        index += 1
      }
      return true
    }
  }

  fileprivate func integer32(_ offset: Int) -> Int {
    (0..<4).reduce(0) { $0 << 8 | Int(self[offset + $1]) }
  }
}
