// SPDX-License-Identifier: Apache-2.0

/// Writes the conversations of a corpus one after the other.
struct ConversationWriter {
  private let plan: CorpusPlan
  private let users: [UUIDText]
  private var random: RandomSource
  private var messages: MessageWriter
  private var titles: ProseWriter
  private var writtenConversations = 0
  private var writtenMessages = 0

  init(plan: CorpusPlan, planted: PlantedWords, users: [UUIDText]) {
    self.plan = plan
    self.users = users
    random = RandomSource(seed: plan.seed &+ 3)
    messages = MessageWriter(seed: plan.seed, planted: planted)
    titles = ProseWriter(seed: plan.seed)
  }

  /// Bytes of searchable text so far, in JSON's escaped form, without titles.
  var textByteCount: Int { messages.textByteCount }

  /// Appends the next conversation; false when there is none left.
  mutating func append(to json: inout [UInt8]) -> Bool {
    let left = plan.conversationCount - writtenConversations
    guard left > 0 else { return false }
    let messageCount = nextMessageCount(conversationsLeft: left)
    let isHan = random.chance(inThousand: 265)
    // Conversations come in no order of time, as in exports that go user by user.
    var time = (CorpusPlan.firstSecond + random.below(CorpusPlan.secondCount)) * 1_000_000
    time += random.below(1_000_000)
    json.append(writtenConversations == 0 ? "{\"uuid\":" : ",{\"uuid\":")
    json.append(quoted: UUIDText(&random))
    json.append(",\"name\":\"")
    appendTitle(isHan: isHan, to: &json)
    json.append("\",\"summary\":\"\",\"created_at\":")
    json.append(quotedTime: time)
    json.append(",\"updated_at\":")
    let steps = (0..<messageCount).map { _ in 1_000_000 * (2 + random.below(240)) }
    json.append(quotedTime: time + steps.reduce(0, +) + 900_000)
    json.append(",\"account\":{\"uuid\":")
    json.append(quoted: users[randomUser()])
    json.append("},\"chat_messages\":[")
    appendMessages(steps: steps, isHan: isHan, time: time, to: &json)
    json.append("]}")
    writtenConversations += 1
    return true
  }

  private mutating func appendMessages(
    steps: [Int], isHan: Bool, time: Int, to json: inout [UInt8]
  ) {
    var time = time
    var grandparent = UUIDText.root
    var parent = UUIDText.root
    for (number, step) in steps.enumerated() {
      time += step
      // Now and then a person edits a message or asks for another answer: a second branch.
      let isBranch = number > 1 && random.chance(inThousand: 12)
      let place = MessageWriter.Place(
        index: writtenMessages, isHuman: number.isMultiple(of: 2), isHan: isHan, start: time,
        stop: time + 100_000 + random.below(800_000), parent: isBranch ? grandparent : parent)
      if number > 0 {
        json.append(UInt8(ascii: ","))
      }
      let id = UUIDText(&random)
      messages.append(place, id: id, to: &json, &random)
      if !isBranch {
        grandparent = parent
      }
      parent = id
      writtenMessages += 1
    }
  }

  /// Draws a size so that the messages left fit the conversations left exactly.
  private mutating func nextMessageCount(conversationsLeft: Int) -> Int {
    let messagesLeft = plan.messageCount - writtenMessages
    guard conversationsLeft > 1 else { return messagesLeft }
    let spare = messagesLeft - conversationsLeft
    return 1 + min(spare, random.exponential(mean: spare / conversationsLeft + 1))
  }

  /// Few people write much.
  private mutating func randomUser() -> Int {
    let fraction = random.fraction()
    return min(Int(fraction * fraction * Double(users.count)), users.count - 1)
  }

  private mutating func appendTitle(isHan: Bool, to json: inout [UInt8]) {
    guard !random.chance(inThousand: 150) else { return }
    if isHan {
      titles.appendHan(byteCount: 18, to: &json, &random)
    } else {
      for number in 0..<(2 + random.below(5)) {
        if number > 0 {
          json.append(UInt8(ascii: " "))
        }
        titles.appendWord(to: &json, &random)
      }
    }
  }
}
