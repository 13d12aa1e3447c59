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

private func read(
  response: String, messages: String = #"{"role":"user","content":"Hello"}"#, user: String = "ada"
) throws -> CapturedUnit {
  let line =
    #"{"request":{"url":"/v1/messages","body":{"model":"m","metadata":{"user_id":\#(try quoted(user))},"#
    + #""messages":[\#(messages)]}},"response":{"status":200,"body":\#(response)}}"#
  let unit = try capture(files: [("calls.jsonl", line + "\n")]).unit
  #expect(summary(try unit.parsedAgain()) == summary(unit))
  return unit
}

private func streamed(_ events: [String]) throws -> CapturedItem {
  try #require(
    try read(response: quoted(events.map { "data: " + $0 + "\n\n" }.joined())).items.last)
}

private let start = #"{"type":"message_start","message":{"id":"msg_1","role":"assistant"}}"#
private let stop = #"{"type":"message_stop"}"#

private func begun(_ index: Int, _ block: String) -> String {
  #"{"type":"content_block_start","index":\#(index),"content_block":\#(block)}"#
}

private func delta(_ index: Int, _ piece: String) -> String {
  #"{"type":"content_block_delta","index":\#(index),"delta":\#(piece)}"#
}

private func text(_ words: String) -> String { #"{"type":"text","text":"\#(words)"}"# }

@Suite("Streams that deviate")
struct StreamTests {
  @Test("takes an error in place of a stream for no answer, and one within it for its end")
  func errors() throws {
    let error = #"{"type":"error","error":{"type":"overloaded_error","message":"Busy"}}"#
    for events in [[error], [start, error]] {
      let item = try streamed(events)
      #expect(item.provenance == .unavailable(reason: "error"))
      #expect(item.blocks == [ContentBlock(kind: .client, text: "Busy", name: "error")])
    }
    let cut = try streamed([start, begun(0, text("Hi")), error])
    #expect(cut.provenance == .verified)
    #expect(cut.blocks.map(\.text) == ["Hi", "Busy"])
    #expect(cut.flags.contains(.streamIncomplete))
  }

  @Test("keeps the input of a call that comes at once, and of one whose begin was lost")
  func wholeInputs() throws {
    let item = try streamed([
      start, begun(0, #"{"type":"tool_use","id":"t1","name":"find","input":{"q":"x"}}"#),
      begun(1, #"{"type":"tool_use","id":"t2","name":"find","input":{}}"#),
      delta(2, #"{"type":"input_json_delta","partial_json":"{\"q\":\"z\"}"}"#), stop,
    ])
    #expect(item.blocks.filter { $0.kind == .toolUse }.map(\.text) == ["q\nx", "", "q\nz"])
    #expect(item.callIDs == ["t1", "t2", ""])
  }

  @Test("keeps all attempts that one body holds, and blocks that begin twice")
  func severalAttempts() throws {
    let item = try streamed([
      start, begun(0, text("One")), start, begun(0, text("Two")),
      delta(0, #"{"type":"text_delta","text":" more"}"#), begun(0, text("Three")), stop,
    ])
    #expect(item.blocks.map(\.text) == ["One", "Two more", "Three"])
    #expect(item.flags == [])
  }

  @Test("reads bodies that are compressed, as far as they go")
  func compressedBodies() throws {
    let body =
      "H4sIAAAAAAACA6tWykxRslLKLU6PN1TSUSqpLEgFcVOLixPTU4ECRfk5IIHE4uLM4pLEvBKgUG5+SmoOSBGQnZyfV5IKFLWKrobpLUmtAKkCU1ZKHplKtbG1ANVNhmRmAAAA"
    #expect(try read(response: quoted(body)).items.last?.readingText == "Hi")
    let cut =
      "H4sIAAAAAAACA4VWSY4bNhC8+xWGzj50k+xucl6QXxjshcYgydjwCIEDw39PKSscGJIuo+FSvVUVVb/Vy/Xp7a/1+ro/1PvX6/58fZP7up/efr1cf/9Ul6fLd5uXd//8f3n6ennO2/7rh/eM9c8ff7kd36+vzzj6cr18+/bm/1jx8eWKiO/9l4/x87+Izy9ZXy5P9O77/VuEv+9d68vt4J9/ni4/Pf8I+9PzywececFXklNRrnpOTD195pJmU0NTl4ataOnR+soctdiHWltpfTc7Llbrchee1ad6s35OHyeKV2KFRp0jux+xYTv3qL1bO5xjBXFJy3SbJj78PnzLYV0K2agUa1URQJfx9OWS1ImBaDldQ/gsyt23Kg4G9+1d7sP3UWSDpmjzSgcKRZEEZ8VB1ER51lqnpZZFfHSQWw20yMdCuffhx/DWDJ8cmXxCOfTMOc6YOjip+UhunP1kbzOcpot0HNyR28/c9+GlTsN9ZNbN12i+d5LykJLhhGhr80H2zbyVexyvsHlEdGxUt/I+vJYdxbjYTGtiYJG9k8tgGydNj6ECNEi59WlbQLDjk0sPLV46+314s0VN1/IaLeaeNfS4+xBiw7TZ6kasFqKb5zqmTbaCSosmexvC9+FnC20DxUdma6iB2xqJCJ1pxyaiTXl0B4aOGpbmojqkJ+s4GvQge1QoqPXWfItKonM4SsgbDSt0Qy1MncN3+fbCrMBcCxDW3MXtgaxo7DEyWLoOQO5JpybVor6GSAQrzTZ5Nqw3tOPcVNXB2NINneUD4jNDrBMXdVf4sGxTZ0C1Xh11WW+7ozCP0GhY7Y20BTpvaJtU+XyA39QFcu+cR9IOD3QCPhRxbFWenjmhhu6DdB1yZlVGyDo73PfiR/gdmvHd5RC6hMy1LXjaWg00h7EIFsSYO1nbixb61c5NuFR/je0R/phwyT0XzrbBXZdgwiDTbgzVisfqB5k7vO5WBhf8YwfumJy1Sh+wk6WQ8dkqa8Jsm+kEOcB7OKIixAQKYKd0DBxURUcamAMRKt/cLv2hLUNARxP2CDIiv5rdF1nIEmmacUuZFJ4Hh0oVSsnctNcZUTPyke3bAN1k0GGhEcnGRDEmvHqC3JgjrH4xC3g78RYckrX2PA1ZlPqqB/LiOSoW7pxo1AGvG8qBGMBGuMvm5XGbkCxvIp4KKUwIG1aC9y55PA=="
    let item = try #require(try read(response: quoted(cut)).items.last)
    #expect(item.readingText == "Hi")
    #expect(item.flags.contains(.streamIncomplete))
  }

  @Test("takes a prompt for new though the caller began the answer, and the begin for its word")
  func begunAnswers() throws {
    let unit = try read(
      response: #"{"id":"msg_1","type":"message","role":"assistant","content":[\#(text(" day"))]}"#,
      messages: #"{"role":"user","content":"Hello"},{"role":"assistant","content":"Good"}"#)
    #expect(unit.items.map(\.provenance.text) == ["verified", "client-asserted", "verified"])
  }

  @Test(
    "tells the machine of a caller without an account, the same in all sessions",
    arguments: [
      "user_ab12_account__session_%",
      #"{"device_id":"user_ab12","account_uuid":"","session_id":"%"}"#,
    ])
  func callersWithoutAccount(form: String) throws {
    for session in ["s-1", "s-2"] {
      let unit = try read(
        response: "null", user: form.replacingOccurrences(of: "%", with: session))
      #expect(unit.accountID == "user_ab12")
      #expect(unit.beginning == "session:" + session)
    }
  }

  /// A gateway's record of a call whose response is a value.
  private func logged(_ response: String) throws -> CapturedUnit {
    let line =
      #"{"id":"log-1","call_type":"acompletion","custom_llm_provider":"anthropic","model":"claude-m","#
      + #""stream":true,"messages":[{"role":"user","content":"Count"}],"response":\#(response)}"#
    let recorder = try capture(files: [("log.jsonl", line + "\n")])
    #expect(recorder.failures.isEmpty && recorder.countedRecords == 1)
    #expect(summary(try recorder.unit.parsedAgain()) == summary(try recorder.unit))
    return try recorder.unit
  }

  private func chunk(_ delta: String, id: String = "chatcmpl-1", end: String = "null") -> String {
    #"{"id":"\#(id)","object":"chat.completion.chunk","created":1,"model":"claude-m","#
      + #""choices":[{"index":0,"delta":\#(delta),"finish_reason":\#(end)}]}"#
  }

  private func events(_ chunks: [String]) throws -> String {
    try quoted(chunks.map { "data: " + $0 + "\n\n" }.joined())
  }

  @Test("reads the stream of a chat completion, as events and as a list of chunks")
  func chatChunks() throws {
    let chunks = [
      chunk(#"{"role":"assistant","content":"","reasoning_content":"Let me "}"#),
      chunk(
        #"{"reasoning_content":"see","thinking_blocks":[{"type":"thinking","thinking":"see"}]}"#),
      chunk(#"{"content":"Two "}"#), chunk(#"{"content":"files"}"#),
      chunk(
        #"{"tool_calls":[{"index":0,"id":"toolu_1","type":"function","function":{"name":"find","arguments":""}}]}"#
      ),
      chunk(#"{"tool_calls":[{"index":0,"function":{"arguments":"{\"q\":"}}]}"#),
      chunk(#"{"tool_calls":[{"index":0,"function":{"arguments":"\"x\"}"}}]}"#),
      chunk(
        #"{"tool_calls":[{"index":1,"id":"toolu_2","function":{"name":"stop","arguments":"{}"}}]}"#),
      chunk("{}", end: #""tool_calls""#),
      #"{"id":"chatcmpl-1","object":"chat.completion.chunk","choices":[],"usage":{"total_tokens":9}}"#,
    ]
    for response in [
      try events(chunks + ["[DONE]"]), try events(chunks),
      "[" + chunks.joined(separator: ",") + "]",
    ] {
      let item = try #require(try logged(response).items.last)
      #expect(item.nativeID == "chatcmpl-1" && item.aliases == ["log-1"])
      #expect(item.provenance == .verified && item.flags == [])
      #expect(item.blocks.map(\.kind) == [.thinking, .text, .toolUse, .toolUse])
      #expect(item.blocks.map(\.text) == ["Let me see", "Two files", "q\nx", ""])
      #expect(item.callIDs == ["toolu_1", "toolu_2"])
    }
  }

  @Test("keeps what came of a chat completion whose stream ended before its end")
  func cutChunks() throws {
    let cut = try #require(
      try logged(try events([chunk(#"{"content":"Hi"}"#), #"{"id":"chatcmpl-1","cho"#])).items.last)
    #expect(cut.readingText == "Hi")
    #expect(cut.flags == [.streamIncomplete])
    let failed = try #require(
      try logged(try events([chunk(#"{"content":"Hi"}"#), #"{"error":{"message":"Busy"}}"#])).items
        .last)
    #expect(failed.blocks.map(\.text) == ["Hi", "Busy"])
    let refused = try #require(
      try logged(try events([#"{"error":{"message":"Busy"}}"#])).items.last)
    #expect(refused.provenance == .unavailable(reason: "error"))
    #expect(refused.blocks.map(\.text) == ["Busy"])
  }

  @Test("keeps all choices and attempts of chat completions apart, whatever their numbers")
  func severalChoices() throws {
    let second = chunk(#"{"content":"B"}"#).replacingOccurrences(
      of: #""index":0"#, with: #""index":1"#)
    let odd = chunk(#"{"content":"?"}"#, id: "chatcmpl-2").replacingOccurrences(
      of: #""index":0"#, with: #""index":9223372036854775807"#)
    let item = try #require(
      try logged(
        try events([
          chunk(#"{"content":"A"}"#), second, chunk(#"{"content":"a"}"#),
          chunk(#"{"content":[{"type":"text","text":"C"}]}"#, id: "chatcmpl-2"), odd, "[DONE]",
        ])
      ).items.last)
    #expect(item.blocks.map(\.text) == ["Aa", "B", "C?"])
    #expect(item.flags == [])
  }

  @Test("takes JSON that a gateway writes as the answer's text for that")
  func answersOfJSON() throws {
    for answer in [#"{"total":5}"#, "[1,2]", #"{"error_count":0}"#] {
      let line =
        #"{"id":"c","call_type":"acompletion","custom_llm_provider":"anthropic","model":"claude-m","#
        + #""messages":[{"role":"user","content":"Count"}],"response":\#(try quoted(answer))}"#
      let item = try #require(try capture(files: [("log.jsonl", line)]).unit.items.last)
      #expect(item.readingText == answer)
      #expect(item.provenance == .verified)
    }
  }
}
