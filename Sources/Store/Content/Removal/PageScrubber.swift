// SPDX-License-Identifier: Apache-2.0
import Glibc
import Model

/// Overwrites what the pages of a partition file hold outside of their cells.
///
/// SQLite's `secure_delete` overwrites a cell that is deleted, and a page that is freed. But when it
/// moves cells from a page to another one, at an insertion as well as at a deletion, it leaves copies
/// of them between the page's list of cells and its first cell. Those copies outlive the rows.
///
/// It writes zeros into bytes that mean nothing to SQLite, so a crash between does no harm and readers
/// see no change. The log must be empty, nobody may write, and this process has no connection to the
/// file: closing a file would take the locks of one. It costs one reading of the file; what it
/// writes follows what it finds.
enum PageScrubber {
  private static let pagesAtOnce = 128
  /// An overflow page begins with the number of the next one: as long as there are fewer pages, its
  /// first byte is none that begins a page of a tree.
  private static let pageLimit = 0x0200_0000

  /// Overwrites the gaps of all pages, and waits until that is on disk.
  ///
  /// - Parameter path: The partition's file.
  /// - Returns: How many pages were changed.
  /// - Throws: `StoreError` when the file cannot be read or written, or is no database.
  @discardableResult
  static func scrub(_ path: String) throws -> Int {
    let file = unsafe open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW)
    guard file >= 0 else { throw FileSystem.failure("cannot open \(path)") }
    defer { close(file) }
    let header = try read(file, count: 100, at: 0, path)
    guard header.count == 100 else { throw StoreError.damaged(path, "it has no header") }
    let declared = Int(header[16]) << 8 | Int(header[17])
    let size = declared == 1 ? 65_536 : declared
    guard size >= 512 else { throw StoreError.damaged(path, "its header tells no page size") }
    let usable = size - Int(header[20])
    var changed = 0
    var page = 0
    while true {
      guard page < pageLimit else {
        throw StoreError(.failure, "\(path) is too large to be cleaned")
      }
      var bytes = try read(file, count: size * pagesAtOnce, at: size * page, path)
      guard bytes.count >= size else { break }
      for index in 0..<(bytes.count / size) {
        let start = index * size
        let first = page + index == 0 ? 100 : 0
        guard clean(&bytes, page: start, header: start + first, end: start + usable) else {
          continue
        }
        try write(bytes[start..<(start + size)], to: file, at: size * (page + index), path)
        changed += 1
      }
      page += bytes.count / size
    }
    if changed > 0, fsync(file) != 0 { throw FileSystem.failure("cannot write \(path)") }
    return changed
  }

  /// Overwrites the gap and the free blocks of a page of a tree; false where nothing was to be done.
  private static func clean(
    _ bytes: inout [UInt8], page: Int, header: Int, end: Int
  ) -> Bool {
    let headerSize: Int
    switch bytes[header] {
    case 2, 5: headerSize = 12
    case 10, 13: headerSize = 8
    default: return false
    }
    func number(_ place: Int) -> Int { Int(bytes[place]) << 8 | Int(bytes[place + 1]) }
    let listEnd = header + headerSize + 2 * number(header + 3)
    let contentStart = page + (number(header + 5) == 0 ? 65_536 : number(header + 5))
    guard listEnd <= contentStart, contentStart <= end else { return false }
    var changed = zero(&bytes, listEnd..<contentStart)
    // Each free block begins with the place of the next one and its own size.
    var block = number(header + 1)
    while block != 0, page + block >= contentStart, page + block + 4 <= end {
      let size = number(page + block + 2)
      guard size >= 4, page + block + size <= end else { break }
      if zero(&bytes, (page + block + 4)..<(page + block + size)) { changed = true }
      let next = number(page + block)
      guard next == 0 || next > block else { break }
      block = next
    }
    return changed
  }

  private static func zero(_ bytes: inout [UInt8], _ range: Range<Int>) -> Bool {
    var changed = false
    for index in range where bytes[index] != 0 {
      bytes[index] = 0
      changed = true
    }
    return changed
  }

  private static func read(
    _ file: Int32, count: Int, at offset: Int, _ path: String
  ) throws -> [UInt8] {
    var done = 0
    var failed = false
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      while done < count {
        let got = unsafe pread(
          file, buffer.baseAddress.map { unsafe $0 + done }, count - done, off_t(offset + done))
        if got < 0, errno == EINTR { continue }
        failed = got < 0
        guard got > 0 else { break }
        done += got
      }
      initialized = done
    }
    guard !failed else { throw FileSystem.failure("cannot read \(path)") }
    return bytes
  }

  private static func write(
    _ bytes: ArraySlice<UInt8>, to file: Int32, at offset: Int, _ path: String
  ) throws {
    let isWritten = unsafe bytes.withUnsafeBytes { buffer in
      var done = 0
      while done < buffer.count {
        let put = unsafe pwrite(
          file, buffer.baseAddress.map { unsafe $0 + done }, buffer.count - done,
          off_t(offset + done))
        if put < 0, errno == EINTR { continue }
        guard put > 0 else { return false }
        done += put
      }
      return true
    }
    guard isWritten else { throw FileSystem.failure("cannot write \(path)") }
  }
}
