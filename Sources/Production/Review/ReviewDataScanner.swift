// SPDX-License-Identifier: Apache-2.0
import Bytes
package import Model

/// Cuts a file of review data into its lines and checks that they fit each other: what a line names
/// must have been told before it.
///
/// Memory holds the definition of the set, one conversation's head and one line.
package struct ReviewDataScanner: Sendable {
  /// The longest line; a longer one is none of ours.
  package static let maximumLineByteCount = 16 << 20
  /// The most bytes of lines before the first conversation: about a million acts of coding.
  package static let maximumHeadByteCount = 512 << 20
  private static let maximumDefectCount = 20

  /// Where the file of a volume lies.
  package static func path(volumeName: String) -> String { "DATA/\(volumeName)-review.jsonl" }

  package private(set) var set: ReviewSetData?
  package private(set) var tags: [ReviewTagData] = []
  package private(set) var filters: [ReviewFilterData] = []
  package private(set) var loads: [ReviewLoadData] = []
  package private(set) var codings: [ReviewCodingData] = []
  /// What is wrong, each with its line; the first twenty.
  package private(set) var defects: [String] = []
  package private(set) var counts = ReviewEndData()

  private var tagPlaces: [ObjectID: Int] = [:]
  private var loadIDs: Set<ObjectID> = []
  private var codingPlaces: [ObjectID: Int] = [:]
  private var names: Set<String> = []
  private var groups: [String: Bool] = [:]
  private var conversation: ReviewConversationData?
  private var lastPaths: [String: String] = [:]
  private var isAtItems = false
  private var hasEnd = false
  private var rest: [UInt8] = []
  private var isPassingOver = false
  private var headByteCount = 0
  private var lineNumber = 0

  private let maximumHeadByteCount: Int

  package init(maximumHeadByteCount: Int = ReviewDataScanner.maximumHeadByteCount) {
    self.maximumHeadByteCount = maximumHeadByteCount
  }

  /// What is wrong with the lines before the first conversation, as far as their sizes go: no volume
  /// may be written that cannot be read.
  package static func fault(
    inHead lines: Span<UInt8>, maximumByteCount: Int = ReviewDataScanner.maximumHeadByteCount
  ) -> String? {
    guard lines.count <= maximumByteCount else { return "the definition of the set is too large" }
    var start = 0
    while start < lines.count {
      let end = lines.firstIndex(of: 0x0A, from: start)
      guard end - start <= maximumLineByteCount else { return "the line is too long" }
      start = end + 1
    }
    return nil
  }

  /// Whether nothing is wrong so far.
  package var isSound: Bool { defects.isEmpty }

  /// Takes the next bytes, and calls a body with each line that fits.
  package mutating func read(
    _ piece: Span<UInt8>, _ body: (ReviewLine, _ bytes: [UInt8]) throws -> Void
  ) rethrows {
    var start = 0
    while start < piece.count {
      let end = piece.firstIndex(of: 0x0A, from: start)
      if !isPassingOver { rest.append(piece.extracting(start..<min(end, piece.count))) }
      if rest.count > ReviewDataScanner.maximumLineByteCount {
        isPassingOver = true
        rest = []
      }
      guard end < piece.count else { return }
      try endLine(body)
      start = end + 1
    }
  }

  /// Ends the file.
  package mutating func finish() {
    if !rest.isEmpty || isPassingOver {
      lineNumber += 1
      note("the line does not end")
    }
    if !hasEnd {
      lineNumber += 1
      note("the file ends before its last line")
    }
  }

  private mutating func endLine(
    _ body: (ReviewLine, _ bytes: [UInt8]) throws -> Void
  ) rethrows {
    lineNumber += 1
    let bytes = rest
    rest.removeAll(keepingCapacity: true)
    guard !isPassingOver else {
      isPassingOver = false
      return note("the line is too long")
    }
    guard let line = ReviewLine(bytes) else {
      return note("it is no line of review data as this program writes it")
    }
    if let defect = take(line, byteCount: bytes.count) { return note(defect) }
    try body(line, bytes)
  }

  private mutating func note(_ defect: String) {
    guard defects.count < ReviewDataScanner.maximumDefectCount else { return }
    defects.append("line \(lineNumber): \(defect)")
  }

  /// Takes a line; gives what is wrong with it.
  private mutating func take(_ line: ReviewLine, byteCount: Int) -> String? {
    if hasEnd { return "it stands after the last line" }
    if !isAtItems, isDefinition(line) {
      headByteCount += byteCount + 1
      guard headByteCount <= maximumHeadByteCount else {
        return "the definition of the set is too large"
      }
    }
    if case .set(let told) = line {
      guard lineNumber == 1 else { return "a second review set" }
      set = told
      return told.name.isEmpty ? "the set has no name" : nil
    }
    guard set != nil else { return lineNumber == 1 ? "the review set is not told first" : nil }
    switch line {
    case .set: return nil
    case .tag, .filter, .load, .coding:
      guard !isAtItems else { return "it stands after the first conversation" }
      return takeDefinition(line)
    case .conversation(let unit):
      isAtItems = true
      counts.conversations += 1
      conversation = unit
      return defect(of: unit)
    case .item(let item):
      counts.items += 1
      return defect(of: item)
    case .leftOut:
      isAtItems = true
      conversation = nil
      counts.leftOut += 1
      return nil
    case .end(let end):
      hasEnd = true
      return end == counts
        ? nil
        : "it tells of \(end.conversations) conversations, \(end.items) items and \(end.leftOut) left "
          + "out; there are \(counts.conversations), \(counts.items) and \(counts.leftOut)"
    }
  }

  private func isDefinition(_ line: ReviewLine) -> Bool {
    switch line {
    case .set, .tag, .filter, .load, .coding: true
    case .conversation, .item, .leftOut, .end: false
    }
  }

  private mutating func takeDefinition(_ line: ReviewLine) -> String? {
    switch line {
    case .tag(let tag):
      guard !tag.name.isEmpty, !tag.group.isEmpty else { return "a tag without a name or group" }
      guard tagPlaces.updateValue(tags.count, forKey: tag.id) == nil,
        names.insert("tag " + tag.name.lowercased()).inserted
      else { return "a second tag called \(tag.name)" }
      tags.append(tag)
      let group = tag.group.lowercased()
      guard groups[group] ?? tag.isExclusive == tag.isExclusive else {
        return "the group \(tag.group) has another choice before"
      }
      groups[group] = tag.isExclusive
    case .filter(let filter):
      guard !filter.name.isEmpty, names.insert("filter " + filter.name).inserted,
        names.insert(filter.id.text).inserted
      else { return "a filter without a name, or a second one called \(filter.name)" }
      filters.append(filter)
    case .load(let load):
      guard loadIDs.insert(load.id).inserted else { return "a second load \(load.id)" }
      loads.append(load)
    case .coding(let act):
      guard codingPlaces[act.id] == nil, act.number > codings.last?.number ?? 0 else {
        return "the acts of coding do not stand in their order"
      }
      guard (act.kind == .undo) == (act.undoes != nil),
        act.undoes.map({ codingPlaces[$0] != nil }) ?? true
      else { return "the act takes back one that was not told before" }
      guard JSONValue(canonicalFile: Array(act.asked.utf8)) != nil else {
        return "what the act was asked is no JSON"
      }
      codingPlaces[act.id] = codings.count
      codings.append(act)
    default: break
    }
    return nil
  }

  private mutating func defect(of unit: ReviewConversationData) -> String? {
    guard !unit.route.isEmpty, !unit.nativeID.isEmpty, !unit.records.isEmpty else {
      return "a conversation without an id or a record"
    }
    var version = 0
    for record in unit.records {
      guard record.version > version else { return "versions of a conversation do not rise" }
      version = record.version
      guard let folder = ReviewDataScanner.folder(of: record.path) else {
        return "the record lies at \(record.path), where none can be"
      }
      guard lastPaths[folder] ?? "" < record.path else { return "the records are out of order" }
      lastPaths[folder] = record.path
    }
    return nil
  }

  /// `NATIVES` or `RECORDS`; nil where no record can lie.
  package static func folder(of path: String) -> String? {
    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
    let isPlain = path.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"),
        UInt8(ascii: "-"), UInt8(ascii: "/"):
        true
      default: false
      }
    }
    guard parts.count == 3, isPlain, !parts.contains(where: { ["", ".", ".."].contains($0) }),
      ["NATIVES", "RECORDS"].contains(parts[0])
    else { return nil }
    return String(parts[0])
  }

  private func defect(of item: ReviewItemData) -> String? {
    guard let conversation else { return "an item that belongs to no conversation" }
    guard loadIDs.contains(item.load) else { return "the item comes from an unknown load" }
    guard conversation.records.contains(where: { $0.version == item.record }) else {
      return "the item is of a version without a record"
    }
    var seen: Set<ReviewChangeData> = []
    for change in item.changes {
      guard codingPlaces[change.coding] != nil, change.tag.map({ tagPlaces[$0] != nil }) ?? true
      else { return "the item was changed by an unknown act, or bears an unknown tag" }
      guard
        seen.insert(ReviewChangeData(coding: change.coding, tag: change.tag, isSet: true)).inserted
      else { return "an act changed a tag of the item twice" }
    }
    var chosen: Set<String> = []
    for tag in item.tags.compactMap({ tagPlaces[$0] }).map({ tags[$0] }) where tag.isExclusive {
      guard chosen.insert(tag.group.lowercased()).inserted else {
        return "the item bears two tags of the group \(tag.group), of which it may bear one"
      }
    }
    for note in item.notes {
      guard !note.text.isEmpty, codingPlaces[note.coding] != nil,
        note.withdrawn.map({ codingPlaces[$0] != nil }) ?? true
      else { return "a note without a text, or of an unknown act" }
    }
    return nil
  }
}
