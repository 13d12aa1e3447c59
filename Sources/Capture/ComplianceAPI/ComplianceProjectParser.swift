// SPDX-License-Identifier: Apache-2.0
import Bytes
import Model

/// Parses a project: its fields, and beside them what other answers brought (claude-capture-formats
/// section 3.5): `attachments`, `collaborators`, and in `documents` the text of each by its id.
struct ComplianceProjectParser {
  private var unit: CapturedUnit
  private let path: String
  private var attachments: Int?
  private var documents: [String: Int] = [:]

  init(native: [UInt8], path: String) {
    unit = CapturedUnit(kind: .project, route: ComplianceAPI.route, nativeID: "", native: native)
    self.path = path
  }

  consuming func parse(_ cursor: inout JSONCursor) throws(JSONError) -> CapturedUnit {
    try cursor.enterObject()
    while let key = try cursor.nextKey() {
      if cursor.matches(key, "id") {
        unit.nativeID = try cursor.identifier(&unit.flags) ?? ""
      } else if cursor.matches(key, "name") {
        unit.title = try cursor.string(&unit.flags) ?? ""
      } else if cursor.matches(key, "created_at") {
        unit.createdAt = try cursor.time(&unit.flags)
      } else if cursor.matches(key, "updated_at") {
        unit.updatedAt = try cursor.time(&unit.flags)
      } else if cursor.matches(key, "deleted_at") {
        unit.deletedAt = try cursor.time(&unit.flags)
      } else if cursor.matches(key, "organization_uuid") {
        unit.organizationID = try cursor.identifier(&unit.flags)
      } else if cursor.matches(key, "user") {
        unit.accountID = try cursor.accountID(&unit.flags)
      } else if cursor.matches(key, "instructions") {
        try parseInstruction(&cursor, name: "instructions")
      } else if cursor.matches(key, "description") {
        try parseInstruction(&cursor, name: "description")
      } else if cursor.matches(key, "attachments") {
        attachments = try cursor.skipValue().lowerBound
      } else if cursor.matches(key, "documents") {
        guard try cursor.entersObject(&unit.flags) else { continue }
        while let member = try cursor.nextKey() {
          documents[cursor.text(of: member)] = try cursor.skipValue().lowerBound
        }
      } else {
        try cursor.skipValue()
      }
    }
    try cursor.expectEnd()
    guard !unit.nativeID.isEmpty else { throw JSONError(.wrongKind, at: 0) }
    cursor.takeRepairs(&unit.flags)
    if let key = JoinKey(projectName: unit.title, createdAt: unit.createdAt) {
      unit.joinKeys.insert(key)
    }
    unit.projectID = unit.nativeID
    unit.projectName = unit.title
    if let attachments {
      let native = unit.native
      var part = JSONCursor(native.span, at: attachments)
      var found: [Attachment] = []
      try readAttachments(&part, &found)
      for attachment in found { try append(attachment) }
    }
    // In the order in which their bytes lie, as slices of the record need it.
    unit.items.sort { $0.nativeRange.lowerBound < $1.nativeRange.lowerBound }
    for index in unit.items.indices where unit.items[index].time == nil {
      unit.items[index].time = unit.createdAt
    }
    if unit.deletedAt != nil { unit.flags.insert(.deletedAtSource) }
    if unit.items.isEmpty { unit.flags.insert(.empty) }
    return unit
  }

  private mutating func parseInstruction(
    _ cursor: inout JSONCursor, name: String
  ) throws(JSONError) {
    _ = try cursor.peek()
    let start = cursor.position
    guard let text = try cursor.string(&unit.flags), !text.isBlank else { return }
    var item = CapturedItem(
      kind: .projectInstruction, role: .system, nativeRole: name,
      nativeRange: start..<cursor.position)
    item.nativeID = name
    item.blocks = [ContentBlock(kind: .text, text: text)]
    unit.items.append(item)
  }

  private struct Attachment {
    var type = ""
    var range: Range<Int>
    var file = CapturedFile(kind: .attachment, name: "")
    var time: SourceTime?
  }

  private mutating func readAttachments(
    _ cursor: inout JSONCursor, _ found: inout [Attachment]
  ) throws(JSONError) {
    guard try cursor.entersArray(&unit.flags) else { return }
    while try cursor.hasNextElement() {
      _ = try cursor.peek()
      let start = cursor.position
      var attachment = Attachment(range: start..<start)
      guard try cursor.entersObject(&unit.flags) else { continue }
      while let key = try cursor.nextKey() {
        if cursor.matches(key, "type") {
          attachment.type = try cursor.string(&unit.flags) ?? ""
        } else if cursor.matches(key, "id") {
          attachment.file.nativeID = try cursor.identifier(&unit.flags)
        } else if cursor.matches(key, "filename") {
          attachment.file.name = try cursor.string(&unit.flags) ?? ""
        } else if cursor.matches(key, "mime_type") {
          attachment.file.type = try cursor.string(&unit.flags) ?? ""
        } else if cursor.matches(key, "size_bytes") {
          attachment.file.byteCount = try cursor.count(&unit.flags)
        } else if cursor.matches(key, "created_at") {
          attachment.time = try cursor.time(&unit.flags)
        } else {
          try cursor.skipValue()
        }
      }
      attachment.range = start..<cursor.position
      found.append(attachment)
    }
    cursor.takeRepairs(&unit.flags)
  }

  /// Adds a document with its text, or a file, of which the record has the name alone.
  private mutating func append(_ attachment: Attachment) throws(JSONError) {
    var item = CapturedItem(
      kind: .projectDocument, role: .user, nativeRole: attachment.type,
      nativeRange: attachment.range)
    var file = attachment.file
    item.nativeID = file.nativeID
    item.time = attachment.time
    item.title = file.name
    if let id = file.nativeID, let place = documents[id] {
      let native = unit.native
      var part = JSONCursor(native.span, at: place)
      // The version of a document is that of its text.
      let whole = try part.skipValue()
      item.nativeRange = whole
      part = JSONCursor(native.span, at: place)
      if try part.entersObject(&item.flags) {
        while let key = try part.nextKey() {
          if part.matches(key, "content") {
            file.text = try part.string(&item.flags)
          } else {
            try part.skipValue()
          }
        }
      }
      part.takeRepairs(&item.flags)
      file.byteCount = file.text.map { Int64($0.utf8.count) } ?? file.byteCount
    }
    item.blocks = [ContentBlock(kind: .text, text: file.text ?? "")]
    item.files = [file]
    if file.text?.isBlank ?? true { item.flags.insert(.empty) }
    if attachment.type != "project_doc", attachment.type != "project_file" {
      item.flags.insert(.unknownBlock)
    }
    unit.items.append(item)
    if file.text == nil {
      unit.gaps.append(
        CaptureProblem(
          code: .fileNotCaptured, path: path,
          object: file.nativeID ?? "item \(unit.items.count)",
          detail: "a file belongs to the project and its content is not in the record"))
    }
  }
}
