// SPDX-License-Identifier: Apache-2.0

/// What is wrong with JSON text, and where.
package struct JSONError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The kinds of defects.
  ///
  /// The raw values are stable words for people.
  package enum Code: String, Sendable, CaseIterable {
    case unexpectedByte = "unexpected byte"
    case unexpectedEnd = "unexpected end"
    case badEscape = "malformed escape"
    case controlCharacter = "control character in a string"
    case badNumber = "malformed number"
    case mismatchedBracket = "bracket that closes another kind"
    case tooDeep = "nesting too deep"
    case tooLarge = "record too large"
    case trailingBytes = "bytes after the value"
    case arrayNotClosed = "array not closed"
    /// The text is JSON, and of another shape than asked for.
    case wrongKind = "value of another kind"
  }

  package var code: Code
  /// The byte where it was noticed, from 0: in the text that was parsed, or of a
  /// ``JSONRecordSplitter`` in the whole stream.
  package var position: Int64

  package init(_ code: Code, at position: Int64) {
    self.code = code
    self.position = position
  }

  package init(_ code: Code, at position: Int) {
    self.init(code, at: Int64(position))
  }

  /// One line for people, without any byte of the text itself.
  package var message: String { "\(code.rawValue) at byte \(position)" }

  package var description: String { message }
}
