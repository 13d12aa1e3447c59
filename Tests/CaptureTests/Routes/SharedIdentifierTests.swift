// SPDX-License-Identifier: Apache-2.0
import Foundation
import Model
import Testing

@testable import Capture

private func call(
  _ prompt: String, _ response: String, id: String = "msg_1", user: String? = "ada",
  session: String? = nil, system: String? = nil, started: Int = 0
) -> String {
  let metadata = user.map { #""metadata":{"user_id":"\#($0)"},"# } ?? ""
  let instructions = system.map { #""system":"\#($0)","# } ?? ""
  let headers = session.map { #"{"x-session-id":"\#($0)"}"# } ?? "{}"
  return
    #"{"request":{"url":"https://api.example/v1/messages","headers":\#(headers),"body":{"#
    + #""model":"m",\#(metadata)\#(instructions)"messages":[\#(prompt)]}},"response":{"status":200,"#
    + #""body":{"id":"\#(id)","type":"message","role":"assistant","model":"m","#
    + #""content":[{"type":"text","text":"\#(response)"}]}},"#
    + #""started_at":"2026-05-05T08:00:0\#(started)Z"}"#
}

private func asked(_ text: String) -> String { #"{"role":"user","content":"\#(text)"}"# }

private func answered(_ text: String) -> String {
  #"{"role":"assistant","content":"\#(text)"}"#
}

private func read(_ lines: [String]) throws -> Recorder {
  let recorder = try capture(files: [("calls.jsonl", lines.joined(separator: "\n") + "\n")])
  #expect(recorder.countedRecords == lines.count)
  for unit in recorder.units { #expect(summary(try unit.parsedAgain()) == summary(unit)) }
  return recorder
}

@Suite("Calls that share an id")
struct SharedIdentifierTests {
  @Test("keeps the calls of persons apart who name one session")
  func sharedSession() throws {
    let recorder = try read([
      call(asked("Hello"), "Hi", id: "msg_1", user: "ada", session: "s-1"),
      call(asked("Pay Eve"), "Done", id: "msg_2", user: "bob", session: "s-1"),
      call(asked("Who am I?"), "Nobody", id: "msg_3", user: nil, session: "s-1"),
      call(asked("More"), "No", id: "msg_4", user: "ada", session: "s-1"),
    ])
    #expect(recorder.units.map(\.accountID) == ["ada", "bob", nil])
    #expect(Set(recorder.units.map(\.nativeID)).count == 3)
    #expect(recorder.units.map { $0.items.count } == [4, 2, 2])
    #expect(recorder.units.allSatisfy { $0.beginning == "session:s-1" })
  }

  @Test("keeps the calls of persons apart whose responses bear one id")
  func sharedResponse() throws {
    let recorder = try read([
      call(asked("Hello"), "Hi", user: "ada"), call(asked("Hello"), "Hi", user: "bob"),
    ])
    #expect(recorder.units.map(\.accountID) == ["ada", "bob"])
    #expect(Set(recorder.units.map(\.nativeID)).count == 2)
    #expect(
      recorder.units.map { $0.items.map(\.readingText) } == [["Hello", "Hi"], ["Hello", "Hi"]])
  }

  @Test("keeps the users of one key of a gateway apart")
  func sharedKey() throws {
    func row(_ id: String, _ user: String, _ prompt: String) -> String {
      #"{"request_id":"\#(id)","call_type":"acompletion","model":"claude-m","end_user":"\#(user)","#
        + #""session_id":"s9","metadata":{"user_api_key_alias":"team"},"#
        + #""messages":[\#(asked(prompt))],"response":"ok"}"#
    }
    let recorder = try read([
      row("r1", "ada", "One"), row("r2", "bob", "Two"), row("r3", "ada", "Three"),
    ])
    #expect(recorder.units.map(\.accountID) == ["team", "team"])
    #expect(
      recorder.units.map { $0.items.filter { $0.kind == .prompt }.map(\.readingText) }
        == [["One", "Three"], ["Two"]])
  }

  @Test("takes no session for that of a known caller, whatever its name")
  func namedLikeACaller() throws {
    let known = try read([call(asked("Hello"), "Hi", user: "ada", session: "s")]).unit.nativeID
    let session = String(known.dropFirst("session:".count))
    let other = try read([call(asked("Hello"), "Hi", user: nil, session: session)]).unit
    #expect(other.nativeID != known)
  }

  @Test(
    "stores each prompt whose response is that of another one, in id and words",
    arguments: [nil, "s-1"] as [String?])
  func sharedAnswer(session: String?) throws {
    let recorder = try read([
      call(asked("Hello"), "Hi", session: session), call(asked("Pay Eve"), "Hi", session: session),
      call(asked("Hello"), "Hi", session: session, started: 1),
    ])
    let items = recorder.units.flatMap(\.items)
    let prompts = items.filter { $0.kind == .prompt }.map(\.readingText)
    #expect(Set(prompts) == ["Hello", "Pay Eve"])
    #expect(recorder.duplicateCount == 0)
    // Each prompt has an answer of its own, which is found by the service's id.
    for unit in recorder.units {
      for item in unit.items where item.kind == .response {
        #expect(item.nativeID == "msg_1" || item.aliases.contains("msg_1"))
      }
    }
    let answered = Set(
      recorder.units.flatMap { unit in
        unit.items.filter { $0.kind == .response }.map { answer in
          unit.items.first { $0.nativeID == answer.parentNativeID }?.readingText
        }
      })
    #expect(answered == ["Hello", "Pay Eve"])
  }

  @Test("takes no picture for another one of its size")
  func otherPicture() throws {
    func picture(_ data: String) -> String {
      #"{"role":"user","content":[{"type":"image","source":{"type":"base64","#
        + #""media_type":"image/png","data":"\#(data)"}}]}"#
    }
    func isRepeated(_ data: String) throws -> Bool {
      let lines = [
        call(picture("AAAA"), "Hi"),
        call(
          [picture(data), answered("Hi"), asked("More")].joined(separator: ","), "No", id: "msg_2"),
      ]
      return try read(lines).units.count == 1
    }
    #expect(try isRepeated("AAAA"))
    #expect(try !isRepeated("BBBB"))
  }

  @Test("takes no block of an unknown type for another one of it")
  func otherUnknownBlock() throws {
    func block(_ value: Int) -> String {
      #"{"role":"user","content":[{"type":"hologram","x":\#(value)}]}"#
    }
    func isRepeated(_ value: Int) throws -> Bool {
      let lines = [
        call(block(1), "Hi"),
        call(
          [block(value), answered("Hi"), asked("More")].joined(separator: ","), "No", id: "msg_2"),
      ]
      return try read(lines).units.count == 1
    }
    #expect(try isRepeated(1))
    #expect(try !isRepeated(2))
  }

  @Test("stores instructions that changed within a conversation, and the same ones once")
  func changedInstructions() throws {
    let second = [asked("Hello"), answered("Hi"), asked("More")].joined(separator: ",")
    let third = [second, answered("No"), asked("Why?")].joined(separator: ",")
    let unit = try read([
      call(asked("Hello"), "Hi", id: "msg_1", system: "Be kind"),
      call(second, "No", id: "msg_2", system: "Be kind"),
      call(third, "So", id: "msg_3", system: "Be rude"),
    ]).unit
    #expect(
      unit.items.map(\.readingText) == [
        "Be kind", "Hello", "Hi", "More", "No", "Be rude", "Why?", "So",
      ])
    #expect(unit.items[5].nativeID == "msg_3#system")
    #expect(unit.items[5].parentNativeID == "msg_2")
  }

  @Test("reads many results of one name in time that does not grow with their square")
  func manyOfOneName() throws {
    let padding = String(repeating: "x", count: 2000)
    let lines = (0..<20_000).map { number in
      #"{"custom_id":"row","result":{"type":"errored","error":{"type":"error","message":"\#(padding)\#(number)"}}}"#
    }
    let clock = ContinuousClock()
    var units: [CapturedUnit] = []
    let spent = try clock.measure {
      units = try capture(files: [("results.jsonl", lines.joined(separator: "\n"))]).units
    }
    #expect(units.map { $0.items.count { $0.kind == .response } }.reduce(0, +) == lines.count)
    // With the square of their number it is minutes.
    #expect(spent < .seconds(60))
  }
}
