// SPDX-License-Identifier: Apache-2.0
import Bytes
import Capture
import Model
import Production
import Store

/// A conversation of a set as it goes into a volume.
struct ProducedConversation: Sendable {
  /// Empty where nothing of it is selected.
  var units: [ProducedUnit]
  /// The conversation, where the review data leaves it out.
  var leftOut: [ReviewLeftOutData] = []
}

extension FrozenConversation {
  /// The conversation as units to be produced, with its review data where that is wanted.
  ///
  /// - Parameters:
  ///   - includesContext: Whether items count that are context alone.
  ///   - duplicates: Copies that the conversation stands for.
  /// - Returns: The units; the first carries the review data.
  /// - Throws: As ``units(includesContext:duplicates:isForDigests:)``.
  func produced(
    includesContext: Bool, duplicates: SuppressedCopies
  ) throws -> ProducedConversation {
    var result = ProducedConversation(
      units: try units(includesContext: includesContext, duplicates: duplicates))
    guard let reviewData else { return result }
    if let reason = reasonToLeaveOut(hasUnits: !result.units.isEmpty) {
      result.leftOut = [
        ReviewLeftOutData(
          route: record.route, nativeID: record.nativeID, reason: reason, itemCount: items.count)
      ]
    } else {
      result.units[0].review = try review(reviewData)
    }
    return result
  }

  // A record holds all messages, also those that were taken out of the set: nothing of it may be
  // blacked out or privileged.
  private func reasonToLeaveOut(hasUnits: Bool) -> ReviewLeftOutData.Reason? {
    if !privileged.isEmpty { return .withheld }
    if !redactions.isEmpty { return .redacted }
    return hasUnits ? nil : .notSelected
  }

  private func review(_ data: [ReviewItemData]) throws -> ReviewUnit {
    var digests: [Int: [ObjectID: String]] = [:]
    var records: [ReviewUnit.Record] = []
    for (version, native) in natives.reversed() {
      let bytes = try native.verified()
      records.append(ReviewUnit.Record(version: version, bytes: bytes))
      let unit = try CaptureRoutes.parse(
        [bytes], kind: record.kind, route: record.route, nativeID: record.nativeID)
      digests[version] = Dictionary(
        unit.items.indices.map { index in
          (
            unit.id(ofItem: index),
            unit.digest(ofItem: index).hexadecimal
          )
        }
      ) { first, _ in first }
    }
    let items = try data.map { item in
      guard let digest = digests[item.record]?[item.id] else {
        throw StoreError(
          .damaged, "version \(item.record) of \(record.id) lacks the item \(item.id)",
          objects: [item.id.text])
      }
      var item = item
      item.sha256 = digest
      return item
    }
    return ReviewUnit(
      conversation: ReviewConversationData(
        kind: record.kind, route: record.route, nativeID: record.nativeID,
        accountID: record.accountID, custodian: record.custodian,
        emailAddress: record.emailAddress), records: records, items: items)
  }
}

extension CapturedUnit {
  /// Our id of an item.
  func id(ofItem index: Int) -> ObjectID {
    ObjectID.item(
      route: route, conversationID: nativeID, itemID: items[index].nativeID ?? String(index))
  }

  /// The digest of an item's native bytes.
  func digest(ofItem index: Int) -> SHA256Digest {
    SHA256Digest(of: native.span.extracting(items[index].nativeRange))
  }
}
