// SPDX-License-Identifier: Apache-2.0
import Foundation
import Model
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
}
