// SPDX-License-Identifier: Apache-2.0
import Capture
import Foundation
import Model
import Store

/// What became of the deletion of one chat.
enum Erasure: Sendable {
  case deleted
  case gone
  case failed(ComplianceError)
  /// Something stands against it: it is to be captured again.
  case objected(DeletionObjection)
}

/// Deletes chats at their sources, one request after the other for each, and records what came of it.
///
/// Before each request the chat is read again unless that was done a moment ago, the turn of the request
/// is waited for, and then the store judges the holds and gives a permit or not. Nothing is repeated
/// blindly: when the outcome of a request is not known, the chat is read again first.
final class SourceEraser: Sendable {
  private let store: Store
  private let actor: AuditActor
  private let reader: SourceReader
  private let check: @Sendable (String) throws -> Void
  /// The lock of the catalog is between processes; threads would wait for each other by polling it.
  private let lock = NSLock()

  init(
    store: Store, actor: AuditActor, reader: SourceReader,
    check: @escaping @Sendable (String) throws -> Void
  ) {
    self.store = store
    self.actor = actor
    self.reader = reader
    self.check = check
  }

  /// Deletes a chat.
  ///
  /// - Parameters:
  ///   - deletion: It waits.
  ///   - source: Where.
  ///   - reading: What the source had a moment ago; nil where it has to be read first.
  /// - Returns: What became of it; it is on record, but for what is to be captured again.
  /// - Throws: `ComplianceError` where nothing else can be asked either; `StoreError`; what the check
  ///   throws.
  func erase(
    _ deletion: SourceDeletion, at source: OpenSource, seen reading: SourceReading?
  ) throws -> Erasure {
    var reading = reading
    var last = ComplianceError(.unavailable, "the service does not answer")
    // Whether a request was sent, in this run or before, whose outcome is not known.
    var isOpen = deletion.state == .sent
    var mayRepeat = true
    var sentCount = deletion.sentCount
    for number in 1...max(2, source.client.tries) {
      try check("deleting chat " + deletion.chat)
      if reading?.isFresh(at: store.now) != true {
        switch try reader.read(deletion.chat, at: source, sentCount: sentCount) {
        case .read(let found): reading = found
        case .gone(let requestID):
          return try settle(deletion, as: isOpen ? .deleted : .gone, requestID)
        case .unread(let error): return try fail(deletion, error, isRefused: false)
        }
        guard mayRepeat else { break }
      }
      guard let seen = reading else { continue }
      reading = nil
      let turn = try source.client.turn()
      switch try permit(deletion, seen: seen) {
      case .objected(.unread): continue
      case .objected(.emptied): return try settle(deletion, as: .gone, nil)
      case .objected(let objection): return .objected(objection)
      case .permitted(let permit):
        sentCount += 1
        switch try source.client.delete(permit, in: turn) {
        case .deleted(let requestID): return try settle(deletion, as: .deleted, requestID)
        case .refused(let error): return try fail(deletion, error, isRefused: true)
        // Somebody else was first, unless an earlier request of ours was.
        case .missing(let error): last = error
        case .unanswered(let error, let asked, let mayHelp):
          (last, isOpen, mayRepeat) = (error, true, mayHelp)
          if mayHelp { try source.client.rest(after: number, asked: asked) }
        }
      }
    }
    return try fail(deletion, last, isRefused: !mayRepeat)
  }

  /// Records that chats stay at their source, after they were captured again.
  func keep(_ deletion: SourceDeletion, _ objection: DeletionObjection) throws {
    try lock.withLock {
      try store.change(as: actor) { try $0.keepAtSource(deletion, objection) }
    }
  }

  // A permit cannot be handed through a closure.
  private func permit(
    _ deletion: SourceDeletion, seen reading: SourceReading
  ) throws -> DeletionVerdict {
    lock.lock()
    defer { lock.unlock() }
    return try store.permitDeletion(deletion, seen: reading, as: actor)
  }

  private func settle(
    _ deletion: SourceDeletion, as state: SourceDeletion.State, _ requestID: String?
  ) throws -> Erasure {
    try lock.withLock {
      try store.change(as: actor) { try $0.settle(deletion, as: state, requestID: requestID) }
    }
    return state == .deleted ? .deleted : .gone
  }

  private func fail(
    _ deletion: SourceDeletion, _ error: ComplianceError, isRefused: Bool
  ) throws -> Erasure {
    try lock.withLock {
      try store.change(as: actor) { change in
        try change.noteFailure(
          of: deletion, error.message, isRefused: isRefused, requestID: error.requestID)
      }
    }
    return .failed(error)
  }
}
