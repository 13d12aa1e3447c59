// SPDX-License-Identifier: Apache-2.0
import Bytes
import Model

/// Parses one message of a chat or session (claude-capture-formats section 3.5), or such a message
/// with the texts of its artifacts as ``ComplianceRecord`` keeps them.
struct ComplianceMessageParser {
  /// Artifact versions that the message carries; `file` counts in the item's files.
  private(set) var artifacts: [(file: Int, ArtifactReference)] = []
  /// Texts of artifact versions that were fetched for the message, by version id.
  private(set) var artifactTexts: [String: String] = [:]
  private var files: [CapturedFile] = []
  private var blocks = ComplianceBlockParser()
  private var isUnavailable = false

  /// One version of an artifact.
  struct ArtifactReference {
    var id: String?
    var version: String
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
    try cursor.enterObject()
    while let key = try cursor.nextKey() {
      if cursor.matches(key, "message"), try cursor.peek() == .object {
        try cursor.enterObject()
        while let member = try cursor.nextKey() { try parseField(member, &cursor, &item) }
      } else if cursor.matches(key, "artifact_contents") {
        try parseTexts(&cursor, &item.flags)
      } else {
        try parseField(key, &cursor, &item)
      }
    }
    item.nativeRange = start..<cursor.position
    if isUnavailable, item.provenance == .verified { item.provenance = .unavailable(reason: "") }
    switch item.nativeRole {
    case "user", "human": (item.kind, item.role) = (.prompt, .user)
    case "assistant": (item.kind, item.role) = (.response, .assistant)
    case "tool": (item.kind, item.role) = (.system, .tool)
    case "system": break
    default: item.flags.insert(.senderUnknown)
    }
    item.blocks = blocks.blocks
    item.callIDs = blocks.callIDs
    item.answeredCallIDs = blocks.answeredCallIDs
    item.files = files
    if item.blocks.allSatisfy({ $0.text.isBlank }) { item.flags.insert(.empty) }
    cursor.takeRepairs(&item.flags)
    return item
  }

  private mutating func parseField(
    _ key: JSONKey, _ cursor: inout JSONCursor, _ item: inout CapturedItem
  ) throws(JSONError) {
    if cursor.matches(key, "id") {
      item.nativeID = try cursor.identifier(&item.flags)
    } else if cursor.matches(key, "role") {
      item.nativeRole = try cursor.string(&item.flags) ?? ""
    } else if cursor.matches(key, "created_at") {
      item.time = try cursor.time(&item.flags)
    } else if cursor.matches(key, "content") {
      try blocks.parseContent(&cursor, &item.flags)
    } else if cursor.matches(key, "files") {
      try parseFiles(&cursor, .attachment, &item.flags)
    } else if cursor.matches(key, "generated_files") {
      try parseFiles(&cursor, .generatedFile, &item.flags)
    } else if cursor.matches(key, "artifacts") {
      try parseFiles(&cursor, .artifact, &item.flags)
    } else if cursor.matches(key, "sent_by_user_id") {
      item.senderID = try cursor.identifier(&item.flags)
    } else if cursor.matches(key, "model") {
      item.model = try cursor.identifier(&item.flags)
    } else if cursor.matches(key, "provenance") {
      item.provenance = try parseProvenance(&cursor, &item.flags)
    } else if cursor.matches(key, "content_unavailable") {
      isUnavailable = try cursor.boolean(&item.flags)
    } else {
      try cursor.skipValue()
    }
  }

  /// Reads the texts of artifact versions that were fetched for the message.
  private mutating func parseTexts(
    _ cursor: inout JSONCursor, _ flags: inout [RecordFlag]
  ) throws(JSONError) {
    guard try cursor.entersObject(&flags) else { return }
    while let key = try cursor.nextKey() {
      let version = cursor.text(of: key)
      if try cursor.peek() == .string {
        artifactTexts[version] = try cursor.readString()
        continue
      }
      guard try cursor.entersObject(&flags) else { continue }
      while let member = try cursor.nextKey() {
        if cursor.matches(member, "content") {
          artifactTexts[version] = try cursor.string(&flags)
        } else {
          try cursor.skipValue()
        }
      }
    }
  }

  private mutating func parseFiles(
    _ cursor: inout JSONCursor, _ kind: CapturedFile.Kind, _ flags: inout [RecordFlag]
  ) throws(JSONError) {
    guard try cursor.entersArray(&flags) else { return }
    while try cursor.hasNextElement() {
      guard try cursor.entersObject(&flags) else { continue }
      var file = CapturedFile(kind: kind, name: "")
      var version: String?
      while let key = try cursor.nextKey() {
        if cursor.matches(key, "id") {
          file.nativeID = try cursor.identifier(&flags)
        } else if cursor.matches(key, "filename") || cursor.matches(key, "title") {
          file.name = try cursor.string(&flags) ?? ""
        } else if cursor.matches(key, "mime_type") || cursor.matches(key, "artifact_type") {
          file.type = try cursor.string(&flags) ?? ""
        } else if cursor.matches(key, "size_bytes") {
          file.byteCount = try cursor.count(&flags)
        } else if cursor.matches(key, "version_id") {
          version = try cursor.identifier(&flags)
        } else {
          try cursor.skipValue()
        }
      }
      if kind == .artifact, let version {
        artifacts.append((files.count, ArtifactReference(id: file.nativeID, version: version)))
      }
      files.append(file)
    }
  }

  private func parseProvenance(
    _ cursor: inout JSONCursor, _ flags: inout [RecordFlag]
  ) throws(JSONError) -> Provenance {
    var type = ""
    var reason = ""
    guard try cursor.entersObject(&flags) else { return .verified }
    while let key = try cursor.nextKey() {
      if cursor.matches(key, "type") {
        type = try cursor.string(&flags) ?? ""
      } else if cursor.matches(key, "reason") {
        reason = try cursor.string(&flags) ?? ""
      } else {
        try cursor.skipValue()
      }
    }
    switch type {
    case "content_unavailable": return .unavailable(reason: reason)
    case "client_asserted": return .clientAsserted
    case "synthetic_marker": return .synthetic
    default: return .other(type.isEmpty ? "unknown" : type)
    }
  }
}

extension JSONCursor {
  /// Reads a truth value; false for null, and for another type, which is flagged.
  mutating func boolean(_ flags: inout [RecordFlag]) throws(JSONError) -> Bool {
    switch try peek() {
    case .boolean: return try readBoolean()
    case .null: try readNull()
    default:
      try skipValue()
      flags.insert(.wrongType)
    }
    return false
  }

  /// Reads a count; nil for null, and for another type or a negative number, which are flagged.
  mutating func count(_ flags: inout [RecordFlag]) throws(JSONError) -> Int64? {
    switch try peek() {
    case .number:
      if let value = try readInteger(), value >= 0 { return value }
      flags.insert(.wrongType)
    case .null: try readNull()
    default:
      try skipValue()
      flags.insert(.wrongType)
    }
    return nil
  }
}
