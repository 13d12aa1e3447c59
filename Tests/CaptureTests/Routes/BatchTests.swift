// SPDX-License-Identifier: Apache-2.0
import Foundation
import Model
import Testing

@testable import Capture

private func quoted(_ text: String) throws -> String {
  String(
    decoding: try JSONSerialization.data(withJSONObject: text, options: .fragmentsAllowed),
    as: UTF8.self)
}

private func part(_ name: String, _ prompt: String, user: String = "ada") -> String {
  #"{"custom_id":"\#(name)","params":{"model":"m","metadata":{"user_id":"\#(user)"},"#
    + #""messages":[{"role":"user","content":"\#(prompt)"}]}}"#
}

private func creation(
  _ body: String, response: String = #"{"id":"msgbatch_1","type":"message_batch"}"#
)
  -> String
{
  #"{"request":{"method":"POST","url":"https://api.example/v1/messages/batches","body":\#(body)},"#
    + #""response":{"status":200,"body":\#(response)},"started_at":"2026-05-05T08:00:00Z"}"#
}

private func result(_ name: String, _ text: String) -> String {
  #"{"custom_id":"\#(name)","result":{"type":"succeeded","message":{"id":"msg_\#(name)","#
    + #""type":"message","role":"assistant","model":"m","content":[{"type":"text","text":"\#(text)"}]}}}"#
}

private func results(_ body: String) -> String {
  #"{"request":{"method":"GET","url":"https://api.example/v1/messages/batches/msgbatch_1/results?beta=true"},"#
    + #""response":{"status":200,"body":\#(body)},"started_at":"2026-05-06T08:00:00Z"}"#
}

private func read(_ lines: [String]) throws -> Recorder {
  let recorder = try capture(files: [("calls.jsonl", lines.joined(separator: "\n") + "\n")])
  for unit in recorder.units { #expect(summary(try unit.parsedAgain()) == summary(unit)) }
  return recorder
}

@Suite("Batches of calls")
struct BatchTests {
  @Test(
    "reads each call of a batch with what came of it, whatever the form of the bodies",
    arguments: ["object", "text", "base64"])
  func readsBatches(form: String) throws {
    func written(_ text: String, isList: Bool = false) throws -> String {
      switch form {
      case "object":
        return isList ? "[" + text.split(separator: "\n").joined(separator: ",") + "]" : text
      case "text": return try quoted(text)
      default: return try quoted(Data(text.utf8).base64EncodedString())
      }
    }
    let requests = #"{"requests":[\#(part("a", "Hello")),\#(part("b", "Pay Eve", user: "bob"))]}"#
    let answers = [
      result("b", "Done\\nnow"), result("a", "Hi"),
      #"{"custom_id":"c","result":{"type":"expired"}}"#,
    ].joined(separator: "\n")
    let recorder = try read([
      creation(try written(requests)), results(try written(answers, isList: true)),
    ])
    let units = Dictionary(uniqueKeysWithValues: recorder.units.map { ($0.nativeID, $0) })
    #expect(
      Set(units.keys) == ["msgbatch_1/a~batch", "msgbatch_1/b~batch", "msgbatch_1/c~batch"])
    let unit = try #require(units["msgbatch_1/b~batch"])
    #expect(unit.accountID == "bob")
    #expect(unit.items.map(\.readingText) == ["Pay Eve", "Done\nnow"])
    #expect(unit.items.map(\.nativeID) == ["b#request", "msg_b"])
    #expect(unit.items.map(\.parentNativeID) == [nil, "b#request"])
    #expect(unit.items.map(\.flags) == [[], []])
    #expect(unit.items[0].time?.text == "2026-05-05T08:00:00Z")
    #expect(unit.items[1].aliases.contains("b"))
    // None holds what another one said.
    #expect(!String(decoding: unit.native, as: UTF8.self).contains("Hello"))
    #expect(units["msgbatch_1/c~batch"]?.items.last?.provenance == .unavailable(reason: "expired"))
    #expect(recorder.countedRecords == 5)
    #expect(recorder.failures.isEmpty)
  }

  @Test("reads the calls of a batch that was refused, and those of a file of requests")
  func readsRefusedBatches() throws {
    let refused =
      #"{"type":"error","error":{"type":"invalid_request_error","message":"No credit"}}"#
    let recorder = try read([
      creation(#"{"requests":[\#(part("a", "Hello")),\#(part("b", "Bye"))]}"#, response: refused),
      part("c", "Later"),
    ])
    #expect(
      recorder.units.flatMap(\.items).filter { $0.kind == .prompt }.map(\.readingText) == [
        "Hello", "Bye", "Later",
      ])
    #expect(
      recorder.units.flatMap(\.items).filter { $0.kind == .response }.map(\.provenance.text) == [
        "unavailable:error", "unavailable:error", "unavailable:not-captured",
      ])
    #expect(recorder.countedRecords == 3)
  }

  @Test("makes an exception of a damaged result and keeps it, and reads the others")
  func keepsDamagedResults() throws {
    let body = try quoted(
      [result("a", "Hi"), #"{"custom_id":"b","result":{"typ"#, result("c", "Ho")].joined(
        separator: "\n"))
    let recorder = try read([results(body)])
    #expect(recorder.failures.map(\.code) == [.decodeError])
    #expect(recorder.failures.map(\.object) == ["record 1, call 2"])
    #expect(recorder.countedRecords == 3)
    let kept = try #require(
      recorder.units.first { $0.items.first?.provenance == .unavailable(reason: "unreadable") })
    #expect(String(decoding: kept.native, as: UTF8.self).contains(#"\"custom_id\":\"b\""#))
  }
}

@Suite("Records of calls that are not read")
struct UnreadCallTests {
  @Test("keeps the bytes of what is damaged or no call, each an exception that can be found")
  func keepsDamage() throws {
    let good = result("a", "Hi")
    let recorder = try read([
      good, #"{"request":{"body":{"messages":[{"role":"user","content":"lost wor"#,
      #"{"neither":"this nor that"}"#, good.replacingOccurrences(of: "msg_a", with: "msg_b"),
    ])
    #expect(recorder.failures.map(\.code) == [.decodeError, .decodeError])
    #expect(recorder.failures.map(\.object) == ["record 2", "record 3"])
    #expect(recorder.countedRecords == 4)
    let kept = recorder.units.filter { $0.beginning.hasPrefix("unreadable:") }
    #expect(
      kept.map {
        String(decoding: $0.native, as: UTF8.self).split(separator: "\n").map(String.init)
      }
        == [
          [#"{"request":{"body":{"messages":[{"role":"user","content":"lost wor"#],
          [#"{"neither":"this nor that"}"#],
        ])
    #expect(
      kept.map { $0.items.map(\.provenance) } == [
        [.unavailable(reason: "unreadable")], [.unavailable(reason: "unreadable")],
      ])
    #expect(kept[0].items[0].blocks.map(\.text).joined().contains("lost wor"))
    #expect(kept.allSatisfy { $0.recordCount == 0 })
  }

  @Test("keeps the bytes of calls that are skipped, with the reason, and tells of each reason once")
  func keepsSkipped() throws {
    let count =
      #"{"request":{"url":"https://api.example/v1/messages/count_tokens","body":{"metadata":{"user_id":"ada"},"messages":[{"role":"user","content":"secret"}]}},"response":{"status":200,"headers":{"request-id":"req_1"},"body":{"input_tokens":3}}}"#
    let recorder = try capture(files: [
      ("calls.jsonl", count + "\n"),
      (
        "gateway.jsonl",
        (1...2).map {
          #"{"call_type":"acompletion","custom_llm_provider":"openai","id":"chatcmpl-\#($0)","model":"gpt-x","end_user":"bob","messages":[]}"#
        }.joined(separator: "\n")
      ),
    ])
    #expect(
      recorder.units.map { $0.items[0].provenance.text } == [
        "unavailable:other-call", "unavailable:foreign-model", "unavailable:foreign-model",
      ])
    #expect(recorder.units.map(\.accountID) == ["ada", "bob", "bob"])
    #expect(recorder.units.map { $0.items[0].nativeID } == ["req_1", "chatcmpl-1", "chatcmpl-2"])
    #expect(
      recorder.units.map(\.skipped) == [[.otherCall: 1], [.foreignModel: 1], [.foreignModel: 1]])
    #expect(String(decoding: recorder.units[0].native, as: UTF8.self) == count + "\n")
    #expect(recorder.units.allSatisfy { $0.items.allSatisfy { $0.blocks.isEmpty } })
    #expect(recorder.lacks.map(\.object) == ["other-call", "foreign-model"])
    #expect(recorder.countedRecords == 3)
    for unit in recorder.units { #expect(summary(try unit.parsedAgain()) == summary(unit)) }
  }
}
