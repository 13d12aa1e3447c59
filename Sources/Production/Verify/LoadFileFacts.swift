// SPDX-License-Identifier: Apache-2.0
import Bytes

/// What a load file says of one document, as far as a volume can be checked against it.
struct LoadFileRecord: Sendable {
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
struct LoadFileFacts: Sendable {
  var records: [LoadFileRecord] = []
  var defects: [VerificationProblem] = []
  /// The designations of the records, each once.
  var designations: Set<String> = []
  /// Records of the CSV load file with its header; nil when there is no such file.
  var csvRecordCount: Int?
  /// Whether the CSV begins with a byte order mark.
  var csvHasMark = false
  var hasConcordance = false
  /// Of the DAT, as its first bytes tell; nil of an empty one.
  var encoding: LoadFileEncoding?
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
    designations.formUnion(other.designations)
    csvRecordCount = other.csvRecordCount ?? csvRecordCount
    csvHasMark = csvHasMark || other.csvHasMark
    hasConcordance = hasConcordance || other.hasConcordance
    encoding = encoding ?? other.encoding
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
  private var width = 0
  // Where the extra fields of paths stand; nil without them.
  private var htmlPlace: Int?
  private var emlPlace: Int?
  private var facts = LoadFileFacts()
  private var isBroken = false

  init(_ path: String, withFields: Bool = false) {
    self.path = path
    self.withFields = withFields
    facts.hasConcordance = true
  }

  mutating func read(_ piece: Span<UInt8>) {
    guard !isBroken else { return }
    reader.read(piece)
    do {
      while !isBroken, try reader.next() { take() }
    } catch {
      fail("record \(error.record): \(error.detail)")
    }
  }

  mutating func finish() -> LoadFileFacts {
    if !isBroken {
      do {
        try reader.finish()
      } catch {
        fail("record \(error.record): \(error.detail)")
      }
    }
    facts.encoding = reader.encoding
    return facts
  }

  private mutating func fail(_ detail: String) {
    isBroken = true
    facts.defects.append(VerificationProblem(code: .malformed, path: path, detail: detail))
  }

  private mutating func take() {
    guard width > 0 else {
      let row = reader.row
      width = row.count
      let names = Field.allCases.map(\.rawValue)
      guard row.starts(with: names), Set(row).count == row.count else {
        fail("the header lacks fields of the dictionary, or has them in another order")
        return
      }
      facts.fieldNames = row
      htmlPlace = row.firstIndex(of: ExtraField.htmlPath.rawValue)
      emlPlace = row.firstIndex(of: ExtraField.emlPath.rawValue)
      return
    }
    guard reader.valueCount == width else {
      fail(
        "record \(facts.records.count + 2): \(reader.valueCount) fields where the header has "
          + "\(width)")
      return
    }
    func value(_ place: Int?) -> String { place.map { reader.value($0) } ?? "" }
    facts.designations.insert(value(Places.confidentiality))
    facts.records.append(
      LoadFileRecord(
        begin: value(Places.begin), end: value(Places.end),
        familyBegin: value(Places.familyBegin), familyEnd: value(Places.familyEnd),
        parent: value(Places.parent), children: value(Places.children).split(separator: ";"),
        recordType: value(Places.recordType), custodian: value(Places.custodian),
        messageCount: Int(value(Places.messages)) ?? 0,
        contextCount: Int(value(Places.context)) ?? 0, fileSize: value(Places.size),
        md5: value(Places.md5), sha1: value(Places.sha1), sha256: value(Places.sha256),
        exception: value(Places.exception), isWithheld: reader.isValue(Places.withheld, "Yes"),
        isRedacted: reader.isValue(Places.redacted, "Yes"),
        paths: [Places.native, Places.text, htmlPlace, Places.rsmf, emlPlace].map {
          withSlashes(value($0))
        },
        fieldHashes: withFields
          ? reader.row.map { SHA256Digest.leadingBits(of: $0.utf8.span) } : []))
  }
}

/// Where the fields stand that are looked at.
private enum Places {
  static let begin = Field.beginDocument.index
  static let end = Field.endDocument.index
  static let familyBegin = Field.beginAttachment.index
  static let familyEnd = Field.endAttachment.index
  static let parent = Field.parentID.index
  static let children = Field.attachmentIDs.index
  static let recordType = Field.recordType.index
  static let custodian = Field.custodian.index
  static let messages = Field.messageCount.index
  static let context = Field.contextCount.index
  static let size = Field.fileSize.index
  static let md5 = Field.md5.index
  static let sha1 = Field.sha1.index
  static let sha256 = Field.sha256.index
  static let exception = Field.exception.index
  static let confidentiality = Field.confidentiality.index
  static let withheld = Field.withheld.index
  static let redacted = Field.redacted.index
  static let native = Field.nativePath.index
  static let text = Field.textPath.index
  static let rsmf = Field.rsmfPath.index
}

private func withSlashes(_ path: String) -> String {
  String(
    decoding: path.utf8.map { $0 == UInt8(ascii: "\\") ? UInt8(ascii: "/") : $0 }, as: UTF8.self)
}
