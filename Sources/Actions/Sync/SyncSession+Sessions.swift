// SPDX-License-Identifier: Apache-2.0
import Capture
import Model
import Store

extension SyncSession {
  private static var overlap: Int64 { Instant.ticksPerDay }

  /// Reads local and remote sessions (section 3.11, step 7).
  func syncSessions() throws {
    try syncLocalSessions()
    try syncRemoteSessions()
    try storeBatch()
  }

  /// Sessions that changed since the last run, with an overlap; older services cannot tell, and all
  /// are listed.
  private func syncLocalSessions() throws {
    let name = "/apps/sessions/local"
    let walk = "sessions.local"
    let begun = store.now
    var list = SessionList()
    let isWhole = try endpoint(name, ["limit": 500]) {
      try endpoint(name + "/{session}/messages") {}
      var query = [("limit", "500")]
      if let last = try position(of: walk)["last"]?.text.flatMap(Instant.init(rfc3339:)) {
        query.append(
          ("updated_at.gte", Instant(ticks: last.ticks - Self.overlap).flooredToSecond.rfc3339))
      }
      do {
        try walkSessions(name, query, &list)
      } catch let error as ComplianceError
        where error.code == .refused && error.status == 400 && query.count > 1
      {
        try walkSessions(name, [("limit", "500")], &list)
      }
    }
    // What could not be read is to be listed again: it may never change any more.
    guard isWhole, !list.isUnreadWithoutTime else { return }
    let last = min(begun, list.oldestUnread ?? begun)
    batch.positions.append((walk, ["last": .string(last.rfc3339)]))
  }

  /// All remote sessions are listed, and those read that are not archived or changed.
  private func syncRemoteSessions() throws {
    let name = "/apps/sessions/remote"
    try endpoint(name, ["limit": 500]) {
      try endpoint(name + "/{session}/messages") {}
      var list = SessionList()
      try walkSessions(name, [("limit", "500")], &list)
      // Deleted ones vanish from the list.
      try noteGone(.session, prefix: "cse_", notIn: list.seen, isList: true) {
        name + "/" + ComplianceClient.encoded($0) + "/messages"
      }
    }
  }

  /// What a list of sessions had.
  private struct SessionList {
    var seen: Set<String> = []
    /// When the oldest of those changed last that could not be read; nil when all could.
    var oldestUnread: Instant?
    /// Whether one could not be read of which the list does not tell when it changed.
    var isUnreadWithoutTime = false

    mutating func noteUnread(_ updated: String?) {
      guard let time = updated.flatMap({ Instant(rfc3339: $0) }) else {
        isUnreadWithoutTime = true
        return
      }
      oldestUnread = min(oldestUnread ?? time, time)
    }
  }

  /// Reads the sessions of a list.
  private func walkSessions(
    _ name: String, _ query: [(String, String)], _ list: inout SessionList
  ) throws {
    try walkByPage(name, path: name, query: query) { page in
      for range in page.records {
        let record = page.bytes(range)
        do {
          let fields = try ComplianceFields.strings(of: record)
          guard let id = fields["id"], !id.isEmpty else {
            throw CaptureError(code: .decodeError, message: "a listed session has no id")
          }
          guard list.seen.insert(id).inserted else { continue }
          note(account: fields["user.id"], emailAddress: fields["user.email_address"])
          if try !readSession(id, record, fields, name) { list.noteUnread(fields["updated_at"]) }
        } catch let error as CaptureError {
          fail(error.code, name, error.message)
        }
      }
    }
  }

  /// Reads a session, unless it is known as the list has it; false when it could not be read.
  private func readSession(
    _ id: String, _ record: [UInt8], _ fields: [String: String], _ name: String
  ) throws -> Bool {
    let endpoint = name + "/{session}/messages"
    let mark = (fields["updated_at"] ?? "?") + " " + (fields["status"] ?? "")
    // Without a time of its last change, or while it goes on, only reading tells what is new.
    let isOpen = fields["updated_at"] == nil || fields["status"].map { $0 != "archived" } ?? false
    if !isOpen, try self.mark(of: .session, id) == mark { return true }
    var note = SourceObjectNote(.session, id)
    note.account = fields["user.id"]
    note.isListed = true
    var isRead = true
    do {
      try check("session " + id)
      let messages = try messages(of: id, name)
      notePage(endpoint, records: messages.count, cursor: nil, requestID: "")
      let unit = try ComplianceAPI.parseConversation(
        native: ComplianceRecord.session(record, messages: messages), path: endpoint)
      take(unit, endpoint: endpoint)
      note.mark = mark
    } catch let error as ComplianceError where !error.endsEverything {
      if error.code == .gone, fields["status"] == "pending" {
        // It comes when it has begun.
      } else if error.code == .gone {
        note.deleted = store.now
        note.evidence = ["request_id": JSONValue(error.requestID)]
      } else {
        isRead = false
        markPartial(endpoint, error.description)
        fail(.sourceError, endpoint, error.description, object: id)
      }
    } catch let error as CaptureError {
      isRead = false
      fail(error.code, endpoint, error.message, object: id)
    }
    if !isRead { note.mark = "" }
    batch.add(note)
    try storeBatchIfDue()
    return isRead
  }

  /// All messages in the order of the source, which is positional.
  private func messages(of id: String, _ name: String) throws -> [[UInt8]] {
    var messages: [[UInt8]] = []
    var seen: Set<[UInt8]> = []
    try walkPages(
      client, path: name + "/" + ComplianceClient.encoded(id) + "/messages",
      query: [
        ("limit", "1000"), ("tool_result_max_bytes", "-1"), ("tool_use_input_max_bytes", "-1"),
      ]
    ) { page, _ in
      for range in page.records {
        let bytes = page.bytes(range)
        if seen.insert(bytes).inserted { messages.append(bytes) }
      }
    }
    return messages
  }
}
