// SPDX-License-Identifier: Apache-2.0
import Bytes
import Model

/// The streams of chat completions, as gateways write them for every model (claude-capture-formats
/// section 12.1): each chunk has `choices`, and each choice a `delta` of its message.
extension StreamAssembler {
  /// Where the blocks of a choice stand: what the model thought, what it said, the tools it called.
  private enum Index {
    static let thinking = 0
    static let text = 1
    static let firstCall = 2
  }

  /// Whether the data of an event say that the stream is at its end.
  mutating func endsChunks(_ data: [UInt8]) -> Bool {
    let words = data.drop { $0 <= 0x20 }
    guard words.starts(with: Array("[DONE]".utf8)) else { return false }
    isComplete = isComplete || hasBegun
    return true
  }

  /// Takes a chunk.
  ///
  /// - Parameters:
  ///   - bytes: What holds it.
  ///   - places: Where the values of its members begin.
  /// - Throws: `JSONError` where the grammar is broken.
  mutating func takeChunk(_ bytes: [UInt8], _ places: [String: Int]) throws(JSONError) {
    hasBegun = true
    func text(_ name: String) throws(JSONError) -> String? {
      try JSONCursor.text(bytes, places[name].map { $0..<bytes.count }, &flags)
    }
    if let name = try text("id"), name != chunkID {
      chunkID = name
      if id.isEmpty { id = name }
      // A further attempt.
      if hasContent { messageNumber = (parts.map(\.place.message).max() ?? 0) + 1 }
      isComplete = false
    }
    model = try text("model") ?? model
    guard let place = places["choices"] else { return }
    var cursor = JSONCursor(bytes.span, at: place)
    guard try cursor.entersArray(&flags) else { return }
    while try cursor.hasNextElement() {
      try takeChoice(bytes, try JSONMembers(of: bytes, at: try cursor.skipValue().lowerBound))
    }
  }

  private mutating func takeChoice(
    _ bytes: [UInt8], _ choice: JSONMembers
  ) throws(JSONError) {
    let message = messageNumber + (try number(bytes, choice["index"]))
    if try JSONCursor.text(bytes, choice["finish_reason"], &flags) != nil { isComplete = true }
    if let words = choice["text"] {
      try extend("text", Place(message: message, index: Index.text), bytes, words)
    }
    guard let place = choice["delta"] ?? choice["message"] else { return }
    let delta = try JSONMembers(of: bytes, at: place.lowerBound)
    let thought = Place(message: message, index: Index.thinking)
    let names = ["reasoning_content", "reasoning", "thinking_blocks"]
    if let words = names.lazy.compactMap({ delta[$0] }).first {
      try extend("thinking", thought, bytes, words)
    }
    for name in ["content", "refusal"] {
      guard let words = delta[name] else { continue }
      try extend("text", Place(message: message, index: Index.text), bytes, words)
    }
    if let calls = delta["tool_calls"] {
      var cursor = JSONCursor(bytes.span, at: calls.lowerBound)
      guard try cursor.entersArray(&flags) else { return }
      while try cursor.hasNextElement() {
        let call = try JSONMembers(of: bytes, at: try cursor.skipValue().lowerBound)
        try takeCall(bytes, call, of: message)
      }
    }
    if let function = delta["function_call"] {
      try takeFunction(
        bytes, function, id: "", at: Place(message: message, index: Index.firstCall))
    }
  }

  private mutating func takeCall(
    _ bytes: [UInt8], _ call: JSONMembers, of message: Int
  ) throws(JSONError) {
    let index = try number(bytes, call["index"])
    guard let function = call["function"] else { return }
    try takeFunction(
      bytes, function, id: try JSONCursor.text(bytes, call["id"], &flags) ?? "",
      at: Place(message: message, index: Index.firstCall + index))
  }

  private mutating func takeFunction(
    _ bytes: [UInt8], _ function: Range<Int>, id: String, at place: Place
  ) throws(JSONError) {
    let fields = try JSONMembers(of: bytes, at: function.lowerBound)
    let name = try JSONCursor.text(bytes, fields["name"], &flags) ?? ""
    let input = try JSONCursor.text(bytes, fields["arguments"], &flags) ?? ""
    changePart(at: place, or: Part(type: "tool_use")) { part in
      if part.id.isEmpty { part.id = id }
      if part.name.isEmpty { part.name = name }
      part.input += input
    }
  }

  private mutating func extend(
    _ type: String, _ place: Place, _ bytes: [UInt8], _ value: Range<Int>
  ) throws(JSONError) {
    var cursor = JSONCursor(bytes.span, at: value.lowerBound)
    var words: [String] = []
    try cursor.collectReadableWords(&words, keys: false)
    cursor.takeRepairs(&flags)
    let text = words.joined()
    guard !text.isEmpty else { return }
    changePart(at: place, or: Part(type: type)) { $0.text += text }
  }

  /// A number that tells a place; 0 where there is none or it is none that can be.
  private func number(_ bytes: [UInt8], _ value: Range<Int>?) throws(JSONError) -> Int {
    guard let value else { return 0 }
    var cursor = JSONCursor(bytes.span, at: value.lowerBound)
    guard try cursor.peek() == .number, let number = try cursor.readInteger(),
      (0..<1 << 20).contains(number)
    else { return 0 }
    return Int(number)
  }
}
