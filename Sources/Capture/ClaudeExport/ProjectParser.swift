// SPDX-License-Identifier: Apache-2.0
import Bytes
import Model

/// Parses a project with its instructions and documents (claude-capture-formats section 6.6).
struct ProjectParser {
  private var unit: CapturedUnit
  private let path: String
  private var hasUUID = false

  init(native: [UInt8], path: String) {
    unit = CapturedUnit(kind: .project, route: ClaudeExport.route, nativeID: "", native: native)
    self.path = path
  }

  consuming func parse(_ cursor: inout JSONCursor) throws(JSONError) -> CapturedUnit {
    try cursor.enterObject()
    while let key = try cursor.nextKey() {
      if cursor.matches(key, "uuid") {
        if let id = try cursor.identifier(&unit.flags) {
          unit.nativeID = id
          hasUUID = true
        }
      } else if cursor.matches(key, "name") {
        unit.title = try cursor.string(&unit.flags) ?? ""
      } else if cursor.matches(key, "created_at") {
        unit.createdAt = try cursor.time(&unit.flags)
      } else if cursor.matches(key, "updated_at") {
        unit.updatedAt = try cursor.time(&unit.flags)
      } else if cursor.matches(key, "creator") {
        try parseCreator(&cursor)
      } else if cursor.matches(key, "prompt_template") {
        try parseInstruction(&cursor, name: "prompt_template")
      } else if cursor.matches(key, "description") {
        try parseInstruction(&cursor, name: "description")
      } else if cursor.matches(key, "docs") {
        guard try cursor.entersArray(&unit.flags) else { continue }
        while try cursor.hasNextElement() { try parseDocument(&cursor) }
      } else {
        try cursor.skipValue()
      }
    }
    try cursor.expectEnd()
    cursor.takeRepairs(&unit.flags)
    if !hasUUID {
      unit.nativeID = ClaudeExport.derivedID(of: unit.native)
      unit.flags.insert(.idDerived)
    }
    if let key = JoinKey(projectName: unit.title, createdAt: unit.createdAt) {
      unit.joinKeys.insert(key)
    }
    unit.projectID = unit.nativeID
    unit.projectName = unit.title
    for index in unit.items.indices where unit.items[index].time == nil {
      unit.items[index].time = unit.createdAt
    }
    return unit
  }

  private mutating func parseCreator(_ cursor: inout JSONCursor) throws(JSONError) {
    guard try cursor.entersObject(&unit.flags) else { return }
    while let key = try cursor.nextKey() {
      if cursor.matches(key, "uuid") {
        unit.accountID = try cursor.identifier(&unit.flags)
      } else {
        try cursor.skipValue()
      }
    }
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

  private mutating func parseDocument(_ cursor: inout JSONCursor) throws(JSONError) {
    guard try cursor.peek() == .object else {
      try cursor.skipValue()
      unit.flags.insert(.wrongType)
      return
    }
    let start = cursor.position
    var item = CapturedItem(
      kind: .projectDocument, role: .user, nativeRole: "doc", nativeRange: start..<start)
    var file = CapturedFile(kind: .attachment, name: "")
    try cursor.enterObject()
    while let key = try cursor.nextKey() {
      if cursor.matches(key, "uuid") {
        item.nativeID = try cursor.identifier(&item.flags)
      } else if cursor.matches(key, "filename") {
        file.name = try cursor.string(&item.flags) ?? ""
      } else if cursor.matches(key, "content") {
        file.text = try cursor.string(&item.flags)
      } else if cursor.matches(key, "created_at") {
        item.time = try cursor.time(&item.flags)
      } else {
        try cursor.skipValue()
      }
    }
    item.nativeRange = start..<cursor.position
    cursor.takeRepairs(&item.flags)
    // A document's words are its own text; its name is found as a file's name.
    item.blocks = [ContentBlock(kind: .text, text: file.text ?? "")]
    file.byteCount = file.text.map { Int64($0.utf8.count) }
    item.files = [file]
    item.title = file.name
    if file.text?.isBlank ?? true { item.flags.insert(.empty) }
    unit.items.append(item)
    if file.text == nil {
      unit.gaps.append(
        CaptureProblem(
          code: .fileNotCaptured, path: path,
          object: item.nativeID ?? "item \(unit.items.count)",
          detail: "the content of a document is not in the export"))
    }
  }
}
