// SPDX-License-Identifier: Apache-2.0

/// Why a record or file became an exception, or what a capture lacks.
///
/// The codes of export-formats section 1.5 where they fit, and ours for the rest. The texts are
/// stable: scripts may compare them.
package enum ProblemCode: String, Sendable, CaseIterable {
  // What a source did not give.
  case missingAtSource = "MISSING_AT_SOURCE"
  case permissionDenied = "PERMISSION_DENIED"
  case sourceError = "SOURCE_ERROR"
  case truncatedAtSource = "TRUNCATED_AT_SOURCE"
  case unresolvedLink = "UNRESOLVED_LINK"
  /// Gone at the source while a hold protects it: what is kept here is the only copy.
  case deletedAtSource = "DELETED_AT_SOURCE"
  // What could not be read.
  case unsupportedType = "UNSUPPORTED_TYPE"
  case passwordProtected = "PASSWORD_PROTECTED"
  case decodeError = "DECODE_ERROR"
  case zeroByte = "ZERO_BYTE"
  case hashMismatch = "HASH_MISMATCH"
  /// A file of no known format.
  case unknownFormat = "UNKNOWN_FORMAT"
  /// A format that is known by name and not read yet, or never.
  case formatNotSupported = "FORMAT_NOT_SUPPORTED"
  /// An archive member whose name leaves the archive, or that is a link or device.
  case unsafeArchiveEntry = "UNSAFE_ARCHIVE_ENTRY"
  /// Two members of an archive with the same name.
  case duplicateArchiveEntry = "DUPLICATE_ARCHIVE_ENTRY"
  /// A limit on entries, bytes, ratio or depth was passed.
  case archiveLimit = "ARCHIVE_LIMIT"
  /// A damaged archive.
  case archiveDamaged = "ARCHIVE_DAMAGED"
  /// A volume of a production that is not as it was written: nothing of it was taken.
  case volumeDamaged = "VOLUME_DAMAGED"
  /// A volume without the review data with which it could come back.
  case reviewDataMissing = "REVIEW_DATA_MISSING"
  /// A conversation of a review set that its volume leaves out.
  case leftOutOfVolume = "LEFT_OUT_OF_VOLUME"
  /// An item that the review set has already, coded otherwise than the volume tells.
  case reviewConflict = "REVIEW_CONFLICT"
  /// A part that a manifest lists is not there.
  case partMissing = "PART_MISSING"
  /// The account of a record is not in the directory, so the custodian is not known.
  case custodianUnknown = "CUSTODIAN_UNKNOWN"
  /// A message names a file whose bytes or text the capture does not hold.
  case fileNotCaptured = "FILE_NOT_CAPTURED"
  // Why the bytes of a file that are here gave no text, or not all of it.
  /// Nothing in it is text, such as a scanned page.
  case noText = "NO_TEXT"
  /// The program that reads its type is not installed.
  case readerMissing = "READER_MISSING"
  /// The program that reads its type failed or took too long.
  case readerFailed = "READER_FAILED"
  /// A limit on text, unpacked bytes or depth was passed: what lies behind it is not searched.
  case textLimit = "TEXT_LIMIT"
}

/// One failure or gap, named, with its place.
package struct CaptureProblem: Sendable, Hashable {
  package var code: ProblemCode
  /// The file, with `!/` between levels of archives.
  package var path: String
  /// What it is about inside the file: a native id or `record N`; empty for the whole file.
  package var object: String
  /// One sentence for people; may quote hostile text, so it is escaped when shown.
  package var detail: String
  /// The conversation that lacks it; nil where no single one is known.
  package var conversation: ObjectID?

  package init(
    code: ProblemCode, path: String, object: String = "", detail: String,
    conversation: ObjectID? = nil
  ) {
    self.code = code
    self.path = path
    self.object = object
    self.detail = detail
    self.conversation = conversation
  }
}

extension CapturedUnit {
  /// What it lacks, each gap with the id that the unit has in every store.
  package var ownGaps: [CaptureProblem] {
    let id = ObjectID.conversation(route: route, nativeID: nativeID)
    return gaps.map { gap in
      var gap = gap
      gap.conversation = id
      return gap
    }
  }
}

/// A person as a source's own directory names it.
package struct CapturedPerson: Sendable, Hashable {
  /// The capture route whose accounts the id is one of.
  package var route: String
  /// The source's account id.
  package var accountID: String
  package var fullName: String
  package var emailAddress: String
  /// The native record byte for byte.
  package var native: [UInt8]

  package init(
    route: String, accountID: String, fullName: String, emailAddress: String, native: [UInt8]
  ) {
    self.route = route
    self.accountID = accountID
    self.fullName = fullName
    self.emailAddress = emailAddress
    self.native = native
  }
}
