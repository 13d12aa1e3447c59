// SPDX-License-Identifier: Apache-2.0
import Bytes
import Capture
import Model
import Store

/// A conversation of a set as the store has it, with all that the set knows of it.
struct FrozenConversation: Sendable {
  var record: ConversationRecord
  /// All whose accounts captures of it named.
  var writers: [ConversationWriter] = []
  var items: [ReviewItem]
  /// The versions that the set froze, the newest first.
  var natives: [(version: Int, native: StoredNative)]
  /// Of files whose bytes were captured.
  var fileTexts: FileTextReader
  var redactions: [RedactionRecord] = []
  var privileged: [PrivilegedItem] = []
  /// Tags and notes by item.
  var tags: [String: [ReviewTag]] = [:]
  var notes: [String: [String]] = [:]
  /// What review data tells of the items; nil where nobody asked.
  var reviewData: [ReviewItemData]?

  /// A version of the conversation's record, with the items that it gives the set.
  struct Part {
    var version: Int
    var unit: CapturedUnit
    /// The set's items by their index in the unit.
    var items: [Int: ReviewItem]
    /// How many more items of the set repeat what these say, in calls that sent it again.
    var repeatCount = 0
  }

  /// The newest version that the set froze; items that it has not, or not with the bytes that were
  /// frozen, come from their own.
  ///
  /// Of a route whose records add to each other all versions are one part, as far as items keep their
  /// bytes in it; what a later call repeats of an earlier one is in it once (export-formats section
  /// 12.3).
  ///
  /// - Parameter keepsRepeats: Whether what is repeated stands as it was frozen, too.
  /// - Returns: The parts.
  /// - Throws: `StoreError` with `.damaged` when a record is not what its digest says, or when no
  ///   record has an item as the set froze it.
  func parts(keepsRepeats: Bool = false) throws -> [Part] {
    var rest = Dictionary(items.map { ($0.item, $0) }) { first, _ in first }
    var parts: [Part] = []
    // With one version all items are in their own record.
    let frozen = natives.count > 1 ? try frozenBytes() : nil
    func take(_ version: Int, _ captured: CapturedUnit) throws {
      var unit = captured
      let found = Self.take(from: &rest, in: unit, frozen)
      guard !found.isEmpty else { return }
      try fileTexts.fill(&unit, of: record, version: version)
      parts.append(Part(version: version, unit: unit, items: found))
    }
    if natives.count > 1, CaptureRoutes.accumulates(record.route) {
      let whole = try parse(natives.reversed().map(\.native))
      try take(natives[0].version, whole)
      if !keepsRepeats, let items = parts.first?.items, !rest.isEmpty {
        parts[0].repeatCount = try passOverRepeats(of: whole, items, in: &rest)
      }
    }
    for (version, native) in natives where !rest.isEmpty {
      try take(version, parse([native]))
    }
    guard rest.isEmpty else {
      throw StoreError(
        .damaged,
        "\(record.id) no longer has \(rest.count) of its items as the review set froze them",
        objects: [record.id.text] + rest.keys.sorted())
    }
    return parts
  }

  /// Passes over what is wanted and only repeats.
  ///
  /// That is what is no item of its own where the records are read together, and says the same as an
  /// item that a part has for the set already. What a reviewer did something with stays.
  ///
  /// - Parameters:
  ///   - whole: What the records are together, without the texts of files that were read later.
  ///   - items: The items of the set in it, by index.
  ///   - rest: What is wanted.
  /// - Returns: How many were passed over.
  /// - Throws: `StoreError` when a record cannot be read.
  private func passOverRepeats(
    of whole: CapturedUnit, _ items: [Int: ReviewItem], in rest: inout [String: ReviewItem]
  ) throws -> Int {
    struct Said: Hashable {
      var role: ItemRole
      var blocks: [ContentBlock]
      var files: [CapturedFile]

      init(_ item: CapturedItem) {
        role = item.role
        blocks = item.blocks
        files = item.files
      }
    }
    // By what was said, whether it is in the set as more than context.
    var said: [Said: Bool] = [:]
    for (index, item) in items {
      let key = Said(whole.items[index])
      said[key] = (said[key] ?? false) || !item.isContext
    }
    // A message that changed is one of its own, though another one may have the same words.
    let own = Set(whole.items.indices.map { whole.id(ofItem: $0).text })
    let coded = Set(redactions.map(\.item) + privileged.map(\.item) + tags.keys + notes.keys)
    var count = 0
    for (_, native) in natives where !rest.isEmpty {
      let unit = try parse([native])
      for index in unit.items.indices {
        let id = unit.id(ofItem: index).text
        guard let item = rest[id], !own.contains(id), !coded.contains(id),
          let isSelected = said[Said(unit.items[index])],
          isSelected || item.isContext
        else { continue }
        rest[id] = nil
        count += 1
      }
    }
    return count
  }

  private func parse(_ natives: [StoredNative]) throws -> CapturedUnit {
    try CaptureRoutes.parse(
      natives.map { try $0.verified() }, kind: record.kind, route: record.route,
      nativeID: record.nativeID)
  }

  /// What each item was frozen as: the digests of its bytes in its own record.
  private func frozenBytes() throws -> [String: Set<SHA256Digest>] {
    let versions = Dictionary(items.map { ($0.item, $0.conversationVersion) }) { first, _ in first }
    var frozen: [String: Set<SHA256Digest>] = [:]
    for (version, native) in natives {
      let unit = try parse([native])
      for index in unit.items.indices {
        let id = unit.id(ofItem: index).text
        guard versions[id] == version else { continue }
        frozen[id, default: []].insert(unit.digest(ofItem: index))
      }
    }
    return frozen
  }

  /// The wanted items that a unit has, by their index in it; they are wanted no more then.
  ///
  /// Messages that bear one id in one capture are versions of one item, and each was said: all of
  /// them are taken.
  ///
  /// - Parameters:
  ///   - rest: The wanted items.
  ///   - unit: The unit.
  ///   - frozen: By item, the bytes that are wanted: all of them, and no others; nil takes what there is.
  /// - Returns: The items.
  private static func take(
    from rest: inout [String: ReviewItem], in unit: CapturedUnit,
    _ frozen: [String: Set<SHA256Digest>]?
  ) -> [Int: ReviewItem] {
    var found: [Int: ReviewItem] = [:]
    var seen: [String: Set<SHA256Digest>] = [:]
    for index in unit.items.indices {
      guard let chosen = rest[unit.id(ofItem: index).text] else { continue }
      if let frozen {
        let digest = unit.digest(ofItem: index)
        guard frozen[chosen.item]?.contains(digest) == true else { continue }
        seen[chosen.item, default: []].insert(digest)
      }
      found[index] = chosen
    }
    if let frozen { found = found.filter { seen[$0.value.item] == frozen[$0.value.item] } }
    for item in found.values { rest[item.item] = nil }
    return found
  }
}

/// Reads the conversations of a set, a few at a time.
struct FrozenReader {
  private let store: Store
  private let set: ReviewSet
  private let natives: NativeReader
  private let fileTexts: FileTextReader
  private let hasReviewData: Bool
  private var people = CustodianNames()

  init(_ store: Store, _ set: ReviewSet, hasReviewData: Bool = false) throws {
    self.hasReviewData = hasReviewData
    self.store = store
    self.set = set
    natives = try NativeReader(store)
    fileTexts = FileTextReader(store)
  }

  /// The conversations of some rows without their natives, in the order of the rows given.
  ///
  /// - Throws: `StoreError` with `.damaged` when the catalog lacks one.
  mutating func conversations(_ keys: [Int64]) throws -> [FrozenConversation] {
    var people = people
    let set = set
    let fileTexts = fileTexts
    let hasReviewData = hasReviewData
    let result = try store.read { catalog in
      let records = Dictionary(
        try catalog.conversations(keys: keys, people: &people).map { ($0.key, $0) }
      ) { first, _ in first }
      let writers = try catalog.writers(in: keys, people: &people)
      let items = try catalog.items(of: set, in: keys)
      let redactions = try catalog.redactions(of: set, in: keys)
      let privileged = try catalog.privilegedItems(of: set, in: keys)
      let tags = try catalog.itemTags(of: set, in: keys)
      let coded = hasReviewData ? try catalog.reviewData(of: set, in: keys) : [:]
      let notes = privileged.isEmpty ? [:] : try catalog.itemNotes(of: set, in: keys)
      return try keys.map { key in
        guard let record = records[key] else {
          throw StoreError(.damaged, "the catalog lacks a conversation of the set \(set.name)")
        }
        var conversation = FrozenConversation(
          record: record, items: items[key] ?? [], natives: [], fileTexts: fileTexts,
          redactions: redactions[key] ?? [], privileged: privileged[key] ?? [])
        conversation.writers = writers[key] ?? []
        for item in conversation.items {
          let place = ItemKey(conversation: key, item: item.item)
          if let found = tags[place] { conversation.tags[item.item] = found }
          if let found = notes[place] { conversation.notes[item.item] = found }
        }
        if hasReviewData {
          conversation.reviewData = conversation.items.compactMap {
            coded[ItemKey(conversation: key, item: $0.item)]
          }
        }
        return conversation
      }
    }
    self.people = people
    return result
  }

  /// One conversation with its natives.
  ///
  /// - Throws: As ``conversations(_:)`` and ``load(_:)``.
  mutating func conversation(_ key: Int64) throws -> FrozenConversation {
    var conversation = try conversations([key])[0]
    try load(&conversation)
    return conversation
  }

  /// Loads the native records of a conversation.
  func load(_ conversation: inout FrozenConversation) throws {
    let versions = Set(conversation.items.map(\.conversationVersion)).sorted(by: >)
    conversation.natives = try versions.map { version in
      (version, try natives.stored(conversation.record, version: version))
    }
  }
}
