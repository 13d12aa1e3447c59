// SPDX-License-Identifier: Apache-2.0
import Foundation
import Model
import Testing

@testable import Capture

private func record(
  _ id: String, model: String = "anthropic.claude-m", operation: String = "InvokeModel",
  input: String = "", output: String = "", fields: String = ""
) -> String {
  #"{"schemaType":"ModelInvocationLog","schemaVersion":"1.0","timestamp":"2026-05-05T08:00:00Z","#
    + #""identity":{"arn":"arn:aws:sts::1:assumed-role/Role/ada"},"requestId":"\#(id)",\#(fields)"#
    + #""operation":"\#(operation)","modelId":"\#(model)","input":{\#(input)},"output":{\#(output)}}"#
}

private func apart(_ id: String, model: String = "anthropic.claude-m") -> String {
  record(
    id, model: model, input: #""inputBodyS3Path":"s3://b/p/data/\#(id)_input.json.gz""#,
    output: #""outputBodyS3Path":"s3://b/p/data/\#(id)_output.json.gz""#)
}

private let request =
  #"{"anthropic_version":"bedrock-2023-05-31","messages":[{"role":"user","content":"Hello"}]}"#
private let answer =
  #"{"id":"msg_bdrk_1","type":"message","role":"assistant","model":"m","content":[{"type":"text","text":"Hi"}]}"#
private let events =
  #"[{"type":"message_start","message":{"id":"msg_s","role":"assistant"}}, {"type":"content_block_start","index":0,"content_block":{"type":"text","text":"Hi"}},{"type":"message_stop"}]"#

@Suite("Bodies that lie apart from the log of Amazon Bedrock")
struct BedrockBodyTests {
  @Test(
    "brings calls together with their bodies, in any order, alone and as events",
    arguments: [
      ["a/log.json", "a/data/r-1_input.json", "a/data/r-1_output.json"],
      ["z/log.json", "a/data/r-1_input.json", "a/data/r-1_output.json"],
      ["b/log.json", "a/data/r-1_input.json", "c/r-1_output.json"],
    ], [answer, events])
  func joinsBodies(names: [String], output: String) throws {
    let texts = [apart("r-1") + "\n", request, output + "\n"]
    let recorder = try capture(files: zip(names, texts).map { (name: $0, text: $1) })
    let unit = try recorder.unit
    #expect(unit.accountID == "ada")
    #expect(unit.items.map(\.readingText) == ["Hello", "Hi"])
    #expect(unit.items.allSatisfy { $0.provenance == .verified })
    #expect(unit.items[1].aliases == ["r-1"])
    #expect(unit.items[1].flags == [])
    #expect(unit.mergedCount == 2)
    #expect(unit.native(of: unit.items[0]) == #"{"role":"user","content":"Hello"}"#)
    #expect(recorder.failures.isEmpty)
    #expect(recorder.lacks.isEmpty)
    #expect(recorder.countedRecords == 3)
    #expect(recorder.files.allSatisfy { $0.format == .bedrock || $0.format == .bedrockBody })
    #expect(summary(try unit.parsedAgain()) == summary(unit))
    let native = String(decoding: unit.native, as: UTF8.self)
    #expect(native == [apart("r-1"), request, output, ""].joined(separator: "\n"))
  }

  @Test("tells of the body that is not there, and keeps one whose call is not")
  func tellsOfMissingOnes() throws {
    let recorder = try capture(files: [
      ("log.json", [apart("r-1"), apart("r-2")].joined(separator: "\n")),
      ("data/r-1_input.json", request), ("data/r-3_output.json", answer),
    ])
    #expect(recorder.lacks.map(\.object) == ["r-1", "r-2", "r-2"])
    #expect(recorder.failures.map(\.code) == [.unresolvedLink])
    #expect(recorder.failures.first?.path.hasSuffix("r-3_output.json") == true)
    let first = try #require(recorder.units.first { $0.mergedCount == 1 })
    #expect(first.items.map(\.readingText) == ["Hello", ""])
    #expect(first.items[1].provenance == .unavailable(reason: "body-stored-apart"))
    #expect(recorder.units.map { String(decoding: $0.native, as: UTF8.self) }.contains(answer))
    #expect(recorder.countedRecords == 4)
    for unit in recorder.units { #expect(summary(try unit.parsedAgain()) == summary(unit)) }
  }

  @Test(
    "takes a record or body that comes again around its call for a repetition, in any order",
    arguments: [
      ["a/in", "b/log", "c/in", "d/out"], ["a/log", "b/in", "c/out", "d/in"],
      ["a/in", "b/out", "c/log", "d/log", "e/in", "f/out"], ["a/log", "b/in", "c/out", "d/log"],
    ])
  func repeatsAroundCall(order: [String]) throws {
    let recorder = try capture(
      files: order.map { name in
        switch name.suffix(3) {
        case "log": (name: name + ".json", text: apart("r-1"))
        case "out": (name: name.prefix(2) + "r-1_output.json", text: answer)
        default: (name: name.prefix(2) + "r-1_input.json", text: request)
        }
      })
    #expect(recorder.failures.isEmpty)
    #expect(recorder.lacks.isEmpty)
    #expect(try recorder.unit.items.map(\.readingText) == ["Hello", "Hi"])
    #expect(recorder.duplicateCount == order.count - 3)
    #expect(recorder.countedRecords == order.count)
  }

  @Test("tells of a body of the name of one that went to its call, and keeps it")
  func otherBodyOfTheName() throws {
    let other = request.replacingOccurrences(of: "Hello", with: "Other")
    let recorder = try capture(files: [
      ("a/r-1_input.json", request), ("b/log.json", apart("r-1")), ("c/r-1_output.json", answer),
      ("d/r-1_input.json", other),
    ])
    #expect(recorder.failures.map(\.code) == [.unresolvedLink])
    #expect(recorder.units.map { String(decoding: $0.native, as: UTF8.self) }.contains(other))
    #expect(recorder.countedRecords == 4)
  }

  @Test(
    "keeps a call that is not read where it is of one id with one that is read, in any order",
    arguments: [false, true])
  func skippedAndRead(isReversed: Bool) throws {
    let profile = "arn:aws:bedrock:us-east-1:1:application-inference-profile/a1b2c3d4"
    let bare = record("r-1", model: profile)
    let whole = record(
      "r-1", model: profile, input: #""inputBodyJson":\#(request)"#,
      output: #""outputBodyJson":\#(answer)"#)
    let texts = isReversed ? [whole, bare] : [bare, whole]
    let recorder = try capture(files: [("a.json", texts[0]), ("b.json", texts[1])])
    #expect(recorder.countedRecords == 2)
    #expect(recorder.allSkipped == [.foreignModel: 1])
    let natives = recorder.units.map { String(decoding: $0.native, as: UTF8.self) }.sorted()
    #expect(natives == [bare + "\n", whole + "\n"].sorted())
    #expect(Set(recorder.units.map(\.nativeID)).count == 2)
    let unit = try #require(recorder.readUnits.first)
    #expect(unit.items.map(\.readingText) == ["Hello", "Hi"])
  }

  @Test("takes a body that is no JSON for an exception, and keeps it")
  func damagedBody() throws {
    let recorder = try capture(files: [
      ("log.json", apart("r-1")), ("data/r-1_input.json", request + "}"),
      ("data/r-1_output.json", answer),
    ])
    #expect(recorder.failures.map(\.code) == [.decodeError])
    #expect(
      recorder.units.map { String(decoding: $0.native, as: UTF8.self) }.contains(request + "}"))
    #expect(recorder.countedRecords == 3)
  }

  @Test(
    "reads calls by inference profiles and models of an account's own",
    arguments: [
      "us.anthropic.claude-m-v1:0", "apac.anthropic.claude-m-v1:0",
      "arn:aws:bedrock:us-east-1:1:inference-profile/us.anthropic.claude-m-v1:0",
      "arn:aws:bedrock:us-east-1:1:application-inference-profile/a1b2c3d4",
      "arn:aws:bedrock:us-east-1:1:provisioned-model/a1b2c3d4", "a1b2c3d4",
    ])
  func readsProfiles(model: String) throws {
    for operation in ["InvokeModel", "Converse"] {
      let isConverse = operation == "Converse"
      let unit = try capture(files: [
        (
          "log.json",
          record(
            "r-1", model: model, operation: operation,
            input: #""inputBodyJson":"#
              + (isConverse
                ? #"{"messages":[{"role":"user","content":[{"text":"Hello"}]}]}"# : request),
            output: #""outputBodyJson":"#
              + (isConverse
                ? #"{"output":{"message":{"role":"assistant","content":[{"text":"Hi"}]}}}"#
                : answer))
        )
      ]).unit
      #expect(unit.items.map(\.readingText) == ["Hello", "Hi"])
      #expect(unit.skipped.isEmpty)
    }
  }

  @Test(
    "reads no calls of other vendors, whatever they are called by",
    arguments: [
      "meta.llama-v1:0", "us.meta.llama-v1:0",
      "arn:aws:bedrock:us-east-1:1:inference-profile/us.meta.llama-v1:0",
      "arn:aws:bedrock:us-east-1:1:application-inference-profile/a1b2c3d4",
    ])
  func readsNoOthers(model: String) throws {
    let recorder = try capture(files: [
      (
        "log.json",
        record(
          "r-1", model: model, input: #""inputBodyJson":{"inputText":"Hello"}"#,
          output: #""outputBodyJson":{"results":[{"outputText":"Hi"}]}"#)
      )
    ])
    #expect(recorder.allSkipped == [.foreignModel: 1])
    #expect(recorder.countedRecords == 1)
  }

  @Test("tells the words of a failure beside its code")
  func tellsFailures() throws {
    let unit = try capture(files: [
      (
        "log.json",
        record(
          "r-1", input: #""inputBodyJson":\#(request)"#,
          output: #""outputBodyJson":{"message":"Too many requests"}"#,
          fields: #""errorCode":"ThrottlingException","#)
      )
    ]).unit
    #expect(unit.items[1].provenance == .unavailable(reason: "error"))
    #expect(unit.items[1].blocks.map(\.text) == ["ThrottlingException\nToo many requests"])
  }
}
