// SPDX-License-Identifier: Apache-2.0
import Bytes
import Model
import Production
import Store

/// Hands the conversations of a set over one at a time, parsed again from their native bytes.
///
/// While one batch is handed over the next ones are parsed behind the scenes.
struct SetSource: ProductionSource {
  // With several batches ahead no core waits for the caller.
  private static let batchesAhead = 3

  private let includesContext: Bool
  private let duplicates: SuppressedCopies
  private var batches: FrozenBatches
  private var jobs: [BatchJob<ProducedConversation>] = []
  /// The units that are being handed over, the last one first.
  private var waiting: [ProducedUnit] = []
  /// Conversations without a document that the next unit tells of.
  private var leftOut: [ReviewLeftOutData] = []

  /// - Parameters:
  ///   - store: The store.
  ///   - set: The set.
  ///   - selection: Its conversations.
  ///   - includesContext: Whether items are handed over that are context alone.
  ///   - duplicates: The conversations that are left out, with those that stand for them.
  ///   - hasReviewData: Whether units carry what another store needs to make the set again.
  /// - Throws: `StoreError` when the store cannot be read.
  init(
    _ store: Store, _ set: ReviewSet, _ selection: Selection, includesContext: Bool,
    duplicates: SuppressedCopies = SuppressedCopies(), hasReviewData: Bool = false
  ) throws {
    self.includesContext = includesContext
    self.duplicates = duplicates
    batches = FrozenBatches(
      selection.conversations.filter { !duplicates.isSuppressed($0) },
      try FrozenReader(store, set, hasReviewData: hasReviewData))
  }

  mutating func nextUnit() throws -> ProducedUnit? {
    while waiting.isEmpty {
      while jobs.count < SetSource.batchesAhead, let next = try nextJob() { jobs.append(next) }
      guard !jobs.isEmpty else { return nil }
      for conversation in try jobs.removeFirst().results() {
        leftOut += conversation.leftOut
        guard !conversation.units.isEmpty else { continue }
        waiting += conversation.units
        waiting[waiting.count - conversation.units.count].leftOut = leftOut
        leftOut = []
      }
      waiting.reverse()
    }
    return waiting.popLast()
  }

  func remainder() -> [ReviewLeftOutData] { leftOut }

  /// Begins to parse the next conversations; nil after the last.
  private mutating func nextJob() throws -> BatchJob<ProducedConversation>? {
    guard let batch = try batches.next() else { return nil }
    return BatchJob(batch.count) { [batch, includesContext, duplicates] index in
      try batch[index].produced(includesContext: includesContext, duplicates: duplicates)
    }
  }
}

extension FrozenConversation {
  /// The conversation as units to be produced.
  ///
  /// - Parameters:
  ///   - includesContext: Whether items count that are context alone.
  ///   - duplicates: Copies that the conversation stands for.
  ///   - isForDigests: Whether the units are compared and never rendered: then as they were captured,
  ///     without redactions, and also where no item is selected.
  /// - Returns: One unit for each version that the set froze of it.
  /// - Throws: `StoreError` with `.damaged` when a redaction does not fit the text any more: then
  ///   nothing may be produced.
  func units(
    includesContext: Bool, duplicates: SuppressedCopies = SuppressedCopies(),
    isForDigests: Bool = false
  ) throws -> [ProducedUnit] {
    var units: [ProducedUnit] = []
    var applied: Set<ObjectID> = []
    var omittedCount = 0
    for part in try parts() {
      let roles = part.unit.items.indices.map { index -> ItemSelection in
        guard let item = part.items[index] else { return .excluded }
        return item.isContext ? (includesContext ? .context : .excluded) : .selected
      }
      omittedCount += part.repeatCount
      let redacted = try isForDigests ? [] : redactions(in: part)
      applied.formUnion(redacted.map(\.id))
      guard isForDigests || roles.contains(.selected) else {
        omittedCount += roles.count { $0 != .excluded }
        continue
      }
      let id =
        units.isEmpty
        ? record.id
        : ObjectID(
          .conversation, derivedFrom: record.id.text + "/version/" + String(part.version))
      var unit = produced(part, id: id, selection: roles)
      unit.olderVersion = units.isEmpty ? nil : part.version
      unit.redactions = redacted.map(\.redaction)
      unit.isTouched = !redactions.isEmpty || !privileged.isEmpty
      unit.duplicates = units.isEmpty ? duplicates.copies(of: record.key) : []
      // It is over the words as captured: with it a reader could try out guesses of what is cut.
      if unit.isTouched {
        for index in unit.duplicates.indices { unit.duplicates[index].hash = "" }
      }
      unit.includedIn = duplicates.container(of: record.key)
      units.append(unit)
    }
    if !units.isEmpty { units[0].omittedCount = omittedCount }
    guard !isForDigests else { return units }
    // Of items that were taken out of the set nothing is produced, so nothing need be cut.
    let present = Set(items.map(\.item))
    if let lost = redactions.first(where: {
      !applied.contains($0.id) && ($0.item.isEmpty || present.contains($0.item))
    }) {
      throw unfit(lost)
    }
    return units
  }

  private func produced(
    _ part: Part, id: ObjectID, selection: [ItemSelection]
  ) -> ProducedUnit {
    var produced = ProducedUnit(
      id: id, unit: part.unit, selection: selection,
      custodian: ProducedCustodian(
        fullName: record.custodian, emailAddress: record.emailAddress,
        accountID: record.accountID),
      sourcePath: record.source + ":" + record.nativeID)
    for writer in writers {
      let isOwn = writer.custodianID != "" && writer.custodianID == record.custodianID
      produced.senders[writer.accountID] =
        isOwn
        ? produced.custodian
        : ProducedCustodian(
          fullName: writer.name, emailAddress: writer.emailAddress, accountID: writer.accountID)
    }
    produced.sourceName = record.source
    produced.allCustodians = [produced.custodian]
    produced.capturedAt = record.firstCaptured
    for (index, item) in part.items {
      if let found = tags[item.item] {
        produced.tags[index] = found.map { ItemTag(group: $0.group, name: $0.name) }
      }
      if let found = privileged.first(where: { $0.item == item.item }) {
        produced.privileged[index] = claim(found)
      }
    }
    return produced
  }

  /// What the privilege log tells comes from tags of certain groups and from a note.
  private func claim(_ item: PrivilegedItem) -> PrivilegeClaim {
    let tags = tags[item.item] ?? []
    func names(_ group: String) -> [String] {
      tags.filter { $0.group.lowercased() == group }.map(\.name)
    }
    var claim = PrivilegeClaim(reviewer: item.reviewer, reviewed: item.reviewed)
    let bases = ["AC", "WP", "CI", "JD", "OTHER"]
    if let basis = names("basis").map({ $0.uppercased() }).first(where: { bases.contains($0) }) {
      claim.basis = basis
    }
    let kinds = ["FACT", "OPINION"]
    if let kind = names("work product").map({ $0.uppercased() })
      .first(where: { kinds.contains($0) })
    {
      claim.workProduct = kind
    }
    claim.attorneys = names("attorneys")
    let start = "privilege:"
    if let note = notes[item.item]?.last(where: { $0.lowercased().hasPrefix(start) }) {
      claim.description = String(note.dropFirst(start.count).drop(while: \.isWhitespace))
    }
    return claim
  }

  // MARK: Redactions

  private struct Applied {
    var id: ObjectID
    var redaction: Redaction
  }

  /// The redactions that belong into a part, checked against its texts.
  private func redactions(in part: Part) throws -> [Applied] {
    guard !redactions.isEmpty else { return [] }
    // Messages of one capture that bear one id are all of them the item.
    let indexes = Dictionary(grouping: part.items.keys.sorted()) { part.items[$0]?.item ?? "" }
    var result: [Applied] = []
    for record in redactions {
      if record.part.isOfUnit {
        // Each version has its own title; a title of another version is cut as a whole.
        guard let digest = part.digest(of: record.part, item: nil) else { continue }
        let fits = digest == record.digest
        result.append(
          Applied(
            id: record.id, redaction: redaction(record, item: nil, span: fits ? record.span : nil)))
        continue
      }
      guard let candidates = indexes[record.item] else { continue }
      let fitting = candidates.filter {
        part.digest(of: record.part, item: $0) == record.digest
      }
      guard !fitting.isEmpty else { throw unfit(record) }
      for index in fitting {
        result.append(
          Applied(id: record.id, redaction: redaction(record, item: index, span: record.span)))
      }
    }
    return result
  }

  private func redaction(_ record: RedactionRecord, item: Int?, span: Range<Int>?) -> Redaction {
    Redaction(
      id: record.id.text, item: item, part: record.part, span: span, reason: record.reason,
      basis: record.basis, actor: record.account, time: record.created)
  }

  private func unfit(_ record: RedactionRecord) -> StoreError {
    StoreError(
      .damaged,
      "the redaction \(record.id) does not fit the text that the set has now; take it back and make "
        + "it again, then export", objects: [record.id.text, record.item])
  }
}

extension FrozenConversation.Part {
  /// What a redaction of a part is bound to: the part's text, or native bytes where it has none.
  ///
  /// - Returns: Nil where there is no such part.
  func digest(of part: RedactedPart, item: Int?) -> SHA256Digest? {
    switch part {
    case .native: return SHA256Digest(of: unit.native.span)
    case .item:
      guard let item, unit.items.indices.contains(item) else { return nil }
      return unit.digest(ofItem: item)
    default:
      return unit.text(of: part, item: item ?? -1).map { SHA256Digest(of: $0) }
    }
  }
}
