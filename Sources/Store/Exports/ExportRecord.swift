// SPDX-License-Identifier: Apache-2.0
package import Bytes
import Foundation
import GRDB
package import Model

/// How far an export has come.
package enum ExportState: String, Sendable, CaseIterable {
  case running
  case complete
  case failed
}

/// One production of a review set, as the ledger has it.
package struct ExportRecord: Hashable, Sendable {
  package var key: Int64
  package var id: ObjectID
  package var setID: ObjectID
  package var setName: String
  package var matterName: String
  package var state: ExportState
  /// The volume's name, such as `VOL001`.
  package var volume: String
  /// Where it was written.
  package var output: String
  /// The options of the run, canonical JSON.
  package var options: String
  package var prefix: String
  /// The control numbers it bears; nil until it is complete, and for a volume without documents.
  package var numbers: ClosedRange<Int>?
  package var documentCount: Int
  package var byteCount: Int64
  /// Digest of the volume's manifest; nil until it is complete.
  package var manifestDigest: SHA256Digest?
  package var created: Instant
  package var finished: Instant?
  package var account: String

  static let selection = """
    SELECT export.*, review_set.id AS set_id, review_set.name AS set_name,
      matter.name AS matter_name
    FROM export JOIN review_set ON review_set.key = export.review_set
      JOIN matter ON matter.key = review_set.matter
    """

  init(row: Row) throws {
    key = row["key"]
    id = try row.objectID("id")
    setID = try row.objectID("set_id")
    setName = row["set_name"]
    matterName = row["matter_name"]
    state = try row.value("state")
    volume = row["volume"]
    output = row["output"]
    options = row["options"]
    prefix = row["prefix"]
    if let first: Int = row["first_number"], let last: Int = row["last_number"], first <= last {
      numbers = first...last
    }
    documentCount = row["document_count"]
    byteCount = row["byte_count"]
    manifestDigest = (row["manifest_sha256"] as Data?).flatMap {
      SHA256Digest(bytes: [UInt8]($0))
    }
    created = row.instant("created")
    finished = row.optionalInstant("finished")
    account = row["account"]
  }
}

/// What a complete export wrote.
package struct ExportOutcome: Hashable, Sendable {
  package var numbers: ClosedRange<Int>?
  package var documentCount: Int
  package var byteCount: Int64
  package var manifestDigest: SHA256Digest

  package init(
    numbers: ClosedRange<Int>?, documentCount: Int, byteCount: Int64, manifestDigest: SHA256Digest
  ) {
    self.numbers = numbers
    self.documentCount = documentCount
    self.byteCount = byteCount
    self.manifestDigest = manifestDigest
  }
}
