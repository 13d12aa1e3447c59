// SPDX-License-Identifier: Apache-2.0
import Bytes
import Model
import Production
import Store

/// Over which conversations equal ones are left out of an export (export-formats section 12.1).
package enum DeduplicationScope: String, Sendable, CaseIterable {
  case none
  /// One copy for each custodian.
  case custodial
  /// One copy for the whole set.
  case global
}

/// The conversations that an export leaves out, by those that stand for them.
struct SuppressedCopies: Sendable {
  private var suppressed: Set<Int64> = []
  private var copies: [Int64: [SuppressedDuplicate]] = [:]
  private var containers: [Int64: String] = [:]

  init() {}

  /// Reads what an analysis found.
  ///
  /// - Parameters:
  ///   - store: The store.
  ///   - set: The set.
  ///   - selection: Its state now.
  ///   - scope: What is left out.
  ///   - needsContainers: Whether it must be known which conversations lie in longer ones.
  /// - Throws: `StoreError` with `.stale` when the set was not analyzed in its state of now.
  init(
    _ store: Store, _ set: ReviewSet, _ selection: Selection, scope: DeduplicationScope,
    needsContainers: Bool = false
  ) throws {
    guard scope != .none || needsContainers else { return }
    guard try store.read({ try $0.analysis(of: set) })?.selection == selection.digest else {
      throw StoreError(
        .stale,
        "the review set \(set.name) was not compared within itself as it is now; run custody review "
          + "analyze first")
    }
    var records: [DuplicateRecord] = []
    try store.read { catalog in
      try catalog.forEachDuplicate(of: set) { records.append($0) }
    }
    let natives = Dictionary(records.map { ($0.conversation, $0.nativeID) }) { first, _ in first }
    for record in records {
      if let container = record.includedIn {
        containers[record.key] =
          try natives[container] ?? store.read { try $0.conversation(container).nativeID }
      }
      let master = scope == .global ? record.masterKey : record.custodianMasterKey
      guard scope != .none, master != record.key else { continue }
      suppressed.insert(record.key)
      let conversation = try store.read { try $0.conversation(key: record.key) }
      copies[master, default: []].append(
        SuppressedDuplicate(
          sourceID: record.nativeID,
          custodian: ProducedCustodian(
            fullName: conversation.custodian, emailAddress: conversation.emailAddress,
            accountID: conversation.accountID),
          path: conversation.source + ":" + conversation.nativeID, method: "content-sha256",
          hash: record.digest.hexadecimal, scope: scope.rawValue,
          time: conversation.firstCaptured))
    }
  }

  func isSuppressed(_ conversation: Int64) -> Bool { suppressed.contains(conversation) }

  /// The copies that a conversation stands for.
  func copies(of conversation: Int64) -> [SuppressedDuplicate] { copies[conversation] ?? [] }

  /// The source's id of the conversation that contains one.
  func container(of conversation: Int64) -> String? { containers[conversation] }
}
