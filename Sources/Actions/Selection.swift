// SPDX-License-Identifier: Apache-2.0
import Bytes
import Model
import Production
import Store

/// The frozen list of a set: its conversations, and the digest of all its items.
///
/// The items themselves stay in the catalog.
struct Selection: Sendable {
  /// The rows of the conversations in the order of their ids.
  private(set) var conversations: [Int64] = []
  private(set) var digest = SHA256Digest(of: "")
  private(set) var lastLoad = Instant(ticks: 0)
  private(set) var loads: [ReviewLoad] = []

  init(_ store: Store, _ set: ReviewSet) throws {
    var keys: [Int64] = []
    var hasher = SHA256Hasher()
    var line: [UInt8] = []
    loads = try store.read { catalog in
      try catalog.forEachItemByID(of: set) { id, item in
        if keys.last != item.conversation { keys.append(item.conversation) }
        line.removeAll(keepingCapacity: true)
        line.append(id)
        line.append(" ")
        line.append(item.item)
        line.append(" " + String(item.version) + " " + String(item.conversationVersion))
        line.append(item.isContext ? " context\n" : " selected\n")
        hasher.update(line.span)
      }
      return try catalog.loads(of: set)
    }
    conversations = keys
    digest = hasher.finish()
    lastLoad = loads.map(\.created).max() ?? set.created
  }

  var isEmpty: Bool { conversations.isEmpty }

  /// What comparing the set within itself found in this state of it.
  ///
  /// - Throws: `StoreError` with `.stale` when it was not compared so.
  @discardableResult
  func requireAnalysis(_ store: Store, _ set: ReviewSet) throws -> ReviewAnalysis {
    guard let analysis = try store.read({ try $0.analysis(of: set) }),
      analysis.selection == digest
    else {
      throw StoreError(
        .stale,
        "the review set \(set.name) was not compared within itself as it is now; run custody review "
          + "analyze first")
    }
    return analysis
  }

  /// What else decides which documents there are: other than usual slices and copies left out.
  var variant = ""

  /// What the ledger binds a number to.
  func document(_ number: Int) -> String { digest.hexadecimal + variant + "/" + String(number) }
}
