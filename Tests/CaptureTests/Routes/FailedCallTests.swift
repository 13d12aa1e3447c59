// SPDX-License-Identifier: Apache-2.0
import Foundation
import Model
import Testing

@testable import Capture

private let answer =
  #"{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[{"type":"text","text":"Hi"}]}"#

private func call(
  response: String, status: String = "200",
  body: String = #"{"model":"m","messages":[{"role":"user","content":"Hello"}]}"#
) -> String {
  #"{"request":{"url":"https://api.example/v1/messages","body":\#(body)},"#
    + #""response":{"status":\#(status),"body":\#(response)},"started_at":"2026-05-05T08:00:00Z"}"#
}

private func quoted(_ text: String) throws -> String {
  String(
    decoding: try JSONSerialization.data(withJSONObject: text, options: .fragmentsAllowed),
    as: UTF8.self)
}

private func read(_ line: String, name: String = "calls.jsonl") throws -> CapturedUnit {
  let recorder = try capture(files: [(name, line + "\n")])
  #expect(recorder.failures.isEmpty)
  #expect(recorder.countedRecords == 1)
  let unit = try recorder.unit
  #expect(summary(try unit.parsedAgain()) == summary(unit))
  return unit
}

@Suite("Calls that failed")
struct FailedCallTests {
  @Test(
    "takes no page or error for the model's answer, and keeps its words",
    arguments: [
      ("502", "<html><body>Bad gateway</body></html>", "error"),
      ("\"503 Service Unavailable\"", "try again: Bad gateway", "error"),
      ("200", "<!DOCTYPE html><p>Bad gateway</p>", "unreadable"),
      ("200", "Bad gateway", "unreadable"),
      ("200", "[Bad gateway", "unreadable"),
      ("200", #"{"content":[{"type":"text","text":"Bad gateway"#, "unreadable"),
    ])
  func pages(status: String, page: String, reason: String) throws {
    let item = try #require(
      try read(call(response: try quoted(page), status: status)).items.last)
    #expect(item.kind == .response)
    #expect(item.provenance == .unavailable(reason: reason))
    #expect(item.blocks.map(\.kind) == [.client])
    #expect(item.blocks.map(\.text).joined().contains("Bad gateway"))
    #expect(item.readingText.isEmpty)
  }

  @Test(
    "takes no body for an answer whose status is that of a failure, unless it is a message",
    arguments: [
      (#"{"content":"Forbidden"}"#, "unavailable:error", "Forbidden"),
      (#"{"detail":"Forbidden"}"#, "unavailable:error", "Forbidden"),
      (#"{"error":{"message":"Forbidden"}}"#, "unavailable:error", "Forbidden"),
      (#"["Forbidden"]"#, "unavailable:error", "Forbidden"),
      (answer, "verified", "Hi"),
    ])
  func failures(body: String, provenance: String, words: String) throws {
    let item = try #require(try read(call(response: body, status: "403")).items.last)
    #expect(item.provenance.text == provenance)
    #expect(item.blocks.map(\.text) == [words])
  }

  @Test("keeps the words of an object that is no response")
  func strangeObject() throws {
    let item = try #require(try read(call(response: #"{"notice":"Under repair"}"#)).items.last)
    #expect(item.provenance == .unavailable(reason: "unreadable"))
    #expect(item.blocks.map(\.text) == ["Under repair"])
  }

  @Test(
    "keeps a call whose request only begins like JSON, with its words and its answer",
    arguments: ["[see above] Hello", "{Hello", #"{"messages":[{"role":"user","content":"Hello"#])
  func brokenRequests(body: String) throws {
    let unit = try read(call(response: answer, body: try quoted(body)))
    #expect(unit.items.map(\.kind) == [.prompt, .response])
    #expect(unit.items[0].provenance == .unavailable(reason: "unreadable"))
    #expect(unit.items[0].blocks.map(\.text).joined().contains("Hello"))
    #expect(unit.items[1].readingText == "Hi")
    #expect(unit.items[1].provenance == .verified)
  }

  @Test("reads words that begin like a value of JSON as they stand")
  func wordsLikeValues() throws {
    for words in ["null and void", "true enough", "1 apple", #""Hello" she said"#] {
      let unit = try read(call(response: answer, body: try quoted(words)))
      #expect(unit.items[0].blocks.map(\.text) == [words])
    }
  }

  @Test("takes a word for base64 only where text comes of it")
  func wordsLikeBase64() throws {
    let item = try #require(
      try read(call(response: try quoted("Unauthorized"), status: "401")).items.last)
    #expect(item.blocks.map(\.text) == ["Unauthorized"])
    let page = Data("<p>Bad gateway</p>".utf8).base64EncodedString()
    let other = try #require(
      try read(call(response: try quoted(page), status: "502")).items.last)
    #expect(other.blocks.map(\.text) == ["<p>Bad gateway</p>"])
  }

  @Test("reads requests and responses that are texts, without what is around them")
  func bareTexts() throws {
    let body = #"{"model":"m","messages":[{"role":"user","content":"Hello"}]}"#
    let unit = try read(
      #"{"request":\#(try quoted(body)),"response":\#(try quoted(answer))}"#)
    #expect(unit.items.map(\.readingText) == ["Hello", "Hi"])
  }

  @Test("takes a text of a gateway for the answer only where the call did not fail")
  func gatewayTexts() throws {
    func row(_ status: String, _ response: String) throws -> CapturedItem {
      let line =
        #"{"id":"c","call_type":"acompletion","custom_llm_provider":"anthropic","model":"claude-m","#
        + #""status":"\#(status)","messages":[{"role":"user","content":"Hello"}],"response":\#(try quoted(response))}"#
      return try #require(try read(line).items.last)
    }
    let plain = try row("success", "<html>as asked</html>")
    #expect(plain.provenance == .verified)
    #expect(plain.readingText == "<html>as asked</html>")
    let cut = try row("success", #"{"choices":[{"message":{"content":"Hel... (truncated)"#)
    #expect(cut.readingText.contains("truncated"))
    let failed = try row("failure", "Bad gateway")
    #expect(failed.provenance == .unavailable(reason: "error"))
    #expect(failed.blocks.map(\.text) == ["Bad gateway"])
  }
}
