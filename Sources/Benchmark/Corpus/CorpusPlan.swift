// SPDX-License-Identifier: Apache-2.0

/// How large a generated corpus is; the proportions are those of one million messages in 101,810
/// conversations of 2,000 users over three years.
struct CorpusPlan {
  let messageCount: Int
  let seed: UInt64

  /// At least one message a conversation.
  var conversationCount: Int {
    max(1, messageCount * 101_810 / 1_000_000)
  }

  var userCount: Int {
    max(3, messageCount / 500)
  }

  /// Seconds since 1970 of 2023-01-01T00:00:00Z.
  static let firstSecond = 1_672_531_200
  /// The seconds of 2023, 2024 and 2025.
  static let secondCount = 1_096 * 86_400
}
