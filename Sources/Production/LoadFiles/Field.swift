// SPDX-License-Identifier: Apache-2.0

/// The fields of a load file, in the order of the dictionary (export-formats section 4.2).
package enum Field: String, CaseIterable, Sendable {
  case beginDocument = "BEGDOC"
  case endDocument = "ENDDOC"
  case beginAttachment = "BEGATTACH"
  case endAttachment = "ENDATTACH"
  case parentID = "PARENTID"
  case attachmentIDs = "ATTACHIDS"
  case attachmentCount = "ATTACHCOUNT"
  case familyID = "FAMILYID"
  case recordType = "RECORDTYPE"
  case custodian = "CUSTODIAN"
  case allCustodians = "ALLCUSTODIANS"
  case dedupedCustodians = "DEDUPED_CUSTODIANS"
  case dedupedPaths = "DEDUPED_PATHS"
  case from = "FROM"
  case to = "TO"
  case participants = "PARTICIPANTS"
  case subject = "SUBJECT"
  case dateSent = "DATESENT"
  case timeSent = "TIMESENT"
  case dateEnd = "DATEEND"
  case timeEnd = "TIMEEND"
  case dateTimeSent = "DATETIMESENT"
  case sortDate = "SORTDATE"
  case timeZone = "TIMEZONE"
  case dateCreated = "DATECREATED"
  case timeCreated = "TIMECREATED"
  case dateModified = "DATEMOD"
  case timeModified = "TIMEMOD"
  case fileName = "FILENAME"
  case fileExtension = "FILEEXT"
  case mediaType = "MIMETYPE"
  case fileSize = "FILESIZE"
  case pageCount = "PGCOUNT"
  case md5 = "MD5HASH"
  case sha1 = "SHA1HASH"
  case sha256 = "SHA256HASH"
  case familyHash = "FAMILYHASH"
  case edrmMIH = "EDRMMIH"
  case platform = "PLATFORM"
  case organization = "ORGANIZATION"
  case project = "PROJECT"
  case conversationID = "CONVERSATIONID"
  case sliceID = "SLICEID"
  case messageCount = "MESSAGECOUNT"
  case contextCount = "CONTEXTCOUNT"
  case model = "MODEL"
  case hasDeleted = "HASDELETED"
  case hasEdited = "HASEDITED"
  case hasBranches = "HASBRANCHES"
  case confidentiality = "CONFIDENTIALITY"
  case redacted = "REDACTED"
  case redactionType = "REDACTIONTYPE"
  case withheld = "WITHHELD"
  case productionVolume = "PRODVOL"
  case sourcePath = "SOURCEPATH"
  case exception = "EXCEPTION"
  case nativePath = "NATIVEPATH"
  case textPath = "TEXTPATH"
  case pdfPath = "PDFPATH"
  case rsmfPath = "RSMFPATH"

  /// Whether several values are joined by `;`, so that a `;` inside one must go.
  package var isMultiValue: Bool {
    switch self {
    case .attachmentIDs, .allCustodians, .dedupedCustodians, .dedupedPaths, .to, .participants,
      .model, .redactionType, .exception:
      true
    default: false
    }
  }
}

/// Fields after the dictionary's own, in this order.
package enum ExtraField: String, CaseIterable, Sendable {
  /// The HTML transcript; there where pages are, so that a load file names every file of the
  /// documents.
  case htmlPath = "HTMLPATH"
  /// The mail message; there where messages are.
  case emlPath = "EMLPATH"
  /// Our identifier of the unit.
  case recordID = "RECORDID"
  /// SHA-256 of the unit's whole native record as captured.
  case sourceSHA256 = "SOURCESHA256"
  /// The hash of the slice's events (export-formats section 12.2).
  case sliceHash = "SLICEHASH"
  /// `1 of N`.
  case slicePart = "SLICEPART"
  /// Tags of reviewers, `group: tag`, separated by `;`.
  case tags = "TAGS"
  /// `No` where the conversation lies whole in a longer one (export-formats section 12.3).
  case inclusive = "INCLUSIVE"
  /// The source's id of the conversation that it lies in.
  case includedIn = "INCLUDEDIN"
}

extension String {
  /// The text as one of several values that `;` separates: each `;` in it is a `,`.
  ///
  /// By scalars: a mark that follows the `;` makes another character of both, and U+037E, which is
  /// canonically equivalent, separates nothing.
  var asListPart: String {
    guard utf8.contains(UInt8(ascii: ";")) else { return self }
    var result = String.UnicodeScalarView()
    for scalar in unicodeScalars { result.append(scalar == ";" ? "," : scalar) }
    return String(result)
  }
}

/// One record of a load file: for every field its values, one or none where not multi-value.
struct FieldRow: Sendable {
  private var values: [[String]]
  private var extras: [String]
  let extraFields: [ExtraField]

  init(extraFields: [ExtraField]) {
    values = Array(repeating: [], count: Field.allCases.count)
    extras = Array(repeating: "", count: extraFields.count)
    self.extraFields = extraFields
  }

  subscript(field: Field) -> String {
    get { values[field.index].first ?? "" }
    set { values[field.index] = newValue.isEmpty ? [] : [newValue] }
  }

  subscript(list field: Field) -> [String] {
    get { values[field.index] }
    set { values[field.index] = newValue }
  }

  subscript(extra field: ExtraField) -> String {
    get { extraFields.firstIndex(of: field).map { extras[$0] } ?? "" }
    set {
      if let index = extraFields.firstIndex(of: field) { extras[index] = newValue }
    }
  }

  /// The names of all fields, in order.
  static func names(extraFields: [ExtraField]) -> [String] {
    Field.allCases.map(\.rawValue) + extraFields.map(\.rawValue)
  }
}

extension Field {
  // The position in the dictionary.
  var index: Int { Field.positions[self] ?? 0 }

  private static let positions = Dictionary(
    uniqueKeysWithValues: Field.allCases.enumerated().map { ($1, $0) })
}
