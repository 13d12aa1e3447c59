// SPDX-License-Identifier: Apache-2.0
import Model

/// Puts the items of a session together from its lines (claude-capture-formats sections 8.4, 8.5).
struct TranscriptBuilder {
  private let lines: [TranscriptLine]
  private let kept: [TranscriptLine]
  private(set) var drafts: [TranscriptDraft] = []
  /// Lines that make no item, with the reason, in order.
  private(set) var skipped: [(index: Int, reason: SkipReason)] = []

  private struct ResponseKey: Hashable {
    var agentID: String?
    var messageID: String
  }

  private struct ToolCall {
    var draft: Int
    var name: String
  }

  private var responses: [ResponseKey: Int] = [:]
  private var toolCalls: [String: ToolCall] = [:]
  /// The draft that each record's id belongs to.
  private var owners: [String: Int] = [:]
  /// What the records that make no item follow.
  private var detours: [String: String?] = [:]
  /// Records that another session has as items.
  private var elsewhere: Set<String> = []
  /// The draft of the call that started a sub-agent.
  private var starts: [String: Int] = [:]
  /// The first draft of each sub-agent, if nothing tells what it follows.
  private var agentRoots: [(agentID: String, draft: Int)] = []
  /// The prompts that were sent, by their words: places among the lines.
  private var prompts: [String: [Int]] = [:]
  private var queued: [Int] = []
  private var outcomes: [Int] = []
  private var draftIDs: Set<String> = []

  init(lines: [TranscriptLine], kept: [TranscriptLine]) {
    self.lines = lines
    self.kept = kept
  }

  mutating func build() {
    drafts.reserveCapacity(lines.count)
    for index in lines.indices { take(index) }
    takeQueued()
    takeOutcomes()
    for line in kept {
      if let uuid = line.uuid, owners[uuid] == nil {
        if case .skipped = line.place {
          detours[uuid] = line.followedID
        } else {
          elsewhere.insert(uuid)
        }
      }
      noteAgent(line)
    }
    for index in lines.indices { noteAgent(lines[index]) }
    linkAll()
    drafts.sort { $0.lines[0] < $1.lines[0] }
    skipped.sort { $0.index < $1.index }
  }

  private mutating func take(_ index: Int) {
    let line = lines[index]
    switch line.place {
    case .item(let kind, let role, let provenance):
      if kind == .prompt { notePrompt(index) }
      append(index, kind, role, provenance)
    case .response: takeResponse(index)
    case .toolResult: takeResult(index)
    case .queued: queued.append(index)
    case .outcome: outcomes.append(index)
    case .skipped(let reason):
      if let uuid = line.uuid { detours[uuid] = line.followedID }
      skipped.append((index, reason))
    }
  }

  private mutating func notePrompt(_ index: Int) {
    for block in lines[index].content.blocks where block.kind == .text {
      prompts[block.text, default: []].append(index)
    }
  }

  private mutating func append(
    _ index: Int, _ kind: ItemKind, _ role: ItemRole, _ provenance: Provenance
  ) {
    let line = lines[index]
    var item = CapturedItem(
      kind: kind, role: role, nativeRole: line.role.isEmpty ? line.type : line.role,
      nativeRange: 0..<0)
    item.nativeID = line.uuid ?? ClaudeExport.derivedID(of: line.bytes)
    if line.uuid == nil {
      item.flags.insert(.idDerived)
      // The same bytes again are the same record.
      guard let id = item.nativeID, draftIDs.insert(id).inserted else {
        skipped.append((index, .state))
        return
      }
    }
    item.provenance = provenance
    item.time = line.time
    item.blocks = line.content.blocks
    item.files = line.content.files
    item.callIDs = line.content.toolUses.map(\.id)
    item.answeredCallIDs = line.content.toolResultIDs
    if kind == .response { item.model = line.model }
    if line.isUnknown { item.flags.insert(.unknownRecord) }
    for flag in line.flags { item.flags.insert(flag) }
    drafts.append(TranscriptDraft(item: item, lines: [index]))
    if let uuid = line.uuid {
      if owners[uuid] == nil {
        owners[uuid] = drafts.count - 1
      } else {
        drafts[drafts.count - 1].item.flags.insert(.idRepeated)
      }
    }
    if let agentID = line.agentID, line.parentID == nil {
      agentRoots.append((agentID, drafts.count - 1))
    }
  }

  private mutating func takeResponse(_ index: Int) {
    let line = lines[index]
    let key = line.messageID.map { ResponseKey(agentID: line.agentID, messageID: $0) }
    if let key, let draft = responses[key] {
      let offset = drafts[draft].item.blocks.count
      join(index, to: draft)
      noteCalls(line, in: draft, offset: offset)
      return
    }
    let count = drafts.count
    append(index, .response, .assistant, .clientAsserted)
    guard drafts.count > count else { return }
    noteCalls(line, in: count, offset: 0)
    if let key {
      responses[key] = count
      drafts[count].item.aliases.append(key.messageID)
      if line.uuid == nil {
        drafts[count].item.nativeID = key.messageID
        drafts[count].item.aliases = []
        drafts[count].item.flags.removeAll { $0 == .idDerived }
      }
    }
  }

  private mutating func noteCalls(_ line: TranscriptLine, in draft: Int, offset: Int) {
    for call in line.content.toolUses where !call.id.isEmpty {
      toolCalls[call.id] = ToolCall(draft: draft, name: call.name)
    }
  }

  /// Joins a tool's answer to the response that called it; without one it stands for itself.
  private mutating func takeResult(_ index: Int) {
    let line = lines[index]
    let answered = line.content.toolResultIDs.first { toolCalls[$0] != nil }
    guard let call = answered.flatMap({ toolCalls[$0] }) else {
      append(index, .system, .tool, .clientAsserted)
      return
    }
    let offset = drafts[call.draft].item.blocks.count
    join(index, to: call.draft)
    // What the client wrote beside the result are no words of the model.
    for place in offset..<drafts[call.draft].item.blocks.count
    where drafts[call.draft].item.blocks[place].kind == .text {
      drafts[call.draft].item.blocks[place].kind = .client
    }
    var results = line.content.toolResultIDs[...]
    for place in offset..<drafts[call.draft].item.blocks.count
    where drafts[call.draft].item.blocks[place].kind == .toolResult {
      guard let id = results.popFirst() else { break }
      drafts[call.draft].item.blocks[place].name = toolCalls[id]?.name ?? call.name
    }
  }

  private mutating func join(_ index: Int, to draft: Int) {
    let line = lines[index]
    drafts[draft].lines.append(index)
    drafts[draft].item.blocks += line.content.blocks
    drafts[draft].item.files += line.content.files
    drafts[draft].item.callIDs += line.content.toolUses.map(\.id)
    drafts[draft].item.answeredCallIDs += line.content.toolResultIDs
    drafts[draft].item.model = drafts[draft].item.model ?? line.model
    for flag in line.flags { drafts[draft].item.flags.insert(flag) }
    if let time = line.time { drafts[draft].item.updatedAt = time }
    guard let uuid = line.uuid, owners[uuid] == nil else { return }
    owners[uuid] = draft
    drafts[draft].item.aliases.append(uuid)
  }

  /// Makes items of the prompts that waited and were never sent: each prompt that was sent is one
  /// of those that waited with its words at the most, and is a prompt already.
  private mutating func takeQueued() {
    var waited: Set<String> = []
    // When the lines were parsed before, these were found to make no item.
    var known: Set<[UInt8]> = []
    for line in kept where line.place == .queued && known.insert(line.bytes).inserted {
      for text in line.queuedTexts { takeSent(text, line) }
      waited.formUnion(line.queuedTexts)
    }
    for index in queued {
      let line = lines[index]
      let texts = line.queuedTexts
      let isKnown =
        if known.contains(line.bytes) {
          true
        } else if line.operation == "enqueue" {
          texts.contains { takeSent($0, line, after: index) }
        } else {
          // What left the queue stands in the record of its coming too, or is sent.
          texts.contains { waited.contains($0) || prompts[$0] != nil }
        }
      waited.formUnion(texts)
      if isKnown {
        skipped.append((index, .state))
      } else {
        append(index, .prompt, .user, .clientAsserted)
      }
    }
  }

  /// Takes a prompt that was sent with some words of a line that waited, if there is one that was
  /// not before it: neither by its time nor, where it is told, by its place.
  @discardableResult
  private mutating func takeSent(
    _ text: String, _ line: TranscriptLine, after index: Int? = nil
  ) -> Bool {
    guard line.operation == "enqueue", let sent = prompts[text] else { return false }
    let place = sent.firstIndex { prompt in
      if let index, prompt > index { return true }
      guard let time = lines[prompt].time?.instant, let queued = line.time?.instant else {
        return true
      }
      // A record tells when a prompt was typed or when it was written down.
      return time.ticks >= queued.ticks - Instant.ticksPerSecond
    }
    guard let place else { return false }
    prompts[text]?.remove(at: place)
    return true
  }

  /// Makes items of the ends of headless output whose words no message has: with some settings the end
  /// is all that is put out.
  private mutating func takeOutcomes() {
    guard !outcomes.isEmpty else { return }
    var said: Set<String> = []
    for draft in drafts where draft.item.role != .user {
      for block in draft.item.blocks { said.insert(block.text) }
    }
    for index in outcomes {
      let line = lines[index]
      if line.content.blocks.allSatisfy({ said.contains($0.text) }) {
        skipped.append((index, .state))
      } else if line.isFailure {
        append(index, .system, .system, .synthetic)
      } else {
        append(index, .response, .assistant, .clientAsserted)
      }
    }
  }

  private mutating func noteAgent(_ line: TranscriptLine) {
    guard let agentID = line.startedAgentID, starts[agentID] == nil else { return }
    let ids = line.content.toolResultIDs + [line.parentToolUseID].compactMap(\.self)
    guard let id = ids.first(where: { toolCalls[$0] != nil }) else { return }
    starts[agentID] = toolCalls[id]?.draft
  }

  // MARK: - Links

  private mutating func linkAll() {
    for index in drafts.indices {
      let line = lines[drafts[index].lines[0]]
      guard let followed = line.followedID else { continue }
      switch owner(followed) {
      case .draft(let other) where other != index:
        drafts[index].item.parentNativeID = drafts[other].item.nativeID
      case .draft, .root: break
      case .elsewhere: drafts[index].item.flags.insert(.continuesOther)
      case .unknown: drafts[index].item.parentNativeID = followed
      }
    }
    linkAgents()
  }

  private enum Owner {
    case draft(Int)
    /// A record that makes no item and follows nothing.
    case root
    case elsewhere
    case unknown
  }

  private func owner(_ uuid: String) -> Owner {
    var next = uuid
    var seen: Set<String> = []
    while seen.insert(next).inserted {
      if let draft = owners[next] { return .draft(draft) }
      if elsewhere.contains(next) { return .elsewhere }
      guard let detour = detours[next] else { return .unknown }
      guard let further = detour else { return .root }
      next = further
    }
    return .root
  }

  /// Hangs a sub-agent's first item on the response that started it (section 8.5).
  private mutating func linkAgents() {
    var isLinked: Set<String> = []
    for (agentID, draft) in agentRoots where !isLinked.contains(agentID) {
      guard let start = starts[agentID] ?? startByPrompt(of: draft), start != draft else {
        continue
      }
      isLinked.insert(agentID)
      drafts[draft].item.parentNativeID = drafts[start].item.nativeID
    }
  }

  /// The response that told a sub-agent just this.
  private func startByPrompt(of draft: Int) -> Int? {
    let told = drafts[draft].item.blocks.filter { $0.kind == .text || $0.kind == .client }
    guard let text = told.first?.text, told.count == 1 else { return nil }
    for line in lines {
      for call in line.content.toolUses where call.prompt == text {
        if let found = toolCalls[call.id]?.draft { return found }
      }
    }
    return nil
  }

  // MARK: - The conversation

  /// Fills in what all lines together tell of the conversation.
  func describe(_ unit: inout CapturedUnit) {
    unit.hasParentLinks = lines.contains(where: \.hasParentLink)
    var title: (rank: Int, text: String)?
    for line in lines + kept {
      guard let given = line.title, given.rank >= title?.rank ?? 0 else { continue }
      title = given
    }
    unit.title = title?.text ?? ""
    let times = lines.compactMap(\.time).filter { $0.instant != nil }
    unit.createdAt = times.min { ($0.instant?.ticks ?? 0) < ($1.instant?.ticks ?? 0) }
    unit.updatedAt = times.max { ($0.instant?.ticks ?? 0) < ($1.instant?.ticks ?? 0) }
    let folder =
      lines.lazy.compactMap(\.workingFolder).first ?? kept.lazy.compactMap(\.workingFolder).first
    if let folder { unit.take(workingFolder: folder) }
    let last = lines.last { line in
      !line.isOfAgent && line.uuid.map { owners[$0] != nil } ?? false
    }
    if let uuid = last?.uuid {
      unit.currentLeafID =
        unit.items.first { $0.nativeID == uuid || $0.aliases.contains(uuid) }?
        .nativeID
    }
    for index in unit.items.indices {
      let item = unit.items[index]
      if item.blocks.allSatisfy({ $0.text.isBlank }) { unit.items[index].flags.insert(.empty) }
    }
    let thread = ConversationThread(of: unit)
    for index in thread.withMissingParent { unit.items[index].flags.insert(.parentMissing) }
    for index in thread.cutCycles { unit.items[index].flags.insert(.cycleCut) }
    if unit.items.isEmpty { unit.flags.insert(.empty) }
  }
}

extension TranscriptLine {
  /// The record that it follows: after a compaction the one before it.
  var followedID: String? { parentID ?? logicalParentID }

  /// The person's words in a prompt that waited.
  fileprivate var queuedTexts: [String] {
    content.blocks.filter { $0.kind == .text }.map(\.text)
  }

  /// Whether its type is none that the format knows, though it has a message.
  var isUnknown: Bool {
    switch type {
    case "user", "assistant", "system", "attachment", "queue-operation", "queued_command", "result":
      false
    default: true
    }
  }
}
