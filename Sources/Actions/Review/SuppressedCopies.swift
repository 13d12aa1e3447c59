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
  /// Tells apart the runs of control numbers of one set: a number stands for one document for ever,
  /// whatever a later analysis leaves out (export-formats section 12.1).
  private(set) var numberVariant = ""

  init() {}

  /// Reads what an analysis found.
  ///
  /// - Parameters:
  ///   - store: The store.
  ///   - set: The set.
  ///   - selection: Its state now.
  ///   - scope: What is left out.
  ///   - needsContainers: Whether it must be known which conversations lie in longer ones.
  /// - Throws: `StoreError` with `.stale` when the set was not analyzed in its state of now or, where
  ///   it matters, when conversations belonged to others then, with
  ///   `.denied` when a copy that would be left out is blacked out or withheld and the one that stands
  ///   for it is not.
  init(
    _ store: Store, _ set: ReviewSet, _ selection: Selection, scope: DeduplicationScope,
    needsContainers: Bool = false
  ) throws {
    guard scope != .none || needsContainers else { return }
    let analysis = try selection.requireAnalysis(store, set)
    if scope == .custodial {
      let owners = try store.read { try $0.ownersDigest(of: selection.conversations) }
      guard analysis.owners == owners else {
        throw StoreError(
          .stale,
          "conversations of the review set \(set.name) belong to other custodians than when it was "
            + "compared within itself; run custody review analyze again")
      }
    }
    var records: [DuplicateRecord] = []
    try store.read { catalog in
      try catalog.forEachDuplicate(of: set) { records.append($0) }
    }
    let natives = Dictionary(records.map { ($0.conversation, $0.nativeID) }) { first, _ in first }
    if scope != .none { try SuppressedCopies.requireAlike(records, scope, store, set) }
    var hasher = SHA256Hasher()
    for record in records {
      if let container = record.includedIn {
        containers[record.key] =
          try natives[container] ?? store.read { try $0.conversation(container).nativeID }
      }
      let master = scope == .global ? record.masterKey : record.custodianMasterKey
      guard scope != .none, master != record.key else { continue }
      suppressed.insert(record.key)
      hasher.update((record.conversation.text + "\n").utf8.span)
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
    if scope != .none { numberVariant = "/" + hasher.finish().hexadecimal }
  }

  /// What was blacked out or withheld in one copy must not be produced by another.
  private static func requireAlike(
    _ records: [DuplicateRecord], _ scope: DeduplicationScope, _ store: Store, _ set: ReviewSet
  ) throws {
    var pairs = records.map { record in
      (
        copy: record.key,
        master: scope == .global ? record.masterKey : record.custodianMasterKey
      )
    }[...]
    pairs.removeAll { $0.copy == $0.master }
    // Those of one master follow each other, so that it is read once.
    pairs.sort { ($0.master, $0.copy) < ($1.master, $1.copy) }
    var reader = try FrozenReader(store, set)
    var kept: (key: Int64, treatment: CopyTreatment)?
    while !pairs.isEmpty {
      let some = pairs.prefix(200)
      pairs = pairs.dropFirst(200)
      let keys = some.map(\.copy)
      let coded = try store.read { catalog in
        Set(
          try catalog.redactions(of: set, in: keys).filter { !$0.value.isEmpty }.map(\.key)
            + catalog.privilegedItems(of: set, in: keys).filter { !$0.value.isEmpty }.map(\.key))
      }
      for (copy, master) in some where coded.contains(copy) {
        if kept?.key != master {
          kept = (master, try CopyTreatment(reader.conversation(master)))
        }
        guard try kept?.treatment.covers(CopyTreatment(reader.conversation(copy))) == true else {
          let ids = try store.read { catalog in
            try [copy, master].map { try catalog.conversation(key: $0).id.text }
          }
          throw StoreError(
            .denied,
            "what is redacted or privileged in the conversation \(ids[0]) is not so in its copy "
              + "\(ids[1]), which would be produced in its place; code both alike, or export without "
              + "--dedupe",
            objects: ids)
        }
      }
    }
  }

  func isSuppressed(_ conversation: Int64) -> Bool { suppressed.contains(conversation) }

  /// The copies that a conversation stands for.
  func copies(of conversation: Int64) -> [SuppressedDuplicate] { copies[conversation] ?? [] }

  /// The source's id of the conversation that contains one.
  func container(of conversation: Int64) -> String? { containers[conversation] }
}
