// SPDX-License-Identifier: Apache-2.0
import Foundation
import Model
import Production
import Testing

@Suite("Slices and reading order")
struct SlicingTests {
  private func slices(
    _ messages: [SampleMessage], _ slicing: Slicing = .day, zone: String = "UTC",
    cap: Int = Slicer.defaultMaximumEventCount
  ) throws -> [Slice] {
    let produced = sampleUnit(messages)
    return Slicer(
      slicing, zone: try #require(RunZone(identifier: zone)), maximumEventCount: cap
    ).slices(of: produced, order: ThreadOrder(of: produced.unit))
  }

  @Test(
    "an event belongs to the day of the run's zone, on days of 23 and 25 hours too",
    arguments: [
      // Winter: UTC+1. The day of the change to summer time has 23 h and ends at 22:00 UTC.
      ("Europe/Berlin", "2026-03-28T22:59:59Z", "2026-03-28"),
      ("Europe/Berlin", "2026-03-28T23:00:00Z", "2026-03-29"),
      ("Europe/Berlin", "2026-03-29T21:59:59.9999999Z", "2026-03-29"),
      ("Europe/Berlin", "2026-03-29T22:00:00Z", "2026-03-30"),
      // The change back: 25 h, from 22:00 UTC to 23:00 UTC.
      ("Europe/Berlin", "2026-10-24T21:59:59Z", "2026-10-24"),
      ("Europe/Berlin", "2026-10-24T22:00:00Z", "2026-10-25"),
      ("Europe/Berlin", "2026-10-25T22:59:59Z", "2026-10-25"),
      ("Europe/Berlin", "2026-10-25T23:00:00Z", "2026-10-26"),
      ("Asia/Kolkata", "2026-01-01T18:29:59Z", "2026-01-01"),
      ("Asia/Kolkata", "2026-01-01T18:30:00Z", "2026-01-02"),
      ("America/New_York", "2026-01-01T04:59:59Z", "2025-12-31"),
      ("UTC", "1969-12-31T23:59:59.5Z", "1969-12-31"),
    ])
  func days(_ zone: String, _ time: String, _ date: String) throws {
    let result = try slices([SampleMessage(id: "a", time: time, text: "x")], zone: zone)
    #expect(result.map(\.id) == ["conv-1/\(date)/1"])
    #expect(result.first?.date?.isoText == date)
  }

  @Test("an event without time follows the one before it, the first ones the first slice")
  func untimed() throws {
    let result = try slices([
      SampleMessage(id: "a"),
      SampleMessage(id: "b", time: "2026-03-02T10:00:00Z"),
      SampleMessage(id: "c"),
      SampleMessage(id: "d", time: "2026-03-01T10:00:00Z"),
      SampleMessage(id: "e", time: "not a time"),
    ])
    #expect(result.map(\.id) == ["conv-1/2026-03-01/1", "conv-1/2026-03-02/1"])
    #expect(result.map { $0.items.sorted() } == [[0, 3, 4], [1, 2]])
    let undated = try slices([SampleMessage(id: "a"), SampleMessage(id: "b")])
    #expect(undated.map(\.id) == ["conv-1/undated/1"])
  }

  @Test("a silence of at least the given length begins a slice, and ids stay different")
  func gaps() throws {
    let result = try slices(
      [
        SampleMessage(id: "a", time: "2026-03-01T10:00:00Z"),
        SampleMessage(id: "b", time: "2026-03-01T10:59:59.9999999Z"),
        SampleMessage(id: "c", time: "2026-03-01T11:59:59.9999999Z"),
        SampleMessage(id: "d", time: "2026-03-02T00:10:00Z"),
      ], .gap(seconds: 3600))
    #expect(
      result.map(\.id) == ["conv-1/2026-03-01/1", "conv-1/2026-03-01/2", "conv-1/2026-03-02/1"])
    #expect(result.map(\.items) == [[0, 1], [2], [3]])
    #expect(result.map(\.partCount) == [2, 2, 1])
  }

  @Test("the whole conversation is one slice named by its first day")
  func conversation() throws {
    let result = try slices(
      [
        SampleMessage(id: "a", time: "2026-03-05T10:00:00Z"),
        SampleMessage(id: "b", time: "2026-03-01T10:00:00Z"),
      ], .conversation)
    #expect(result.map(\.id) == ["conv-1/2026-03-01/1"])
  }

  @Test("random selections are cut without loss, repeat or empty slice, in any mode")
  func properties() throws {
    var random = SplitMix(state: 7)
    for round in 0..<300 {
      let count = Int.random(in: 0...40, using: &random)
      let messages = (0..<count).map { index in
        let hasTime = Int.random(in: 0..<5, using: &random) > 0
        let ticks =
          1_772_000_000 * Instant.ticksPerSecond
          + Int64.random(in: 0..<5 * Instant.ticksPerDay, using: &random)
        return SampleMessage(
          id: "m\(index)",
          parent: index > 0 && Bool.random(using: &random)
            ? "m\(Int.random(in: 0..<count, using: &random))" : nil,
          time: hasTime ? Instant(ticks: ticks).rfc3339 : nil,
          selection: [.selected, .context, .excluded].randomElement(using: &random) ?? .selected)
      }
      let cap = Int.random(in: 1...6, using: &random)
      let slicing: Slicing = [.day, .conversation, .gap(seconds: 7200)][round % 3]
      let zone = ["UTC", "Europe/Berlin", "Pacific/Kiritimati"][round / 3 % 3]
      let result = try slices(messages, slicing, zone: zone, cap: cap)
      let expected = messages.indices.filter { messages[$0].selection != .excluded }
      #expect(result.flatMap(\.items).sorted() == expected)
      #expect(Set(result.map(\.id)).count == result.count)
      #expect(result.allSatisfy { !$0.items.isEmpty && $0.items.count <= cap })
      #expect(result.allSatisfy { (1...$0.partCount).contains($0.part) })
      #expect(try slices(messages, slicing, zone: zone, cap: cap) == result)
      if slicing == .day {
        let runZone = try #require(RunZone(identifier: zone))
        for slice in result {
          for index in slice.items {
            guard let time = messages[index].time.flatMap({ Instant(rfc3339: $0) }) else {
              continue
            }
            #expect(runZone.wallClock(at: time).date == slice.date)
          }
        }
      }
    }
  }

  @Test("reading order keeps branches together and shows the tip's or the newest branch")
  func branches() {
    let messages = [
      SampleMessage(id: "a", parent: "root", time: "2026-03-01T10:00:00Z"),
      SampleMessage(id: "b", parent: "a", role: .assistant, time: "2026-03-01T10:00:01Z"),
      SampleMessage(id: "c", parent: "a", role: .assistant, time: "2026-03-01T10:05:00Z"),
      SampleMessage(id: "d", parent: "b", time: "2026-03-01T10:01:00Z"),
      SampleMessage(id: "e", parent: "b", time: "2026-03-01T10:02:00Z"),
    ]
    let newest = ThreadOrder(of: sampleUnit(messages).unit)
    #expect(newest.order == [0, 1, 3, 4, 2])
    #expect(newest.isVisible == [true, false, true, false, false])
    #expect(newest.isEdited == [false, false, false, true, true])
    #expect(newest.branchID(of: 4) == "0.1")
    #expect(newest.branchID(of: 2) == "1")
    let told = ThreadOrder(of: sampleUnit(leaf: "d", messages).unit)
    #expect(told.isVisible == [true, true, false, true, false])
  }

  @Test("links in a circle, to oneself or to nothing lose no item")
  func brokenLinks() {
    let order = ThreadOrder(
      of: sampleUnit([
        SampleMessage(id: "a", parent: "b"), SampleMessage(id: "b", parent: "c"),
        SampleMessage(id: "c", parent: "a"), SampleMessage(id: "d", parent: "d"),
        SampleMessage(id: "e", parent: "gone"), SampleMessage(id: "e", parent: "c"),
      ]).unit)
    #expect(order.order.sorted() == [0, 1, 2, 3, 4, 5])
    #expect(order.branchID(of: 5).isEmpty == false)
  }

  @Test("a chain of a hundred thousand messages is read without deep recursion or long ids")
  func longChain() {
    let messages = (0..<100_000).map { index in
      SampleMessage(id: "\(index)", parent: index > 0 ? "\(index - 1)" : nil)
    }
    var unit = CapturedUnit(kind: .conversation, route: "r", nativeID: "n", native: [])
    unit.items = messages.map { message in
      var item = CapturedItem(kind: .prompt, role: .user, nativeRole: "human", nativeRange: 0..<0)
      item.nativeID = message.id
      item.parentNativeID = message.parent
      return item
    }
    let order = ThreadOrder(of: unit)
    #expect(order.order == Array(0..<100_000))
    #expect(order.branchID(of: 99_999) == "0")
  }
}

/// A small generator, so that a failing round can be repeated.
private struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
