// SPDX-License-Identifier: Apache-2.0
import Bytes

/// What an item is (query-language section 8.1, property `kind`).
package enum ItemKind: String, Sendable, CaseIterable {
  case prompt
  case response
  case system
  case projectDocument = "projectdoc"
  case projectInstruction = "projectinstruction"
  case memory
  case activity
}

/// Who speaks (query-language section 8.1, property `role`).
package enum ItemRole: String, Sendable, CaseIterable {
  case user
  case assistant
  case tool
  case system
}

/// One message, or one document of a unit outside conversations.
package struct CapturedItem: Sendable {
  /// The source's id; nil when it has none (then the position names the item).
  package var nativeID: String?
  /// The source's id of the parent item; nil for a root or where there are no parent links.
  package var parentNativeID: String?
  package var kind: ItemKind
  package var role: ItemRole
  /// The source's own word for the speaker, such as `human`.
  package var nativeRole: String
  /// The source's account that sent it, where the item tells one of its own: several people may write
  /// in a conversation that is one person's.
  package var senderID: String?
  /// When it was sent or finished.
  package var time: SourceTime?
  /// When it last changed.
  package var updatedAt: SourceTime?
  /// The model that answered, where the source tells it.
  package var model: String?
  /// Of a document outside a conversation its file name or path; else empty.
  package var title: String
  /// Where the item's native bytes lie in the unit's `native` bytes (half-open).
  package var nativeRange: Range<Int>
  /// Other ids of the source that name it, such as those of records that were merged into it.
  package var aliases: [String] = []
  /// The ids of the tool calls that it makes, and of those whose answers it has.
  package var callIDs: [String] = []
  package var answeredCallIDs: [String] = []
  /// How far it is certain that it was said as it stands.
  package var provenance = Provenance.verified
  /// Whether it stands for a source record in the counts; a record may make several items.
  package var countsAsRecord = true
  /// The content blocks in order.
  package var blocks: [ContentBlock]
  /// Uploads, file references and artifacts, in order.
  package var files: [CapturedFile]
  package var flags: [RecordFlag]

  package init(kind: ItemKind, role: ItemRole, nativeRole: String, nativeRange: Range<Int>) {
    self.kind = kind
    self.role = role
    self.nativeRole = nativeRole
    self.nativeRange = nativeRange
    title = ""
    blocks = []
    files = []
    flags = []
  }

  /// The text for reading: text blocks joined by a blank line (claude-capture-formats section 16).
  package var readingText: String {
    blocks.filter { $0.kind == .text || $0.kind == .voiceNote }.map(\.text)
      .joined(separator: "\n\n")
  }
}

/// One block of a message.
package struct ContentBlock: Sendable, Hashable {
  /// What a block holds.
  package enum Kind: String, Sendable, CaseIterable {
    case text
    case thinking
    case toolUse = "tool_use"
    case toolResult = "tool_result"
    case voiceNote = "voice_note"
    /// What the speaker's program put among the words: a reminder, output of a local command, a
    /// summary of what was said before. Nobody said it.
    case client
    /// A block that is kept raw, its own type in `name`.
    case unknown
  }

  package var kind: Kind
  /// The block's words, for reading and for search alike: of a tool input its keys and string
  /// values in order, of a tool result its texts; parts of one block are joined by a line feed.
  package var text: String
  /// The tool's name; of an unknown block its type; else empty.
  package var name: String
  /// Whether a tool result reports a failure.
  package var isError: Bool

  package init(kind: Kind, text: String, name: String = "", isError: Bool = false) {
    self.kind = kind
    self.text = text
    self.name = name
    self.isError = isError
  }
}

/// A file that an item carries or names.
package struct CapturedFile: Sendable, Hashable {
  /// How the file hangs on its item.
  package enum Kind: String, Sendable, CaseIterable {
    /// Given by the person.
    case attachment
    /// Made by a tool.
    case generatedFile = "generatedfile"
    /// An artifact of the model, one version.
    case artifact
  }

  package var kind: Kind
  /// The source's id of the file or artifact; nil when it has none.
  package var nativeID: String?
  /// File name or artifact title; may be empty.
  package var name: String
  /// Media type or the source's own word for the type; may be empty.
  package var type: String
  /// The size that the source tells, in bytes.
  package var byteCount: Int64?
  /// The extracted or generated text; nil when the capture has the name only, which is a gap, or when
  /// its bytes hold none.
  package var text: String?
  /// The bytes, where the record itself holds them and they may hold text.
  package var content: [UInt8]?
  /// Where the bytes lie as a file of the store; nil where they do not.
  package var contentPath: String?
  /// What was read of the bytes; nil where the text is the capture's own.
  package var reading: FileReading?
  /// Of an artifact: its version, from 1, in the order of the conversation.
  package var version: Int?

  package init(kind: Kind, name: String) {
    self.kind = kind
    self.name = name
    type = ""
  }

  /// The extension of the name in lower case, without the dot; empty when there is none.
  package var fileExtension: String {
    guard let dot = name.lastIndex(of: "."), dot > name.startIndex else { return "" }
    return name[name.index(after: dot)...].lowercased()
  }
}
