// SPDX-License-Identifier: Apache-2.0
import Model

/// The versions of an item that are stored, by the digests of their native bytes.
struct ItemHistory: Sendable {
  /// What a further capture of the item is.
  enum Outcome: Equatable {
    /// The bytes of a version that is there.
    case same(version: Int)
    /// Other bytes, which became this version.
    case changed(version: Int)
  }

  /// How many versions are looked through one by one.
  private static let listLimit = 8

  /// A version may come several times: each row of the item names one.
  private var versions: [(version: Int, digest: [UInt8])] = []
  /// The versions past the limit, which an id that stands for many things can have thousands of.
  private var furtherVersions: [[UInt8]: Int] = [:]
  private var newest = 0

  /// A history without any version yet.
  init() {}

  /// The history of an item that is new.
  init(_ digest: [UInt8]) { note(version: 1, digest) }

  /// Notes a version that is stored.
  mutating func note(version: Int, _ digest: [UInt8]) {
    newest = max(newest, version)
    if versions.count < Self.listLimit {
      versions.append((version, digest))
    } else if furtherVersions[digest] == nil {
      furtherVersions[digest] = version
    }
  }

  /// Takes a further capture into the history.
  mutating func take(_ digest: [UInt8]) -> Outcome {
    if let same = versions.first(where: { $0.digest == digest })?.version
      ?? furtherVersions[digest]
    {
      return .same(version: same)
    }
    note(version: newest + 1, digest)
    return .changed(version: newest)
  }
}

extension IngestCounts {
  /// Counts an item.
  ///
  /// A record that makes several items is known only where all of them are: the others come before
  /// the one that it is counted by.
  ///
  /// - Parameters:
  ///   - outcome: What it is beside the versions that are there; nil when it is new.
  ///   - item: The item.
  mutating func note(_ outcome: ItemHistory.Outcome?, of item: CapturedItem) {
    if item.countsAsRecord {
      switch outcome {
      case nil: stored += 1
      case .changed?: updated += 1
      case .same? where hasNews: updated += 1
      case .same?: duplicates += 1
      }
      hasNews = false
    }
    if case .same? = outcome { return }
    if !item.countsAsRecord { hasNews = true }
    if let time = item.time?.instant { note(time) }
  }

  /// Counts a conversation that has no items: it is one record itself.
  mutating func noteUnitWithoutItems(isKnown: Bool) {
    if isKnown { updated = 1 } else { stored = 1 }
  }

  /// Counts a conversation of which this very version is there.
  mutating func noteDuplicate(recordCount: Int) {
    conversations += 1
    duplicates += recordCount
  }
}
