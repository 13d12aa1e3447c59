// SPDX-License-Identifier: Apache-2.0
import Bytes
import Model

/// Parses a chat with its messages, or a session with its messages (claude-capture-formats section
/// 3.5).
///
/// A chat's fields stand beside `chat_messages`; a session's stand in `session`, beside `data`.
struct ComplianceConversationParser {
  private var unit: CapturedUnit
  private let path: String
  /// The model that is selected for a chat; messages of chats name none.
  private var model: String?
  private var hasMessages = false
  /// Whether it has what a message has, and no list of messages.
  private(set) var isMessage = false
  private var hasSession = false
  /// Artifact versions in the order of the conversation, by the artifact's id.
  private var artifactVersions: [String: [String]] = [:]
  private var artifactFiles: [(item: Int, file: Int, version: String)] = []
  private var artifactTexts: [String: String] = [:]

  init(native: [UInt8], path: String) {
    unit = CapturedUnit(
      kind: .conversation, route: ComplianceAPI.route, nativeID: "", native: native)
    self.path = path
  }

  /// Whether the record is a chat or a session, with its messages or without; a message alone is
  /// neither.
  var isConversation: Bool { hasSession || hasMessages || !unit.nativeID.isEmpty && !isMessage }

  mutating func parse(_ cursor: inout JSONCursor) throws(JSONError) {
    try cursor.enterObject()
    while let key = try cursor.nextKey() {
      if cursor.matches(key, "chat_messages") || cursor.matches(key, "data") {
        try parseMessages(&cursor)
      } else if cursor.matches(key, "session") {
        guard try cursor.entersObject(&unit.flags) else { continue }
        hasSession = true
        while let member = try cursor.nextKey() { try parseHeader(member, &cursor) }
      } else {
        try parseHeader(key, &cursor)
      }
    }
    try cursor.expectEnd()
    cursor.takeRepairs(&unit.flags)
  }

  private mutating func parseHeader(
    _ key: JSONKey, _ cursor: inout JSONCursor
  ) throws(JSONError) {
    if cursor.matches(key, "id") {
      unit.nativeID = try cursor.identifier(&unit.flags) ?? unit.nativeID
    } else if cursor.matches(key, "name") {
      unit.title = try cursor.string(&unit.flags) ?? ""
    } else if cursor.matches(key, "created_at") {
      unit.createdAt = try cursor.time(&unit.flags)
    } else if cursor.matches(key, "updated_at") {
      unit.updatedAt = try cursor.time(&unit.flags)
    } else if cursor.matches(key, "deleted_at") {
      unit.deletedAt = try cursor.time(&unit.flags)
    } else if cursor.matches(key, "href") {
      let address = try cursor.identifier(&unit.flags)
      if let key = address.flatMap(JoinKey.init(chatAddress:)) { unit.joinKeys.insert(key) }
    } else if cursor.matches(key, "model") {
      model = try cursor.identifier(&unit.flags)
    } else if cursor.matches(key, "project_id") || cursor.matches(key, "claude_project_id") {
      unit.projectID = try cursor.identifier(&unit.flags) ?? unit.projectID
    } else if cursor.matches(key, "organization_uuid") {
      unit.organizationID = try cursor.identifier(&unit.flags) ?? unit.organizationID
    } else if cursor.matches(key, "user") {
      unit.accountID = try cursor.accountID(&unit.flags) ?? unit.accountID
    } else if cursor.matches(key, "started_by_user") {
      let starter = try cursor.accountID(&unit.flags)
      unit.accountID = unit.accountID ?? starter
    } else {
      if cursor.matches(key, "role") || cursor.matches(key, "content") { isMessage = true }
      try cursor.skipValue()
    }
  }

  private mutating func parseMessages(_ cursor: inout JSONCursor) throws(JSONError) {
    guard try cursor.entersArray(&unit.flags) else { return }
    hasMessages = true
    cursor.takeRepairs(&unit.flags)
    while try cursor.hasNextElement() {
      var message = ComplianceMessageParser()
      let item = try message.parse(&cursor)
      for (file, artifact) in message.artifacts {
        let id = artifact.id ?? artifact.version
        var versions = artifactVersions[id] ?? []
        if !versions.contains(artifact.version) { versions.append(artifact.version) }
        artifactVersions[id] = versions
        artifactFiles.append((unit.items.count, file, artifact.version))
      }
      unit.joinKeys.formUnion(
        (item.callIDs + item.answeredCallIDs).compactMap(JoinKey.init(callID:)))
      artifactTexts.merge(message.artifactTexts) { first, _ in first }
      unit.items.append(item)
    }
  }

  /// The unit, with what can only be told when everything is read.
  consuming func finish() -> CapturedUnit {
    if !hasMessages { unit.flags.insert(.messagesAbsent) }
    if unit.items.isEmpty { unit.flags.insert(.empty) }
    if let model {
      for index in unit.items.indices
      where unit.items[index].kind == .response && unit.items[index].model == nil {
        unit.items[index].model = model
      }
    }
    flagRepeatedIDs()
    noteIDs()
    fillArtifacts()
    if let deletedAt = unit.deletedAt {
      unit.flags.insert(.deletedAtSource)
      for index in unit.items.indices
      where unit.items[index].blocks.isEmpty && unit.items[index].files.isEmpty {
        unit.items[index].flags.insert(.deletedAtSource)
        unit.items[index].provenance = .unavailable(
          reason: "deleted at source on " + deletedAt.text)
      }
    }
    noteGaps()
    return unit
  }

  private mutating func noteIDs() {
    if unit.nativeID.hasPrefix("claude_chat_") {
      unit.joinKeys.insert(JoinKey(.chatID, unit.nativeID))
    }
    for uuid in LocalSessionID.uuids(in: unit.nativeID) {
      unit.joinKeys.insert(JoinKey(.session, uuid))
    }
  }

  private mutating func flagRepeatedIDs() {
    var seen: Set<String> = []
    for index in unit.items.indices {
      guard let id = unit.items[index].nativeID, !seen.insert(id).inserted else { continue }
      unit.items[index].flags.insert(.idRepeated)
    }
  }

  /// Gives artifact versions their number and their text.
  private mutating func fillArtifacts() {
    var numbers: [String: Int] = [:]
    for versions in artifactVersions.values {
      for (number, version) in versions.enumerated() { numbers[version] = number + 1 }
    }
    for (item, file, version) in artifactFiles {
      unit.items[item].files[file].version = numbers[version]
      guard let text = artifactTexts[version] else { continue }
      unit.items[item].files[file].text = text
      unit.items[item].files[file].byteCount = Int64(text.utf8.count)
    }
  }

  private mutating func noteGaps() {
    for (index, item) in unit.items.enumerated() {
      let name = item.nativeID ?? "message \(index + 1)"
      for file in item.files where file.text == nil {
        unit.gaps.append(
          CaptureProblem(
            code: .fileNotCaptured, path: path, object: file.nativeID ?? name,
            detail: "a file belongs to the message \(name) and its content is not in the record"))
      }
      if item.flags.contains(.truncatedAtSource) {
        unit.gaps.append(
          CaptureProblem(
            code: .truncatedAtSource, path: path, object: name,
            detail: "the source cut a block of the message"))
      }
    }
  }
}

extension JSONCursor {
  /// Reads the id of a user object; nil for null and for one without an id.
  mutating func accountID(_ flags: inout [RecordFlag]) throws(JSONError) -> String? {
    var id: String?
    guard try entersObject(&flags) else { return nil }
    while let key = try nextKey() {
      if matches(key, "id") {
        id = try identifier(&flags)
      } else {
        try skipValue()
      }
    }
    return id
  }
}
