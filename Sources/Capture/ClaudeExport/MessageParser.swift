// SPDX-License-Identifier: Apache-2.0
import Bytes
import Model

/// Parses one message of a conversation (claude-capture-formats section 6.2).
struct MessageParser {
  private let index: Int
  private let path: String
  private var files: [CapturedFile] = []
  /// Edits of artifacts; `file` counts in the item's files.
  private(set) var artifactSteps: [ArtifactStep] = []
  private(set) var gaps: [CaptureProblem] = []
  /// Whether it names a parent, be it the one that stands for none.
  private(set) var hasParentLink = false

  init(index: Int, path: String) {
    self.index = index
    self.path = path
  }

  mutating func parse(_ cursor: inout JSONCursor) throws(JSONError) -> CapturedItem {
    guard try cursor.peek() == .object else {
      let range = try cursor.skipValue()
      var item = CapturedItem(kind: .system, role: .system, nativeRole: "", nativeRange: range)
      item.flags = [.wrongType, .empty]
      return item
    }
    let start = cursor.position
    var item = CapturedItem(
      kind: .system, role: .system, nativeRole: "", nativeRange: start..<start)
    var blocks = BlockParser()
    var text: Range<Int>?
    var attachments: Range<Int>?
    var names: [Range<Int>] = []
    try cursor.enterObject()
    while let key = try cursor.nextKey() {
      if cursor.matches(key, "text") {
        text = try cursor.skipValue()
      } else if cursor.matches(key, "content") {
        try blocks.parseContent(&cursor, &item.flags)
      } else if cursor.matches(key, "uuid") {
        item.nativeID = try cursor.identifier(&item.flags)
      } else if cursor.matches(key, "sender") {
        item.nativeRole = try cursor.string(&item.flags) ?? ""
      } else if cursor.matches(key, "created_at") {
        item.time = try cursor.time(&item.flags)
      } else if cursor.matches(key, "updated_at") {
        item.updatedAt = try cursor.time(&item.flags)
      } else if cursor.matches(key, "parent_message_uuid") {
        let parent = try cursor.identifier(&item.flags)
        hasParentLink = parent != nil
        item.parentNativeID = parent == ClaudeExport.rootMessageID ? nil : parent
      } else if cursor.matches(key, "attachments") {
        attachments = try cursor.skipValue()
      } else if cursor.matches(key, "files") {
        names.insert(try cursor.skipValue(), at: 0)
      } else if cursor.matches(key, "files_v2") {
        names.append(try cursor.skipValue())
      } else if cursor.matches(key, "model") {
        item.model = try cursor.identifier(&item.flags)
      } else {
        try cursor.skipValue()
      }
    }
    item.nativeRange = start..<cursor.position
    assignRole(&item)
    if blocks.blocks.isEmpty, let text {
      // Only exports before content blocks (section 6.4): else `text` is a rendering with noise.
      var part = JSONCursor(cursor.bytes, at: text.lowerBound)
      if let words = try part.string(&item.flags), !words.isEmpty {
        blocks.blocks.append(ContentBlock(kind: .text, text: words))
      }
      part.takeRepairs(&item.flags)
    }
    item.blocks = blocks.blocks
    if let attachments {
      var part = JSONCursor(cursor.bytes, at: attachments.lowerBound)
      try parseAttachments(&part, &item.flags)
      part.takeRepairs(&item.flags)
    }
    for range in names {
      var part = JSONCursor(cursor.bytes, at: range.lowerBound)
      try parseFiles(&part, made: item.role == .assistant, &item.flags)
      part.takeRepairs(&item.flags)
    }
    takeFiles(of: blocks, role: item.role)
    item.files = files
    if item.blocks.allSatisfy({ $0.text.isBlank }) { item.flags.insert(.empty) }
    cursor.takeRepairs(&item.flags)
    noteGaps(item)
    return item
  }

  private func assignRole(_ item: inout CapturedItem) {
    switch item.nativeRole {
    case "human", "user": (item.kind, item.role) = (.prompt, .user)
    case "assistant": (item.kind, item.role) = (.response, .assistant)
    case "tool": (item.kind, item.role) = (.system, .tool)
    case "system": break
    default: item.flags.insert(.senderUnknown)
    }
  }

  /// Reads uploads with their extracted text; all fields are optional.
  private mutating func parseAttachments(
    _ cursor: inout JSONCursor, _ flags: inout [RecordFlag]
  ) throws(JSONError) {
    guard try cursor.entersArray(&flags) else { return }
    while try cursor.hasNextElement() {
      guard try cursor.entersObject(&flags) else { continue }
      var file = CapturedFile(kind: .attachment, name: "")
      while let key = try cursor.nextKey() {
        if cursor.matches(key, "extracted_content") {
          file.text = try cursor.string(&flags)
        } else if cursor.matches(key, "file_name") {
          file.name = try cursor.string(&flags) ?? ""
        } else if cursor.matches(key, "file_type") {
          file.type = try cursor.string(&flags) ?? ""
        } else if cursor.matches(key, "id") {
          file.nativeID = try cursor.identifier(&flags)
        } else if cursor.matches(key, "file_size") {
          file.byteCount = try byteCount(&cursor, &flags)
        } else {
          try cursor.skipValue()
        }
      }
      files.append(file)
    }
  }

  private func byteCount(
    _ cursor: inout JSONCursor, _ flags: inout [RecordFlag]
  ) throws(JSONError) -> Int64? {
    switch try cursor.peek() {
    case .number:
      if let value = try cursor.readInteger(), value >= 0 { return value }
      flags.insert(.wrongType)
    case .null: try cursor.readNull()
    default:
      try cursor.skipValue()
      flags.insert(.wrongType)
    }
    return nil
  }

  /// Reads files that are only named; `files_v2` repeats entries of `files`, which are taken once.
  private mutating func parseFiles(
    _ cursor: inout JSONCursor, made: Bool, _ flags: inout [RecordFlag]
  ) throws(JSONError) {
    guard try cursor.entersArray(&flags) else { return }
    let before = files
    while try cursor.hasNextElement() {
      guard try cursor.entersObject(&flags) else { continue }
      var file = CapturedFile(kind: made ? .generatedFile : .attachment, name: "")
      while let key = try cursor.nextKey() {
        if cursor.matches(key, "file_name") {
          file.name = try cursor.string(&flags) ?? ""
        } else if cursor.matches(key, "file_uuid") {
          file.nativeID = try cursor.identifier(&flags)
        } else {
          try cursor.skipValue()
        }
      }
      let isKnown = before.contains {
        $0.text == nil && ($0.nativeID == nil || $0.nativeID == file.nativeID)
          && $0.name == file.name
      }
      if !isKnown { files.append(file) }
    }
  }

  /// Adds files and artifacts that content blocks brought.
  private mutating func takeFiles(of blocks: BlockParser, role: ItemRole) {
    files.append(contentsOf: blocks.files)
    var edits = blocks.artifacts
    if role == .assistant {
      for block in blocks.blocks where block.kind == .text {
        edits.append(contentsOf: ArtifactTag.edits(in: block.text))
      }
    }
    for edit in edits {
      artifactSteps.append(ArtifactStep(file: files.count, edit: edit))
      files.append(CapturedFile(kind: .artifact, name: edit.title ?? ""))
    }
  }

  private mutating func noteGaps(_ item: CapturedItem) {
    // Which file it is, the message tells: a name is content, and the catalog holds none.
    for file in files where file.text == nil && file.kind != .artifact {
      gaps.append(
        CaptureProblem(
          code: .fileNotCaptured, path: path, object: item.nativeID ?? "message \(index + 1)",
          detail: "a file belongs to the message and its content is not in the export"))
    }
  }
}
