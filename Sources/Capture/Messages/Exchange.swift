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
    /// The digests of what its blocks and files do not tell in words, one after the other.
    fileprivate(set) var opaqueDigests: [UInt8] = []
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
  /// Who else the record says made the call, each kind in its place: calls that differ in one never
  /// meet, though their account may be the same, such as a key that several persons share.
  var otherCallers: [String?] = []
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
  /// Why the call is kept and not read; nil for one of a conversation.
  var skipReason: SkipReason?
  /// The names of the files with its bodies that lie apart, the request's first.
  var bodiesApart: [String] = []
  /// Where it is a part of a batch: the service's id of that, and the caller's id of the part.
  var batch: (id: String, part: String)?
  /// Whether the response is a matter of another record.
  var isAnsweredApart = false

  /// Makes it a call that is kept and not read: what it says is no part of a conversation.
  mutating func skip(_ reason: SkipReason) {
    skipReason = reason
    sessionID = nil
    instructions = nil
    messages = []
    response = nil
    absence = nil
    requestAbsence = nil
  }

  /// Adds an id beside the first.
  mutating func addAlias(_ alias: String?) {
    guard let alias, !alias.isEmpty, alias != id, !aliases.contains(alias) else { return }
    aliases.append(alias)
  }
}

extension Exchange {
  /// Adds what a transcript of the same calls has too.
  func addJoinKeys(to keys: inout Set<JoinKey>) {
    func add(_ content: MessageContent) {
      for call in content.toolUses {
        if let key = JoinKey(callID: call.id) { keys.insert(key) }
      }
      for call in content.toolResultIDs {
        if let key = JoinKey(callID: call) { keys.insert(key) }
      }
    }
    for message in messages { add(message.content) }
    if let response { add(response.content) }
    if let key = JoinKey(responseID: id) { keys.insert(key) }
    for alias in aliases {
      if let key = JoinKey(responseID: alias) { keys.insert(key) }
    }
  }

  /// A digest of what was said up to some message: equal for a request that repeats it.
  ///
  /// The first half of a SHA-256, so that nobody can make two histories meet.
  struct Prefix: Hashable {
    private var high: UInt64
    private var low: UInt64

    /// Of some callers, before anything is said.
    init(callers: [String?]) {
      var form: [UInt8] = []
      for caller in callers { form.append(part: caller ?? "") }
      self.init(digestOf: form)
    }

    /// As 32 digits, for ids.
    var hexadecimal: String {
      [high, low].map { word in
        let digits = String(word, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
      }.joined()
    }

    private init(digestOf form: [UInt8]) {
      var digest: [UInt8] = []
      digest.reserveCapacity(32)
      SHA256Digest.append(of: form.span, to: &digest)
      high = digest[..<8].reduce(0) { $0 << 8 | UInt64($1) }
      low = digest[8..<16].reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// With a further message; the form is room that is used again for each.
    func adding(_ message: Message, _ form: inout [UInt8]) -> Prefix {
      form.removeAll(keepingCapacity: true)
      for word in [high, low] {
        for place in 0..<8 { form.append(UInt8(truncatingIfNeeded: word >> UInt64(place * 8))) }
      }
      form.append(0xFF)
      message.appendNormalForm(to: &form)
      return Prefix(digestOf: form)
    }
  }

  /// Who made the call, as far as it is told.
  var callers: [String?] { [accountID] + otherCallers }

  /// The prefixes before the first message, after it, and so on.
  func prefixes(_ form: inout [UInt8]) -> [Prefix] {
    var prefixes = [Prefix(callers: callers)]
    prefixes.reserveCapacity(messages.count + 1)
    for message in messages {
      prefixes.append(prefixes[prefixes.count - 1].adding(message, &form))
    }
    return prefixes
  }
}

extension Exchange.Message {
  /// Reads a content value of the message.
  mutating func readContent(_ bytes: [UInt8], at place: Int) throws(JSONError) {
    var cursor = JSONCursor(bytes.span, at: place)
    try content.parse(&cursor, &flags)
    cursor.takeRepairs(&flags)
    takeOpaque(of: bytes)
  }

  /// Notes the digests of what the content just read does not tell in words, so that messages that
  /// differ in it alone, such as in a picture, are not taken for one.
  mutating func takeOpaque(of bytes: [UInt8]) {
    for range in content.opaque {
      SHA256Digest.append(of: bytes.span.extracting(range), to: &opaqueDigests)
    }
    content.opaque = []
  }

  /// What counts when messages are compared (section 11): who speaks, the words and the calls; not
  /// how text is cut into blocks, thinking, which clients leave out, or marks for the cache.
  ///
  /// Each part ends with a byte that no text has.
  fileprivate func appendNormalForm(to form: inout [UInt8]) {
    form.append(part: role)
    var start = form.count
    for block in content.blocks {
      switch block.kind {
      case .thinking: continue
      case .text: form.append(text: block.text)
      default:
        if form.count > start { form.endPart(from: start) }
        form.append(part: block.kind.rawValue)
        if block.kind == .toolUse { form.append(part: block.name) }
        start = form.count
        form.append(text: block.text)
        form.endPart(from: start)
        start = form.count
      }
    }
    if form.count > start { form.endPart(from: start) }
    for call in content.toolUses { form.append(part: call.id) }
    for call in content.toolResultIDs { form.append(part: call) }
    for file in content.files {
      form.append(part: "\(file.type) \(file.name) \(file.byteCount ?? 0)")
    }
    form += opaqueDigests
  }
}

extension [UInt8] {
  fileprivate mutating func append(text: String) {
    unsafe text.utf8.span.withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
  }

  fileprivate mutating func append(part: String) {
    append(text: part)
    append(0xFF)
  }

  /// Ends a part without the white space at its end.
  fileprivate mutating func endPart(from start: Int) {
    while count > start, self[count - 1] <= 0x20 { removeLast() }
    append(0xFF)
  }
}
