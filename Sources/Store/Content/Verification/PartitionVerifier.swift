// SPDX-License-Identifier: Apache-2.0
import Bytes
import Model

/// Checks one partition against itself and against the catalog.
struct PartitionVerifier {
  typealias Known = [SearchDirectory.AccountName: CatalogedConversation]

  let row: PartitionRow
  /// The file, as findings name it.
  let name: String
  /// Conversations that were purged and whose rows a crash left.
  let hidden: Set<SearchDirectory.AccountName>
  let connection: DirectConnection
  /// Whether nothing can be written there.
  let isFrozen: Bool

  /// Runs all checks.
  ///
  /// - Throws: `StoreError` with `.damaged` when the file stops answering.
  func verify(
    _ known: Known, _ summary: inout VerificationSummary, _ tell: (Finding) throws -> Void
  ) throws {
    try checkFile(tell)
    try checkMark(tell)
    try checkRecords(known, &summary, tell)
    try checkItems(&summary, tell)
    try SensitiveVerifier(name: name, connection: connection).verify(tell)
    try IndexVerifier(name: name, connection: connection, mark: row.mark, isFrozen: isFrozen)
      .verify(tell)
  }

  // MARK: - The file

  private func checkFile(_ tell: (Finding) throws -> Void) throws {
    let check = try connection.prepare("PRAGMA integrity_check")
    while try check.step(), check.text(0) != "ok" {
      try tell(Finding(.fileDamaged, name, check.text(0)))
    }
    let references = try connection.prepare("PRAGMA foreign_key_check")
    while try references.step() {
      try tell(
        Finding(
          .referenceBroken, name,
          "row \(references.integer(1)) of \(references.text(0)) refers to a row of "
            + "\(references.text(2)) that is not there"))
    }
  }

  private func checkMark(_ tell: (Finding) throws -> Void) throws {
    let last = try connection.integer("SELECT max(last_record) FROM batch") ?? 0
    if last > row.mark.record {
      try tell(
        Finding(.leftover, name, "it holds a batch that was never recorded in the catalog"))
    } else if last < row.mark.record {
      try tell(
        Finding(.recordMissing, name, "it ends before the last record that the catalog names"))
    }
  }

  // MARK: - Native records

  private func checkRecords(
    _ known: Known, _ summary: inout VerificationSummary, _ tell: (Finding) throws -> Void
  ) throws {
    var missing = known.mapValues(\.versions)
    let expander = try ZstdExpander()
    let statement = try connection.prepare(
      """
      SELECT r.row, c.route, c.native_id, r.version, r.digest, r.byte_count, r.item_count,
        r.native, c.key
      FROM record r JOIN conversation c ON c.key = r.conversation WHERE r.row <= ?
      ORDER BY r.row
      """)
    try statement.bind(row.mark.record, at: 1)
    while try statement.step() {
      summary.versions += 1
      let nativeName = SearchDirectory.AccountName(
        route: statement.text(1), nativeID: statement.text(2))
      if hidden.contains(nativeName) { continue }
      let version = statement.integer(3)
      let id = ObjectID.conversation(route: nativeName.route, nativeID: nativeName.nativeID).text
      let object = "\(id) version \(version)"
      guard let entry = missing[nativeName]?.removeValue(forKey: version) else {
        try tell(Finding(.recordUnknown, object, "no catalog row names it"))
        continue
      }
      if entry.digest != statement.bytes(4) || entry.byteCount != statement.integer(5) {
        try tell(
          Finding(.digestMismatch, object, "catalog and \(name) tell different digests"))
      }
      if entry.itemCount != statement.integer(6) {
        try tell(Finding(.countMismatch, object, "catalog and \(name) count other items"))
      }
      let native: [UInt8]
      do {
        native = try expander.expand(
          statement.bytes(7), byteCount: Int(statement.integer(5)))
      } catch {
        try tell(Finding(.recordUnreadable, object, error.message))
        continue
      }
      summary.byteCount += native.count
      if SHA256Digest(of: native.span).bytes != entry.digest {
        try tell(
          Finding(.digestMismatch, object, "its native bytes do not have the recorded digest"))
      }
      try checkItemDigests(record: statement.integer(0), native: native, object: object, tell)
    }
    for (name, versions) in missing {
      for version in versions.keys.sorted() {
        try tell(
          Finding(
            .recordMissing, "\(known[name]?.id ?? "") version \(version)",
            "it is not in \(self.name)"))
      }
    }
    try checkConversations(known, &summary, tell)
  }

  /// The digest of each item whose bytes lie in a record.
  private func checkItemDigests(
    record: Int64, native: [UInt8], object: String, _ tell: (Finding) throws -> Void
  ) throws {
    let statement = try connection.cached(
      """
      SELECT row, native_offset, byte_count, digest, flags FROM item
      WHERE record = ?1 AND conversation = (SELECT conversation FROM record WHERE row = ?1)
      """)
    defer { statement.reset() }
    try statement.bind(record, at: 1)
    while try statement.step() {
      // The bytes of these lie in an earlier record, under their first row.
      guard !ItemFlags(rawValue: statement.integer(4)).contains(.absent) else { continue }
      let start = Int(statement.integer(1))
      let end = start + Int(statement.integer(2))
      guard end <= native.count,
        SHA256Digest(of: native.span.extracting(start..<end)).bytes == statement.bytes(3)
      else {
        try tell(
          Finding(
            .digestMismatch, object,
            "the bytes of item row \(statement.integer(0)) do not have the recorded digest"))
        continue
      }
    }
  }

  private func checkConversations(
    _ known: Known, _ summary: inout VerificationSummary, _ tell: (Finding) throws -> Void
  ) throws {
    var missing = known
    let statement = try connection.prepare(
      """
      SELECT c.route, c.native_id,
        (SELECT count(*) FROM item i WHERE i.conversation = c.key AND i.first = i.row
          AND i.row <= ?1)
      FROM conversation c
      WHERE EXISTS (SELECT 1 FROM record r WHERE r.conversation = c.key AND r.row <= ?2)
      """)
    try statement.bind(row.mark.row, at: 1)
    try statement.bind(row.mark.record, at: 2)
    while try statement.step() {
      let nativeName = SearchDirectory.AccountName(
        route: statement.text(0), nativeID: statement.text(1))
      if hidden.contains(nativeName) { continue }
      summary.conversations += 1
      guard let entry = missing.removeValue(forKey: nativeName) else { continue }
      if entry.itemCount != statement.integer(2) {
        try tell(
          Finding(
            .countMismatch, entry.id,
            "the catalog counts \(entry.itemCount) items, \(name) holds \(statement.integer(2))"))
      }
    }
    for entry in missing.values.sorted(by: { $0.id < $1.id }) where entry.versions.isEmpty {
      try tell(Finding(.recordMissing, entry.id, "the catalog has no version of it"))
    }
  }

  // MARK: - Items

  private func checkItems(
    _ summary: inout VerificationSummary, _ tell: (Finding) throws -> Void
  ) throws {
    let count =
      try connection.integer(
        "SELECT count(*) FROM item WHERE first = row AND row <= ?", row.mark.row) ?? 0
    summary.items += Int(count)
    if try Int(count) != row.itemCount + hiddenItemCount() {
      try tell(
        Finding(
          .countMismatch, name, "the catalog counts \(row.itemCount) items, it holds \(count)"))
    }
    let statement = try connection.prepare(
      """
      SELECT i.row FROM item i LEFT JOIN item_text t ON t.row = i.row WHERE t.row IS NULL
      UNION ALL
      SELECT i.row FROM item i LEFT JOIN item f ON f.row = i.first
      WHERE f.row IS NULL OR f.conversation <> i.conversation OR f.id_key <> i.id_key
      """)
    while try statement.step() {
      try tell(
        Finding(
          .referenceBroken, name,
          "item row \(statement.integer(0)) lacks its texts or its first version"))
    }
    try checkEntries(tell)
  }

  private func hiddenItemCount() throws -> Int {
    try hidden.reduce(0) { sum, name in
      let statement = try connection.cached(
        """
        SELECT count(*) FROM item i JOIN conversation c ON c.key = i.conversation
        WHERE c.route = ? AND c.native_id = ? AND i.first = i.row AND i.row <= ?
        """)
      defer { statement.reset() }
      try statement.bind(name.route, at: 1)
      try statement.bind(name.nativeID, at: 2)
      try statement.bind(row.mark.row, at: 3)
      return try statement.step() ? sum + Int(statement.integer(0)) : sum
    }
  }

  /// An entry whose number does not suit its time would be missed by a search in an interval.
  private func checkEntries(_ tell: (Finding) throws -> Void) throws {
    let shift = try connection.integer("SELECT max(max_shift) FROM batch") ?? 0
    let statement = try connection.prepare("SELECT row, entry, time FROM item")
    while try statement.step() {
      let entry = statement.integer(1)
      let fits =
        if let time = statement.optionalInteger(2) {
          entry >= EntryNumbers.first(from: time)
            && entry <= EntryNumbers.last(upTo: time, shift: shift)
        } else {
          entry >= EntryNumbers.untimed
        }
      guard !fits else { continue }
      try tell(
        Finding(
          .indexMismatch, name,
          "the index has item row \(statement.integer(0)) at a place that does not suit its time"))
    }
  }
}
