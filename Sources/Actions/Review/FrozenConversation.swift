// SPDX-License-Identifier: Apache-2.0
import Capture
import Model
import Store

/// A conversation of a set as the store has it, with all that the set knows of it.
struct FrozenConversation: Sendable {
  var record: ConversationRecord
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
  }

  /// The newest version that the set froze; items that it no longer has come from their own.
  ///
  /// Of a route whose records add to each other all versions are one part.
  func parts() throws -> [Part] {
    if CaptureRoutes.accumulates(record.route) {
      var unit = try CaptureRoutes.parse(
        natives.reversed().map { try $0.native.verified() }, kind: record.kind,
        route: record.route, nativeID: record.nativeID)
      try fileTexts.fill(&unit, of: record, version: natives.first?.version ?? 1)
      var rest = Dictionary(items.map { ($0.item, $0) }) { first, _ in first }
      return [
        Part(
          version: natives.first?.version ?? 1, unit: unit,
          items: Self.take(from: &rest, in: unit))
      ]
    }
    var rest = Dictionary(items.map { ($0.item, $0) }) { first, _ in first }
    var parts: [Part] = []
    for (version, native) in natives where !rest.isEmpty {
      var unit = try CaptureRoutes.parse(
        [try native.verified()], kind: record.kind, route: record.route, nativeID: record.nativeID)
      try fileTexts.fill(&unit, of: record, version: version)
      let found = Self.take(from: &rest, in: unit)
      if !found.isEmpty { parts.append(Part(version: version, unit: unit, items: found)) }
    }
    return parts
  }

  /// The wanted items that a unit has, by their index in it; they are wanted no more then.
  ///
  /// Messages that bear one id in one capture are versions of one item, and each was said: all of
  /// them are taken.
  private static func take(
    from rest: inout [String: ReviewItem], in unit: CapturedUnit
  ) -> [Int: ReviewItem] {
    var found: [Int: ReviewItem] = [:]
    for index in unit.items.indices {
      if let chosen = rest[unit.id(ofItem: index).text] { found[index] = chosen }
    }
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

  /// Loads the native records of a conversation.
  func load(_ conversation: inout FrozenConversation) throws {
    let versions = Set(conversation.items.map(\.conversationVersion)).sorted(by: >)
    conversation.natives = try versions.map { version in
      (version, try natives.stored(conversation.record, version: version))
    }
  }
}
