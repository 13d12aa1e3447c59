// SPDX-License-Identifier: Apache-2.0
import Foundation
import Model
import TestSupport
import Testing

@testable import Production

/// The native file of a slice that has not all messages of its record.
@Suite("Natives of parts of a record")
struct PartialNativeTests {
  /// A unit whose messages are joined by a text.
  private func unit(_ messages: [String], joint: String, head: String, tail: String) -> ProducedUnit
  {
    var native = Array(head.utf8)
    var unit = CapturedUnit(kind: .conversation, route: "r", nativeID: "n", native: [])
    for (index, message) in messages.enumerated() {
      if index > 0 { native += joint.utf8 }
      let start = native.count
      native += message.utf8
      unit.items.append(
        CapturedItem(
          kind: .prompt, role: .user, nativeRole: "human", nativeRange: start..<native.count))
    }
    unit.native = native + tail.utf8
    return ProducedUnit(
      id: .conversation(route: "r", nativeID: "n"), unit: unit,
      selection: messages.indices.map { $0 == 1 ? .excluded : .selected },
      custodian: ProducedCustodian(fullName: "Ada Byron"), sourcePath: "x")
  }

  private func native(_ produced: ProducedUnit) throws -> String {
    let thread = ThreadOrder(of: produced.unit)
    let slices = Slicer(.conversation, zone: .utc).slices(of: produced, order: thread)
    let slice = try #require(slices.first)
    let plan = FamilyPlan(produced: produced, thread: thread, slice: slice, isFirstSlice: true)
    return String(decoding: try plan.native(), as: UTF8.self)
  }

  @Test("is a JSON document where the record is one", arguments: [",", ", ", ",\n  "])
  func document(joint: String) throws {
    let text = try native(
      unit([#"{"a":1}"#, #"{"a":2}"#, #"{"a":3}"#], joint: joint, head: #"{"m":["#, tail: "]}"))
    #expect(text == #"{"m":[{"a":1},{"a":3}]}"#)
  }

  @Test("is JSON Lines where the record is lines")
  func lines() throws {
    let text = try native(
      unit([#"{"a":[1,2]}"#, #"{"a":2}"#, #"{"a":3}"#], joint: "\n", head: "", tail: "\n"))
    #expect(text == "{\"a\":[1,2]}\n{\"a\":3}\n")
  }

  @Test("keeps each message once and valid where they do not lie one after another")
  func disorder() throws {
    var unit = unit([#"{"a":1}"#, #"{"a":2}"#, #"{"a":3}"#], joint: ",", head: "[", tail: "]")
    let ranges = unit.unit.items.map(\.nativeRange)
    unit.unit.items[0].nativeRange = ranges[2]
    unit.unit.items[2].nativeRange = ranges[0]
    #expect(try native(unit) == #"{"extract_of":"n","items":[{"a":1},{"a":3}]}"#)
    unit.unit.items[2].nativeRange = ranges[2]
    #expect(try native(unit) == #"{"extract_of":"n","items":[{"a":3}]}"#)
    unit.unit.items[0].nativeRange = ranges[2].lowerBound + 1..<ranges[2].upperBound - 1
    #expect(try native(unit) == #"{"extract_of":"n","items":[{"a":3}]}"#)
  }

  /// Two calls on two days, the second of which repeats the first; places are given by the texts at
  /// them.
  private func calls(
    _ lines: [String], _ places: [(line: Int, text: String)]
  ) throws -> ProducedUnit {
    var unit = CapturedUnit(
      kind: .conversation, route: "litellm", nativeID: "n",
      native: Array((lines.joined(separator: "\n") + "\n").utf8))
    unit.isPart = true
    var start = 0
    var starts: [Int] = []
    for line in lines {
      starts.append(start)
      start += line.utf8.count + 1
    }
    for (index, place) in places.enumerated() {
      let line = lines[place.line]
      let found = try #require(line.range(of: place.text))
      let lower =
        starts[place.line] + line.utf8.distance(from: line.startIndex, to: found.lowerBound)
      var item = CapturedItem(
        kind: .prompt, role: .user, nativeRole: "user",
        nativeRange: lower..<lower + place.text.utf8.count)
      item.nativeID = "i\(index)"
      item.time = SourceTime(text: "2026-03-0\(place.line + 1)T09:00:00Z")
      item.blocks = [ContentBlock(kind: .text, text: "zqcanary \(index)")]
      unit.items.append(item)
    }
    return ProducedUnit(
      id: .conversation(route: "litellm", nativeID: "n"), unit: unit,
      selection: places.map { _ in .selected },
      custodian: ProducedCustodian(fullName: "Ada Byron"), sourcePath: "x")
  }

  private func natives(_ unit: ProducedUnit) async throws -> [String?] {
    try await withTemporaryDirectory { folder in
      let report = try export([unit], to: folder)
      #expect(try VolumeVerifier.verify(report.path).problems == [])
      let log = try String(
        contentsOf: URL(fileURLWithPath: report.path + "/LOGS/exceptions.csv"), encoding: .utf8)
      return (1...2).map { number in
        let path = report.path + "/NATIVES/0001/CLD000000\(number).json"
        let text = FileManager.default.contents(atPath: path).map {
          String(decoding: $0, as: UTF8.self)
        }
        let isTold = log.contains("CLD000000\(number),n,UNKNOWN")
        #expect(isTold == (text == nil && number == 2))
        return text
      }
    }
  }

  @Test("holds whole calls, also where bodies are texts and messages stand before instructions")
  func wholeCalls() async throws {
    let first = #"{"messages":[{"m":"one"}],"system":"brief","answer":{"t":"two"}}"#
    let second = #"{"body":"[{\"m\":\"one\"},{\"m\":\"three\"}]","answer":{"t":"four"}}"#
    let body = #""[{\"m\":\"one\"},{\"m\":\"three\"}]""#
    let unit = try calls(
      [first, second],
      [
        (0, #""brief""#), (0, #"{"m":"one"}"#), (0, #"{"t":"two"}"#), (1, body), (1, body),
        (1, #"{"t":"four"}"#),
      ])
    #expect(try await natives(unit) == [first + "\n", second + "\n"])
  }

  @Test("of calls, beside something blacked out, holds what is no repetition, or is left out")
  func touchedCalls() async throws {
    let redaction = Redaction(
      id: "red_1", item: 0, part: .block(0), span: nil, reason: .personal, basis: "", actor: "ada",
      time: Instant(ticks: 0))
    let first = #"{"messages":[{"m":"one"}],"answer":{"t":"two"}}"#
    let body = #""[{\"m\":\"one\"},{\"m\":\"three\"}]""#
    var unit = try calls(
      [first, #"{"body":\#(body),"answer":{"t":"four"}}"#],
      [(0, #"{"m":"one"}"#), (0, #"{"t":"two"}"#), (1, body), (1, #"{"t":"four"}"#)])
    unit.redactions = [redaction]
    #expect(try await natives(unit) == [nil, nil])
    // A call without a response is the place of what stands for it.
    let whole = #"{"messages":[{"m":"one"},{"t":"two"}]}"#
    unit = try calls([first, whole], [(0, #"{"m":"one"}"#), (0, #"{"t":"two"}"#), (1, whole)])
    unit.redactions = [redaction]
    #expect(try await natives(unit) == [nil, nil])
    unit = try calls(
      [first, #"{"messages":[{"m":"one"},{"m":"three"}],"answer":{"t":"four"}}"#],
      [(0, #"{"m":"one"}"#), (0, #"{"t":"two"}"#), (1, #"{"m":"three"}"#), (1, #"{"t":"four"}"#)])
    unit.redactions = [redaction]
    #expect(
      try await natives(unit) == [
        nil, #"{"extract_of":"n","items":[{"m":"three"},{"t":"four"}]}"#,
      ])
  }
}
