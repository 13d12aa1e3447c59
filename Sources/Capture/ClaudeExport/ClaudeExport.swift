// SPDX-License-Identifier: Apache-2.0
import Bytes
package import Model

/// The claude.ai data export (claude-capture-formats section 6).
///
/// The functions that parse are pure: the same bytes give the same unit on any thread, at import
/// and when a transcript is made later from the stored native record.
package enum ClaudeExport {
  /// The capture route in ids and records.
  package static let route = "claude.ai-export"

  /// The parent link of a message that has no parent (section 6.2).
  static let rootMessageID = "00000000-0000-4000-8000-000000000000"

  /// Parses one conversation.
  ///
  /// A value of an unexpected type is passed over and flagged; the record is never lost for it. A
  /// conversation without an id gets one from the SHA-256 of its bytes, so that the same bytes are
  /// the same conversation in every store and no other conversation ever becomes its version.
  ///
  /// - Parameters:
  ///   - native: The record, from its first to its last byte.
  ///   - path: The file that it comes from, for its gaps.
  /// - Returns: The unit.
  /// - Throws: `CaptureError` with `decodeError` for malformed JSON, and for JSON that is no
  ///   conversation.
  package static func parseConversation(
    native: [UInt8], path: String = ""
  ) throws(CaptureError) -> CapturedUnit {
    do throws(JSONError) {
      var parser = ConversationParser(native: native, path: path)
      var cursor = JSONCursor(native.span)
      try parser.parse(&cursor)
      guard parser.isConversation else {
        throw JSONError(.wrongKind, at: 0)
      }
      return parser.finish()
    } catch {
      throw CaptureError(decoding: error, expected: "a conversation")
    }
  }

  /// The id of a record that has none: made of the digest of its bytes.
  static func derivedID(of native: [UInt8]) -> String { derivedID(of: native.span) }

  static func derivedID(of native: Span<UInt8>) -> String {
    "sha256-" + SHA256Digest(of: native).bytes.prefix(16).hexadecimal
  }
}

extension CaptureError {
  /// A record that could not be parsed.
  init(decoding error: JSONError, expected: String) {
    switch error.code {
    case .wrongKind:
      self.init(code: .decodeError, message: "the record is not \(expected)", cause: error)
    default:
      self.init(
        code: .decodeError, message: "the record is malformed JSON: \(error.message)",
        cause: error)
    }
  }
}
