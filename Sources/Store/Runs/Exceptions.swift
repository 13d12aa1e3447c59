// SPDX-License-Identifier: Apache-2.0
import GRDB
package import Model

/// Which exceptions a list shows; nil shows all.
package struct ExceptionFilter: Sendable {
  package var state: ExceptionState?
  package var kind: ExceptionKind?
  package var code: String?
  /// The source's row.
  package var source: Int64?
  /// The run's row: those that it met.
  package var run: Int64?
  /// The hold's row: those that concern it alone.
  package var hold: Int64?

  package init(
    state: ExceptionState? = nil, kind: ExceptionKind? = nil, code: String? = nil,
    source: Int64? = nil, run: Int64? = nil, hold: Int64? = nil
  ) {
    self.state = state
    self.kind = kind
    self.code = code
    self.source = source
    self.run = run
    self.hold = hold
  }

  fileprivate static let condition = """
     WHERE (?1 IS NULL OR exception.state = ?1) AND (?2 IS NULL OR exception.kind = ?2)
      AND (?3 IS NULL OR exception.code = ?3) AND (?4 IS NULL OR exception.source = ?4)
      AND (?5 IS NULL OR exception.first_run = ?5 OR exception.last_run = ?5)
      AND (?6 IS NULL OR exception.hold = ?6)
    """

  fileprivate var arguments: StatementArguments {
    [state?.rawValue, kind?.rawValue, code, source, run, hold]
  }
}

extension Catalog {
  /// Exceptions in the order in which they were first met.
  package func exceptions(
    _ filter: ExceptionFilter = ExceptionFilter(), limit: Int? = nil
  ) throws -> [ExceptionRecord] {
    try Row.fetchAll(
      db,
      sql: ExceptionRecord.selection + ExceptionFilter.condition
        + " ORDER BY exception.first_seen, exception.key LIMIT ?7",
      arguments: filter.arguments + [limit ?? -1]
    ).map(ExceptionRecord.init)
  }

  /// How many exceptions a filter lets through.
  package func exceptionCount(_ filter: ExceptionFilter = ExceptionFilter()) throws -> Int {
    try Int.fetchOne(
      db, sql: "SELECT count(*) FROM exception" + ExceptionFilter.condition,
      arguments: filter.arguments) ?? 0
  }

  /// The exceptions with these ids; all unknown ones are told at once.
  package func exceptions(ids: [String]) throws -> [ExceptionRecord] {
    var found: [ExceptionRecord] = []
    var unknown: [String] = []
    for written in ids {
      if let row = try row(withID: written, ExceptionRecord.selection, table: "exception") {
        found.append(try ExceptionRecord(row: row))
      } else {
        unknown.append(written)
      }
    }
    guard unknown.isEmpty else { throw Catalog.notFound(unknown, noun: "exception") }
    return found
  }
}

extension Change {
  /// Writes down a problem that a run met.
  ///
  /// One that is known already is only dated anew, and stays resolved if a person resolved it; met for
  /// another conversation, it is no single one's any more.
  ///
  /// Records no event: it is part of a batch that does.
  ///
  /// - Returns: Whether it is new.
  @discardableResult
  package func recordException(
    _ problem: CaptureProblem, kind: ExceptionKind, in run: RunRecord
  ) throws -> Bool {
    let known = try db.cachedStatement(
      sql: """
        UPDATE exception SET last_run = ?, last_seen = ?, detail = ?,
          conversation = CASE WHEN conversation = ? THEN conversation END
        WHERE coalesce(source, 0) = ? AND coalesce(hold, 0) = 0 AND code = ? AND path = ?
          AND object = ?
        """)
    try known.execute(arguments: [
      run.key, now.ticks, problem.detail, problem.conversation?.text, run.source,
      problem.code.rawValue, problem.path, problem.object,
    ])
    if db.changesCount > 0 { return false }
    let insert = try db.cachedStatement(
      sql: """
        INSERT INTO exception (id, source, first_run, last_run, kind, code, path, object, detail,
          state, first_seen, last_seen, conversation)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'open', ?, ?, ?)
        """)
    try insert.execute(arguments: [
      ObjectID.random(.exception).text, run.source, run.key, run.key, kind.rawValue,
      problem.code.rawValue, problem.path, problem.object, problem.detail, now.ticks, now.ticks,
      problem.conversation?.text,
    ])
    // Somebody may have come to bear the account since the run looked.
    if problem.code == .custodianUnknown {
      try followAttribution(of: problem.object)
      // A part of a conversation need not tell what another part told.
      try closeGap(ofConversation: problem.object)
    }
    return true
  }

  /// Marks exceptions as dealt with.
  ///
  /// - Returns: How many were open until now.
  /// - Throws: `StoreError` with `.usage` without a reason, `.notFound` naming all unknown ids.
  package func resolveExceptions(_ ids: [String], reason: String) throws -> Int {
    guard !ids.isEmpty else { throw StoreError(.usage, "name the exceptions to resolve") }
    guard !reason.isEmpty else {
      throw StoreError(.usage, "say why the exception is resolved, with --reason")
    }
    let open = try catalog.exceptions(ids: ids).filter { $0.state == .open }
    for exception in open {
      try closeException(exception.key, reason: reason)
      try record(
        AuditEvent(
          "exception.resolve", of: exception.id, before: ["state": "open"],
          after: ["state": "resolved", "code": .string(exception.code)], reason: reason))
    }
    return open.count
  }

  /// Marks one exception as dealt with, without an event.
  func closeException(_ key: Int64, reason: String) throws {
    try db.execute(
      sql: """
        UPDATE exception SET state = 'resolved', resolved = ?, reason = ?, account = ?
        WHERE key = ?
        """, arguments: [now.ticks, reason, actor.displayName, key])
  }
}
