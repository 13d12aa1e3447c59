// SPDX-License-Identifier: Apache-2.0
import Bytes
package import Model

/// The folders of a volume, in the order of their names.
enum VolumeSection: String, Sendable, CaseIterable {
  case data = "DATA"
  case eml = "EML"
  case html = "HTML"
  case logs = "LOGS"
  case manifest = "MANIFEST"
  case natives = "NATIVES"
  case readme = "README.txt"
  case records = "RECORDS"
  case rsmf = "RSMF"
  case text = "TEXT"
}

/// One file of a document, ready to be written.
struct RenderedFile: Sendable {
  var section: VolumeSection
  /// From the volume's root, with `/`.
  var path: String
  var bytes: [UInt8]
  /// Of the bytes as they were before they were packed.
  var digests: FileDigests
  /// What the file was, where its bytes are packed; nil where they are not.
  var packed: PackedContent?
}

/// Everything that a family adds to a volume.
struct RenderedFamily: Sendable {
  var files: [RenderedFile] = []
  var concordance: [UInt8] = []
  var csv: [UInt8] = []
  /// Documents of the EDRM XML, and the relationships between them.
  var edrm: [UInt8] = []
  var relationships: [UInt8] = []
  /// Documents of the viewer, each ended by a comma.
  var viewer: [UInt8] = []
  var exceptions: [UInt8] = []
  var numbers: [UInt8] = []
  var duplicates: [UInt8] = []
  /// Rows of a report's `Items.csv` and `Messages.csv`, and what its other tables count.
  var items: [UInt8] = []
  var messages: [UInt8] = []
  var reportTally = ReportTally()
  /// Rows of the redaction log, and of the privilege log as CSV and as HTML.
  var redactions: [UInt8] = []
  var privileges: [UInt8] = []
  var privilegePage: [UInt8] = []
  /// Lines of the review data.
  var review: [UInt8] = []
  var tally = VolumeTally()
}

/// What a volume holds, in numbers.
package struct VolumeTally: Sendable, Hashable {
  package var documents = 0
  package var families = 0
  /// Responsive messages.
  package var selectedMessages = 0
  package var contextMessages = 0
  package var natives = 0
  package var texts = 0
  package var pages = 0
  /// Documents whose content the capture lacks.
  package var slipSheets = 0
  /// Characters that a load file or text could not hold as they are.
  package var substitutedCharacters = 0
  package var suppressedDuplicates = 0
  /// Documents that are withheld for privilege, and documents of which something is blacked out.
  package var withheld = 0
  package var redacted = 0
  /// Captured records beside the natives, and lines of the review data.
  package var records = 0
  package var review = ReviewEndData()
  /// Documents by record type.
  package var recordTypes: [String: Int] = [:]
  /// Documents by custodian.
  package var custodians: [String: Int] = [:]
  /// Rows of `exceptions.csv` by code.
  package var exceptions: [String: Int] = [:]

  package init() {}

  /// Adds the numbers of another part.
  package mutating func add(_ other: VolumeTally) {
    documents += other.documents
    families += other.families
    selectedMessages += other.selectedMessages
    contextMessages += other.contextMessages
    natives += other.natives
    texts += other.texts
    pages += other.pages
    slipSheets += other.slipSheets
    substitutedCharacters += other.substitutedCharacters
    suppressedDuplicates += other.suppressedDuplicates
    withheld += other.withheld
    redacted += other.redacted
    records += other.records
    review.conversations += other.review.conversations
    review.items += other.review.items
    review.leftOut += other.review.leftOut
    recordTypes.merge(other.recordTypes, uniquingKeysWith: +)
    custodians.merge(other.custodians, uniquingKeysWith: +)
    exceptions.merge(other.exceptions, uniquingKeysWith: +)
  }
}
