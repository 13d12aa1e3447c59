// SPDX-License-Identifier: Apache-2.0
import Bytes
import Model
import Query

/// Restrictions on digests: SHA-256 and MD5 of native bytes and of the texts of files.
extension SearchCompiler {
  func digests(
    _ node: QueryNode, _ condition: PropertyRestriction.Condition
  ) throws -> CompiledCondition {
    guard case .keyword(let text, let isPrefix) = condition else {
      return CompiledCondition(.all)
    }
    if !isPrefix, let digest = SHA256Digest(hexadecimal: text) {
      return CompiledCondition(
        SQLCondition(
          """
          (i.digest = ?1 OR i.record IN (SELECT row FROM record WHERE digest = ?1)
            OR i.row IN (SELECT row FROM item_file WHERE sha256 = ?1)
            OR i.row IN (SELECT row FROM item_file WHERE content_sha256 = ?1))
          """.replacing("?1", with: "?"), Array(repeating: .blob(digest.bytes), count: 4)))
    }
    let isDigest = text.utf8.count == 32 || isPrefix && text.utf8.count <= 64
    guard isDigest, text.utf8.allSatisfy(isHexadecimal) else { return CompiledCondition(.none) }
    let rows = try NativeDigests.rows(in: reader) { digest in
      try Evaluation.matches(node, StubItem(keywords: [.hash: [digest]]))
    }
    if rows.isEmpty { return CompiledCondition(.none) }
    return CompiledCondition(
      SQLCondition("i.row IN (SELECT value FROM json_each(?))", [.list(rows)]))
  }

  private func isHexadecimal(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"): true
    default: false
    }
  }
}

/// Digests of native records that no column holds: MD5 is computed when somebody asks for it.
enum NativeDigests {
  /// The rows of a partition of which a digest fulfils a condition: their own, that of the
  /// conversation's record, or that of a file.
  ///
  /// Reads all native records.
  static func rows(
    in reader: PartitionReader, where matches: (String) throws -> Bool
  ) throws -> [Int64] {
    let connection = reader.connection
    var rows: Set<Int64> = []
    // Of items found by MD5: rows with the same bytes are found by them.
    var digests: Set<[UInt8]> = []
    let expander = try ZstdExpander()
    let records = try connection.prepare(
      "SELECT row, digest, byte_count, native FROM record WHERE row <= ? ORDER BY row")
    try records.bind(reader.mark.record, at: 1)
    while try records.step() {
      let record = records.integer(0)
      let native = try expander.expand(records.bytes(3), byteCount: Int(records.integer(2)))
      let isWhole =
        try matches(records.bytes(1).hexadecimal)
        || matches(FileDigests(of: native.span).md5)
      let items = try connection.cached(
        // By the conversation, since no index leads from a record to its items.
        """
        SELECT row, native_offset, byte_count, digest, flags FROM item
        WHERE conversation = (SELECT conversation FROM record WHERE row = ?1) AND record = ?1
        """)
      defer { items.reset() }
      try items.bind(record, at: 1)
      while try items.step() {
        let row = items.integer(0)
        let digest = items.bytes(3)
        let isOwn = try matches(digest.hexadecimal)
        if isWhole || isOwn { rows.insert(row) }
        // Where the record matches, too: the same bytes may be a row of another record.
        if !isOwn, !ItemFlags(rawValue: items.integer(4)).contains(.absent),
          try matches(md5(of: native, items.integer(1), items.integer(2)))
        {
          digests.insert(digest)
        }
      }
    }
    if !digests.isEmpty {
      let items = try connection.prepare("SELECT row, digest FROM item WHERE row <= ?")
      try items.bind(reader.mark.row, at: 1)
      while try items.step() {
        if digests.contains(items.bytes(1)) { rows.insert(items.integer(0)) }
      }
    }
    let files = try connection.prepare(
      "SELECT row, sha256, md5, content_sha256, content_md5 FROM item_file")
    while try files.step() {
      for column in 1...4 where !files.isNull(column) {
        if try matches(files.bytes(column).hexadecimal) { rows.insert(files.integer(0)) }
      }
    }
    return rows.sorted()
  }

  /// MD5 of a row's native bytes, and of those of its conversation.
  static func md5(ofRow row: Int64, in reader: PartitionReader) throws -> [String] {
    let expander = try ZstdExpander()
    var digests: [String] = []
    // The bytes of a row that its record lacks lie in the record of an earlier one.
    for (sql, isWhole) in [
      (
        """
        SELECT r.byte_count, r.native, 0, 0 FROM item i JOIN record r ON r.row = i.record
        WHERE i.row = ?
        """, true
      ),
      (
        """
        SELECT r.byte_count, r.native, o.native_offset, o.byte_count
        FROM item i JOIN item o ON o.conversation = i.conversation AND o.digest = i.digest
          JOIN record r ON r.row = o.record
        WHERE i.row = ? AND (o.flags & \(ItemFlags.absent.rawValue)) = 0 LIMIT 1
        """, false
      ),
    ] {
      let statement = try reader.connection.cached(sql)
      defer { statement.reset() }
      try statement.bind(row, at: 1)
      guard try statement.step() else { continue }
      let native = try expander.expand(statement.bytes(1), byteCount: Int(statement.integer(0)))
      digests.append(
        isWhole
          ? FileDigests(of: native.span).md5
          : md5(of: native, statement.integer(2), statement.integer(3)))
    }
    return digests
  }

  private static func md5(of native: [UInt8], _ start: Int64, _ count: Int64) -> String {
    let first = min(Int(start), native.count)
    let end = min(first + Int(count), native.count)
    return FileDigests(of: native.span.extracting(first..<end)).md5
  }
}
