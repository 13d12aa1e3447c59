// SPDX-License-Identifier: Apache-2.0

/// An archive that cannot be read or written.
package struct ArchiveError: Error, Sendable, CustomStringConvertible {
  /// What went wrong.
  package enum Code: Sendable, Hashable {
    case outOfMemory
    case readFailed
    case writeFailed
    /// The bytes are no archive that we read.
    case notAnArchive
    /// The archive is damaged from here on.
    case damaged
  }

  package var code: Code
  /// What happened, with the library's own words where it gave some.
  package var message: String
  package var cause: (any Error)?

  package init(code: Code, message: String, cause: (any Error)? = nil) {
    self.code = code
    self.message = message
    self.cause = cause
  }

  package static var outOfMemory: ArchiveError {
    ArchiveError(code: .outOfMemory, message: "memory for an archive could not be had")
  }

  package var description: String { message }
}
