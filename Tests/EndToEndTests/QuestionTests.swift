// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing

/// What others change while a question stands: a person agrees to what was shown, and to nothing else.
@Suite("While a question stands")
struct QuestionTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var testDescription: String
    /// What is there before, each a command.
    var before: [String]
    var asked: String
    /// What another process does while the question stands.
    var meanwhile: String
    var answer: String
    /// The status that the asked command ends with.
    var status = 27
  }

  /// Asks at a terminal, does something else while the question stands, and answers.
  private static let script = """
    import json, os, pty, subprocess, sys
    custody, asked, other, answer = sys.argv[1], *map(json.loads, sys.argv[2:])
    main, side = pty.openpty()
    command = subprocess.Popen([custody] + asked, stdin=side, stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE)
    said = b""
    while not said.endswith((b" to go on: ", b" [y/N] ")):
        piece = os.read(command.stderr.fileno(), 1)
        if not piece: sys.exit(said.decode())
        said += piece
    subprocess.run([custody] + other, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                   check=True)
    os.write(main, answer.encode() + b"\\n")
    rest = command.stderr.read().decode()
    print(command.wait())
    print(said.decode() + rest, file=sys.stderr)
    """

  private static let release = "hold release two --cool-down 0s --confirm two"

  static let cases: [Case] = [
    Case(
      testDescription: "a hold is released",
      before: ["hold create one --case first --everyone"], asked: "hold release one",
      meanwhile: release, answer: "one"),
    Case(
      testDescription: "a hold is released, and nothing that keeps anything was changed",
      before: ["hold create one --case first --everyone"], asked: "hold release one",
      meanwhile: "custodian create Zoe", answer: "one", status: 0),
    Case(
      testDescription: "a hold gets a query",
      before: ["hold create one --case first --everyone"], asked: "hold update one --query budget",
      meanwhile: release, answer: "one"),
    Case(
      testDescription: "a hold loses a person",
      before: ["hold create one --case first --custodian Ada --custodian Ben"],
      asked: "hold remove one --custodian Ben", meanwhile: release, answer: "one"),
    Case(
      testDescription: "a hold gets its earlier wording back",
      before: [
        "hold create one --case first --custodian Ada",
        "hold update one --custodian Ben --confirm one",
      ], asked: "hold reinstate one", meanwhile: release, answer: "one"),
    Case(
      testDescription: "a person loses an address",
      before: [
        "hold create one --case first --everyone --query from:ada@old.example.org",
        "custodian add Ada --email ada@old.example.org",
      ], asked: "custodian remove Ada --email ada@old.example.org", meanwhile: release,
      answer: "y"),
    Case(
      testDescription: "a case is closed with its hold",
      before: ["hold create one --case first --everyone"],
      asked: "case close first --release-holds", meanwhile: release, answer: "first"),
    Case(
      testDescription: "a case is closed with its review set",
      before: ["review create set --case first", "review add set --all --everyone"],
      asked: "case close first", meanwhile: release, answer: "y"),
    Case(
      testDescription: "a policy is deleted",
      before: ["policy create keep --everyone --action retain --period 1y"],
      asked: "policy delete keep", meanwhile: "policy update keep --mode on --yes", answer: "keep"),
    Case(
      testDescription: "a policy is locked",
      before: ["policy create keep --everyone --action retain --period 1y"],
      asked: "policy lock keep", meanwhile: "policy update keep --period 9y --yes", answer: "keep"),
  ]

  @Test("what was not shown is not done", arguments: cases)
  func changed(_ asked: Case) async throws {
    try await withTemporaryDirectory { folder in
      let chats = [("c1", "a1", "the budget"), ("c2", "a2", "soup")].map { id, account, text in
        """
        {"uuid":"\(id)","name":"","created_at":"2025-01-01T00:00:00Z",\
        "account":{"uuid":"\(account)"},"chat_messages":[{"uuid":"m-\(id)","sender":"human",\
        "created_at":"2025-01-01T00:00:00Z","content":[{"type":"text","text":"\(text)"}]}]}
        """
      }
      try Data("[\(chats.joined(separator: ","))]".utf8).write(
        to: folder.appendingPathComponent("conversations.json"))
      func words(_ line: String) -> [String] {
        ["--store", "s"] + line.split(separator: " ").map(String.init)
      }
      func run(_ line: String) async throws {
        let result = try await Tool.run("custody", words(line), in: folder)
        try #require(result.status == 0, "\(line): \(result.errorText)")
      }
      let before = [
        "init s", "import conversations.json", "custodian create Ada --account a1",
        "custodian create Ben --account a2", "case create first", "case create second",
        "hold create two --case second --everyone",
      ]
      for line in before + asked.before { try await run(line) }
      func json(_ value: some Encodable) throws -> String {
        String(decoding: try JSONEncoder().encode(value), as: UTF8.self)
      }
      let result = try await Tool.run(
        "python3",
        [
          "-c", Self.script, Tool.buildFolder.appendingPathComponent("custody").path,
          json(words(asked.asked)), json(words(asked.meanwhile)), json(asked.answer),
        ], in: folder)
      #expect(result.outputText == "\(asked.status)\n", "\(result.errorText)")
    }
  }
}
