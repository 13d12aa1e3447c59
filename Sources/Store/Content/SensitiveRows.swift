// SPDX-License-Identifier: Apache-2.0
import Detection
package import Model

/// The table `item_sensitive` of a partition.
enum SensitiveRows {
  static let insertion =
    "INSERT INTO item_sensitive (row, type, confidence, count) VALUES (?, ?, ?, ?)"

  /// Inserts what was found in a row's texts.
  static func insert(
    _ count: SensitiveCount, row: Int64, with statement: DirectStatement
  ) throws {
    try statement.bind(row, at: 1)
    try statement.bind(count.type.rawValue, at: 2)
    try statement.bind(count.confidence.rawValue, at: 3)
    try statement.bind(count.count, at: 4)
    try statement.run()
  }

  /// What was found in a row's texts, by type, then confidence.
  ///
  /// A type that this version does not know, of a newer detector, is left out.
  static func counts(
    ofRow row: Int64, in connection: DirectConnection
  ) throws -> [SensitiveCount] {
    let statement = try connection.cached(
      "SELECT type, confidence, count FROM item_sensitive WHERE row = ? ORDER BY type, confidence")
    defer { statement.reset() }
    try statement.bind(row, at: 1)
    var counts: [SensitiveCount] = []
    while try statement.step() {
      guard let type = SensitiveType(rawValue: Int(statement.integer(0))),
        let confidence = SensitiveConfidence(rawValue: Int(statement.integer(1)))
      else { continue }
      counts.append(
        SensitiveCount(type: type, confidence: confidence, count: Int(statement.integer(2))))
    }
    return counts
  }

  /// Puts what was found in a row's texts in the place of what was found before.
  ///
  /// - Returns: Whether that is something else.
  static func replace(
    ofRow row: Int64, with counts: [SensitiveCount], in connection: DirectConnection
  ) throws -> Bool {
    if try stands(counts, ofRow: row, in: connection) { return false }
    let old = try connection.cached("DELETE FROM item_sensitive WHERE row = ?")
    try old.bind(row, at: 1)
    try old.run()
    let insert = try connection.cached(insertion)
    for count in counts { try SensitiveRows.insert(count, row: row, with: insert) }
    return true
  }

  /// Whether just this is recorded of a row; types that only another version knows count, too.
  private static func stands(
    _ counts: [SensitiveCount], ofRow row: Int64, in connection: DirectConnection
  ) throws -> Bool {
    let statement = try connection.cached(
      "SELECT type, confidence, count FROM item_sensitive WHERE row = ? ORDER BY type, confidence")
    defer { statement.reset() }
    try statement.bind(row, at: 1)
    var rest = counts[...]
    while try statement.step() {
      guard let count = rest.popFirst(), statement.integer(0) == Int64(count.type.rawValue),
        statement.integer(1) == Int64(count.confidence.rawValue),
        statement.integer(2) == Int64(count.count)
      else { return false }
    }
    return rest.isEmpty
  }

  /// Whether another version of the detector looked through an item of the partition.
  static func isOutdated(_ connection: DirectConnection) throws -> Bool {
    try connection.integer(
      "SELECT EXISTS (SELECT 1 FROM batch WHERE detector <> ?)", Int64(Detector.version)) == 1
  }

  /// Looks for sensitive types anew in all texts of a partition, and puts what is found in the place
  /// of what was: into the table and into the facets that the full-text index is made from.
  ///
  /// Items in which something else is found are noted, for the holds that selected them by what was.
  /// The caller makes the index anew in the same transaction.
  static func renew(_ connection: DirectConnection) throws {
    let change = try connection.prepare("UPDATE item_text SET facet = ? WHERE row = ?")
    let texts = try connection.prepare(
      "SELECT row, body, title, names, files, facet FROM item_text WHERE row > ? ORDER BY row LIMIT 1"
    )
    var tally = SensitiveTally()
    var last: Int64 = 0
    while true {
      texts.reset()
      try texts.bind(last, at: 1)
      guard try texts.step() else { break }
      last = texts.integer(0)
      let counts = counts(in: texts, from: 1, with: &tally)
      if try replace(ofRow: last, with: counts, in: connection) {
        try RereadRows.note(last, in: connection)
      }
      let old = texts.text(5)
      let facet = Facet.replacingSensitive(in: old, with: counts)
      guard facet != old else { continue }
      texts.reset()
      try change.bind(facet, at: 1)
      try change.bind(last, at: 2)
      try change.run()
    }
    try connection.execute("UPDATE batch SET detector = \(Detector.version)")
  }

  /// What the four texts hold that stand in a statement from a column on.
  static func counts(
    in statement: DirectStatement, from column: Int, with tally: inout SensitiveTally
  ) -> [SensitiveCount] {
    for index in column..<(column + 4) {
      unsafe statement.withBytes(index) { bytes in
        unsafe tally.add(Span(_unsafeElements: bytes.bindMemory(to: UInt8.self)))
      }
    }
    return tally.finish()
  }
}

extension Facet {
  /// The text of a facet column with other tokens for sensitive types.
  static func replacingSensitive(in facet: String, with counts: [SensitiveCount]) -> String {
    let tokens = facet.unicodeScalars.dropFirst().split(separator: " ")
      .map { String(String.UnicodeScalarView($0)) }
      .filter { !$0.hasPrefix("X") }
    return String(Character(FullTextTokenizer.rawMark))
      + (tokens + sensitive(counts)).joined(separator: " ")
  }
}

extension Store {
  /// The numbers of partitions in which another version of the detector looked for sensitive types.
  ///
  /// - Throws: `StoreError` when a partition cannot be read.
  package func partitionsWithOtherDetector() throws -> [Int] {
    let numbers = try read { try PartitionRow.all($0.db).map(\.number) }
    return try numbers.filter { number in
      try SensitiveRows.isOutdated(
        PartitionFile.openForReading(layout.partitions + "/" + PartitionFile.name(number)))
    }
  }

  /// What was found in the items of a conversation, as of a version of it.
  ///
  /// - Parameters:
  ///   - conversation: The conversation.
  ///   - version: The version of its native record, from 1.
  /// - Returns: By the item's id; items in which nothing was found are left out.
  /// - Throws: `StoreError` when its partition cannot be read.
  package func sensitiveCounts(
    of conversation: ConversationRecord, version: Int
  ) throws -> [ObjectID: [SensitiveCount]] {
    var counts: [ObjectID: [SensitiveCount]] = [:]
    let searcher = try Searcher(self, partition: conversation.partition)
    try searcher.forEachVersion(of: conversation.id, partition: conversation.partition) { item in
      guard item.conversationVersion <= version else { return }
      let found = try item.item.sensitiveCounts()
      counts[item.id] = found.isEmpty ? nil : found
    }
    return counts
  }
}
