// SPDX-License-Identifier: Apache-2.0
import Capture
import Foundation
import Model
import Store

extension SyncSession {
  /// Fetches files that an earlier run could not.
  func syncWaitingFiles() throws {
    let waiting = try store.read { try $0.unreadObjects(.file, of: self.source) }
    guard !waiting.isEmpty else { return }
    let fetcher = fileFetcher()
    for object in waiting {
      guard case .object(let evidence)? = ComplianceFields.value(of: Array(object.evidence.utf8)),
        let conversation = evidence["conversation"]?.text,
        let kind = evidence["kind"]?.text.flatMap(ComplianceFileReference.Kind.init(rawValue:))
      else { continue }
      var files = FetchedFiles()
      let reference = ComplianceFileReference(
        kind: kind, id: object.nativeID, md5: evidence["md5"]?.text)
      try fetcher.fetch(reference, of: conversation, into: &files)
      for file in files.fetched {
        batch.add(file)
        batch.add(FileNotes.captured(file.nativeID))
      }
      for failure in files.failures { noteFailure(of: failure) }
      try storeBatchIfDue()
    }
  }

  /// Says what activities tell of and no list has, and what was deleted at the source (section
  /// 3.11, step 8).
  ///
  /// Copies that are kept here stay as they are.
  func reconcile() throws {
    try storeBatch()
    func isComplete(_ name: String) -> Bool { endpoints[name]?.outcome == .complete }
    if isComplete("/activities") {
      if isComplete("/apps/chats") {
        try readUnlisted()
        try reportUnlisted(.chat, "/apps/chats")
      }
      if isComplete("/apps/projects") { try reportUnlisted(.project, "/apps/projects") }
    }
    try reportDeletions()
  }

  /// Chats that are asked for by their ids in one run at the most.
  private static var unlistedLimit: Int { 1000 }

  /// Reads chats that activities tell of and no list ever had: while others are deleted, a list may skip
  /// one between two of its pages.
  ///
  /// One that is not there by its id either is asked for once.
  private func readUnlisted() throws {
    var chats: [ListedChat] = []
    try store.read { catalog in
      try catalog.forEachUnlisted(.chat, of: source) { object in
        guard object.deleted == nil, object.mark.isEmpty, chats.count < Self.unlistedLimit else {
          return
        }
        chats.append(ListedChat(retrying: object))
      }
    }
    try read(chats, .unlisted)
    try storeBatch()
  }

  private func reportUnlisted(_ kind: SourceObject.Kind, _ name: String) throws {
    var found: [SourceObject] = []
    try store.read { catalog in
      try catalog.forEachUnlisted(kind, of: source) { found.append($0) }
    }
    for object in found where object.deleted == nil {
      let whose = object.account.isEmpty ? "" : " of " + object.account
      lack(
        .missingAtSource, name,
        "activities tell of this \(kind.rawValue)\(whose), and the list does not have it"
          + (object.mark == Self.goneMark ? ", nor is it there by its id" : ""),
        object: object.nativeID)
    }
  }

  /// Notes which objects that a list had before are gone at the source, now that a whole list does
  /// not have them.
  ///
  /// A list may skip records, so each is asked for by its id.
  ///
  /// - Parameters:
  ///   - kind: Of the objects.
  ///   - prefix: Of the ids that the list is about.
  ///   - seen: The ids that it had.
  ///   - isList: Whether the answer must be a list of records.
  ///   - path: Where to ask for one, by its id.
  /// - Throws: `ComplianceError` where nothing else can be read either; `StoreError`; what the check
  ///   throws.
  func noteGone(
    _ kind: SourceObject.Kind, prefix: String, notIn seen: Set<String>, isList: Bool,
    path: (String) -> String
  ) throws {
    let known = try store.read { try $0.listedObjects(kind, of: source) }
    for object in known where object.nativeID.hasPrefix(prefix) && !seen.contains(object.nativeID) {
      do {
        try check(kind.rawValue + " " + object.nativeID)
        _ = try client.page(
          path(object.nativeID), [("limit", "1")].filter { _ in isList }, isList: isList)
      } catch let error as ComplianceError where error.code == .gone {
        var note = SourceObjectNote(kind, object.nativeID)
        note.deleted = store.now
        note.evidence = [
          "status": JSONValue(error.status ?? 404), "request_id": JSONValue(error.requestID),
        ]
        batch.add(note)
      } catch let error as ComplianceError where !error.endsEverything {
        // The next run asks again.
      }
    }
  }

  /// What is gone at the source: never captured is a gap; held is one that a person should know of,
  /// since what is here is now the only copy.
  private func reportDeletions() throws {
    let deleted = try store.read { try $0.deletedObjects(of: source) }
    let holds = HoldCheck(store: store)
    for object in deleted where object.kind != .file {
      let id = ObjectID.conversation(route: ComplianceAPI.route, nativeID: object.nativeID)
      let (record, isPurged) = try store.read { catalog in
        (try catalog.conversationIfPresent(id), try catalog.isPurged(id))
      }
      let time = object.deleted?.flooredToSecond.rfc3339 ?? "an unknown time"
      let name =
        switch object.kind {
        case .project: "/apps/projects"
        case .session: "/apps/sessions"
        case .codeArtifact: "/apps/code/artifacts"
        case .chat, .file: "/apps/chats"
        }
      guard let record else {
        guard !isPurged else { continue }
        lack(
          .missingAtSource, name,
          "this \(object.kind.rawValue) was deleted at the source on \(time), before it was captured",
          object: object.nativeID)
        continue
      }
      if try isEmptied(record) {
        lack(
          .missingAtSource, name,
          "the content of this \(object.kind.rawValue) was deleted at the source on \(time), "
            + "before it was captured", object: object.nativeID)
      }
      guard try !holds.protections(of: record).isEmpty else { continue }
      lack(
        .deletedAtSource, name,
        "a hold protects this \(object.kind.rawValue), and it was deleted at the source on \(time); "
          + "the copy that is kept here stays", object: object.nativeID)
    }
  }

  /// Whether all that is here of a chat are empty messages.
  private func isEmptied(_ record: ConversationRecord) throws -> Bool {
    guard record.versionCount == 1, record.kind == .conversation else { return false }
    let native = try NativeReader(store).native(of: record, version: 1)
    guard let unit = try? ComplianceAPI.parseConversation(native: native) else { return false }
    return !unit.items.isEmpty && unit.items.allSatisfy { $0.flags.contains(.deletedAtSource) }
  }
}
