// SPDX-License-Identifier: Apache-2.0
import Bytes
import Model

/// The list of prompts that a person typed into Claude Code, which outlives the transcripts
/// (claude-capture-formats section 8.1, `history.jsonl`).
///
/// The prompts of a session are a conversation, of older clients those of a project. It stands beside
/// the session's transcript and is linked to it, as what came by another route. Its native record
/// holds the lines.
enum PromptHistory {
  static let route = "claude-code-history"

  /// A line, parsed.
  struct Line {
    let bytes: [UInt8]
    private(set) var words = ""
    private(set) var time: SourceTime?
    private(set) var project: String?
    private(set) var sessionID: String?
    private(set) var pasted: [CapturedFile] = []
    private(set) var flags: [RecordFlag] = []

    /// - Throws: `JSONError` for malformed JSON; `.wrongKind` for what is no object.
    init(_ bytes: [UInt8]) throws(JSONError) {
      self.bytes = bytes
      var cursor = JSONCursor(bytes.span)
      try cursor.enterObject()
      while let key = try cursor.nextKey() {
        if cursor.matches(key, "display") {
          words = try cursor.string(&flags) ?? ""
        } else if cursor.matches(key, "project") {
          project = try cursor.identifier(&flags)
        } else if cursor.matches(key, "sessionId") {
          sessionID = try cursor.identifier(&flags)
        } else if cursor.matches(key, "timestamp") {
          try readTime(&cursor)
        } else if cursor.matches(key, "pastedContents") {
          try readPasted(&cursor)
        } else {
          try cursor.skipValue()
        }
      }
      try cursor.expectEnd()
      cursor.takeRepairs(&flags)
    }

    /// What its conversation is called at the source.
    var conversation: String { sessionID ?? "project/" + (project ?? "") }

    private mutating func readTime(_ cursor: inout JSONCursor) throws(JSONError) {
      guard try cursor.peek() == .number else {
        time = try cursor.time(&flags)
        return
      }
      let text = String(decoding: bytes[try cursor.skipValue()], as: UTF8.self)
      time = SourceTime(text: text)
      // Milliseconds since 1970.
      if let milliseconds = Int64(text), abs(milliseconds) < 1 << 48 {
        time?.instant = Instant(ticks: milliseconds * (Instant.ticksPerSecond / 1000))
      } else {
        flags.insert(.timeUnreadable)
      }
    }

    private mutating func readPasted(_ cursor: inout JSONCursor) throws(JSONError) {
      guard try cursor.entersObject(&flags) else { return }
      while let number = try cursor.nextKey() {
        var file = CapturedFile(
          kind: .attachment, name: "Pasted text #" + cursor.text(of: number))
        file.type = "text/plain"
        guard try cursor.entersObject(&flags) else { continue }
        while let key = try cursor.nextKey() {
          if cursor.matches(key, "content") {
            file.text = try cursor.string(&flags)
          } else {
            try cursor.skipValue()
          }
        }
        pasted.append(file)
      }
    }

    var item: CapturedItem {
      var item = CapturedItem(kind: .prompt, role: .user, nativeRole: "", nativeRange: 0..<0)
      item.nativeID = ClaudeExport.derivedID(of: bytes)
      item.provenance = .clientAsserted
      item.time = time
      item.blocks = [ContentBlock(kind: .text, text: words)]
      item.files = pasted
      item.flags = flags
      item.flags.insert(.idDerived)
      if words.isBlank { item.flags.insert(.empty) }
      return item
    }
  }

  /// The conversation of some lines, all of which are its own.
  ///
  /// - Parameters:
  ///   - lines: In order; the same bytes count once.
  ///   - nativeID: What it is called at the source.
  ///   - path: The file, for its gaps.
  /// - Returns: The conversation.
  static func unit(_ lines: [Line], nativeID: String, path: String) -> CapturedUnit {
    var unit = CapturedUnit(kind: .conversation, route: route, nativeID: nativeID, native: [])
    unit.isPart = true
    unit.title = "Prompt history"
    if nativeID.isUUID { unit.joinKeys.insert(JoinKey(.session, nativeID.lowercased())) }
    var seen: Set<[UInt8]> = []
    for line in lines where seen.insert(line.bytes).inserted {
      var item = line.item
      let start = unit.native.count
      unit.native += line.bytes
      item.nativeRange = start..<unit.native.count
      unit.native.append(0x0A)
      for file in item.files where file.text == nil {
        unit.gaps.append(
          CaptureProblem(
            code: .fileNotCaptured, path: path, object: file.name,
            detail: "the list of prompts names a pasted text that it does not hold"))
      }
      unit.items.append(item)
    }
    if let folder = lines.lazy.compactMap(\.project).first {
      unit.projectID = folder
      unit.projectName = folder.split { $0 == "/" || $0 == "\\" }.last.map(String.init) ?? folder
      unit.accountID = UserFolder.person(in: folder)
      unit.accountIsInferred = unit.accountID != nil
    }
    let times = unit.items.compactMap(\.time).filter { $0.instant != nil }
    unit.createdAt = times.min { ($0.instant?.ticks ?? 0) < ($1.instant?.ticks ?? 0) }
    unit.updatedAt = times.max { ($0.instant?.ticks ?? 0) < ($1.instant?.ticks ?? 0) }
    return unit
  }

  /// Parses native records again, taken together.
  ///
  /// - Throws: `CaptureError` with `decodeError` for lines that are none.
  static func parse(
    _ natives: [[UInt8]], nativeID: String, path: String
  ) throws(CaptureError) -> CapturedUnit {
    var parts: [(place: NativePlace, lines: [Line])] = []
    do throws(JSONError) {
      for native in natives {
        var lines: [Line] = []
        var start = 0
        while start < native.count {
          guard native[start] != 0x0A else {
            start += 1
            continue
          }
          var cursor = JSONCursor(native.span, at: start)
          let range = try cursor.skipValue()
          lines.append(try Line(Array(native[range])))
          start = range.upperBound
        }
        parts.append(
          (NativePlace(native, times: lines.lazy.compactMap { $0.time?.instant }), lines))
      }
    } catch {
      throw CaptureError(decoding: error, expected: "a line of a list of prompts")
    }
    // They give the same in whatever order they were captured.
    if parts.count > 1 { parts.sort { $0.place < $1.place } }
    let lines = parts.flatMap(\.lines)
    return unit(lines, nativeID: nativeID, path: path)
  }
}

/// Reads lists of prompts, and gathers those of each session within a bound.
final class PromptHistoryReader: RecordReader {
  private static let byteLimit = 16 << 20

  private var lines: [ExactText: [PromptHistory.Line]] = [:]
  private var order: [ExactText] = []
  private var seen: Set<[UInt8]> = []
  private var byteCount = 0
  private var path = ""

  init() {}

  func read(_ record: NativeRecord, into sink: any RecordSink) throws {
    path = record.path
    let line: PromptHistory.Line
    do throws(JSONError) {
      line = try PromptHistory.Line(record.bytes)
    } catch {
      throw CaptureError(decoding: error, expected: "a line of a list of prompts")
    }
    let key = ExactText(line.conversation)
    if lines[key] == nil { order.append(key) }
    guard seen.insert(record.bytes).inserted else {
      try sink.noteDuplicates(1)
      return
    }
    lines[key, default: []].append(line)
    byteCount += record.bytes.count
    if byteCount > Self.byteLimit { try handOver(into: sink) }
  }

  func endFile(_ path: String, into sink: any RecordSink) throws { try handOver(into: sink) }

  private func handOver(into sink: any RecordSink) throws {
    for key in order {
      try sink.take(PromptHistory.unit(lines[key] ?? [], nativeID: key.text, path: path))
    }
    lines = [:]
    order = []
    seen = []
    byteCount = 0
  }
}
