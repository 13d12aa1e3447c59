// SPDX-License-Identifier: Apache-2.0
import Bytes
import Model

/// One call of a model with what came back, whatever recorded it (claude-capture-formats sections
/// 11 to 13).
struct Exchange {
  /// One message of the request, the instructions, or the response.
  struct Message {
    /// The source's word.
    var role: String
    var content = MessageContent()
    /// Its bytes in the record; of a body that is a text or in several events, all of that.
    var range: Range<Int>
    var flags: [RecordFlag] = []
  }

  /// Why there are no words where there should be some.
  struct Absence {
    /// Such as `error` or `body-stored-apart`.
    var reason: String
    /// The source's words about it; may be empty.
    var text = ""
  }

  /// The id of the response or the call; empty when the record tells none.
  var id = ""
  /// Further ids, such as that of the request.
  var aliases: [String] = []
  var model: String?
  var accountID: String?
  /// What the caller or the gateway calls the conversation.
  var sessionID: String?
  var started: SourceTime?
  var ended: SourceTime?
  var instructions: Message?
  var messages: [Message] = []
  var response: Message?
  /// What stands for the response where there is none.
  var absence: Absence?
  /// Why the messages of the request are not there, though there were some.
  var requestAbsence: Absence?
  var flags: [RecordFlag] = []

  /// Adds an id beside the first.
  mutating func addAlias(_ alias: String?) {
    guard let alias, !alias.isEmpty, alias != id, !aliases.contains(alias) else { return }
    aliases.append(alias)
  }
}

extension Exchange {
  /// What a transcript of the same calls has too.
  var joinKeys: Set<JoinKey> {
    let contents = messages.map(\.content) + [response?.content].compactMap(\.self)
    let calls = contents.flatMap { $0.toolUses.map(\.id) + $0.toolResultIDs }
    return Set(
      calls.compactMap(JoinKey.init(callID:))
        + ([id] + aliases).compactMap(JoinKey.init(responseID:)))
  }

  /// A digest of what was said up to some message: equal for a request that repeats it.
  struct Prefix: Hashable {
    private var bytes: [UInt8]

    /// Of a conversation of an account, before anything is said.
    init(accountID: String?) {
      bytes = Prefix.digest([Array((accountID ?? "").utf8)])
    }

    /// With a further message.
    func adding(_ message: Message) -> Prefix {
      var next = self
      next.bytes = Prefix.digest([bytes] + message.normalForm)
      return next
    }

    private static func digest(_ parts: [[UInt8]]) -> [UInt8] {
      var hasher = SHA256Hasher()
      for part in parts {
        hasher.update(part.span)
        hasher.update(([0xFF] as [UInt8]).span)
      }
      return Array(hasher.finish().bytes.prefix(16))
    }
  }

  /// The prefixes before the first message, after it, and so on.
  var prefixes: [Prefix] {
    var prefixes = [Prefix(accountID: accountID)]
    prefixes.reserveCapacity(messages.count + 1)
    for message in messages {
      prefixes.append(prefixes[prefixes.count - 1].adding(message))
    }
    return prefixes
  }
}

extension Exchange.Message {
  /// What counts when messages are compared (section 11): who speaks, the words and the calls; not
  /// how text is cut into blocks, thinking, which clients leave out, or marks for the cache.
  fileprivate var normalForm: [[UInt8]] {
    var parts = [Array(role.utf8)]
    var text: [UInt8] = []
    for block in content.blocks {
      switch block.kind {
      case .thinking: continue
      case .text: text += block.text.utf8
      default:
        if !text.isEmpty { parts.append(trimmed(text)) }
        text = []
        parts.append(Array(block.kind.rawValue.utf8))
        parts.append(trimmed(Array(block.text.utf8)))
      }
    }
    if !text.isEmpty { parts.append(trimmed(text)) }
    parts += content.toolUses.map { Array($0.id.utf8) }
    parts += content.toolResultIDs.map { Array($0.utf8) }
    parts += content.files.map { Array("\($0.type) \($0.name) \($0.byteCount ?? 0)".utf8) }
    return parts
  }
}

private func trimmed(_ text: [UInt8]) -> [UInt8] {
  var end = text.count
  while end > 0, text[end - 1] <= 0x20 { end -= 1 }
  return Array(text[..<end])
}
