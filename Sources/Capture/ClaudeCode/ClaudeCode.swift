// SPDX-License-Identifier: Apache-2.0
import Bytes
import Model

/// Claude Code's local transcripts and its headless output (claude-capture-formats section 8).
///
/// A session is one conversation. Its native record holds the source's lines byte for byte: those
/// that make items first, each item's together, in the order of each item's first line; then, after
/// an empty line, those that are kept and make none. So parsing a native record gives what parsing
/// the files gave.
package enum ClaudeCode {
  package static let route = "claude-code"
  /// Headless `stream-json` output.
  package static let streamRoute = "claude-code-stream"

  /// Parses the native records of a session again, taken together.
  ///
  /// - Throws: `CaptureError` with `decodeError` for lines that are none.
  static func parse(
    _ natives: [[UInt8]], route: String, nativeID: String
  ) throws(CaptureError) -> CapturedUnit {
    do throws(JSONError) {
      var session = TranscriptSession(id: nativeID, route: route)
      for native in natives {
        var isKept = false
        var start = 0
        while start < native.count {
          let end = native.span.firstIndex(of: 0x0A, from: start)
          if end == start {
            isKept = true
          } else {
            let bytes = Array(native[start..<end])
            if isKept {
              session.keep(try? TranscriptLine(bytes), bytes)
            } else {
              _ = session.add(try TranscriptLine(bytes))
            }
          }
          start = end + 1
        }
      }
      return session.unit()
    } catch {
      throw CaptureError(decoding: error, expected: "a line of a transcript")
    }
  }
}
