// SPDX-License-Identifier: Apache-2.0
import Bytes
import Foundation
import GRDB
import Model

extension Change {
  /// Records that a partition holds a batch, with its audit event.
  func recordContent(_ commit: BatchCommit, source: ObjectID, run: ObjectID) throws {
    let sourceKey = try key(of: source, in: "source")
    let runKey = try key(of: run, in: "run")
    try recordPartition(commit)
    var directory = CommitDirectory(
      hasTombstones: try Bool.fetchOne(db, sql: "SELECT EXISTS (SELECT 1 FROM tombstone)") ?? true)
    for conversation in commit.conversations {
      try record(
        conversation, partition: commit.partition, source: sourceKey, run: runKey, &directory)
    }
    try count(commit.counts, of: run)
    try record(
      AuditEvent(
        "content.store", of: run,
        after: [
          "partition": JSONValue(commit.partition),
          "conversations": JSONValue(commit.conversations.count),
          "items": JSONValue(commit.conversations.map(\.newItemCount).reduce(0, +)),
          "bytes": JSONValue(commit.conversations.map(\.byteCount).reduce(0, +)),
        ]))
  }

  /// Records that a source brought conversations that another source had brought before.
  func recordFurtherSource(_ source: ObjectID, of conversations: [ObjectID]) throws {
    let sourceKey = try key(of: source, in: "source")
    var count = 0
    for conversation in conversations {
      try db.execute(
        sql: """
          INSERT OR IGNORE INTO conversation_source (conversation, source)
          SELECT key, ? FROM conversation WHERE id = ? AND source <> ?
          """, arguments: [sourceKey, conversation.text, sourceKey])
      count += db.changesCount
    }
    guard count > 0 else { return }
    try record(
      AuditEvent("source.update", of: source, after: ["conversations": JSONValue(count)]))
  }

  private func key(of id: ObjectID, in table: String) throws -> Int64 {
    guard
      let key = try Int64.fetchOne(
        db, sql: "SELECT key FROM \(table) WHERE id = ?", arguments: [id.text])
    else { throw StoreError(.notFound, "there is no \(table) \(id)", objects: [id.text]) }
    return key
  }

  private func recordPartition(_ commit: BatchCommit) throws {
    let months = commit.conversations.compactMap(\.started).map { CalendarMonth(of: $0).number }
    let items = commit.conversations.map(\.newItemCount).reduce(0, +)
    let bytes = commit.conversations.map(\.byteCount).reduce(0, +)
    try db.execute(
      sql: """
        INSERT INTO partition (number, first_month, last_month, item_count, byte_count, last_row,
          last_record, state, created)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 'open', ?8)
        ON CONFLICT (number) DO UPDATE SET
          first_month = min(coalesce(first_month, ?2), coalesce(?2, first_month)),
          last_month = max(coalesce(last_month, ?3), coalesce(?3, last_month)),
          item_count = item_count + ?4, byte_count = byte_count + ?5, last_row = ?6,
          last_record = ?7
        """,
      arguments: [
        commit.partition, months.min(), months.max(), items, bytes, commit.mark.row,
        commit.mark.record, now.ticks,
      ])
  }

  private func record(
    _ entry: ConversationCommit, partition: Int, source: Int64, run: Int64,
    _ directory: inout CommitDirectory
  ) throws {
    var account: Int64?
    if let nativeID = entry.accountID, nativeID != "" {
      let name = CommitDirectory.Name(route: entry.route, nativeID: nativeID)
      account = try directory.accounts[name] ?? accountKey(route: entry.route, nativeID: nativeID)
      directory.accounts[name] = account
    }
    var project: Int64?
    if let nativeID = entry.projectID, nativeID != "" {
      let name = CommitDirectory.Name(route: entry.route, nativeID: nativeID)
      if let known = directory.projects[name], known.name == entry.projectName {
        project = known.key
      } else {
        let key = try projectKey(route: entry.route, nativeID: nativeID, name: entry.projectName)
        directory.projects[name] = (key, entry.projectName)
        project = key
      }
    }
    let key: Int64
    if entry.version == 1 {
      try db.cachedStatement(
        sql: """
          INSERT INTO conversation (id, kind, route, source, native_id, account, project,
            partition, started, last_activity, newest_item, version_count, item_count)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?)
          """
      ).execute(arguments: [
        entry.id.text, entry.kind.rawValue, entry.route, source, entry.nativeID, account, project,
        partition, entry.started?.ticks, entry.lastActivity?.ticks, entry.newestItem?.ticks,
        entry.newItemCount,
      ])
      key = db.lastInsertedRowID
      if directory.hasTombstones { try linkRecapture(entry.id, run: run) }
    } else {
      try db.cachedStatement(
        sql: """
          UPDATE conversation SET account = iif(?10, coalesce(?1, account), coalesce(account, ?1)),
            project = iif(?10, coalesce(?2, project), coalesce(project, ?2)),
            current_version = iif(?10, ?5, current_version),
            -- A later capture may reach further back, or tell the beginning first.
            started = min(coalesce(started, ?11), coalesce(?11, started)),
            last_activity = CASE
              WHEN ?3 IS NULL THEN iif(?8, last_activity, NULL)
              -- Only what has the items that there are can tell what was not known of them.
              WHEN last_activity IS NULL THEN iif((?8 AND item_count > 0) OR ?9 OR NOT ?10, NULL, ?3)
              ELSE max(last_activity, ?3) END,
            newest_item = max(coalesce(newest_item, ?4), coalesce(?4, newest_item)),
            version_count = ?5, item_count = item_count + ?6
          WHERE id = ?7
          """
      ).execute(arguments: [
        account, project, entry.lastActivity?.ticks, entry.newestItem?.ticks, entry.version,
        entry.newItemCount, entry.id.text, entry.itemCount == 0, entry.isPart,
        try isCurrent(entry), entry.started?.ticks,
      ])
      try db.execute(
        sql: """
          INSERT OR IGNORE INTO conversation_source (conversation, source)
          SELECT key, ?1 FROM conversation WHERE id = ?2 AND source <> ?1
          """, arguments: [source, entry.id.text])
      key = try self.key(of: entry.id, in: "conversation")
      // The new rows have no text yet of the files that are here.
      try db.cachedStatement(
        sql: "UPDATE conversation_file SET extractor = 0 WHERE conversation = ?"
      )
      .execute(arguments: [key])
    }
    if entry.version > 1, account != nil { try closeGap(ofConversation: entry.nativeID) }
    try recordJoinKeys(entry.joinKeys, of: key)
    try recordOwners(
      of: key, account: account, project: project, projectName: entry.projectName ?? "")
    for sender in entry.senderIDs.sorted() {
      let account = try accountKey(route: entry.route, nativeID: sender)
      try recordOwners(of: key, account: account, project: nil, projectName: "")
    }
    try db.cachedStatement(
      sql: """
        INSERT INTO conversation_version (conversation, version, digest, byte_count, item_count,
          run, captured, changed)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        """
    ).execute(arguments: [
      key, entry.version, Data(entry.digest.bytes), entry.byteCount, entry.itemCount, run,
      // Of a version that was emptied it would keep any full one from being current.
      entry.captured.ticks, entry.isEmptied ? nil : entry.changed?.ticks,
    ])
  }

  /// Whether a further version stands for what the conversation is now.
  ///
  /// An export that was made before another may come after it: what the source changed last is
  /// current, and where it does not tell, what was captured last. Messages that were emptied at the
  /// source never stand for those that are here.
  private func isCurrent(_ entry: ConversationCommit) throws -> Bool {
    if entry.isPart { return true }
    if entry.isEmptied { return false }
    guard let changed = entry.changed else { return true }
    let current = try Int64.fetchOne(
      db.cachedStatement(
        sql: """
          SELECT v.changed FROM conversation c
            JOIN conversation_version v ON v.conversation = c.key AND v.version = c.current_version
          WHERE c.id = ? AND v.changed IS NOT NULL
          """), arguments: [entry.id.text])
    return current.map { changed.ticks >= $0 } ?? true
  }

  /// Keeps every account and project that a capture named, whatever later ones say.
  private func recordOwners(
    of conversation: Int64, account: Int64?, project: Int64?, projectName: String
  ) throws {
    if let account {
      try db.cachedStatement(
        sql: "INSERT OR IGNORE INTO conversation_account (conversation, account) VALUES (?, ?)"
      ).execute(arguments: [conversation, account])
    }
    if let project {
      try db.cachedStatement(
        sql: """
          INSERT INTO conversation_project (conversation, project, name) VALUES (?, ?, ?)
          ON CONFLICT DO UPDATE SET name = excluded.name
            WHERE excluded.name <> '' AND excluded.name <> name
          """
      ).execute(arguments: [conversation, project, projectName])
    }
  }
}

/// What a commit knows of the catalog already: most conversations of a batch are of few accounts and
/// projects.
private struct CommitDirectory {
  struct Name: Hashable {
    var route: String
    var nativeID: String
  }

  /// Whether anything was ever purged, so that it may have come again.
  let hasTombstones: Bool
  var accounts: [Name: Int64] = [:]
  /// With the name that was recorded last.
  var projects: [Name: (key: Int64, name: String?)] = [:]
}
