// SPDX-License-Identifier: Apache-2.0

/// Why an archive could not be read or written.
package struct ArchiveError: Error, Sendable, CustomStringConvertible {
  /// The kinds of failures.
  package enum Code: Sendable, Hashable {
    /// The file or folder could not be opened, read or written.
    case system
    /// The bytes are no archive that we read.
    case notAnArchive
    /// The archive is damaged from here on.
    case damaged
    /// Members are encrypted.
    case encrypted
    /// The library refused a setting or ran out of memory.
    case library
  }

  package var code: Code
  /// What happened and what to do, in lower case, without a full stop.
  package var message: String
  /// The library's own words, or the system's; may quote hostile text.
  package var cause: String?

  package init(code: Code, message: String, cause: String? = nil) {
    self.code = code
    self.message = message
    self.cause = cause
  }

  package var description: String {
    guard let cause, !cause.isEmpty else { return message }
    return message + ": " + cause
  }
}
