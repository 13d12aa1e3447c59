// SPDX-License-Identifier: Apache-2.0

/// XML that cannot be written, read or validated.
package struct XMLError: Error, Sendable, Hashable, CustomStringConvertible {
  /// What went wrong.
  package enum Code: Sendable, Hashable {
    case outOfMemory
    case writeFailed
    /// The text is no well-formed document.
    case notWellFormed
    /// The document has a document type declaration, which none of ours has.
    case documentType
    /// The document breaks its schema.
    case invalid
    /// The schema itself cannot be read.
    case badSchema
  }

  package var code: Code
  /// What happened; never content of the document.
  package var message: String
  /// The line where it was found, from 1; nil when it is about the whole.
  package var line: Int?
  package var cause: (any Error)? { nil }

  package init(_ code: Code, _ message: String, line: Int? = nil) {
    self.code = code
    self.message = message
    self.line = line
  }

  package var description: String {
    line.map { "line " + String($0) + ": " + message } ?? message
  }
}
