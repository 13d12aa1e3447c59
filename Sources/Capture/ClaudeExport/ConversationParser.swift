// SPDX-License-Identifier: Apache-2.0
import Bytes
import Model

/// Parses one conversation of an export (claude-capture-formats sections 6.2 to 6.5).
struct ConversationParser {
  private var unit: CapturedUnit
  private let path: String
  private var artifacts = ArtifactHistory()
  /// The model of the conversation, in captures of a single one.
  private var model: String?
  private var hasUUID = false
  private var hasMessages = false
  private var hasSender = false

  init(native: [UInt8], path: String) {
    unit = CapturedUnit(
      kind: .conversation, route: ClaudeExport.route, nativeID: "", native: native)
    self.path = path
  }

  /// Whether the record has what makes a conversation: a list of messages, or an id and nothing
  /// that says it is a message that damage tore out of one.
  var isConversation: Bool { hasMessages || hasUUID && !hasSender }

  mutating func parse(_ cursor: inout JSONCursor) throws(JSONError) {
    try cursor.enterObject()
    while let key = try cursor.nextKey() {
      if cursor.matches(key, "chat_messages") {
        try parseMessages(&cursor)
      } else if cursor.matches(key, "uuid") {
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
      } else if cursor.matches(key, "account") {
        try parseAccount(&cursor)
      } else if cursor.matches(key, "model") {
        model = try cursor.identifier(&unit.flags)
      } else if cursor.matches(key, "current_leaf_message_uuid") {
        unit.currentLeafID = try cursor.identifier(&unit.flags)
      } else if cursor.matches(key, "project_uuid") {
        unit.projectID = try cursor.identifier(&unit.flags) ?? unit.projectID
      } else if cursor.matches(key, "project") {
        try parseProject(&cursor)
      } else {
        if cursor.matches(key, "sender") { hasSender = true }
        try cursor.skipValue()
      }
    }
    try cursor.expectEnd()
    cursor.takeRepairs(&unit.flags)
  }

  /// The unit, with what can only be told when all messages are read.
  consuming func finish() -> CapturedUnit {
    if !hasUUID {
      unit.nativeID = ClaudeExport.derivedID(of: unit.native)
      unit.flags.insert(.idDerived)
    }
    if hasUUID, let key = JoinKey(chatUUID: unit.nativeID) { unit.joinKeys.insert(key) }
    if !hasMessages { unit.flags.insert(.messagesAbsent) }
    if unit.items.isEmpty { unit.flags.insert(.empty) }
    if let model {
      for index in unit.items.indices
      where unit.items[index].kind == .response && unit.items[index].model == nil {
        unit.items[index].model = model
      }
    }
    let thread = ConversationThread(of: unit)
    for index in thread.repeatedIDs { unit.items[index].flags.insert(.idRepeated) }
    for index in thread.withMissingParent { unit.items[index].flags.insert(.parentMissing) }
    for index in thread.cutCycles { unit.items[index].flags.insert(.cycleCut) }
    artifacts.rebuild(in: &unit, along: thread, path: path)
    return unit
  }

  private mutating func parseMessages(_ cursor: inout JSONCursor) throws(JSONError) {
    guard try cursor.entersArray(&unit.flags) else { return }
    hasMessages = true
    cursor.takeRepairs(&unit.flags)
    while try cursor.hasNextElement() {
      var message = MessageParser(index: unit.items.count, path: path)
      let item = try message.parse(&cursor)
      artifacts.add(message.artifactSteps, item: unit.items.count)
      unit.items.append(item)
      unit.gaps.append(contentsOf: message.gaps)
      if message.hasParentLink { unit.hasParentLinks = true }
    }
  }

  private mutating func parseAccount(_ cursor: inout JSONCursor) throws(JSONError) {
    guard try cursor.entersObject(&unit.flags) else { return }
    while let key = try cursor.nextKey() {
      if cursor.matches(key, "uuid") {
        unit.accountID = try cursor.identifier(&unit.flags)
      } else {
        try cursor.skipValue()
      }
    }
  }

  private mutating func parseProject(_ cursor: inout JSONCursor) throws(JSONError) {
    guard try cursor.entersObject(&unit.flags) else { return }
    while let key = try cursor.nextKey() {
      if cursor.matches(key, "uuid") {
        unit.projectID = try cursor.identifier(&unit.flags) ?? unit.projectID
      } else if cursor.matches(key, "name") {
        unit.projectName = try cursor.identifier(&unit.flags)
      } else {
        try cursor.skipValue()
      }
    }
  }
}
