// SPDX-License-Identifier: Apache-2.0
import Bytes

/// What a load file says of one document, as far as a volume can be checked against it.
struct LoadFileRecord {
  var begin: String
  var end: String
  var familyBegin: String
  var familyEnd: String
  var parent: String
  var children: [Substring]
  var recordType: String
  var custodian: String
  var messageCount: Int
  var contextCount: Int
  var fileSize: String
  var md5: String
  var sha1: String
  var sha256: String
  var exception: String
  var isWithheld: Bool
  var isRedacted: Bool
  /// Paths of native, text, HTML, short message and mail file, with `/`; empty where there is none.
  var paths: [String]
  /// Of each field by its place in the header, where they were asked for.
  var fieldHashes: [UInt64] = []
}

/// What the load files of a volume hold.
struct LoadFileFacts {
  var records: [LoadFileRecord] = []
  var defects: [VerificationProblem] = []
  /// Records of the CSV load file with its header; nil when there is no such file.
  var csvRecordCount: Int?
  var hasConcordance = false
  /// The header of the DAT.
  var fieldNames: [String] = []
  /// What the EDRM XML says; nil when there is none, or none that can be read.
  var edrm: EDRMFacts?
  /// What the tables of a report say; nil of a volume.
  var report: ReportFacts?
  var logs = LogFacts()
  /// What the review data says; nil where there is none.
  var review: ReviewFacts?

  mutating func merge(_ other: LoadFileFacts) {
    records += other.records
    defects += other.defects
    csvRecordCount = other.csvRecordCount ?? csvRecordCount
    hasConcordance = hasConcordance || other.hasConcordance
    edrm = edrm ?? other.edrm
    review = review ?? other.review
    if fieldNames.isEmpty { fieldNames = other.fieldNames }
    logs.rows.merge(other.logs.rows) { $1 }
    guard let tables = other.report else { return }
    var all = report ?? ReportFacts()
    all.merge(tables)
    report = all
  }
}

/// Takes in a DAT load file while its bytes pass.
struct LoadFileIntake {
  private let path: String
  private let withFields: Bool
  private var reader = ConcordanceReader()
  private var columns: [String: Int]?
  private var width = 0
  private var facts = LoadFileFacts()
  private var isBroken = false

  init(_ path: String, withFields: Bool = false) {
    self.path = path
    self.withFields = withFields
    facts.hasConcordance = true
  }

  mutating func read(_ piece: Span<UInt8>) {
    guard !isBroken else { return }
    var rows: [[String]] = []
    do {
      try reader.read(piece) { rows.append($0) }
    } catch {
      fail("record \(error.record): \(error.detail)")
    }
    for row in rows { take(row) }
  }

  mutating func finish() -> LoadFileFacts {
    if !isBroken {
      do {
        try reader.finish()
      } catch {
        fail("record \(error.record): \(error.detail)")
      }
    }
    return facts
  }

  private mutating func fail(_ detail: String) {
    isBroken = true
    facts.defects.append(VerificationProblem(code: .malformed, path: path, detail: detail))
  }

  private mutating func take(_ row: [String]) {
    guard !isBroken else { return }
    guard let columns else {
      width = row.count
      let names = Field.allCases.map(\.rawValue)
      guard row.starts(with: names), Set(row).count == row.count else {
        fail("the header lacks fields of the dictionary, or has them in another order")
        return
      }
      facts.fieldNames = row
      columns = Dictionary(uniqueKeysWithValues: row.enumerated().map { ($1, $0) })
      return
    }
    guard row.count == width else {
      fail("record \(facts.records.count + 2): \(row.count) fields where the header has \(width)")
      return
    }
    func value(_ field: Field) -> String { row[field.index] }
    func extra(_ field: ExtraField) -> String { columns[field.rawValue].map { row[$0] } ?? "" }
    facts.records.append(
      LoadFileRecord(
        begin: value(.beginDocument), end: value(.endDocument),
        familyBegin: value(.beginAttachment), familyEnd: value(.endAttachment),
        parent: value(.parentID), children: value(.attachmentIDs).split(separator: ";"),
        recordType: value(.recordType), custodian: value(.custodian),
        messageCount: Int(value(.messageCount)) ?? 0, contextCount: Int(value(.contextCount)) ?? 0,
        fileSize: value(.fileSize), md5: value(.md5), sha1: value(.sha1), sha256: value(.sha256),
        exception: value(.exception), isWithheld: value(.withheld) == "Yes",
        isRedacted: value(.redacted) == "Yes",
        paths: [
          value(.nativePath), value(.textPath), extra(.htmlPath), value(.rsmfPath),
          extra(.emlPath),
        ].map(withSlashes),
        fieldHashes: withFields ? row.map { SHA256Digest.leadingBits(of: $0.utf8.span) } : []))
  }
}

private func withSlashes(_ path: String) -> String {
  String(
    decoding: path.utf8.map { $0 == UInt8(ascii: "\\") ? UInt8(ascii: "/") : $0 }, as: UTF8.self)
}
