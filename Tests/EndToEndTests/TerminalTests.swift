// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing

@Suite("At a terminal")
struct TerminalTests {
  /// Asks for a passphrase at a terminal, ends the command by a signal there, and prints its status
  /// and whether the terminal shows what is typed: before, while it was asked, and after.
  private static let script = """
    import os, pty, signal, subprocess, sys, termios, time
    main, side = pty.openpty()
    def shows():
        return bool(termios.tcgetattr(side)[3] & termios.ECHO)
    before = shows()
    command = subprocess.Popen(sys.argv[2:], stdin=side, stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE)
    said = b""
    while not said.endswith(b"Passphrase: "):
        piece = os.read(command.stderr.fileno(), 1)
        if not piece: sys.exit(said)
        said += piece
    for _ in range(1000):
        if not shows(): break
        time.sleep(0.01)
    asked = shows()
    command.send_signal(int(sys.argv[1]))
    print(command.wait(), before, asked, shows())
    """

  @Test("shows again what is typed when a signal ends the question for a passphrase")
  func interrupted() async throws {
    try await withTemporaryDirectory { folder in
      try Data("words".utf8).write(to: folder.appendingPathComponent("a.txt"))
      let made = try await Tool.run(
        "bsdtar",
        [
          "-c", "--format", "zip", "--options", "zip:encryption=aes256", "--passphrase",
          "opensesame", "-f", "volume.zip", "a.txt",
        ], in: folder)
      try #require(made.status == 0)
      let custody = Tool.buildFolder.appendingPathComponent("custody").path
      for (number, status) in [(SIGINT, 130), (SIGTERM, 143)] {
        let result = try await Tool.run(
          "python3",
          ["-c", Self.script, String(number), custody, "export", "verify", "volume.zip"],
          in: folder)
        #expect(result.outputText == "\(status) True False True\n", "\(result.errorText)")
      }
    }
  }

  /// Runs a command whose standard output is a terminal, and prints what that got.
  private static let shower = """
    import os, pty, subprocess, sys
    main, side = pty.openpty()
    command = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL, stdout=side)
    os.close(side)
    shown = b""
    while True:
        try: piece = os.read(main, 65536)
        except OSError: break
        if not piece: break
        shown += piece
    sys.stdout.buffer.write(shown.replace(b"\\r\\n", b"\\n"))
    sys.exit(command.wait())
    """

  private static func show(
    _ words: [String], columns: Int = 200, in folder: URL
  ) async throws -> ToolResult {
    let custody = Tool.buildFolder.appendingPathComponent("custody").path
    return try await Tool.run(
      "python3", ["-c", shower, custody, "--store", "store"] + words, in: folder,
      environment: ["COLUMNS": String(columns), "TERM": "xterm"])
  }

  private static func prepare(_ folder: URL) async throws {
    try Data(
      """
      [{"uuid":"c1","name":"A long title of a conversation","created_at":"2025-01-01T00:00:00Z",\
      "account":{"uuid":"a1"},"chat_messages":[{"uuid":"m1","sender":"human",\
      "created_at":"2025-01-01T00:00:00Z","content":[{"type":"text","text":"the budget"}]}]}]
      """.utf8
    ).write(to: folder.appendingPathComponent("conversations.json"))
    for words in [
      ["init", "store"], ["--store", "store", "import", "conversations.json"],
      ["--store", "store", "case", "create", "Pi\u{202E}er \u{7F}\u{9B}31m \u{E0041} 日本"],
      [
        "--store", "store", "hold", "create", "a hold of some length", "--case",
        "Pi\u{202E}er \u{7F}\u{9B}31m \u{E0041} 日本", "--everyone",
      ],
    ] {
      let made = try await Tool.run("custody", words, in: folder)
      try #require(made.status == 0, "\(made.errorText)")
    }
  }

  @Test("gets the audit log without controls that are not seen, and a pipe gets its exact lines")
  func auditLog() async throws {
    try await withTemporaryDirectory { folder in
      try await Self.prepare(folder)
      let words = ["audit", "export"]
      let piped = try await Tool.run("custody", ["--store", "store"] + words, in: folder)
      let shown = try await Self.show(words, in: folder)
      #expect(piped.status == 0 && shown.status == 0, "\(shown.errorText)")
      let hidden: Set<Unicode.Scalar> = ["\u{202E}", "\u{7F}", "\u{9B}", "\u{E0041}"]
      #expect(hidden.isSubset(of: Set(piped.outputText.unicodeScalars)))
      #expect(hidden.isDisjoint(with: Set(shown.outputText.unicodeScalars)))
      #expect(shown.outputText.contains(#"Pi\u202eer \u007f\u009b31m \udb40\udc41 日本"#))
      func values(_ result: ToolResult) throws -> [NSDictionary] {
        try result.output.split(separator: 0x0A).map { line in
          try #require(try JSONSerialization.jsonObject(with: Data(line)) as? NSDictionary)
        }
      }
      let told = try values(shown)
      #expect(try told == values(piped) && told.count > 3)
    }
  }

  @Test(
    "gets ids and times whole, however narrow it is",
    arguments: [
      ["audit", "list"], ["capture", "list"], ["exception", "list"], ["search", "--all"],
      ["case", "list"], ["hold", "list"], ["custodian", "list"], ["source", "list"],
    ])
  func narrow(words: [String]) async throws {
    try await withTemporaryDirectory { folder in
      try await Self.prepare(folder)
      let shown = try await Self.show(words, columns: 40, in: folder)
      #expect(shown.status == 0, "\(shown.errorText)")
      let text = shown.outputText
      #expect(!text.contains(/\b[a-z]{3,5}_[a-z2-7]*…/), "\(text)")
      #expect(!text.contains(/\d{4}-\d\d(-[0-9T:]*)?…/), "\(text)")
      let wide = try await Self.show(words, columns: 1000, in: folder).outputText
      for whole in wide.matches(of: /\b[a-z]{3,5}_[a-z2-7]{26}\b|\d{4}-\d\d-\d\dT[0-9:]+Z/) {
        #expect(text.contains(whole.output), "\(whole.output): \(text)")
      }
    }
  }
}
