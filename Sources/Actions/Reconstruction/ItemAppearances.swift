// SPDX-License-Identifier: Apache-2.0
import Bytes
package import Model

/// An item as a run of captures of its conversation had it, without a gap.
package struct Appearance: Sendable {
  package var item: CapturedItem
  /// The item's version, from 1: the same bytes are the same version.
  package var version: Int
  /// The first version of the conversation that has it so.
  package var conversationVersion: Int
  /// When that was captured.
  package var captured: Instant
  /// The last version of the conversation of the run.
  package var lastConversationVersion: Int

  /// Whether a version of the conversation has the item so.
  package func covers(_ version: Int) -> Bool {
    conversationVersion <= version && version <= lastConversationVersion
  }
}

/// The appearances of the items of a conversation over its captures.
package struct ItemAppearances: Sendable {
  /// What names an item: the source's id, else its position; and which of several with that name.
  package struct Key: Hashable, Sendable {
    package var identity: String
    package var occurrence: Int

    package init(identity: String, occurrence: Int) {
      self.identity = identity
      self.occurrence = occurrence
    }
  }

  /// The captures, in order.
  package private(set) var captures: [(version: Int, captured: Instant)] = []
  /// By item, in the order of the captures.
  package private(set) var runs: [Key: [Appearance]] = [:]
  /// The items in native order; of several captures that of the newest, and an item that this lacks
  /// after the one that it followed.
  package private(set) var order: [Key] = []
  private var digests: [String: [SHA256Digest]] = [:]

  package init() {}

  /// Takes a capture, newer than those before.
  ///
  /// - Parameters:
  ///   - unit: What was captured.
  ///   - version: The version of the conversation.
  ///   - captured: When.
  package mutating func take(_ unit: CapturedUnit, version: Int, captured: Instant) {
    var occurrences: [String: Int] = [:]
    var keys: [Key] = []
    for (position, item) in unit.items.enumerated() {
      let identity = item.nativeID ?? String(position)
      let key = Key(identity: identity, occurrence: occurrences[identity, default: 0])
      occurrences[identity, default: 0] += 1
      keys.append(key)
      let number = versionNumber(
        of: identity, SHA256Digest(of: unit.native.span.extracting(item.nativeRange)))
      let last = (runs[key]?.count ?? 0) - 1
      if let run = runs[key]?.last, run.version == number,
        run.lastConversationVersion == captures.last?.version
      {
        runs[key]?[last].lastConversationVersion = version
        continue
      }
      runs[key, default: []].append(
        Appearance(
          item: item, version: number, conversationVersion: version, captured: captured,
          lastConversationVersion: version))
    }
    captures.append((version, captured))
    merge(keys)
  }

  /// How many versions of an item there are over all captures.
  package func versionCount(of key: Key) -> Int { digests[key.identity]?.count ?? 0 }

  private mutating func versionNumber(of identity: String, _ digest: SHA256Digest) -> Int {
    if let known = digests[identity]?.firstIndex(of: digest) { return known + 1 }
    digests[identity, default: []].append(digest)
    return digests[identity]?.count ?? 1
  }

  private mutating func merge(_ keys: [Key]) {
    let present = Set(keys)
    var after: [Key: [Key]] = [:]
    var first: [Key] = []
    var previous: Key?
    for key in order {
      if present.contains(key) {
        previous = key
      } else if let previous {
        after[previous, default: []].append(key)
      } else {
        first.append(key)
      }
    }
    order = first + keys.flatMap { [$0] + (after[$0] ?? []) }
  }
}
