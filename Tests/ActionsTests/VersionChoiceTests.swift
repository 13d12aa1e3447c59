// SPDX-License-Identifier: Apache-2.0
import Actions
import Model
import TestSupport
import Testing

/// A conversation at its source, which tests look into past all captures.
private struct World {
  /// One message: its versions with the time of each, and when it was removed.
  struct Message {
    var id: String
    var versions: [(time: Int, text: String)]
    var removed: Int?

    func text(at time: Int) -> String? {
      if let removed, removed <= time { return nil }
      return versions.last { $0.time <= time }?.text
    }
  }

  var messages: [Message]
  /// Whether the source tells when a message was changed last.
  var tellsChanges: Bool

  init(_ dice: inout Dice) {
    tellsChanges = dice.below(2) == 0
    messages = (0..<6).map { number in
      let sent = dice.below(60)
      var times: Set<Int> = [sent]
      for _ in 0..<dice.below(4) { times.insert(sent + 1 + dice.below(40)) }
      let versions = times.sorted().map { ($0, "m\(number) as of \($0)") }
      let last = versions.last?.0 ?? sent
      return Message(
        id: "m\(number)", versions: versions,
        removed: dice.below(4) == 0 ? last + 1 + dice.below(20) : nil)
    }
  }

  /// What a capture at a time reads.
  func unit(at time: Int) -> CapturedUnit {
    var unit = CapturedUnit(
      kind: .conversation, route: "claude.ai-export", nativeID: "c", native: [])
    for message in messages {
      guard let text = message.text(at: time) else { continue }
      let start = unit.native.count
      unit.native += text.utf8
      var item = CapturedItem(
        kind: .prompt, role: .user, nativeRole: "human",
        nativeRange: start..<unit.native.count)
      item.nativeID = message.id
      item.blocks = [ContentBlock(kind: .text, text: text)]
      item.time = sourceTime(message.versions[0].time)
      if tellsChanges {
        item.updatedAt = message.versions.last { $0.time <= time }.flatMap {
          sourceTime($0.time)
        }
      }
      unit.items.append(item)
    }
    return unit
  }

  private func sourceTime(_ minute: Int) -> SourceTime {
    SourceTime(text: instant(minute).rfc3339)
  }
}

private func instant(_ minute: Int) -> Instant {
  Instant(ticks: Int64(minute) * 60 * Instant.ticksPerSecond)
}

@Suite("The version of a message at a time")
struct VersionChoiceTests {
  /// Against a world in which everything is known, captured at random times.
  @Test("is never another than the true one without saying so", arguments: 0..<200)
  func model(seed: UInt64) throws {
    var dice = Dice(state: seed &* 104_729 &+ 3)
    let world = World(&dice)
    let captures = Set((0..<(1 + dice.below(5))).map { _ in dice.below(120) }).sorted()
    var appearances = ItemAppearances()
    for (number, time) in captures.enumerated() {
      appearances.take(world.unit(at: time), version: number + 1, captured: instant(time))
    }
    for time in 0..<130 {
      for message in world.messages {
        let key = ItemAppearances.Key(identity: message.id, occurrence: 0)
        // A message that was never captured is nowhere.
        guard let runs = appearances.runs[key] else { continue }
        let truth = message.text(at: time)
        let choice = VersionChoice(
          among: runs, captures: appearances.captures, at: instant(time))
        let lastCapture = captures.last { $0 <= time }
        let isAfterAll = captures.allSatisfy { $0 <= time }
        switch choice {
        case .stood(let found):
          let text = found.item.readingText
          // After the last capture the world is as it was last seen, as far as can be known.
          if isAfterAll {
            #expect(text == lastCapture.flatMap { message.text(at: $0) })
          } else {
            #expect(text == truth, "at \(time)")
          }
        case .lastSeen(let found):
          let next = captures.first { $0 > time }
          #expect(found.item.readingText == lastCapture.flatMap { message.text(at: $0) })
          #expect(next.flatMap { message.text(at: $0) } != found.item.readingText)
        case .gone(let found, let since):
          #expect(truth == nil)
          #expect(message.versions.contains { $0.text == found.item.readingText })
          #expect(
            since
              == captures.first { capture in
                message.removed.map { $0 <= capture } ?? false
              }.map(instant))
        case .capturedLater(let found):
          #expect(!world.tellsChanges && lastCapture.flatMap { message.text(at: $0) } == nil)
          #expect(found.captured > instant(time) && found.version == 1)
        case .unknown(let found):
          #expect(world.tellsChanges && truth != found.item.readingText)
          #expect(!captures.contains { message.text(at: $0) == truth })
        case .notYet: #expect(truth == nil && time < message.versions[0].time)
        case .undated: Issue.record("every message has a time")
        }
      }
    }
  }

  @Test("keeps what a newer capture lacks in its place, and both of two with one id")
  func order() {
    func unit(_ ids: [String]) -> CapturedUnit {
      var unit = CapturedUnit(
        kind: .conversation, route: "claude.ai-export", nativeID: "c", native: [])
      for (position, id) in ids.enumerated() {
        let start = unit.native.count
        unit.native += "\(id)\(position)".utf8
        var item = CapturedItem(
          kind: .prompt, role: .user, nativeRole: "human",
          nativeRange: start..<unit.native.count)
        item.nativeID = id
        unit.items.append(item)
      }
      return unit
    }
    var appearances = ItemAppearances()
    appearances.take(unit(["a", "b", "c", "c"]), version: 1, captured: instant(1))
    appearances.take(unit(["b", "d"]), version: 2, captured: instant(2))
    #expect(appearances.order.map(\.identity) == ["a", "b", "c", "c", "d"])
    #expect(Set(appearances.order).count == 5)
    let twice = ItemAppearances.Key(identity: "c", occurrence: 1)
    #expect(appearances.runs[twice]?.first?.version == 2)
    #expect(appearances.versionCount(of: twice) == 2)
  }
}
