// SPDX-License-Identifier: Apache-2.0

/// That one chat may be deleted at its source, once (holds-and-retention section 4, point 7).
///
/// Nothing is sent that deletes at a source without one, and the request takes its chat from it. Only
/// what judges holds can make one: its initializer is out of reach of every file that does not import
/// this module for that, and one does. It cannot be copied, and whoever sends it has used it up; so a
/// repeated request needs another judgement.
public struct ChatDeletionPermit: ~Copyable, Sendable {
  /// The source's own id of the chat.
  package let chat: String
  /// The id of the source that it is deleted at.
  package let source: String

  /// Makes a permit, after the transaction committed that judged the holds and noted that the request
  /// is sent.
  ///
  /// - Parameters:
  ///   - chat: The source's own id.
  ///   - source: The id of the source.
  @_spi(HoldJudgement) public init(chat: String, source: String) {
    self.chat = chat
    self.source = source
  }
}
