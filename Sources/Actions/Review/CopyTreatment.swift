// SPDX-License-Identifier: Apache-2.0
import Bytes
import Foundation
import Model
import Production
import Store

/// What is blacked out and withheld in a conversation, by places that equal conversations share.
///
/// Their items have other ids, but stand in the same order.
struct CopyTreatment {
  /// An item of a conversation: which of its versions, then the place in reading order, from 0.
  private struct Position: Hashable {
    var part: Int
    var event: Int
  }

  /// Something that is blacked out.
  private struct Cut: Hashable {
    /// Nil for a part of the conversation itself.
    var position: Position?
    var part: RedactedPart
    /// Nil for all of it.
    var span: Range<Int>?
    /// Of the text that is cut; nil where it is of native bytes, which hold ids.
    var digest: SHA256Digest?
    /// What is cut out of a text.
    var words: String?
  }

  /// A text that equal conversations need not share: their titles and projects, the names of documents
  /// and files.
  private struct Name: Hashable {
    var position: Position?
    var part: RedactedPart
  }

  /// The native bytes of a version, with those of its items.
  private struct Native {
    var route: String
    var bytes: [UInt8]
    var ranges: [Range<Int>]
    /// The items of the set in it.
    var items: [(position: Position, range: Range<Int>)] = []
  }

  private var cuts: Set<Cut> = []
  /// Those of all versions.
  private var names: [Name: [String]] = [:]
  private var natives: [Native] = []
  private var withheld: Set<Position> = []

  /// - Parameter conversation: With its native records.
  /// - Throws: As ``FrozenConversation/parts()``.
  init(_ conversation: FrozenConversation) throws {
    let privileged = Set(conversation.privileged.map(\.item))
    let parts = try conversation.parts()
    for part in parts {
      natives.append(
        Native(
          route: part.unit.route, bytes: part.unit.native,
          ranges: part.unit.items.map(\.nativeRange)))
      for name in [RedactedPart.title, .project] { add(name, part.unit.text(of: name, item: -1)) }
    }
    for redaction in conversation.redactions where redaction.part.isOfUnit {
      let text = names[Name(part: redaction.part)]?.first {
        SHA256Digest(of: $0) == redaction.digest
      }
      cuts.insert(
        Cut(
          part: redaction.part, span: redaction.span,
          digest: redaction.part == .native ? nil : redaction.digest,
          words: text.flatMap { Self.words(of: $0, redaction.span) }))
    }
    for (number, part) in parts.enumerated() {
      let order = ThreadOrder(of: part.unit).order.filter { part.items[$0] != nil }
      for (event, index) in order.enumerated() {
        guard let item = part.items[index]?.item else { continue }
        let position = Position(part: number, event: event)
        natives[number].items.append((position, part.unit.items[index].nativeRange))
        if privileged.contains(item) { withheld.insert(position) }
        let files = part.unit.items[index].files.indices.map { RedactedPart.fileName($0) }
        for name in [.document] + files {
          add(name, part.unit.text(of: name, item: index), at: position)
        }
        for redaction in conversation.redactions
        where redaction.item == item && !redaction.part.isOfUnit {
          cuts.insert(
            Cut(
              position: position, part: redaction.part, span: redaction.span,
              digest: redaction.part == .item ? nil : redaction.digest,
              words: part.unit.text(of: redaction.part, item: index).flatMap {
                Self.words(of: $0, redaction.span)
              }))
        }
      }
    }
  }

  private mutating func add(_ part: RedactedPart, _ text: String?, at position: Position? = nil) {
    guard let text, !text.isEmpty else { return }
    names[Name(position: position, part: part), default: []].append(text)
  }

  /// What stands in a span of a text; nil where it is no span of it.
  private static func words(of text: String, _ span: Range<Int>?) -> String? {
    guard let span else { return text }
    guard span.upperBound <= text.utf8.count else { return nil }
    return String(text.utf8.dropFirst(span.lowerBound).prefix(span.count))
  }

  /// Whether all that is blacked out or withheld in another copy is so here, too.
  func covers(_ copy: CopyTreatment) throws -> Bool {
    try copy.withheld.isSubset(of: withheld)
      && copy.cuts.allSatisfy { try covers($0, of: copy) }
  }

  private func covers(_ cut: Cut, of copy: CopyTreatment) throws -> Bool {
    if let position = cut.position {
      if withheld.contains(position) { return true }
      if cuts.contains(Cut(position: position, part: .item)) { return true }
    }
    switch cut.part {
    case .native: return try withholdsOrLacks(copy.cuts.compactMap(\.words))
    case .title, .project, .document, .fileName:
      guard let words = cut.words else { break }
      return names[Name(position: cut.position, part: cut.part)]?.allSatisfy {
        isCut(words, in: $0, cut)
      } ?? true
    case .item, .block, .tool, .file: break
    }
    return cuts.contains { own in
      guard own.position == cut.position, own.part == cut.part, own.digest == cut.digest else {
        return false
      }
      guard let ownSpan = own.span else { return true }
      guard let span = cut.span else { return false }
      return ownSpan.lowerBound <= span.lowerBound && span.upperBound <= ownSpan.upperBound
    }
  }

  /// Whether no native file is produced here, or those that are lack all that is blacked out elsewhere:
  /// what the other's native bytes alone hold is not known any more.
  private func withholdsOrLacks(_ words: [String]) throws -> Bool {
    if cuts.contains(where: { $0.part == .native }) { return true }
    guard !words.isEmpty else { return false }
    let cutPositions = Set(cuts.compactMap(\.position)).union(withheld)
    return try natives.allSatisfy { native in
      let search = NativeSearch(route: native.route) { text in
        words.contains { text.range(of: $0, options: Self.loosely) != nil }
      }
      let bytes = native.bytes.span
      // Of a message of which something is cut the native bytes are not produced.
      return try !search.holds(bytes, skipping: native.ranges)
        && !native.items.contains { item in
          try !cutPositions.contains(item.position) && search.holds(bytes.extracting(item.range))
        }
    }
  }

  private static let loosely: String.CompareOptions = [
    .caseInsensitive, .diacriticInsensitive, .widthInsensitive,
  ]

  /// Whether words are blacked out wherever they stand in a name of this copy, which may be another one
  /// than the name that they were cut out of.
  private func isCut(_ words: String, in text: String, _ cut: Cut) -> Bool {
    let digest = SHA256Digest(of: text)
    let spans = cuts.filter {
      $0.position == cut.position && $0.part == cut.part && $0.digest == digest
    }.map { $0.span ?? 0..<text.utf8.count }
    var rest = text.startIndex..<text.endIndex
    while let found = text.range(
      of: words, options: Self.loosely, range: rest)
    {
      let first = text.utf8.distance(from: text.startIndex, to: found.lowerBound)
      let end = text.utf8.distance(from: text.startIndex, to: found.upperBound)
      guard spans.contains(where: { $0.lowerBound <= first && end <= $0.upperBound }) else {
        return false
      }
      rest = text.index(after: found.lowerBound)..<text.endIndex
    }
    return true
  }
}
