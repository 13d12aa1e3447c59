// SPDX-License-Identifier: Apache-2.0
import Bytes
package import Model

/// What a volume tells of a conversation so that another store can make its review set again.
package struct ReviewUnit: Sendable {
  /// A record as captured.
  package struct Record: Sendable {
    package var version: Int
    package var bytes: [UInt8]

    package init(version: Int, bytes: [UInt8]) {
      self.version = version
      self.bytes = bytes
    }
  }

  /// The conversation, without its records.
  package var conversation: ReviewConversationData
  /// All records that its items need, by rising versions.
  package var records: [Record]
  package var items: [ReviewItemData]

  package init(
    conversation: ReviewConversationData, records: [Record], items: [ReviewItemData]
  ) {
    self.conversation = conversation
    self.records = records
    self.items = items
  }
}

extension FamilyRenderer {
  /// Adds what the review data says of a unit, at its first slice.
  ///
  /// A record that is a native file of the volume already is no second file.
  ///
  /// - Parameters:
  ///   - plan: The family.
  ///   - nativeSHA256: Of its native file; nil where that is left out.
  ///   - result: Gets files and lines.
  /// - Throws: `ProductionError` when a line is longer than any reader takes.
  func renderReview(
    _ plan: FamilyPlan, nativeSHA256: String?, _ result: inout RenderedFamily
  ) throws {
    guard plan.isFirstSlice, options.reviewHead != nil else { return }
    for unit in plan.produced.leftOut {
      result.review += ReviewLine.leftOut(unit).bytes
      result.tally.review.leftOut += 1
    }
    guard let review = plan.produced.review else { return }
    var conversation = review.conversation
    for (index, record) in review.records.enumerated() {
      let digests = FileDigests(of: record.bytes.span)
      let path: String
      if review.records.count == 1, digests.sha256 == nativeSHA256,
        let native = result.files.first(where: { $0.section == .natives })
      {
        path = native.path
      } else {
        let name =
          options.numbers.text(plan.firstNumber) + "-" + digits(index + 1, 6) + ".json"
        path = options.layout.path(.records, position: plan.firstPosition, name: name)
        result.files.append(
          RenderedFile(section: .records, path: path, bytes: record.bytes, digests: digests))
        result.tally.records += 1
      }
      conversation.records.append(
        ReviewRecordData(version: record.version, path: path, sha256: digests.sha256))
    }
    for line in [ReviewLine.conversation(conversation)] + review.items.map(ReviewLine.item) {
      let bytes = line.bytes
      guard bytes.count <= ReviewDataScanner.maximumLineByteCount else {
        throw ProductionError(
          .invalidSource,
          "the notes and history of an item of \(plan.produced.id) are more than custody "
            + "import takes; export without review data")
      }
      result.review += bytes
    }
    result.tally.review.conversations += 1
    result.tally.review.items += review.items.count
  }
}
