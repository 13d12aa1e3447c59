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
}
