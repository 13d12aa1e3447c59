// SPDX-License-Identifier: Apache-2.0

/// Writes messages in the shape of a claude.ai data export (claude-capture-formats sections 6.2
/// to 6.4).
struct MessageWriter {
  /// What a message needs to know of its conversation.
  struct Place {
    /// The message's number in the whole corpus.
    var index: Int
    var isHuman: Bool
    /// Whether the conversation is held in Chinese.
    var isHan: Bool
    /// Microseconds since 1970.
    var start: Int
    var stop: Int
    var parent: UUIDText
  }

  private var prose: ProseWriter
  private let planted: PlantedWords
  private var text: [UInt8] = []
  private var aside: [UInt8] = []
  /// Bytes of searchable text in JSON's escaped form: text, thinking, tools and attachments.
  private(set) var textByteCount = 0

  init(seed: UInt64, planted: PlantedWords) {
    prose = ProseWriter(seed: seed)
    self.planted = planted
  }

  /// Appends one message.
  mutating func append(
    _ place: Place, id: UUIDText, to json: inout [UInt8], _ random: inout RandomSource
  ) {
    writeText(place, &random)
    let usesTool = !place.isHuman && random.chance(inThousand: 40)
    json.append("{\"uuid\":")
    json.append(quoted: id)
    json.append(",\"text\":\"")
    if usesTool {
      json.append("```\\nThis block is not supported on your current device yet.\\n```\\n\\n")
    }
    json.append(contentsOf: text)
    json.append("\",\"content\":[")
    if !place.isHuman, random.chance(inThousand: 80) {
      appendThinking(place, to: &json, &random)
    }
    if usesTool {
      appendTool(place, to: &json, &random)
    }
    appendBlockStart(place, to: &json)
    json.append("\"type\":\"text\",\"text\":\"")
    json.append(contentsOf: text)
    json.append("\",\"citations\":[]}],\"sender\":")
    json.append(place.isHuman ? "\"human\"" : "\"assistant\"")
    json.append(",\"created_at\":")
    json.append(quotedTime: place.start)
    json.append(",\"updated_at\":")
    json.append(quotedTime: place.stop)
    json.append(",\"attachments\":[")
    if place.isHuman, random.chance(inThousand: 35) {
      appendAttachment(place, to: &json, &random)
    }
    json.append("],\"files\":[")
    if place.isHuman, random.chance(inThousand: 15) {
      appendFile(to: &json, &random)
    }
    json.append("],\"parent_message_uuid\":")
    json.append(quoted: place.parent)
    json.append(UInt8(ascii: "}"))
    textByteCount += text.count
  }

  private mutating func writeText(_ place: Place, _ random: inout RandomSource) {
    text.removeAll(keepingCapacity: true)
    // An exponential distribution: many short messages, few long ones.
    let byteCount = 12 + random.exponential(mean: place.isHuman ? 155 : 945)
    appendProse(place, byteCount: byteCount, to: .text, &random)
    if random.chance(inThousand: 350) {
      prose.appendRareIdentifier(to: &text, &random)
    }
    planted.plant(in: place.index, to: &text) { prose.appendWord(to: &$0, &random) }
  }

  private enum Target { case text, aside }

  private mutating func appendProse(
    _ place: Place, byteCount: Int, to target: Target, _ random: inout RandomSource
  ) {
    switch (target, place.isHan) {
    case (.text, true): prose.appendHan(byteCount: byteCount, to: &text, &random)
    case (.text, false): prose.appendLatin(byteCount: byteCount, to: &text, &random)
    case (.aside, true): prose.appendHan(byteCount: byteCount, to: &aside, &random)
    case (.aside, false): prose.appendLatin(byteCount: byteCount, to: &aside, &random)
    }
  }

  /// Prose that stands outside the message's own text.
  private mutating func asideProse(
    _ place: Place, byteCount: Int, to json: inout [UInt8], _ random: inout RandomSource
  ) {
    aside.removeAll(keepingCapacity: true)
    appendProse(place, byteCount: byteCount, to: .aside, &random)
    json.append(contentsOf: aside)
    textByteCount += aside.count
  }

  private func appendBlockStart(_ place: Place, to json: inout [UInt8]) {
    json.append("{\"start_timestamp\":")
    json.append(quotedTime: place.start)
    json.append(",\"stop_timestamp\":")
    json.append(quotedTime: place.stop)
    json.append(",")
  }

  private mutating func appendThinking(
    _ place: Place, to json: inout [UInt8], _ random: inout RandomSource
  ) {
    appendBlockStart(place, to: &json)
    json.append("\"type\":\"thinking\",\"thinking\":\"")
    asideProse(place, byteCount: 100 + random.exponential(mean: 400), to: &json, &random)
    json.append("\",\"summaries\":[],\"cut_off\":false},")
  }

  private mutating func appendTool(
    _ place: Place, to json: inout [UInt8], _ random: inout RandomSource
  ) {
    appendBlockStart(place, to: &json)
    json.append("\"type\":\"tool_use\",\"id\":\"toolu_")
    let number = place.index
    json.append(digits: number, width: 9)
    json.append("\",\"name\":\"web_search\",\"input\":{\"query\":\"")
    asideProse(place, byteCount: 30, to: &json, &random)
    json.append("\"}},")
    appendBlockStart(place, to: &json)
    json.append("\"type\":\"tool_result\",\"tool_use_id\":\"toolu_")
    json.append(digits: number, width: 9)
    json.append("\",\"name\":\"web_search\",\"content\":[{\"type\":\"text\",\"text\":\"")
    asideProse(place, byteCount: random.exponential(mean: 300), to: &json, &random)
    json.append("\"}],\"is_error\":false},")
  }

  private mutating func appendAttachment(
    _ place: Place, to json: inout [UInt8], _ random: inout RandomSource
  ) {
    json.append("{\"file_name\":\"")
    prose.appendWord(to: &json, &random)
    json.append(UInt8(ascii: "-"))
    json.append(digits: random.below(1000))
    json.append(".txt\",\"file_size\":")
    let byteCount = 200 + random.exponential(mean: 1500)
    json.append(digits: byteCount)
    json.append(",\"file_type\":\"txt\",\"extracted_content\":\"")
    asideProse(place, byteCount: byteCount, to: &json, &random)
    json.append("\"}")
  }

  private func appendFile(to json: inout [UInt8], _ random: inout RandomSource) {
    json.append("{\"file_uuid\":")
    json.append(quoted: UUIDText(&random))
    json.append(",\"file_name\":\"")
    prose.appendWord(to: &json, &random)
    json.append(".png\"}")
  }
}
