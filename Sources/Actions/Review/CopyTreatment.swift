// SPDX-License-Identifier: Apache-2.0
import Bytes
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
  }

  private var cuts: Set<Cut> = []
  private var withheld: Set<Position> = []

  /// - Parameter conversation: With its native records.
  /// - Throws: As ``FrozenConversation/parts()``.
  init(_ conversation: FrozenConversation) throws {
    let privileged = Set(conversation.privileged.map(\.item))
    for redaction in conversation.redactions where redaction.part.isOfUnit {
      cuts.insert(
        Cut(
          part: redaction.part, span: redaction.span,
          digest: redaction.part == .native ? nil : redaction.digest))
    }
    for (number, part) in try conversation.parts().enumerated() {
      let order = ThreadOrder(of: part.unit).order.filter { part.items[$0] != nil }
      for (event, index) in order.enumerated() {
        guard let item = part.items[index]?.item else { continue }
        let position = Position(part: number, event: event)
        if privileged.contains(item) { withheld.insert(position) }
        for redaction in conversation.redactions
        where redaction.item == item && !redaction.part.isOfUnit {
          cuts.insert(
            Cut(
              position: position, part: redaction.part, span: redaction.span,
              digest: redaction.part == .item ? nil : redaction.digest))
        }
      }
    }
  }

  /// Whether all that is blacked out or withheld in another copy is so here, too.
  func covers(_ copy: CopyTreatment) -> Bool {
    copy.withheld.isSubset(of: withheld) && copy.cuts.allSatisfy(covers)
  }

  private func covers(_ cut: Cut) -> Bool {
    if let position = cut.position {
      if withheld.contains(position) { return true }
      if cuts.contains(Cut(position: position, part: .item)) { return true }
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
}
