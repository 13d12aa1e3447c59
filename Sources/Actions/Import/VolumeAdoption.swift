// SPDX-License-Identifier: Apache-2.0
import Bytes
import Capture
package import Model
import Production
import Store

/// A review set that came with a volume.
package struct AdoptedReview: Sendable, Hashable {
  package var set: ObjectID
  package var name: String
  /// Items that the set got, that it had already, and that became exceptions.
  package var added = 0
  package var already = 0
  package var failed = 0
}

/// Makes review sets again of volumes whose records are stored.
struct VolumeAdoption {
  private static let batchCount = 2000

  let store: Store
  let target: any ChangeTarget
  let actor: AuditActor
  let intake: VolumeIntake
  let handler: any CaptureHandler
  /// Whether what the volumes bring is not stored, so that only what is here can be looked up.
  let isRehearsal: Bool
  /// Takes the lock of a set.
  let lock: (ObjectID) throws -> StoreLock?

  /// Makes the sets of all volumes.
  ///
  /// - Throws: `StoreError`; what the handler throws.
  func run() throws -> [AdoptedReview] {
    guard !intake.volumes.isEmpty else { return [] }
    let searcher = try Searcher(store)
    return try intake.volumes.map { volume in
      let id = try target.read { try $0.adoptedSetID(of: volume.arrival, in: volume.matter) }
      let lock = try lock(id)
      return try withExtendedLifetime(lock) { try adopt(volume, searcher) }
    }
  }

  private func adopt(_ volume: VolumeIntake.Volume, _ searcher: Searcher) throws -> AdoptedReview {
    let adoption = try target.change(as: actor) {
      try $0.beginAdoption(volume.arrival, in: volume.matter)
    }
    var review = AdoptedReview(set: adoption.set.id, name: adoption.set.name)
    var batch: [ArrivedItem] = []
    func flush() throws {
      guard !batch.isEmpty else { return }
      let counts = try target.change(as: actor) { try $0.adopt(batch, by: adoption) }
      review.added += counts.added
      review.already += counts.already
      for item in counts.different {
        try fail(
          .reviewConflict, volume, item.text,
          "the set has the item with other tags, notes or history, and keeps them", &review)
      }
      batch.removeAll(keepingCapacity: true)
    }
    var lines = try intake.lines(of: volume)
    var place = -1
    var current: StoredConversation?
    while let (mark, bytes) = try lines.next() {
      switch (mark, ReviewLine(bytes)) {
      case (VolumeIntake.Mark.conversation, .conversation(let unit)?):
        place += 1
        current = volume.failed.contains(place) ? nil : try stored(unit, searcher)
        try handler.breathe(path: volume.path, byteCount: 0)
      case (VolumeIntake.Mark.item, .item(let item)?):
        guard let conversation = current else {
          // Its conversation is an exception already.
          review.failed += 1
          continue
        }
        if let arrived = conversation.arrived(item) {
          batch.append(arrived)
          if batch.count == Self.batchCount { try flush() }
        } else if isRehearsal {
          review.added += 1
        } else {
          try fail(
            .decodeError, volume, item.id.text,
            "no record of the volume holds the item as it is told", &review)
        }
      default: continue
      }
    }
    try flush()
    try target.change(as: actor) { [review] change in
      try change.finishAdoption(
        adoption, of: volume.arrival, added: review.added, already: review.already,
        skipped: review.failed)
    }
    return review
  }

  private func fail(
    _ code: ProblemCode, _ volume: VolumeIntake.Volume, _ object: String, _ detail: String,
    _ review: inout AdoptedReview
  ) throws {
    review.failed += 1
    try handler.fail(
      CaptureProblem(code: code, path: volume.path, object: object, detail: detail))
  }

  /// A conversation of a volume as it is stored here.
  private struct StoredConversation {
    /// Nil while it is not stored.
    var key: Int64?
    /// By the versions that the volume tells: the version here.
    var records: [Int: Int] = [:]
    var items: [ObjectID: [SHA256Digest: Int]] = [:]

    /// The item as it is stored here; nil where it is not.
    func arrived(_ item: ReviewItemData) -> ArrivedItem? {
      guard let key, let record = records[item.record],
        let digest = SHA256Digest(hexadecimal: item.sha256),
        let version = items[item.id]?[digest]
      else { return nil }
      return ArrivedItem(
        key: ItemKey(conversation: key, item: item.id.text), version: version,
        conversationVersion: record, data: item)
    }
  }

  private func stored(
    _ unit: ReviewConversationData, _ searcher: Searcher
  ) throws -> StoredConversation {
    let found = try store.read { catalog in
      try catalog.conversationIfPresent(unit.id).map { record in
        (record: record, versions: try catalog.recordVersions(of: record))
      }
    }
    guard let found else { return StoredConversation() }
    var conversation = StoredConversation(key: found.record.key)
    for record in unit.records {
      let digest = SHA256Digest(hexadecimal: record.sha256)
      conversation.records[record.version] = digest.flatMap { found.versions[$0] }
    }
    conversation.items = try searcher.itemVersions(
      of: unit.id, partition: found.record.partition)
    return conversation
  }
}
