// SPDX-License-Identifier: Apache-2.0
import GRDB
import Model

/// Where holds cannot protect, as a check finds it (holds-and-retention section 2.3).
package struct HoldGap: Hashable, Sendable, Comparable {
  /// Why; the raw text is stable.
  package enum Code: String, Sendable, CaseIterable {
    /// No source has brought anything of the person.
    case nothingCaptured = "NOTHING_CAPTURED"
    /// One source has brought nothing of the person, others have.
    case sourceNeverCaptured = "SOURCE_NEVER_CAPTURED"
    /// A source that concerns the hold deletes by itself what the hold protects.
    case sourceDeletes = "SOURCE_DELETES"
    /// Whose conversations are, or of what project, is not known.
    case notAttributed = "NOT_ATTRIBUTED"
    /// A conversation that the hold covered for certain was purged while it was in force.
    case purgedUnderHold = "PURGED_UNDER_HOLD"
    /// A conversation in scope was purged while the hold was in force; what its query said of it can
    /// no longer be told.
    case purgedInScope = "PURGED_IN_SCOPE"

    /// Whether it stays true whatever is done later, so that only a person closes its record: a
    /// release of the hold must not make a purge under it disappear.
    package var isLasting: Bool { self == .purgedUnderHold || self == .purgedInScope }
  }

  package var code: Code
  /// The row of the source that lacks something; nil where it is no single one.
  package var source: Int64?
  /// The row of the hold; nil where the gap is a person's, whichever hold names them.
  package var hold: Int64?
  /// The custodian or conversation, by id; empty for the hold as a whole.
  package var object: String
  /// One sentence for people.
  package var detail: String

  package init(
    _ code: Code, source: Int64? = nil, hold: Int64? = nil, object: String = "", detail: String
  ) {
    self.code = code
    self.source = source
    self.hold = hold
    self.object = object
    self.detail = detail
  }
}

extension Catalog {
  fileprivate func hasSource(_ key: Int64) throws -> Bool {
    try Bool.fetchOne(
      db, sql: "SELECT EXISTS (SELECT 1 FROM source WHERE key = ?)", arguments: [key]) ?? false
  }

  /// Whether a person has dealt with a gap.
  package func isResolved(_ gap: HoldGap) throws -> Bool {
    try Bool.fetchOne(
      db, sql: "SELECT state = 'resolved' AND reason <> ? FROM exception WHERE " + HoldGap.identity,
      arguments: [HoldGap.goneReason] + gap.arguments) ?? false
  }
}

/// What was written down of a check of holds, over several changes.
package struct GapTally: Sendable {
  /// New records, by the hold's row.
  fileprivate(set) var opened: [Int64?: Int] = [:]
  /// The rows of all records.
  fileprivate(set) var found: Set<Int64> = []

  package init() {}
}

extension Change {
  /// Writes down a part of what a check of holds found, with one event.
  ///
  /// A gap that a person resolved stays so.
  ///
  /// - Parameters:
  ///   - gaps: The part, each gap once.
  ///   - tally: Gets what it did.
  /// - Throws: `StoreError` when the catalog cannot be written.
  package func recordGaps(_ gaps: some Collection<HoldGap>, into tally: inout GapTally) throws {
    for gap in gaps {
      // A source without captures may have been deleted since the check looked.
      if let source = gap.source, try !catalog.hasSource(source) { continue }
      let (key, isNew) = try record(gap)
      tally.found.insert(key)
      if isNew { tally.opened[gap.hold, default: 0] += 1 }
    }
    try record(
      AuditEvent(
        "hold.verify.record", of: try catalog.storeDescription().id,
        after: ["gaps": JSONValue(gaps.count)]))
  }

  /// Brings the exception records up to what a check of holds found, when all of it is written down.
  ///
  /// One that is found no more is resolved, unless its code is lasting, and opened again when it comes
  /// back. Records one event, and one for each hold of which something changed.
  ///
  /// - Parameters:
  ///   - tally: What was written down.
  ///   - holds: Those that were checked.
  ///   - custodians: The ids of the persons that were looked at for them.
  ///   - isComplete: Whether these are all holds in force: what other holds left open is then gone.
  /// - Returns: How many records were opened, and how many are gone.
  /// - Throws: `StoreError` when the catalog cannot be written.
  @discardableResult
  package func settleGaps(
    _ tally: GapTally, of holds: [HoldRecord], custodians: Set<String>, isComplete: Bool
  ) throws -> (opened: Int, gone: Int) {
    let opened = tally.opened
    var gone: [Int64?: Int] = [:]
    let checked = Set(holds.map(\.key))
    let open = try Row.fetchAll(
      db,
      sql: """
        SELECT key, hold, code, object FROM exception WHERE state = 'open' AND first_run IS NULL
        """)
    for row in open where !tally.found.contains(row["key"]) {
      guard HoldGap.Code(rawValue: row["code"])?.isLasting != true else { continue }
      let hold: Int64? = row["hold"]
      let wasChecked = hold.map(checked.contains) ?? custodians.contains(row["object"])
      guard isComplete || wasChecked else { continue }
      try closeException(row["key"], reason: HoldGap.goneReason)
      gone[hold, default: 0] += 1
    }
    for hold in holds where opened[hold.key] != nil || gone[hold.key] != nil {
      try record(
        AuditEvent(
          "hold.verify", of: hold.id,
          after: .object(HoldGap.counts(opened[hold.key] ?? 0, gone[hold.key] ?? 0))))
    }
    let total = (opened: opened.values.reduce(0, +), gone: gone.values.reduce(0, +))
    var after = HoldGap.counts(total.opened, total.gone)
    after["holds"] = .integer(Int64(holds.count))
    after["gaps"] = .integer(Int64(tally.found.count))
    try record(
      AuditEvent("hold.verify", of: try catalog.storeDescription().id, after: .object(after)))
    return total
  }

  /// Writes down one gap.
  ///
  /// - Returns: Its row, and whether it is open now and was not before.
  private func record(_ gap: HoldGap) throws -> (key: Int64, isNew: Bool) {
    let known = try Row.fetchOne(
      db, sql: "SELECT key, state, reason FROM exception WHERE " + HoldGap.identity,
      arguments: gap.arguments)
    guard let known else {
      try db.execute(
        sql: """
          INSERT INTO exception (id, source, hold, kind, code, path, object, detail, state,
            first_seen, last_seen)
          VALUES (?, ?, ?, 'gap', ?, '', ?, ?, 'open', ?, ?)
          """,
        arguments: [
          ObjectID.random(.exception).text, gap.source, gap.hold, gap.code.rawValue, gap.object,
          gap.detail, now.ticks, now.ticks,
        ])
      return (db.lastInsertedRowID, true)
    }
    let key: Int64 = known["key"]
    let isBack = known["state"] == "resolved" && known["reason"] == HoldGap.goneReason
    try db.execute(
      sql: "UPDATE exception SET last_seen = ?, detail = ? WHERE key = ?",
      arguments: [now.ticks, gap.detail, key])
    if isBack {
      try db.execute(
        sql: """
          UPDATE exception SET state = 'open', resolved = NULL, reason = '', account = ''
          WHERE key = ?
          """, arguments: [key])
    }
    return (key, isBack)
  }
}

extension HoldGap {
  /// The order in which gaps are written down.
  package static func < (left: HoldGap, right: HoldGap) -> Bool { left.order < right.order }

  /// Why a record is resolved that no person resolved.
  static let goneReason = "hold verify finds it no more"

  fileprivate static func counts(_ opened: Int, _ gone: Int) -> [String: JSONValue] {
    ["opened": .integer(Int64(opened)), "gone": .integer(Int64(gone))]
  }

  fileprivate static let identity = """
    coalesce(source, 0) = ? AND coalesce(hold, 0) = ? AND code = ? AND path = '' AND object = ?
    """

  fileprivate var arguments: StatementArguments {
    [source ?? 0, hold ?? 0, code.rawValue, object]
  }

  fileprivate var order: (Int64, Int64, String, String) {
    (hold ?? 0, source ?? 0, code.rawValue, object)
  }
}
