// SPDX-License-Identifier: Apache-2.0

/// Messages reduced to what a plain full-text index needs, in few large arrays.
struct MessageBatch {
  /// The texts of all messages, one after the other, in UTF-8.
  var text: [UInt8] = []
  /// Where each message's text ends.
  var textEnds: [Int] = []
  /// The number of each message's account, in order of first appearance.
  var accounts: [Int] = []
  /// When each message was sent, in ticks of 100 nanoseconds since 1970.
  var times: [Int64] = []

  var count: Int { textEnds.count }

  /// The range of a message's text.
  func textRange(_ index: Int) -> Range<Int> {
    (index == 0 ? 0 : textEnds[index - 1])..<textEnds[index]
  }

  /// Forgets the messages and keeps the memory.
  mutating func removeAll() {
    text.removeAll(keepingCapacity: true)
    textEnds.removeAll(keepingCapacity: true)
    accounts.removeAll(keepingCapacity: true)
    times.removeAll(keepingCapacity: true)
  }
}
