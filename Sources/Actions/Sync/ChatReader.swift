// SPDX-License-Identifier: Apache-2.0
import Bytes
import Capture
import Foundation
import Model
import Store

/// A chat that was read, with the files that belong to it.
struct ReadChat: Sendable {
  var listed: ListedChat
  /// Nil when its content was deleted at the source and is here.
  var unit: CapturedUnit?
  var messageCount: Int
  var files: FetchedFiles
  /// Whether the answer tells when the chat changed last.
  var tellsChanges: Bool
  /// Why the record could not be parsed.
  var problem: CaptureError?
  var requestID: String

  /// What is remembered of its state; empty where the next run is to read it again, because something
  /// is missing that may come yet, or because nothing but reading tells whether it changed.
  var mark: String {
    let lacksArtifact = files.failures.contains {
      $0.reference.kind == .artifact && $0.error.code != .gone
    }
    return problem == nil && !lacksArtifact && tellsChanges ? listed.mark : ""
  }
}

/// What came of a chat.
enum ChatResult: Sendable {
  case read(ReadChat)
  case gone(ComplianceError)
  case failed(ComplianceError)
}

/// Reads a chat with all that belongs to it, on any thread.
struct ChatReader: Sendable {
  let client: ComplianceClient
  /// The ids of chats whose content is here.
  let known: Set<String>
  /// Texts of artifact versions that are here, by chat and version.
  let artifacts: [String: [String: [UInt8]]]
  let fetcher: FileFetcher
  let check: @Sendable (String) throws -> Void

  /// The texts of artifact versions that are here.
  ///
  /// - Parameters:
  ///   - records: The chats.
  ///   - store: The store.
  /// - Returns: By chat and version.
  /// - Throws: `StoreError` when their records cannot be read.
  static func artifacts(
    of records: [ConversationRecord], in store: Store
  ) throws -> [String: [String: [UInt8]]] {
    let natives = try NativeReader(store)
    var artifacts: [String: [String: [UInt8]]] = [:]
    for record in records {
      let native = try natives.native(of: record, version: record.versionCount)
      artifacts[record.nativeID] = ComplianceRecord.artifacts(of: native)
    }
    return artifacts
  }

  /// Reads a chat.
  ///
  /// - Parameter chat: As the list has it.
  /// - Returns: What came of it.
  /// - Throws: `ComplianceError` where nothing else can be read either; what the check throws.
  func read(_ chat: ListedChat) throws -> ChatResult {
    do {
      return .read(try readWhole(chat))
    } catch let error as ComplianceError {
      if error.endsEverything { throw error }
      return error.code == .gone ? .gone(error) : .failed(error)
    }
  }

  private func readWhole(_ chat: ListedChat) throws -> ReadChat {
    try check("chat " + chat.id)
    let (first, messages, requestID) = try readMessages(of: chat)
    var chat = chat
    // It may have been deleted since the list had it.
    chat.deletedAt = chat.deletedAt ?? ListedChat.deletion(in: first)
    let tellsChanges = first.value(of: "updated_at").map { $0 != Array("null".utf8) } ?? false
    var files = FetchedFiles()
    // Content that went at the source is not to take the place of what is here.
    let isEmptied =
      chat.deletedAt != nil && messages.allSatisfy { ComplianceFields.isEmptied($0) }
    if isEmptied, known.contains(chat.id) {
      return ReadChat(
        listed: chat, unit: nil, messageCount: messages.count, files: files,
        tellsChanges: tellsChanges, problem: nil, requestID: requestID)
    }
    let texts = artifacts[chat.id] ?? [:]
    var parts: [ComplianceRecord.Message] = []
    for bytes in messages {
      var part = ComplianceRecord.Message(bytes: bytes)
      for reference in ComplianceFields.files(of: bytes) {
        guard reference.kind == .artifact else {
          try fetcher.fetch(reference, of: chat.id, into: &files)
          continue
        }
        let text = try texts[reference.id] ?? fetcher.fetchText(reference, of: chat.id, &files)
        if let text { part.artifacts.append((reference.id, text)) }
      }
      parts.append(part)
    }
    var result = ReadChat(
      listed: chat, unit: nil, messageCount: messages.count, files: files,
      tellsChanges: tellsChanges, problem: nil, requestID: requestID)
    do {
      result.unit = try ComplianceAPI.parseConversation(
        native: ComplianceRecord.chat(header: first, messages: parts),
        path: SyncSession.messagesEndpoint)
    } catch {
      result.problem = error
    }
    return result
  }

  /// All messages; at once, or in smaller pages where they are too large for one answer.
  private func readMessages(of chat: ListedChat) throws -> Messages {
    for limit in [nil, 100] {
      do {
        return try readMessages(of: chat, limit: limit)
      } catch let error as ComplianceError where error.code == .tooLarge {
        continue
      }
    }
    return try readMessages(of: chat, limit: 1)
  }

  private typealias Messages = (first: CompliancePage, messages: [[UInt8]], requestID: String)

  /// All messages, each once: a page may repeat the last record of the one before.
  private func readMessages(of chat: ListedChat, limit: Int?) throws -> Messages {
    let path = "/apps/chats/" + ComplianceClient.encoded(chat.id) + "/messages"
    // Without a limit all messages come at once.
    let query =
      [("tool_result_max_chars", "-1"), ("tool_use_input_max_chars", "-1")]
      + (limit.map { [("limit", String($0))] } ?? [])
    var first: CompliancePage?
    var messages: [[UInt8]] = []
    var seen: Set<[UInt8]> = []
    var cursors: Set<String> = []
    var cursor: String?
    while true {
      let (page, requestID) = try client.page(
        path, query + (cursor.map { [("after_id", $0)] } ?? []))
      if first == nil { first = page }
      for range in page.records {
        let bytes = page.bytes(range)
        if seen.insert(bytes).inserted { messages.append(bytes) }
      }
      guard try goesOn(page, page.lastID, requestID) else {
        guard let first else { break }
        return (first, messages, requestID)
      }
      guard let next = page.lastID, cursors.insert(next).inserted else {
        throw ComplianceError(
          .malformed, "the service says that a chat has more messages and not where",
          requestID: requestID)
      }
      cursor = next
    }
    throw ComplianceError(.malformed, "a chat has no answer")
  }
}
