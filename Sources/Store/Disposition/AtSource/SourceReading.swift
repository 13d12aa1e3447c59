// SPDX-License-Identifier: Apache-2.0
package import Bytes
package import Model

/// What a chat was at its source when it was read again (holds-and-retention section 4, point 7).
package struct SourceReading: Hashable, Sendable {
  /// How long it is good for, in ticks: what is written into the chat after it would go unseen.
  package static let lifetime = 5 * 60 * Instant.ticksPerSecond

  /// The source's own id.
  package var chat: String
  /// Of the native record that a capture would keep.
  package var digest: SHA256Digest
  /// Whether its user deleted it, so that nothing but empty messages is left.
  package var isEmptied: Bool
  /// What links it to units of other routes.
  package var joinKeys: Set<JoinKey>
  /// When it was asked for, by the store's clock.
  package var time: Instant
  /// How many requests to delete it had been sent before: one that was sent later may have changed
  /// everything.
  package var sentCount: Int

  package init(
    chat: String, digest: SHA256Digest, isEmptied: Bool, joinKeys: Set<JoinKey>, time: Instant,
    sentCount: Int = 0
  ) {
    self.chat = chat
    self.digest = digest
    self.isEmptied = isEmptied
    self.joinKeys = joinKeys
    self.time = time
    self.sentCount = sentCount
  }

  /// Whether it tells what the chat is at a time.
  package func isFresh(at now: Instant) -> Bool {
    time <= now && now.ticks - time.ticks < SourceReading.lifetime
  }
}

/// What is known of a conversation at its source before it is removed here.
package enum SourceView: Sendable {
  /// No source brought it that can delete it: it came from a file, or is no chat.
  case unsourced
  case read(SourceReading, SourceRecord)
  /// It is at the source no more, with the service's id of the answer that said so.
  case gone(requestID: String?, SourceRecord)
  /// It could not be read.
  case unread
}
