// SPDX-License-Identifier: Apache-2.0
import Bytes
import Detection
import Foundation
import Model

/// The text of a captured file, for the items of a conversation that carry it.
struct FileTextEntry {
  var route: String
  var conversationID: String
  /// The source's id of the file.
  var fileID: String
  var text: String?
  var reading: FileReading

  /// What tells the file of a conversation from others of its partition.
  struct Key: Hashable {
    var route: String
    var conversationID: String
    var fileID: String
  }

  var key: Key { Key(route: route, conversationID: conversationID, fileID: fileID) }
}

/// Puts texts of files into the rows of a partition: texts, flags, sensitive types and index.
///
/// Rows of which another text of the same file was known are noted, for the holds that selected them
/// by it.
///
/// The connection must not have used the `fts` table before (see ``IndexEraser``), and is used for
/// one call of ``apply(_:)``.
final class FileTextRows {
  /// Bytes of text that all files of an item give together at the most: a row lies in memory whole.
  static let itemByteLimit = 16 << 20

  private let connection: DirectConnection
  private let itemByteLimit: Int
  private var tally = SensitiveTally()
  /// Whether another version of the detector looked through items of the partition.
  private var isOutdated = false
  /// The entries whose text was cut, as the files of an item give too much together.
  private(set) var cut: Set<FileTextEntry.Key> = []

  /// - Parameters:
  ///   - connection: Of the partition.
  ///   - itemByteLimit: Bytes of text that all files of an item give together at the most.
  init(_ connection: DirectConnection, itemByteLimit: Int = FileTextRows.itemByteLimit) {
    self.connection = connection
    self.itemByteLimit = itemByteLimit
  }

  /// Puts the texts in, all or none; where they stand already nothing is changed.
  ///
  /// A text that the capture itself brought stays.
  /// - Returns: How many rows changed.
  /// - Throws: `StoreError` when the partition cannot be read or written.
  @discardableResult
  func apply(_ entries: [FileTextEntry]) throws -> Int {
    try connection.transaction {
      var changes: [Int64: [Int: FileTextEntry]] = [:]
      for entry in entries { try collect(entry, &changes) }
      guard !changes.isEmpty else { return 0 }
      isOutdated = try SensitiveRows.isOutdated(connection)
      let rows = changes.keys.sorted()
      let removal = EntryRemoval(connection)
      for row in rows { try removal.take(where: "i.row = ?", row) }
      for row in rows { try rewrite(row, changes[row] ?? [:]) }
      // Where the index had to be made anew it has the new texts already.
      if try !removal.finish() { try index(rows) }
      return rows.count
    }
  }

  private func collect(
    _ entry: FileTextEntry, _ changes: inout [Int64: [Int: FileTextEntry]]
  ) throws {
    let statement = try connection.cached(
      """
      SELECT f.row, f.number, f.sha256, f.content_sha256, f.lack, f.note, f.reader
      FROM conversation c JOIN item i ON i.conversation = c.key JOIN item_file f ON f.row = i.row
      WHERE c.route = ? AND c.native_id = ? AND f.native_key = ? AND f.native_id = ?
        AND (f.has_text = 0 OR f.reader <> '' OR f.content_sha256 IS NOT NULL)
      """)
    defer { statement.reset() }
    try statement.bind(entry.route, at: 1)
    try statement.bind(entry.conversationID, at: 2)
    try statement.bind(LookupKey.native(entry.fileID), at: 3)
    try statement.bind(entry.fileID, at: 4)
    let digest = entry.text.map { SHA256Digest(of: $0).bytes } ?? []
    while try statement.step() {
      let isSame =
        statement.bytes(2) == digest
        && statement.bytes(3) == entry.reading.digests?.sha256Bytes ?? []
        && statement.text(4) == entry.reading.lack?.rawValue ?? ""
        && statement.text(5) == entry.reading.note && statement.text(6) == entry.reading.reader
      guard !isSame else { continue }
      changes[statement.integer(0), default: [:]][Int(statement.integer(1))] = entry
    }
  }

  /// What stands of a row's files.
  private struct FileRow {
    var number: Int
    var text: String?
    var lack: String
    /// The SHA-256 of its bytes; empty where they were never here.
    var content: [UInt8]

    /// Whether another reading changes what was read of the file, and does not only add what was
    /// lacking: a file without any text decided nothing so far.
    func isChanged(by other: FileTextEntry) -> Bool {
      if !content.isEmpty, other.reading.digests?.sha256Bytes != content { return true }
      guard let text, !text.isEmpty || lack.isEmpty else { return false }
      return other.text.map { !$0.utf8.elementsEqual(text.utf8) } ?? true
    }
  }

  private func rewrite(_ row: Int64, _ changes: [Int: FileTextEntry]) throws {
    var files = try loadFiles(row)
    var left = itemByteLimit
    var isReread = false
    for index in files.indices {
      if var entry = changes[files[index].number] {
        if entry.limit(to: left, of: itemByteLimit) { cut.insert(entry.key) }
        try update(row, files[index].number, entry)
        if files[index].isChanged(by: entry) { isReread = true }
        files[index].text = entry.text
        files[index].lack = entry.reading.lack?.rawValue ?? ""
      }
      left -= files[index].text?.utf8.count ?? 0
    }
    var texts: [UInt8] = []
    let segments = texts.append(segments: files.lazy.compactMap(\.text)).count
    let old = try connection.cached(
      """
      SELECT t.body, t.title, t.names, t.facet, i.flags FROM item_text t
      JOIN item i ON i.row = t.row WHERE t.row = ?
      """)
    defer { old.reset() }
    try old.bind(row, at: 1)
    guard try old.step() else { return }
    var flags = ItemFlags(rawValue: old.integer(4))
    if segments > 1 { flags.insert(.severalSegments) }
    if files.contains(where: { !$0.lack.isEmpty }) {
      flags.insert(.partial)
    } else {
      flags.remove(.partial)
    }
    for column in 0..<3 {
      unsafe old.withBytes(column) { bytes in
        unsafe tally.add(Span(_unsafeElements: bytes.bindMemory(to: UInt8.self)))
      }
    }
    tally.add(texts.span)
    let counts = tally.finish()
    let facet = Facet.replacing(in: old.text(3), flags: flags, sensitive: counts)
    old.reset()
    try write(row, texts, facet, flags)
    let isOther = try SensitiveRows.replace(ofRow: row, with: counts, in: connection)
    if isReread || (isOther && isOutdated) { try RereadRows.note(row, in: connection) }
  }

  private func loadFiles(_ row: Int64) throws -> [FileRow] {
    var segments = try FileSegments(ofRow: row, in: connection)
    let statement = try connection.cached(
      """
      SELECT number, has_text, sha256, lack, content_sha256 FROM item_file
      WHERE row = ? ORDER BY number
      """)
    defer { statement.reset() }
    try statement.bind(row, at: 1)
    var files: [FileRow] = []
    while try statement.step() {
      files.append(
        FileRow(
          number: Int(statement.integer(0)),
          text: segments.next(hasText: statement.integer(1) == 1, digest: statement.bytes(2)),
          lack: statement.text(3), content: statement.bytes(4)))
    }
    return files
  }

  private func update(_ row: Int64, _ number: Int, _ entry: FileTextEntry) throws {
    let digests = entry.text.map { FileDigests(of: $0.utf8Span.span) }
    let statement = try connection.cached(
      """
      UPDATE item_file SET has_text = ?3, sha256 = ?4, md5 = ?5, content_sha256 = ?6,
        content_md5 = ?7, lack = ?8, note = ?9, reader = ?10
      WHERE row = ?1 AND number = ?2
      """)
    try statement.bind(row, at: 1)
    try statement.bind(number, at: 2)
    try statement.bind(entry.text == nil ? 0 : 1, at: 3)
    try statement.bind(blob: digests?.sha256Bytes, at: 4)
    try statement.bind(blob: digests?.md5Bytes, at: 5)
    try statement.bind(blob: entry.reading.digests?.sha256Bytes, at: 6)
    try statement.bind(blob: entry.reading.digests?.md5Bytes, at: 7)
    try statement.bind(entry.reading.lack?.rawValue ?? "", at: 8)
    try statement.bind(entry.reading.note, at: 9)
    try statement.bind(entry.reading.reader, at: 10)
    try statement.run()
  }

  private func write(
    _ row: Int64, _ texts: [UInt8], _ facet: String, _ flags: ItemFlags
  ) throws {
    let text = try connection.cached("UPDATE item_text SET files = ?, facet = ? WHERE row = ?")
    try text.bind(String(decoding: texts, as: UTF8.self), at: 1)
    try text.bind(facet, at: 2)
    try text.bind(row, at: 3)
    try text.run()
    let item = try connection.cached("UPDATE item SET flags = ? WHERE row = ?")
    try item.bind(flags.rawValue, at: 1)
    try item.bind(row, at: 2)
    try item.run()
  }

  private func index(_ rows: [Int64]) throws {
    let order = try connection.cached("SELECT entry FROM item WHERE row = ?")
    var entries: [(entry: Int64, row: Int64)] = []
    for row in rows {
      defer { order.reset() }
      try order.bind(row, at: 1)
      if try order.step() { entries.append((order.integer(0), row)) }
    }
    let builder = IndexBuilder()
    let texts = try connection.cached(
      "SELECT body, title, names, files, facet FROM item_text WHERE row = ?")
    for place in entries.sorted(by: <) {
      defer { texts.reset() }
      try texts.bind(place.row, at: 1)
      guard try texts.step() else { continue }
      for column in 0..<IndexBuilder.columnCount {
        unsafe texts.withBytes(column) { bytes in
          unsafe builder.add(bytes, column: column, row: place.entry)
        }
      }
      if builder.isFull { try builder.flush(into: connection) }
    }
    try builder.flush(into: connection)
  }
}

extension FileTextEntry {
  /// Cuts the text where the files of an item would give too much together.
  ///
  /// - Returns: Whether it was cut.
  fileprivate mutating func limit(to byteCount: Int, of limit: Int) -> Bool {
    guard let whole = text, whole.utf8.count > byteCount else { return false }
    var bytes = Array(whole.utf8.prefix(max(0, byteCount)))
    while let last = bytes.last, last & 0xC0 == 0x80 { bytes.removeLast() }
    if let last = bytes.last, last >= 0xC0 { bytes.removeLast() }
    text = bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
    reading.lack = .textLimit
    reading.note = "cut, as the files of an item give \(limit) bytes of text"
    return true
  }
}

extension Facet {
  /// The text of a facet column with other flags and other sensitive types.
  fileprivate static func replacing(
    in facet: String, flags: ItemFlags, sensitive counts: [SensitiveCount]
  ) -> String {
    let kept = facet.unicodeScalars.dropFirst().split(separator: " ")
      .map { String(String.UnicodeScalarView($0)) }
      .filter { !$0.hasPrefix("G") && !$0.hasPrefix("X") }
    return String(Character(FullTextTokenizer.rawMark))
      + (kept + self.flags(flags) + sensitive(counts)).joined(separator: " ")
  }
}
