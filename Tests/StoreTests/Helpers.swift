// SPDX-License-Identifier: Apache-2.0
import Foundation
import GRDB
import Model
import Synchronization
import TestSupport

@testable import Store

/// A clock that a test moves by hand.
final class TestClock: Sendable {
  private let ticks: Mutex<Int64>

  init(_ start: String = "2026-03-01T12:00:00Z") {
    ticks = Mutex(Instant(rfc3339: start)?.ticks ?? 0)
  }

  var now: Instant { Instant(ticks: ticks.withLock { $0 }) }

  func advance(days: Int = 0, seconds: Int = 0) {
    let step = Int64(days) * Instant.ticksPerDay + Int64(seconds) * Instant.ticksPerSecond
    ticks.withLock { $0 += step }
  }
}

extension AuditActor {
  static func test(_ command: String = "test run") -> AuditActor {
    AuditActor(
      userID: 1000, account: "ada", callingAccount: nil, host: "desk", program: "custody 0.0.0",
      command: command)
  }
}

/// Runs a body with a new store in a temporary folder.
func withStore<Result>(
  clock: TestClock = TestClock(), _ body: (Store) async throws -> Result
) async throws -> Result {
  try await withTemporaryDirectory { folder in
    let store = try Store.create(
      at: folder.appendingPathComponent("store").path, as: .test(), clock: { clock.now })
    return try await body(store)
  }
}

/// The exit status that a body's error asks for; nil when it does not throw a `StoreError`.
func status(_ body: () throws -> Void) -> ExitStatus? {
  do {
    try body()
    return nil
  } catch let error as StoreError {
    return error.code
  } catch {
    return nil
  }
}

/// Runs SQL on a store's catalog past all our rules, as somebody with an editor would.
func tamper(_ store: Store, _ statements: String...) throws {
  let queue = try DatabaseQueue(path: store.layout.catalog)
  try queue.write { db in
    try db.execute(sql: "DROP TRIGGER IF EXISTS event_is_never_changed")
    try db.execute(sql: "DROP TRIGGER IF EXISTS event_is_never_deleted")
    try db.execute(sql: "PRAGMA ignore_check_constraints = ON")
    for statement in statements { try db.execute(sql: statement) }
  }
}

extension Change {
  /// A conversation row with one version, for what needs one to refer to.
  @discardableResult
  func insertConversation(
    _ nativeID: String, source: SourceRecord, run: RunRecord, account: Int64? = nil,
    project: Int64? = nil, started: Instant? = nil
  ) throws -> Int64 {
    try db.execute(
      sql: """
        INSERT OR IGNORE INTO partition (number, state, created) VALUES (1, 'open', 0)
        """)
    try db.execute(
      sql: """
        INSERT INTO conversation (id, kind, route, source, native_id, account, project, partition,
          started, version_count, item_count)
        VALUES (?, 'conversation', 'route', ?, ?, ?, ?, 1, ?, 1, 1)
        """,
      arguments: [
        ObjectID.conversation(route: "route", nativeID: nativeID).text, source.key, nativeID,
        account, project, started?.ticks,
      ])
    let key = db.lastInsertedRowID
    if let account {
      try db.execute(
        sql: "INSERT INTO conversation_account VALUES (?, ?)", arguments: [key, account])
    }
    if let project {
      try db.execute(
        sql: "INSERT INTO conversation_project (conversation, project) VALUES (?, ?)",
        arguments: [key, project])
    }
    try db.execute(
      sql: """
        INSERT INTO conversation_version (conversation, version, digest, byte_count, item_count,
          run, captured)
        VALUES (?, 1, zeroblob(32), 10, 1, ?, ?)
        """, arguments: [key, run.key, now.ticks])
    return key
  }
}
