// SPDX-License-Identifier: Apache-2.0
import Bytes
import FileText
import Foundation
import GRDB
package import Model

/// A file of a conversation whose text does not stand in the items yet.
struct PendingFileText {
  /// The keys of the catalog's row.
  var conversation: Int64
  var file: Int64
  var digest: SHA256Digest
  var route: String
  var conversationID: String
  var partition: Int
  /// The source's id of the file.
  var fileID: String
}

extension Catalog {
  /// What another try, on another day or machine, may mend.
  static let mendableLacks: [ProblemCode] = [.readerMissing, .readerFailed, .hashMismatch]

  /// The same as a list in SQL.
  static let mendableLackList = mendableLacks.map { "'\($0.rawValue)'" }.joined(separator: ", ")

  private static let pending =
    "(l.extractor < \(FileTextExtractor.version) OR l.extractor > \(FileTextExtractor.version))"
  private static let columns = """
    SELECT l.conversation, l.file, f.sha256, c.route, c.native_id, c.partition, f.native_id
    FROM conversation_file l JOIN source_file f ON f.key = l.file
      JOIN conversation c ON c.key = l.conversation
    """

  /// Whether text of files is still to be put into items.
  package func hasPendingFileTexts() throws -> Bool {
    try Bool.fetchOne(
      db.cachedStatement(
        sql: "SELECT EXISTS (SELECT 1 FROM conversation_file l WHERE \(Catalog.pending))"))
      ?? false
  }

  /// How many files of conversations are still to be read.
  package func pendingFileTextCount() throws -> Int {
    try Int.fetchOne(
      db, sql: "SELECT count(*) FROM conversation_file l WHERE \(Catalog.pending)") ?? 0
  }

  /// Some of the files whose text is still to be put into items.
  func pendingFileTexts(limit: Int) throws -> [PendingFileText] {
    try fileTexts(Catalog.columns + " WHERE \(Catalog.pending) LIMIT ?", [limit])
  }

  /// All whose bytes are the same.
  func pendingFileTexts(of digest: SHA256Digest) throws -> [PendingFileText] {
    try fileTexts(
      Catalog.columns + " WHERE f.sha256 = ? AND \(Catalog.pending)", [Data(digest.bytes)])
  }

  /// One that the same bytes were read for already, as far as they can be read.
  func readFileText(of digest: SHA256Digest) throws -> PendingFileText? {
    try fileTexts(
      Catalog.columns
        + " WHERE f.sha256 = ? AND l.extractor = ? AND l.lack NOT IN (\(Catalog.mendableLackList))"
        + " LIMIT 1",
      [Data(digest.bytes), FileTextExtractor.version]
    ).first
  }

  private func fileTexts(
    _ sql: String, _ arguments: StatementArguments
  ) throws -> [PendingFileText] {
    try Row.fetchAll(db.cachedStatement(sql: sql), arguments: arguments).compactMap { row in
      guard let digest = SHA256Digest(bytes: [UInt8](row[2] as Data)) else { return nil }
      return PendingFileText(
        conversation: row[0], file: row[1], digest: digest, route: row[3], conversationID: row[4],
        partition: row[5], fileID: row[6])
    }
  }

  /// How many files of captures have no text or not all of it in the search, by reason.
  package func fileTextLacks() throws -> [(code: ProblemCode, count: Int)] {
    try Row.fetchAll(
      db,
      sql: """
        SELECT lack, count(DISTINCT file) FROM conversation_file WHERE lack <> '' GROUP BY lack
        ORDER BY lack
        """
    ).compactMap { row in ProblemCode(rawValue: row[0]).map { ($0, row[1]) } }
  }
}

extension Change {
  /// Records that the text of files stands in the items.
  func recordFileTexts(_ done: [(file: PendingFileText, lack: ProblemCode?)]) throws {
    for entry in done {
      try db.cachedStatement(
        sql: """
          UPDATE conversation_file SET extractor = ?, lack = ? WHERE conversation = ? AND file = ?
          """
      ).execute(arguments: [
        FileTextExtractor.version, entry.lack?.rawValue ?? "", entry.file.conversation,
        entry.file.file,
      ])
    }
    try record(
      AuditEvent(
        "content.files.read", of: try catalog.storeDescription().id,
        after: [
          "files": JSONValue(done.count),
          "lacking": JSONValue(done.count { $0.lack != nil }),
        ]))
  }

  /// Lets files be read again whose reader was missing or failed.
  func forgetFailedFileTexts() throws {
    try db.execute(
      sql: """
        UPDATE conversation_file SET extractor = 0
        WHERE extractor <> 0 AND lack IN (\(Catalog.mendableLackList))
        """)
    try record(
      AuditEvent(
        "content.files.reread", of: try catalog.storeDescription().id,
        after: ["files": JSONValue(db.changesCount)]))
  }
}
