// SPDX-License-Identifier: Apache-2.0
package import Bytes
import Foundation
import GRDB
package import Model

/// What a run did with one endpoint (claude-capture-formats section 3.11, step 9).
package struct SyncEndpoint: Hashable, Sendable {
  /// How far it came.
  package enum Outcome: String, Sendable, CaseIterable {
    case running, complete, partial, failed
    /// The key does not reach it.
    case denied
    /// The service does not offer it to this organisation.
    case absent
  }

  package var endpoint: String
  package var parameters: JSONValue
  package var firstCursor = ""
  package var lastCursor = ""
  package var pageCount = 0
  package var recordCount = 0
  package var outcome = Outcome.running
  /// Why it is not complete.
  package var detail = ""
  /// The service's id of the last answer.
  package var lastRequest = ""

  package init(_ endpoint: String, parameters: JSONValue = [:]) {
    self.endpoint = endpoint
    self.parameters = parameters
  }
}

/// What a run of `sync` had to do with its service.
package struct SyncRun: Hashable, Sendable {
  package var keyFingerprint: SHA256Digest
  package var baseURL: String
  package var callCount = 0
  package var repeatCount = 0
  package var lastRequest = ""
  /// What the source keeps and for how long, by organisation.
  package var retention: JSONValue = [:]

  package init(keyFingerprint: SHA256Digest, baseURL: String) {
    self.keyFingerprint = keyFingerprint
    self.baseURL = baseURL
  }
}

extension Change {
  /// Writes down how far a run has come with an endpoint; a part of a batch with an event.
  package func record(_ entry: SyncEndpoint, of run: RunRecord) throws {
    try db.execute(
      sql: """
        INSERT INTO sync_endpoint (run, endpoint, parameters, first_cursor, last_cursor,
          page_count, record_count, outcome, detail, last_request, updated)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
        ON CONFLICT DO UPDATE SET parameters = ?3, first_cursor = ?4, last_cursor = ?5,
          page_count = ?6, record_count = ?7, outcome = ?8, detail = ?9, last_request = ?10,
          updated = ?11
        """,
      arguments: [
        run.key, entry.endpoint, entry.parameters.canonical, entry.firstCursor, entry.lastCursor,
        entry.pageCount, entry.recordCount, entry.outcome.rawValue, entry.detail,
        entry.lastRequest, now.ticks,
      ])
  }

  /// Writes down what a run has to do with its service; a part of a batch with an event.
  package func record(_ entry: SyncRun, of run: RunRecord) throws {
    try db.execute(
      sql: """
        INSERT INTO sync_run (run, key_sha256, base_url, call_count, repeat_count, last_request,
          retention)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
        ON CONFLICT DO UPDATE SET call_count = ?4, repeat_count = ?5, last_request = ?6,
          retention = ?7
        """,
      arguments: [
        run.key, Data(entry.keyFingerprint.bytes), entry.baseURL, entry.callCount,
        entry.repeatCount, entry.lastRequest, entry.retention.canonical,
      ])
  }
}

extension Catalog {
  /// What a run did with each endpoint, by name.
  package func endpoints(of run: RunRecord) throws -> [SyncEndpoint] {
    try Row.fetchAll(
      db, sql: "SELECT * FROM sync_endpoint WHERE run = ? ORDER BY endpoint",
      arguments: [run.key]
    ).map { row in
      var entry = SyncEndpoint(row["endpoint"])
      entry.firstCursor = row["first_cursor"]
      entry.lastCursor = row["last_cursor"]
      entry.pageCount = row["page_count"]
      entry.recordCount = row["record_count"]
      entry.outcome = try row.value("outcome")
      entry.detail = row["detail"]
      entry.lastRequest = row["last_request"]
      return entry
    }
  }

  /// What the newest run of a source that asked for it learnt of the source's own retention: the
  /// setting `data_retention` of each organisation, as JSON; nil when none did.
  package func sourceRetention(of source: SourceRecord) throws -> String? {
    try String.fetchOne(
      db,
      sql: """
        SELECT sync_run.retention FROM sync_run JOIN run ON run.key = sync_run.run
        WHERE run.source = ? AND sync_run.retention <> '{}'
        ORDER BY run.started DESC, run.key DESC LIMIT 1
        """, arguments: [source.key])
  }
}
