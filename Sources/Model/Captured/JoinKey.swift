// SPDX-License-Identifier: Apache-2.0
import Bytes

/// What may tell that units of several routes are the same interaction (claude-capture-formats
/// section 2.2).
package struct JoinKey: Hashable, Sendable {
  package enum Kind: String, Sendable, CaseIterable {
    /// The UUID of a chat in claude.ai.
    case chat
    /// The Compliance API's id of a chat.
    case chatID = "chat-id"
    /// The id of a tool call.
    case call
    /// The id of a model's response, or of the request for it.
    case response
    /// The id that a client gave its session.
    case session
    /// A project's name and the second of its creation.
    case project
  }

  package var kind: Kind
  package var value: String

  package init(_ kind: Kind, _ value: String) {
    self.kind = kind
    self.value = value
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(value)  // values of two kinds hardly ever meet
  }

  /// The key of a chat by its address, `https://claude.ai/chat/<uuid>`; nil for another address.
  package init?(chatAddress: String) {
    guard let slash = chatAddress.lastIndex(of: "/"), chatAddress[..<slash].hasSuffix("/chat"),
      let key = JoinKey(chatUUID: String(chatAddress[chatAddress.index(after: slash)...]))
    else { return nil }
    self = key
  }

  /// The key of a chat by its UUID; nil for another text.
  package init?(chatUUID: String) {
    guard chatUUID.isUUID else { return nil }
    self.init(.chat, chatUUID.lowercased())
  }

  /// The key of a tool call; nil for an id that need not be unique, as other services give them.
  package init?(callID: String) {
    guard callID.holds("toolu_") else { return nil }
    self.init(.call, callID)
  }

  /// The key of a response or request; nil for the id of something else.
  package init?(responseID: String) {
    guard responseID.hasPrefix("msg_") || responseID.hasPrefix("req_") else { return nil }
    self.init(.response, responseID)
  }

  /// The key of a project; nil without a name or a time.
  package init?(projectName: String, createdAt: SourceTime?) {
    guard let time = createdAt?.instant, projectName.contains(where: { !$0.isWhitespace })
    else { return nil }
    self.init(.project, time.flooredToSecond.rfc3339 + " " + projectName)
  }

  /// Stands for the key: no id or name is where only this is.
  package var digest: [UInt8] {
    Array(SHA256Digest(of: kind.rawValue + ":" + value).bytes.prefix(16))
  }
}

extension String {
  /// Whether it is a UUID in its usual form, in either case.
  package var isUUID: Bool {
    let bytes = Array(utf8)
    guard bytes.count == 36 else { return false }
    return bytes.indices.allSatisfy { index in
      [8, 13, 18, 23].contains(index)
        ? bytes[index] == UInt8(ascii: "-")
        : (0x30...0x39).contains(bytes[index]) || (0x61...0x66).contains(bytes[index] | 0x20)
    }
  }
}
