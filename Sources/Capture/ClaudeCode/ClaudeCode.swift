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
  /// Files beside the transcripts whose bytes are the record.
  package static let fileRoute = "claude-code-file"

  /// A line of a native record.
  struct NativeLine {
    var bytes: [UInt8]
    /// Nil where it is none of the format.
    var line: TranscriptLine?
    /// Whether it makes no item.
    var isKept: Bool
  }

  /// Parses the native records of a session again, taken together.
  ///
  /// They are read by the times of what they hold, as files are, so that they give the same in whatever
  /// order they were captured.
  ///
  /// - Throws: `CaptureError` with `decodeError` for lines that are none.
  static func parse(
    _ natives: [[UInt8]], route: String, nativeID: String
  ) throws(CaptureError) -> CapturedUnit {
    do throws(JSONError) {
      var session = TranscriptSession(id: nativeID, route: route)
      var parts: [(place: NativePlace, lines: [NativeLine])] = []
      for native in natives {
        let lines = lines(of: native)
        let times = lines.lazy.compactMap { $0.line?.time?.instant }
        parts.append((NativePlace(native, times: times), lines))
      }
      if parts.count > 1 { parts.sort { $0.place < $1.place } }
      for line in parts.lazy.flatMap(\.lines) {
        if line.isKept {
          session.keep(line.line, line.bytes)
        } else if let parsed = line.line {
          _ = session.add(parsed)
        } else {
          _ = session.add(try TranscriptLine(line.bytes))
        }
      }
      return session.unit()
    } catch {
      throw CaptureError(decoding: error, expected: "a line of a transcript")
    }
  }

  /// The lines of a native record, in order.
  static func lines(of native: [UInt8]) -> [NativeLine] {
    var lines: [NativeLine] = []
    var isKept = false
    var start = 0
    while start < native.count {
      if native[start] == 0x0A {
        isKept = true
        start += 1
        continue
      }
      let (bytes, line) = record(of: native, at: start)
      lines.append(NativeLine(bytes: bytes, line: line, isKept: isKept))
      start += bytes.count + 1
    }
    return lines
  }

  /// The record of a native that begins at a place, parsed where it is one of the format.
  ///
  /// Mostly it is a line. One that was written with line feeds between its parts is a JSON value that
  /// a line feed follows; what is neither is cut as a line.
  private static func record(
    of native: [UInt8], at start: Int
  ) -> (bytes: [UInt8], line: TranscriptLine?) {
    let bytes = Array(native[start..<native.span.firstIndex(of: 0x0A, from: start)])
    if let line = try? TranscriptLine(bytes) { return (bytes, line) }
    var cursor = JSONCursor(native.span, at: start)
    guard let end = try? cursor.skipValue().upperBound,
      end == native.count || native[end] == 0x0A
    else { return (bytes, nil) }
    let value = Array(native[start..<end])
    return (value, try? TranscriptLine(value))
  }
}
