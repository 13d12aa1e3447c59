// SPDX-License-Identifier: Apache-2.0
import Bytes
package import Model
import Production
package import Store

/// Compares the conversations of a set: which are equal, and which lie whole in a longer one.
package struct AnalysisAction {
  private let store: Store
  private let actor: AuditActor
  private let set: ReviewSet

  package init(store: Store, actor: AuditActor, set: ReviewSet) {
    self.store = store
    self.actor = actor
    self.set = set
  }

  /// What an analysis found.
  package struct Result: Sendable {
    package var conversations: Int
    package var global: Int
    package var custodial: Int
    package var contained: Int
  }

  /// Compares the frozen items of all conversations and puts on record what it found.
  ///
  /// - Parameter isRehearsed: Whether nothing is to be written.
  /// - Returns: The counts.
  /// - Throws: `StoreError`.
  package func run(isRehearsed: Bool) throws -> Result {
    guard !isRehearsed else { return try run(target: store.rehearsal()) }
    let lock = try store.lockJob("review-" + set.id.text, as: actor)
    return try withExtendedLifetime(lock) { try run(target: store) }
  }

  private func run(target: some ChangeTarget) throws -> Result {
    let selection = try Selection(store, set)
    // Before any is compared: who owns one differently meanwhile makes the findings stale.
    let owners = try store.read { try $0.ownersDigest(of: selection.conversations) }
    let index = try ContentIndex()
    var batches = FrozenBatches(selection.conversations, try FrozenReader(store, set))
    while let batch = try batches.next() {
      let job = BatchJob(batch.count) { [batch] position in
        // Of several frozen versions the parts follow each other, the newest first.
        try batch[position].units(includesContext: true, isForDigests: true)
          .map(ContentDigests.init)
      }
      for (conversation, digests) in zip(batch, try job.results()) {
        let record = conversation.record
        try index.add(
          record.key, id: record.id,
          // Two people may bear one name.
          custodian: record.custodianID.isEmpty
            ? record.route + ":" + record.accountID : record.custodianID,
          captured: record.firstCaptured, digest: digest(digests, of: record),
          events: digests.flatMap(\.events))
      }
    }
    try target.change(as: actor) { try $0.startAnalysis(of: set) }
    var findings: [ContentFinding] = []
    func flush() throws {
      try target.change(as: actor) { try $0.addFindings(findings, of: set) }
      findings.removeAll(keepingCapacity: true)
    }
    try index.forEachFinding { finding in
      findings.append(finding)
      if findings.count == 2000 { try flush() }
    }
    if !findings.isEmpty { try flush() }
    return try target.change(as: actor) { change in
      try change.finishAnalysis(of: set, selection: selection.digest, owners: owners)
      let counts = try change.catalog.duplicateCounts(of: set)
      return Result(
        conversations: selection.conversations.count, global: counts.global,
        custodial: counts.custodial, contained: counts.contained)
    }
  }

  /// What nothing can be called equal to gets a digest of its own.
  private func digest(_ parts: [ContentDigests], of record: ConversationRecord) -> SHA256Digest {
    let contents = parts.compactMap(\.equality)
    guard contents.count == parts.count, let first = contents.first else {
      return SHA256Digest(of: "unknown content of " + record.id.text)
    }
    if contents.count == 1 { return first }
    return SHA256Digest(of: contents.map(\.hexadecimal).joined(separator: "\n"))
  }
}
