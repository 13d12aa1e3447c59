// SPDX-License-Identifier: Apache-2.0
import Bytes
import Model

/// The lines of one session as they are gathered, and the conversation that they make
/// (claude-capture-formats sections 8.2 to 8.5).
struct TranscriptSession {
  /// What a line is beside those that are there.
  enum Outcome {
    case added
    /// The same record, byte for byte or in its message.
    case repeated
  }

  var id: String
  let route: String
  /// Whether no record tells the session.
  var idIsDerived = false
  /// Native bytes that are held.
  private(set) var byteCount = 0
  private var lines: [TranscriptLine] = []
  /// Lines that make no item, parsed where that is possible; links and titles may be in them.
  private var kept: [(line: TranscriptLine?, bytes: [UInt8])] = []
  /// Lines that the session's own records skip, by reason; not those that were only kept.
  private var skipped: [SkipReason: Int] = [:]
  /// Records among those that are kept which are counted already.
  private var countedCount = 0
  private var places: [ExactText: Int] = [:]

  init(id: String, route: String) {
    self.id = id
    self.route = route
  }

  var isEmpty: Bool { lines.isEmpty && kept.isEmpty }

  /// Whether a record of the session has the id.
  func holds(_ uuid: String) -> Bool { places[ExactText(uuid)] != nil }

  /// Those of some ids that records of the session have, in any order.
  func held<Value>(of ids: [ExactText: Value].Keys) -> [ExactText] {
    ids.count < places.count
      ? ids.filter { places[$0] != nil } : places.keys.filter { ids.contains($0) }
  }

  /// Adds a line; a repeated one is kept beside the items if its bytes differ.
  mutating func add(_ line: TranscriptLine) -> Outcome {
    if id.isEmpty, let sessionID = line.sessionID { id = sessionID }
    if let uuid = line.identity.map(ExactText.init) {
      if let place = places[uuid] {
        let other = lines[place]
        if other.bytes == line.bytes { return .repeated }
        if other.saysTheSame(as: line) {
          keep(line, line.bytes)
          return .repeated
        }
      } else {
        places[uuid] = lines.count
      }
    }
    lines.append(line)
    byteCount += line.bytes.count + 1
    return .added
  }

  /// Keeps a line that makes no item.
  mutating func keep(_ line: TranscriptLine?, _ bytes: [UInt8]) {
    kept.append((line, bytes))
    byteCount += bytes.count + 1
  }

  /// Keeps a record that another session or an earlier part has.
  mutating func keepRepeated(_ line: TranscriptLine) {
    keep(line, line.bytes)
    countedCount += 1
  }

  /// Keeps bytes that became an exception.
  mutating func keepCounted(_ bytes: [UInt8]) {
    keep(nil, bytes)
    countedCount += 1
  }

  /// Keeps bytes that are no record of the format, and counts them.
  mutating func skip(_ bytes: [UInt8], _ reason: SkipReason) {
    keep(nil, bytes)
    skipped[reason, default: 0] += 1
  }

  /// The conversation.
  consuming func unit() -> CapturedUnit {
    var builder = TranscriptBuilder(lines: lines, kept: kept.compactMap(\.line))
    builder.build()
    if id.isEmpty { id = lines.lazy.compactMap(\.sessionID).first ?? "" }
    var unit = CapturedUnit(kind: .conversation, route: route, nativeID: id, native: [])
    if id.isEmpty {
      let all = lines.flatMap(\.bytes) + kept.flatMap(\.bytes)
      unit.nativeID = ClaudeExport.derivedID(of: all)
      idIsDerived = true
    }
    if idIsDerived {
      unit.flags.insert(.idDerived)
    } else {
      unit.joinKeys.insert(JoinKey(.session, unit.nativeID.lowercased()))
    }
    for line in lines {
      for call in line.content.toolUses {
        if let key = JoinKey(callID: call.id) { unit.joinKeys.insert(key) }
      }
      for call in line.content.toolResultIDs {
        if let key = JoinKey(callID: call) { unit.joinKeys.insert(key) }
      }
      if let key = line.messageID.flatMap(JoinKey.init(responseID:)) {
        unit.joinKeys.insert(key)
      }
    }
    unit.isPart = true
    unit.skipped = skipped
    unit.repeatedCount = countedCount
    unit.native.reserveCapacity(byteCount + 1)
    for draft in builder.drafts {
      let start = unit.native.count
      for (number, index) in draft.lines.enumerated() {
        if number > 0 { unit.native.append(0x0A) }
        unit.native += lines[index].bytes
      }
      var item = draft.item
      item.nativeRange = start..<unit.native.count
      unit.mergedCount += draft.lines.count - 1
      unit.items.append(item)
      unit.native.append(0x0A)
    }
    unit.native.append(0x0A)
    for (index, reason) in builder.skipped {
      unit.skipped[reason, default: 0] += 1
      unit.native += lines[index].bytes
      unit.native.append(0x0A)
    }
    for entry in kept {
      unit.native += entry.bytes
      unit.native.append(0x0A)
    }
    builder.describe(&unit)
    return unit
  }
}

extension TranscriptLine {
  /// What tells it from other lines of its session: its id, or its bytes if it makes an item and
  /// has none.
  var identity: String? {
    if let uuid { return uuid }
    if case .skipped = place { return nil }
    return ClaudeExport.derivedID(of: bytes)
  }

  /// Whether another record with the same id says the same: the same message, whatever the client
  /// wrote around it.
  func saysTheSame(as other: TranscriptLine) -> Bool {
    guard type == other.type, let own = wordsRange, let others = other.wordsRange else {
      return false
    }
    return bytes[own] == other.bytes[others]
  }
}

/// An item of a session with the lines that make it.
struct TranscriptDraft {
  var item: CapturedItem
  /// Places among the session's lines, in order.
  var lines: [Int]
}
