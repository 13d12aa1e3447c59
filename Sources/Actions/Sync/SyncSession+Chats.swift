// SPDX-License-Identifier: Apache-2.0
import Capture
import Model
import Store

extension SyncSession {
  static let messagesEndpoint = "/apps/chats/{chat}/messages"
  /// The walk over what was purged and a hold may cover since: no list of the source.
  static let holdsWalk = "purged under holds"

  /// Chats that are read before what came of them is looked at.
  private static var groupSize: Int { 32 }

  /// Reads the chats that changed since the last run (section 3.11, step 4).
  func syncChats() throws {
    let name = "/apps/chats"
    let walk = "chats"
    try endpoint(Self.messagesEndpoint) {}
    try endpoint(name, ["order_by": "updated_at", "limit": 1000]) {
      let unread = try store.read { try $0.unreadObjects(.chat, of: source) }
      let stored = try position(of: walk)["after"]?.text
      try restartingOnce(walk, from: stored) { restarted in
        try walkByCursor(
          name, path: name, query: [("order_by", "updated_at"), ("limit", "1000")],
          from: restarted ? nil : stored
        ) { page, cursor in
          try takeChats(page)
          if let cursor { batch.positions.append((walk, ["after": .string(cursor)])) }
          try storeBatchIfDue()
        }
      }
      try readAgain(unread)
      try readPurgedUnderHolds()
      try storeBatch()
    }
  }

  /// Reads chats that could not be read whole when a list had them, save those that came again.
  private func readAgain(_ unread: [SourceObject]) throws {
    let left = try unread.filter { try (mark(of: .chat, $0.nativeID) ?? "").isEmpty }
    try read(left.map { ListedChat(retrying: $0) }, .again)
  }

  /// Reads chats again that were purged here before a hold covered them that may do so now, where they
  /// are still at the source: no list has them again while nothing is added to them.
  private func readPurgedUnderHolds() throws {
    let walk = Self.holdsWalk
    let last = HoldsLookedAt(try position(of: walk))
    let found = try store.read { catalog in
      try catalog.purgedChats(of: source, route: ComplianceAPI.route, underHoldsAfter: last)
    }
    guard found.holds != last else { return }
    // What a list had in this run is read.
    let left = try found.chats.filter { try mark(of: .chat, $0.nativeID) == $0.mark }
    try read(left.map { ListedChat(retrying: $0) }, .again)
    batch.positions.append((walk, .object(found.holds.position)))
  }

  private func takeChats(_ page: CompliancePage) throws {
    var chats: [ListedChat] = []
    var seen: Set<String> = []
    for range in page.records {
      do {
        let chat = try ListedChat(page.bytes(range))
        guard seen.insert(chat.id).inserted else { continue }
        note(account: chat.account, emailAddress: chat.emailAddress)
        // The same state of it may have been read whole, in this run too: lists may repeat.
        let known = try mark(of: .chat, chat.id)
        guard chat.mark.isEmpty || known != chat.mark else { continue }
        chats.append(chat)
      } catch let error as CaptureError {
        fail(error.code, "/apps/chats", error.message)
      }
    }
    try read(chats)
  }

  /// How it is known that there are chats.
  enum ChatOrigin {
    /// A list has them.
    case list
    /// An earlier run had them.
    case again
    /// Activities tell of them, and no list ever had them.
    case unlisted
  }

  /// What is remembered of a chat that is not at the source by its id.
  static let goneMark = "gone"

  /// Reads chats.
  ///
  /// - Parameters:
  ///   - chats: As their list has them.
  ///   - origin: How it is known that there are such chats.
  /// - Throws: `ComplianceError` when none can be read; `StoreError`; what the check throws.
  func read(_ chats: [ListedChat], _ origin: ChatOrigin = .list) throws {
    for start in stride(from: 0, to: chats.count, by: Self.groupSize) {
      let group = Array(chats[start..<min(start + Self.groupSize, chats.count)])
      let reader = try makeReader(group)
      let results = try inParallel(group.count, width: settings.concurrency) { index in
        try reader.read(group[index])
      }
      var failures = 0
      for (chat, result) in zip(group, results) {
        failures += try take(result, of: chat, origin) ? 0 : 1
      }
      // One chat may be beyond reading; when none can be read, the service is not there.
      if origin == .list, failures == group.count, failures > 3 {
        throw ComplianceError(.unavailable, "none of \(failures) chats in a row could be read")
      }
      try storeBatchIfDue()
    }
  }

  /// What the threads that read need to know beforehand.
  private func makeReader(_ chats: [ListedChat]) throws -> ChatReader {
    let known = try store.read { catalog in
      try chats.map { chat in
        try catalog.conversationIfPresent(
          .conversation(route: ComplianceAPI.route, nativeID: chat.id))
      }
    }
    return ChatReader(
      client: client, known: Set(known.compactMap { $0?.nativeID }),
      artifacts: try ChatReader.artifacts(of: known.compactMap(\.self), in: store),
      fetcher: fileFetcher(), check: check)
  }

  /// Takes what came of a chat; false when it could not be read.
  private func take(
    _ result: ChatResult, of chat: ListedChat, _ origin: ChatOrigin
  ) throws -> Bool {
    var note = SourceObjectNote(.chat, chat.id)
    note.account = chat.account
    note.isListed = true
    var deleted = chat.deletedAt
    if case .read(let read) = result { deleted = read.listed.deletedAt }
    if let deleted {
      note.deleted = deleted
      note.evidence = ["deleted_at": .string(deleted.rfc3339)]
    }
    var isRead = true
    switch result {
    case .read(let chat):
      notePage(
        Self.messagesEndpoint, records: chat.messageCount, cursor: nil, requestID: chat.requestID)
      take(chat)
      note.mark = chat.mark
    case .gone where origin == .unlisted:
      // Nothing tells that it was deleted, or when.
      note.isListed = false
      note.mark = Self.goneMark
    case .gone(let error):
      // Deleted between the list and the call, or before it could be read again.
      note.deleted = note.deleted ?? store.now
      note.evidence = [
        "status": JSONValue(error.status ?? 404), "request_id": JSONValue(error.requestID),
      ]
      note.mark = chat.mark.isEmpty ? Self.goneMark : chat.mark
    case .failed(let error) where origin == .unlisted && error.code == .scope:
      // Such as one of an organisation that the key does not reach: it stays a gap.
      isRead = false
      note.isListed = false
      note.mark = "denied"
    case .failed(let error):
      isRead = false
      // It stays a gap, and the next run asks for it again.
      note.isListed = origin != .unlisted
      // Also of one that was read before: it changed, and its list has passed it.
      note.mark = ""
      markPartial(Self.messagesEndpoint, error.description)
      fail(
        error.code == .scope ? .permissionDenied : .sourceError, Self.messagesEndpoint,
        error.description, object: chat.id)
    }
    batch.add(note)
    return isRead
  }

  private func take(_ chat: ReadChat) {
    for file in chat.files.fetched {
      batch.add(file)
      batch.add(FileNotes.captured(file.nativeID))
    }
    for failure in chat.files.failures { noteFailure(of: failure) }
    if let unit = chat.unit {
      take(unit, files: chat.files.linked, endpoint: Self.messagesEndpoint)
    } else {
      // Deleted at the source, and here with its content: the empty messages say nothing more.
      countSkipped(max(chat.messageCount, 1))
    }
    if let problem = chat.problem {
      fail(problem.code, Self.messagesEndpoint, problem.message, object: chat.listed.id)
    }
  }

  /// A file that could not be fetched: gone is a gap, anything else an exception that the next run
  /// tries to mend.
  func noteFailure(of failure: FileFailure) {
    if failure.error.code == .gone {
      lack(
        .fileNotCaptured, failure.endpoint,
        "the file of \(failure.conversation) is not at the source any more: "
          + failure.error.description, object: failure.reference.id)
      batch.add(FileNotes.gone(failure, at: store.now))
      return
    }
    fail(
      failure.error.code == .hashMismatch ? .hashMismatch : .sourceError, failure.endpoint,
      failure.error.description, object: failure.reference.id)
    // The text of an artifact is part of its chat, which is read again.
    if failure.reference.kind != .artifact { batch.add(FileNotes.waiting(failure)) }
  }
}

extension HoldsLookedAt {
  /// Reads it as a position of a walk; what is missing was not looked at.
  fileprivate init(_ position: [String: JSONValue]) {
    func integers(_ value: JSONValue?) -> [Int64] {
      switch value {
      case .integer(let number): [number]
      case .array(let values): values.flatMap { integers($0) }
      default: []
      }
    }
    self.init(
      wording: integers(position["wording"]).first ?? 0,
      accounts: Set(integers(position["accounts"])))
  }

  /// As a position of a walk.
  fileprivate var position: [String: JSONValue] {
    ["wording": .integer(wording), "accounts": .array(accounts.sorted().map { .integer($0) })]
  }
}
