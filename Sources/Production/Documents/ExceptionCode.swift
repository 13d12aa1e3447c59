// SPDX-License-Identifier: Apache-2.0
package import Model

/// Codes of what a document lacks (export-formats section 1.5).
package enum ExceptionCode: String, Sendable, CaseIterable {
  case missingAtSource = "MISSING_AT_SOURCE"
  case permissionDenied = "PERMISSION_DENIED"
  case outsideRetention = "OUTSIDE_RETENTION"
  case sourceError = "SOURCE_ERROR"
  case throttled = "THROTTLED"
  case unresolvedLink = "UNRESOLVED_LINK"
  case unsupportedType = "UNSUPPORTED_TYPE"
  case truncatedAtSource = "TRUNCATED_AT_SOURCE"
  case passwordProtected = "PASSWORD_PROTECTED"
  case decodeError = "DECODE_ERROR"
  case zeroByte = "ZERO_BYTE"
  case substitutedCharacters = "SUBSTITUTED_CHARS"
  case hashMismatch = "HASH_MISMATCH"
  case unknown = "UNKNOWN"

  /// The code for a problem that a capture noted.
  package init(_ problem: ProblemCode) {
    if let code = ExceptionCode(rawValue: problem.rawValue) {
      self = code
      return
    }
    switch problem {
    case .partMissing, .fileNotCaptured: self = .missingAtSource
    case .unknownFormat, .formatNotSupported: self = .unsupportedType
    case .archiveDamaged, .readerFailed: self = .decodeError
    case .noText, .readerMissing: self = .unsupportedType
    default: self = .unknown
    }
  }
}

/// One row of `LOGS/exceptions.csv`.
struct ExceptionRow: Sendable, Hashable {
  var number: String
  var sourceID: String
  var code: ExceptionCode
  /// The field or file that it is about; empty for the document.
  var field = ""
  /// Of substitutions: how many characters.
  var count: Int?
  var detail: String
  var time: Instant?

  static let header = ["CONTROL_NO", "SOURCE_ID", "CODE", "FIELD", "COUNT", "DETAIL", "TIME"]

  var values: [String] {
    [
      number, sourceID, code.rawValue, field, count.map(String.init) ?? "", detail,
      time?.rfc3339 ?? "",
    ]
  }
}
