// SPDX-License-Identifier: Apache-2.0
import Bytes
import Capture
import Model
import Store

extension SyncSession {
  /// Nothing nearer to now is asked for: what is indexed late would be lost (section 3.10).
  private static var lag: Int64 { 120 * Instant.ticksPerSecond }
  private static var day: Int64 { Instant.ticksPerDay }

  /// Reads the activity feed (section 3.11, step 3).
  ///
  /// The first walk goes from now back to the begin of history, later ones from the newest that is
  /// stored on; once a day the last 48 hours are read again for late records.
  func syncActivities() throws {
    let name = "/activities"
    try endpoint(name, ["limit": 5000]) {
      let now = store.now
      let bound = Instant(ticks: now.ticks - Self.lag)
      try walkHistory(name, bound: bound)
      try walkForward(name, bound: bound)
      try walkOverlap(name, now: now, bound: bound)
    }
  }

  /// The first walk.
  ///
  /// Its position keeps the newest cursor for the walks to come.
  private func walkHistory(_ name: String, bound: Instant) throws {
    let walk = "activities.history"
    var position = try position(of: walk)
    guard position["done"] == nil else { return }
    let end = position["bound"]?.text ?? bound.rfc3339
    var newest = position["newest"]?.text
    try restartingOnce(walk, from: position["after"]?.text) { restarted in
      if restarted { (position, newest) = ([:], nil) }
      try walkByCursor(
        name, path: name, query: [("limit", "5000"), ("created_at.lt", end)],
        from: position["after"]?.text
      ) { page, cursor in
        newest = newest ?? page.firstID
        try takeActivities(page)
        let isEnd = page.isLast(page.lastID)
        var next: [String: JSONValue] = ["bound": .string(end), "newest": JSONValue(newest)]
        if isEnd, newest != nil {
          next["done"] = true
          batch.positions.append(("activities.newest", ["before": JSONValue(newest)]))
        } else {
          next["after"] = JSONValue(cursor)
        }
        // Without any activity so far, there is no place to go on from.
        batch.positions.append((walk, newest == nil ? nil : .object(next)))
        try storeBatchIfDue()
      }
    }
    try storeBatch()
  }

  /// From the newest that is stored on.
  private func walkForward(_ name: String, bound: Instant) throws {
    let walk = "activities.newest"
    guard let newest = try position(of: walk)["before"]?.text else { return }
    do {
      try walkByCursor(
        name, path: name, query: [("limit", "5000"), ("created_at.lt", bound.rfc3339)],
        from: newest, .before
      ) { page, cursor in
        try takeActivities(page)
        if let cursor { batch.positions.append((walk, ["before": .string(cursor)])) }
        try storeBatchIfDue()
      }
    } catch let error as ComplianceError where isLost(error, from: newest) {
      // Without the place to go on from, everything is read once more.
      for lost in [walk, "activities.history"] { batch.positions.append((lost, nil)) }
      try storeBatch()
      try walkHistory(name, bound: bound)
    }
    try storeBatch()
  }

  /// Once a day, what was indexed late.
  private func walkOverlap(_ name: String, now: Instant, bound: Instant) throws {
    let walk = "activities.overlap"
    var position = try position(of: walk)
    if position["after"] == nil {
      var start = now.ticks - 2 * Self.day
      guard let last = position["last"]?.text.flatMap(Instant.init(rfc3339:)) else {
        // The history has just been read.
        batch.positions.append((walk, ["last": .string(now.rfc3339)]))
        return
      }
      guard now.ticks - last.ticks >= Self.day else { return }
      // After a longer rest, from where the last reading had no day yet to be late.
      start = min(start, last.ticks - Self.day)
      position = [
        "from": .string(Instant(ticks: start).rfc3339),
        "to": .string(bound.rfc3339),
      ]
    }
    let from = position["from"]?.text ?? ""
    let to = position["to"]?.text ?? ""
    try restartingOnce(walk, from: position["after"]?.text) { restarted in
      try walkByCursor(
        name, path: name,
        query: [("limit", "5000"), ("created_at.gte", from), ("created_at.lt", to)],
        from: restarted ? nil : position["after"]?.text
      ) { page, cursor in
        try takeActivities(page)
        let next: JSONValue =
          page.isLast(page.lastID)
          ? ["last": .string(now.rfc3339)]
          : ["from": .string(from), "to": .string(to), "after": JSONValue(cursor)]
        batch.positions.append((walk, next))
        try storeBatchIfDue()
      }
    }
    try storeBatch()
  }

  /// Walks, and once more from its begin where the stored position has expired.
  ///
  /// A stored cursor that the service refuses, for whatever reason, would stop every later run at
  /// the same place; what is read twice is stored once.
  ///
  /// - Parameters:
  ///   - walk: Its name.
  ///   - cursor: The stored position; nil: it begins.
  ///   - body: Walks.
  /// - Throws: What the body throws.
  func restartingOnce(
    _ walk: String, from cursor: String?, _ body: (_ restarted: Bool) throws -> Void
  ) throws {
    do {
      try body(false)
    } catch let error as ComplianceError where isLost(error, from: cursor) {
      batch.positions.append((walk, nil))
      // What was read is known then, and is not read again.
      try storeBatch()
      try body(true)
    }
  }

  /// Whether an error says that a position is of no use any more.
  private func isLost(_ error: ComplianceError, from cursor: String?) -> Bool {
    error.code == .expiredCursor
      || error.code == .refused && error.status == 400 && cursor != nil
  }

  private func takeActivities(_ page: CompliancePage) throws {
    for range in page.records {
      let native = page.bytes(range)
      do {
        let unit = try ComplianceAPI.parseActivity(native: native)
        let facts = try ComplianceAPI.activityFacts(native: native)
        note(account: facts.actorID, emailAddress: facts.emailAddress)
        take(unit, endpoint: "/activities")
        for note in notes(of: facts, id: unit.nativeID) { batch.add(note) }
      } catch {
        fail(error.code, "/activities", error.message)
      }
    }
  }

  /// What an activity tells of objects.
  private func notes(of facts: ActivityFacts, id: String) -> [SourceObjectNote] {
    let kinds: [(prefix: String, field: String, kind: SourceObject.Kind)] = [
      ("claude_chat_", "claude_chat_id", .chat), ("claude_project_", "claude_project_id", .project),
      ("claude_file_", "claude_file_id", .file), ("claude_project_file_", "claude_file_id", .file),
    ]
    return kinds.compactMap { prefix, field, kind in
      guard facts.type.hasPrefix(prefix), let object = facts.objects[field], !object.isEmpty
      else { return nil }
      var note = SourceObjectNote(kind, object)
      switch facts.type.dropFirst(prefix.utf8.count) {
      case "created", "updated", "viewed":
        // Files may be uploaded and never sent, so their activities prove nothing.
        guard kind != .file else { return nil }
        note.mentioned = facts.createdAt?.instant ?? store.now
        // Others may change or view it.
        if facts.type == prefix + "created" { note.account = facts.actorID }
      case "deleted":
        note.mentioned = kind == .file ? nil : facts.createdAt?.instant ?? store.now
        note.deleted = facts.createdAt?.instant ?? store.now
        note.evidence = ["activity": .string(id)]
      default: return nil
      }
      return note
    }
  }
}

extension JSONValue {
  /// The text of a string; nil for anything else.
  var text: String? {
    if case .string(let text) = self { text } else { nil }
  }
}

extension [UInt8] {
  /// The digest that stands for an id.
  var digestText: String { "sha256-" + SHA256Digest(of: span).hexadecimal.prefix(32) }
}
