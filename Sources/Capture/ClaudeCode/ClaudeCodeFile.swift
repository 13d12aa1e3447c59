// SPDX-License-Identifier: Apache-2.0
import Bytes
import Model

/// What Claude Code keeps in files of its own beside the transcripts: large answers of tools, and
/// notes (claude-capture-formats section 8.1).
///
/// Such a file is a unit of one item, and its bytes are the native record. Nothing in it tells what it
/// is; its place does.
enum ClaudeCodeFile: Equatable {
  /// The answer of a tool that was too large for the transcript of a session.
  case toolResult(session: String, name: String)
  /// A note that is kept for a project, or an instruction to the model.
  case note(project: String, name: String)

  private static let instructionNames: Set = ["CLAUDE.md", "CLAUDE.local.md"]
  /// Between a session and the name of an answer in the id of a unit.
  private static let resultMark = "/tool-results/"

  /// What a file at a place is; nil when it is none of these.
  ///
  /// - Parameter path: With `!/` between levels of archives.
  init?(path: String) {
    var parts = path.split(separator: "/").map(String.init)
    if let outer = parts.dropLast().last, outer.hasSuffix("!"),
      CompressedName.content(of: String(outer.dropLast())) == parts.last
    {
      parts.remove(at: parts.count - 2)
    }
    func rest(behind place: Int) -> String { parts[(place + 1)...].joined(separator: "/") }
    if let place = parts.lastIndex(of: "tool-results"), place >= 1, place < parts.count - 1,
      parts[place - 1].isUUID
    {
      self = .toolResult(session: parts[place - 1], name: rest(behind: place))
    } else if let place = parts.lastIndex(of: "memory"), place >= 1, place < parts.count - 1,
      parts[place - 1].hasPrefix("-") || place >= 2 && parts[place - 2] == "projects"
    {
      self = .note(project: parts[place - 1], name: "memory/" + rest(behind: place))
    } else if let name = parts.last, Self.instructionNames.contains(name) {
      self = .note(project: "", name: name)
    } else {
      return nil
    }
  }

  /// Whether the place tells more of a file than its content does.
  ///
  /// - Parameters:
  ///   - format: What the content looks like; nil for nothing that is known.
  ///   - isCompressed: Whether it is packed by itself, so that the file is within.
  /// - Returns: Whether the file is one of these.
  func stands(over format: CaptureFormat?, isCompressed: Bool) -> Bool {
    // Folders called memory are many: there only notes are taken, whatever they look like.
    if case .note(let project, let name) = self, !project.isEmpty, !name.hasSuffix(".md") {
      return format == nil
    }
    return format != .archive || !isCompressed
  }

  /// The unit of a file.
  func unit(_ native: [UInt8]) -> CapturedUnit {
    switch self {
    case .toolResult(let session, let name):
      return Self.unit(native, kind: .conversation, nativeID: session + Self.resultMark + name)
    case .note(let project, let name) where !project.isEmpty:
      return Self.unit(native, kind: .memory, nativeID: project + "/" + name)
    case .note(_, let name):
      // Each person has one of this name.
      let id = ClaudeExport.derivedID(of: native) + "/" + name
      return Self.unit(native, kind: .memory, nativeID: id)
    }
  }

  /// Parses a native record.
  ///
  /// - Parameters:
  ///   - native: The bytes of the file.
  ///   - kind: A conversation for a tool's answer, else a memory.
  ///   - nativeID: The unit's id, which ends with the file's name.
  /// - Returns: The unit.
  static func unit(_ native: [UInt8], kind: UnitKind, nativeID: String) -> CapturedUnit {
    var unit = CapturedUnit(
      kind: kind, route: ClaudeCode.fileRoute, nativeID: nativeID, native: native)
    let name = nativeID.split(separator: "/").last.map(String.init) ?? nativeID
    let isResult = kind == .conversation
    var item = CapturedItem(
      kind: isResult ? .system : .memory, role: isResult ? .tool : .system, nativeRole: "",
      nativeRange: 0..<native.count)
    item.nativeID = nativeID
    item.title = isResult ? "" : name
    item.provenance = .clientAsserted
    unit.title = name
    if !isResult, !nativeID.contains("/memory/") { unit.flags.insert(.idDerived) }
    if let text = text(of: native) {
      item.blocks = [ContentBlock(kind: isResult ? .toolResult : .text, text: text)]
      if text.isBlank { item.flags.insert(.empty) }
    } else {
      var file = CapturedFile(kind: isResult ? .generatedFile : .attachment, name: name)
      file.byteCount = Int64(native.count)
      file.content = native
      item.files = [file]
      item.blocks = [ContentBlock(kind: isResult ? .toolResult : .text, text: "")]
      item.flags.insert(.empty)
    }
    if isResult {
      if let mark = nativeID.firstRange(of: resultMark) {
        unit.joinKeys.insert(JoinKey(.session, nativeID[..<mark.lowerBound].lowercased()))
      }
      let call = String(name.prefix { $0 != "." })
      if let key = JoinKey(callID: call) {
        unit.joinKeys.insert(key)
        item.answeredCallIDs = [call]
      }
    }
    unit.items = [item]
    return unit
  }

  /// The text that bytes are; nil where they are none.
  private static func text(of bytes: [UInt8]) -> String? {
    let content =
      bytes.starts(with: ByteOrderMark.utf8)
      ? bytes[ByteOrderMark.utf8.count...] : bytes[...]
    return content.contains(0) ? nil : String(validating: content, as: UTF8.self)
  }
}

/// Takes files of Claude Code that are told by their place, each as one record.
final class ClaudeCodeFileReader: RecordReader {
  init() {}

  func read(_ record: NativeRecord, into sink: any RecordSink) throws {
    guard let file = ClaudeCodeFile(path: record.path) else {
      throw CaptureError(code: .unknownFormat, message: "the file is of no format that is known")
    }
    try sink.take(file.unit(record.bytes))
  }
}
