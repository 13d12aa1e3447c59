// SPDX-License-Identifier: Apache-2.0
import GRDBSQLite
import Model

extension DirectConnection {
  /// Pages that are read at once.
  private static let scrubbedPageCount = 128

  /// Fills the bytes of the file that belong to nothing with zeros: what SQLite left of deleted and
  /// moved cells.
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
    // What lies in the system's cache is looked at there; a mapping is as good as a copy, since nobody
    // but the caller writes the file.
    try execute("PRAGMA mmap_size = 1099511627776")
    let file = try PageFile(self)
    let header = try file.read(1..<2)
    // The number of bytes at the end of each page that SQLite leaves to others.
    let usableSize = file.pageSize - Int(header[20])
    let free = try FreePages(file, header.span)
    var isChanged = false
    var next = 1
    // One buffer for all: a new one for each piece would cost as much as reading it.
    var bytes: [UInt8] = []
    while next <= file.pageCount {
      let pages = next..<min(next + Self.scrubbedPageCount, file.pageCount + 1)
      try file.withBytes(of: pages, &bytes) { bytes in
        for number in pages {
          let start = (number - pages.lowerBound) * file.pageSize
          let page = bytes.extracting(start..<(start + file.pageSize))
          let ranges =
            try free.ranges(of: number, pageSize: file.pageSize)
            ?? PageGaps.of(page, isFirst: number == 1, usableSize: usableSize)?.ranges ?? []
          for range in ranges where !page.extracting(range).isZero {
            try file.clear(range, ofPage: number)
            isChanged = true
          }
        }
      }
      next = pages.upperBound
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
  private let zeros: [UInt8]
  let pageSize: Int
  let pageCount: Int

  init(_ connection: DirectConnection) throws {
    self.connection = connection
    pageSize = Int(try connection.integer("PRAGMA page_size") ?? 0)
    pageCount = Int(try connection.integer("PRAGMA page_count") ?? 0)
    zeros = [UInt8](repeating: 0, count: pageSize)
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

  /// Gives a body the bytes of pages: where they are mapped, else in a buffer.
  func withBytes(
    of pages: Range<Int>, _ buffer: inout [UInt8], _ body: (Span<UInt8>) throws -> Void
  ) throws {
    let count = pages.count * pageSize
    let offset = Int64((pages.lowerBound - 1) * pageSize)
    var mapped: UnsafeMutableRawPointer?
    // Method 3 is there from version 3 on.
    if unsafe methods.pointee.iVersion >= 3 {
      let status = unsafe methods.pointee.xFetch(file, offset, CInt(count), &mapped)
      guard status == SQLITE_OK else { throw connection.failure(status) }
    }
    guard let mapped = unsafe mapped else {
      try read(pages, into: &buffer)
      return try body(buffer.span.extracting(0..<count))
    }
    defer { _ = unsafe methods.pointee.xUnfetch(file, offset, mapped) }
    try unsafe body(Span(_unsafeStart: mapped.assumingMemoryBound(to: UInt8.self), count: count))
  }

  func clear(_ range: Range<Int>, ofPage number: Int) throws {
    let status = unsafe zeros.withUnsafeBytes { bytes in
      unsafe methods.pointee.xWrite(
        file, bytes.baseAddress, CInt(range.count),
        Int64((number - 1) * pageSize + range.lowerBound))
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
