// SPDX-License-Identifier: Apache-2.0
import Bytes
import Model

/// Parses the memories of an account (claude-capture-formats section 6.6).
struct MemoryParser {
  private var unit: CapturedUnit

  init(native: [UInt8]) {
    unit = CapturedUnit(kind: .memory, route: ClaudeExport.route, nativeID: "", native: native)
  }

  consuming func parse(_ cursor: inout JSONCursor) throws(JSONError) -> CapturedUnit {
    try cursor.enterObject()
    while let key = try cursor.nextKey() {
      if cursor.matches(key, "account_uuid") {
        unit.accountID = try cursor.identifier(&unit.flags)
      } else if cursor.matches(key, "conversations_memory") {
        try parseText(&cursor, id: "conversations", name: "conversations_memory")
      } else if cursor.matches(key, "project_memories") {
        guard try cursor.entersObject(&unit.flags) else { continue }
        while let project = try cursor.nextKey() {
          let id = cursor.text(of: project)
          try parseText(&cursor, id: "project/" + id, name: "project_memories")
        }
      } else if cursor.matches(key, "memory_files") {
        guard try cursor.entersArray(&unit.flags) else { continue }
        while try cursor.hasNextElement() { try parseFile(&cursor) }
      } else {
        try cursor.skipValue()
      }
    }
    try cursor.expectEnd()
    cursor.takeRepairs(&unit.flags)
    if let account = unit.accountID {
      unit.nativeID = "memory/" + account
    } else {
      unit.nativeID = ClaudeExport.derivedID(of: unit.native)
      unit.flags.insert(.idDerived)
    }
    unit.title = "Memory"
    if unit.items.isEmpty { unit.flags.insert(.empty) }
    return unit
  }

  private mutating func parseText(
    _ cursor: inout JSONCursor, id: String, name: String
  ) throws(JSONError) {
    _ = try cursor.peek()
    let start = cursor.position
    guard let text = try cursor.string(&unit.flags) else { return }
    append(text: text, id: id, name: name, range: start..<cursor.position)
  }

  private mutating func parseFile(_ cursor: inout JSONCursor) throws(JSONError) {
    guard try cursor.peek() == .object else {
      try cursor.skipValue()
      unit.flags.insert(.wrongType)
      return
    }
    let start = cursor.position
    var path = ""
    var text = ""
    var time: SourceTime?
    try cursor.enterObject()
    while let key = try cursor.nextKey() {
      if cursor.matches(key, "path") {
        path = try cursor.string(&unit.flags) ?? ""
      } else if cursor.matches(key, "content") {
        text = try cursor.string(&unit.flags) ?? ""
      } else if cursor.matches(key, "updated_at") {
        time = try cursor.time(&unit.flags)
      } else {
        try cursor.skipValue()
      }
    }
    append(text: text, id: "file/" + path, name: "memory_files", range: start..<cursor.position)
    unit.items[unit.items.count - 1].time = time
    unit.items[unit.items.count - 1].title = path
  }

  private mutating func append(text: String, id: String, name: String, range: Range<Int>) {
    var item = CapturedItem(kind: .memory, role: .system, nativeRole: name, nativeRange: range)
    item.nativeID = id
    item.blocks = [ContentBlock(kind: .text, text: text)]
    if text.isBlank { item.flags.insert(.empty) }
    unit.items.append(item)
  }
}
