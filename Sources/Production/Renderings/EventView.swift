// SPDX-License-Identifier: Apache-2.0
import Bytes
import Model

/// One event of a slice as every rendering shows it.
struct EventView: Sendable {
  /// A file of the event.
  struct Attachment: Sendable {
    /// The file's name, or what stands for a missing one.
    var name: String
    var number: String
    /// The digest of its text; nil when the capture has none.
    var sha256: String?
  }

  /// The item's index in its unit.
  var index: Int
  /// The source's id, or `item-N` from 1 where it has none.
  var id: String
  var time: Instant?
  /// The time in the run's zone to the second, or `no time`.
  var timeText: String
  var sender: String
  /// Context, other branch, edited, a provenance that is not verified: in brackets, in this order.
  var marks: [String]
  /// A label, empty for plain text, and the words, for each block.
  var blocks: [(label: String, text: String)]
  var attachments: [Attachment]
  /// The event's content hash (export-formats section 12.2).
  var sha256: String

  /// All blocks as one text, labels in brackets on lines of their own.
  var body: String { EventView.body(of: blocks) }

  static func body(of blocks: [(label: String, text: String)]) -> String {
    if blocks.count == 1, let only = blocks.first, only.label.isEmpty { return only.text }
    var text = ""
    for (index, block) in blocks.enumerated() {
      if index > 0 { text += blocks[index - 1].text.isEmpty ? "\n" : "\n\n" }
      guard !block.label.isEmpty else {
        text += block.text
        continue
      }
      text += "[" + block.label + "]"
      if !block.text.isEmpty { text += "\n" + block.text }
    }
    return text
  }

  /// Where the text of a block begins in the body, in bytes.
  static func start(ofBlock index: Int, in blocks: [(label: String, text: String)]) -> Int {
    guard blocks.indices.contains(index) else { return 0 }
    // The body up to the block with an empty text ends where its text would begin, and a label is
    // followed by a line feed only where there is text.
    var before = Array(blocks[...index])
    before[index].text = ""
    let body = EventView.body(of: before).utf8.count
    return body + (blocks[index].label.isEmpty || blocks[index].text.isEmpty ? 0 : 1)
  }

  static func blocks(of item: CapturedItem) -> [(label: String, text: String)] {
    documentLabel(of: item)
      + item.blocks.map { block in
        let name = block.name.isEmpty ? "" : ": " + block.name
        let label =
          switch block.kind {
          case .text: ""
          case .voiceNote: "voice note"
          case .client: "put in by the client"
          case .thinking: "thinking"
          case .toolUse: "tool use" + name
          case .toolResult: (block.isError ? "tool error" : "tool result") + name
          case .unknown: "block" + name
          }
        return (label, block.text)
      }
  }

  // What a record outside conversations is: its own text does not say.
  private static func documentLabel(of item: CapturedItem) -> [(label: String, text: String)] {
    let name = item.title.isEmpty ? item.files.first?.name ?? "" : item.title
    let label =
      switch item.kind {
      case .projectDocument: "document: " + (name.isEmpty ? "unnamed" : name)
      case .projectInstruction: "instruction: " + item.nativeRole
      case .memory: "memory: " + (item.nativeID ?? item.nativeRole)
      case .prompt, .response, .system, .activity: ""
      }
    return label.isEmpty ? [] : [(label, "")]
  }

  /// SHA-256 of the canonical JSON of role, body and the digests of the attachments in order.
  static func hash(role: ItemRole, body: String, attachments: [Attachment]) -> String {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(body.utf8.count + 64)
    bytes.append("{\"attachments\":[")
    for (index, attachment) in attachments.enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: ",")) }
      JSONValue.appendCanonical(string: attachment.sha256 ?? "", to: &bytes)
    }
    bytes.append("],\"body\":")
    JSONValue.appendCanonical(string: body, to: &bytes)
    bytes.append(",\"role\":")
    JSONValue.appendCanonical(string: role.rawValue, to: &bytes)
    bytes.append(UInt8(ascii: "}"))
    return SHA256Digest(of: bytes.span).hexadecimal
  }
}

/// SHA-256 over `time␟role␟event-hash\n` of a slice's events in scope (export-formats section 12.2).
func sliceHash(_ events: [(time: Instant?, role: ItemRole, sha256: String)]) -> String {
  var hasher = SHA256Hasher()
  for event in events {
    let line =
      (event.time?.rfc3339 ?? "") + "\u{1F}" + event.role.rawValue + "\u{1F}" + event.sha256 + "\n"
    hasher.update(line.utf8.span)
  }
  return hasher.finish().hexadecimal
}

/// SHA-256 over the parent's digest and the children's, sorted, each with a line feed
/// (export-formats section 12.2).
func familyHash(parent: String, children: [String]) -> String {
  var text = parent + "\n"
  for child in children.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) {
    text += child + "\n"
  }
  return SHA256Digest(of: text).hexadecimal
}
