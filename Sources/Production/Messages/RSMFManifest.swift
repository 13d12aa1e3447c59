// SPDX-License-Identifier: Apache-2.0
import Bytes
import Model

/// `rsmf_manifest.json` of a slice and the files beside it (export-formats sections 3.3 to 3.5).
struct RSMFManifest {
  /// A member of the zip.
  struct Member {
    var name: String
    var bytes: [UInt8]
  }

  // Base64 adds 37 %, and a message must stay below 2 GB (section 3.1).
  static let maximumZipByteCount = 1_400_000_000
  // A longer value goes to a file of its own.
  private static let maximumCustomByteCount = 4096

  let message: SliceMessage
  let version: RSMFVersion
  /// In the order in which they are named.
  private(set) var members: [Member] = []
  private(set) var value: JSONValue = .null
  /// The times of the first and the last event, as the manifest has them.
  private(set) var begin = ""
  private(set) var end = ""
  private(set) var attachmentCount = 0
  private let maximumByteCount: Int
  private var byteCount = 0
  private var ids: [String] = []
  private var places: [String: Int] = [:]

  /// Builds the manifest.
  ///
  /// - Parameters:
  ///   - message: The slice.
  ///   - version: Which version of the format.
  ///   - maximumByteCount: How much the files of the zip may hold; larger ones stay outside.
  init(
    _ message: SliceMessage, version: RSMFVersion,
    maximumByteCount: Int = RSMFManifest.maximumZipByteCount
  ) {
    self.message = message
    self.version = version
    self.maximumByteCount = maximumByteCount
    ids = RSMFManifest.uniqueIDs(message.events.map(\.id))
    for (position, event) in message.events.enumerated() where places[event.id] == nil {
      places[event.id] = position
    }
    // The transcript and the texts of the events come first.
    byteCount = message.transcript.count * 3
    build()
  }

  private mutating func build() {
    let unit = message.plan.unit
    let order = message.moments.indices.sorted {
      (message.moments[$0].instant, $0) < (message.moments[$1].instant, $1)
    }
    let events = order.map { event($0) }
    begin = order.first.map { message.moments[$0].instant.rfc3339 } ?? ""
    end = order.last.map { message.moments[$0].instant.rfc3339 } ?? ""
    var conversation: [String: JSONValue] = [
      "id": .string(conversationID), "platform": .string(platform), "type": "direct",
      "display": .string(unit.title.isEmpty ? "Untitled" : unit.title),
      "participants": JSONValue(message.participants.map(\.id)),
    ]
    var facts: [(String, String)] = [
      ("Slice", message.plan.slice.id),
      ("Part", "\(message.plan.slice.part) of \(message.plan.slice.partCount)"),
      ("Control number", message.number),
    ]
    facts.append(("Project", message.plan.produced.project))
    facts.append(("Organization", message.plan.produced.organization))
    facts.append((Designation.label, message.designation.text))
    conversation["custom"] = custom(facts, of: "conversation")
    if version == .two { conversation["custodian"] = "U1" }
    var root: [String: JSONValue] = [
      "version": .string(version.rawValue),
      "participants": .array(message.participants.map { participant($0) }),
      "conversations": [.object(conversation)], "events": .array(events),
    ]
    if version == .two { root["eventcollectionid"] = .string(conversationID) }
    value = .object(root)
  }

  /// The conversation's id at the source; never empty.
  var conversationID: String {
    message.plan.unit.nativeID.isEmpty
      ? message.plan.produced.id.text : message.plan.unit.nativeID
  }

  /// Where it happened; never empty.
  var platform: String {
    message.plan.produced.platform.isEmpty ? "unknown" : message.plan.produced.platform
  }

  /// How somebody is named in manifest and headers alike: a comma would part names there.
  static func display(_ name: String) -> String {
    let parts = name.split(separator: ",", omittingEmptySubsequences: false)
    guard parts.count == 2 else { return name }
    let (last, first) = (headerLine(String(parts[0])), headerLine(String(parts[1])))
    return last.isEmpty || first.isEmpty ? name : first + " " + last
  }

  // MARK: Participants

  private mutating func participant(_ person: SliceMessage.Participant) -> JSONValue {
    var members: [String: JSONValue] = [
      "id": .string(person.id), "display": .string(RSMFManifest.display(person.display)),
    ]
    if let address = person.emailAddress { members["email"] = .string(address) }
    if version == .two, !person.accountID.isEmpty {
      members["account_id"] = .string(person.accountID)
    }
    members["custom"] = custom(
      [("Role", person.role)] + [("Model", person.models.joined(separator: "; "))],
      of: person.id)
    return .object(members)
  }

  // MARK: Events

  private mutating func event(_ position: Int) -> JSONValue {
    let event = message.events[position]
    let item = message.plan.unit.items[event.index]
    let moment = message.moments[position]
    let (type, kind) = type(of: item)
    var members: [String: JSONValue] = [
      "id": .string(ids[position]), "type": .string(type),
      "participant": .string(message.participant(item).id),
      "conversation": .string(conversationID), "timestamp": .string(moment.instant.rfc3339),
      "body": .string(event.body),
    ]
    if version == .two, type == "message" {
      members["direction"] = item.role == .user ? "outgoing" : "incoming"
    }
    if message.plan.isDeleted(event.index) { members["deleted"] = true }
    let files = message.files.filter { $0.item == event.index }
    var attachments = files.map { attachment($0) }
    var facts: [(String, String)] = [
      ("Message ID", item.nativeID ?? ""), ("Parent message ID", item.parentNativeID ?? ""),
      ("Kind", kind), ("Model", item.model ?? ""),
    ]
    let isVisible = message.plan.thread.isVisible[event.index]
    if !isVisible { facts.append(("Branch", "inactive")) }
    facts += [
      ("Content SHA-256", event.sha256),
      ("In scope", message.plan.produced.selection[event.index] == .context ? "context" : "yes"),
    ]
    var lacks: [String] = []
    if !moment.isTold { lacks.append("the source tells no time for this event") }
    if item.flags.contains(.deletedAtSource) {
      lacks.append("deleted at the source before it was captured")
    }
    facts.append(("Exception", lacks.joined(separator: "; ")))
    if !isVisible, let parent = parent(of: item, at: position) {
      members["parent"] = .string(ids[parent])
    }
    if let edit = edit(of: position, item: item) { members["edits"] = [edit] }
    members["custom"] = custom(facts, of: "event-\(position + 1)", attachments: &attachments)
    if !attachments.isEmpty { members["attachments"] = .array(attachments) }
    attachmentCount += attachments.count
    return .object(members)
  }

  // Version 1.0 knows no other word than message for what tools say.
  private func type(of item: CapturedItem) -> (type: String, kind: String) {
    if item.role == .system, message.plan.isFirstSlice { return ("disclaimer", item.kind.rawValue) }
    let other = version == .two ? "unknown" : "message"
    if item.role == .system || item.role == .tool { return (other, item.kind.rawValue) }
    let hasWords = item.blocks.contains {
      ($0.kind == .text || $0.kind == .voiceNote) && !$0.text.isEmpty
    }
    guard !hasWords, let block = item.blocks.first(where: { $0.kind != .text }) else {
      return ("message", item.kind.rawValue)
    }
    return (other, block.kind.rawValue)
  }

  // Where a branch that is not shown parts from the one that is; a parent must not be later than
  // its child.
  private func parent(of item: CapturedItem, at position: Int) -> Int? {
    guard let id = item.parentNativeID, let parent = places[id], parent != position,
      message.plan.thread.isVisible[message.events[parent].index],
      message.moments[parent].instant <= message.moments[position].instant
    else { return nil }
    return parent
  }

  // Of a prompt that replaced another in this slice: what stood there before.
  private func edit(of position: Int, item: CapturedItem) -> JSONValue? {
    let thread = message.plan.thread
    let index = message.events[position].index
    guard thread.isEdited[index], thread.isVisible[index] else { return nil }
    let items = message.plan.unit.items
    let earlier = message.events.indices.filter { other in
      let sibling = items[message.events[other].index]
      return other != position && sibling.kind == .prompt
        && sibling.parentNativeID == item.parentNativeID
        && thread.isEdited[message.events[other].index]
        && message.moments[other].instant <= message.moments[position].instant
    }
    guard
      let previous = earlier.max(by: { message.moments[$0].instant < message.moments[$1].instant })
    else { return nil }
    var members: [String: JSONValue] = [
      "participant": .string(message.participant(item).id),
      "timestamp": .string(message.moments[position].instant.rfc3339),
    ]
    if version == .two {
      members["previous"] = .string(message.events[previous].body)
      members["new"] = .string(message.events[position].body)
    }
    return .object(members)
  }

  // MARK: Files

  private mutating func attachment(_ file: SliceMessage.File) -> JSONValue {
    var name: String
    var bytes = file.bytes
    if let sheet = file.sheet {
      name = file.number + "." + sheet + ".txt"
    } else if byteCount + bytes.count > maximumByteCount {
      name = file.number + ".OVERSIZE.txt"
      bytes = Array(
        (message.designation.textHead + file.number
          + "\n\nThe file has \(bytes.count) bytes, more than a short message can hold. "
          + "It lies in NATIVES under this number.\n\nFile name: " + file.file.name + "\n").utf8)
    } else {
      name = file.number + "." + file.nativeExtension
    }
    let display = file.file.name.isEmpty ? "unnamed" : file.file.name
    return add(name, display: display, bytes)
  }

  private mutating func add(_ name: String, display: String, _ bytes: [UInt8]) -> JSONValue {
    byteCount += bytes.count
    members.append(Member(name: name, bytes: bytes))
    return [
      "id": .string(name), "display": .string(display), "size": JSONValue(bytes.count),
    ]
  }

  // MARK: Custom values

  private mutating func custom(_ facts: [(String, String)], of owner: String) -> JSONValue {
    .array(
      facts.filter { !$0.1.isEmpty }.map { name, value in
        ["name": .string(name), "value": .string(limited(value, 4096))]
      })
  }

  private mutating func custom(
    _ facts: [(String, String)], of owner: String, attachments: inout [JSONValue]
  ) -> JSONValue {
    var values: [JSONValue] = []
    for (name, value) in facts where !value.isEmpty {
      guard value.utf8.count > RSMFManifest.maximumCustomByteCount else {
        values.append(["name": .string(name), "value": .string(value)])
        continue
      }
      let file =
        message.number + "." + owner + "." + name.replacing(" ", with: "-").lowercased() + ".txt"
      attachments.append(add(file, display: name, Array(value.utf8)))
      values.append(["name": .string(name), "value": .string("see the attachment " + file)])
    }
    return .array(values)
  }

  // A source may repeat an id or leave it empty; the format does not.
  private static func uniqueIDs(_ ids: [String]) -> [String] {
    var used: Set<String> = []
    return ids.map { id in
      let stem = id.isEmpty ? "item" : id
      var candidate = stem
      var count = 1
      while !used.insert(candidate).inserted {
        count += 1
        candidate = stem + "~" + String(count)
      }
      return candidate
    }
  }
}
