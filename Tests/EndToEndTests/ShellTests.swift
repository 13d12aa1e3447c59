// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing

@Suite("From a shell")
struct ShellTests {
  private static func export(_ conversation: String) -> String {
    """
    [{"uuid":"\(conversation)","name":"One","created_at":"2025-01-01T00:00:00Z",\
    "account":{"uuid":"a1"},"chat_messages":[{"uuid":"m-\(conversation)","sender":"human",\
    "created_at":"2025-01-01T00:00:00Z","content":[{"type":"text","text":"the budget"}]}]}]
    """
  }

  /// Runs lines of bash in a folder with a store, where `c` is the tool and `t` an export.
  private static func bash(_ script: String, in folder: URL) async throws -> ToolResult {
    try await Tool.run(
      "bash",
      [
        "-c",
        """
        c() { custody --store store "$@"; }
        t() { echo '\(export("ID"))' | sed "s/ID/$1/g"; }
        \(script)
        """,
      ], in: folder)
  }

  private static func withStore(_ body: (URL) async throws -> Void) async throws {
    try await withTemporaryDirectory { folder in
      let made = try await bash(
        """
        set -e
        custody init store
        t c1 > one.json; t c2 > two.json
        c import one.json two.json
        c case create pier
        c review create look --case pier
        """, in: folder)
      try #require(made.status == 0, "\(made.errorText)")
      try await body(folder)
    }
  }

  @Test(
    "a list comes from a file, standard input, or a pipe that the shell names, however slowly",
    arguments: [
      "c review add look --ids-from <(echo c1; sleep 0.2; echo c2)",
      "(echo c1; sleep 0.2; echo c2) | c review add look --ids-from -",
      "printf 'c1\\r\\nc2' | c review add look --ids-from /dev/stdin",
      "printf 'c1\\0c2\\0' | c review add look --ids-from - -0",
      "printf 'n,id\\n1,c1\\n2,\"c2\"\\n' | c review add look --ids-from - --column id",
      "echo c1 > list; echo c2 | c review add look --ids-from list --ids-from -",
      "mkfifo pipe; (echo c1; echo c2) > pipe & c review add look --ids-from pipe",
      "c search budget --id-only | c review add look --ids-from -",
    ])
  func lists(_ line: String) async throws {
    try await Self.withStore { folder in
      let added = try await Self.bash(line, in: folder)
      #expect(added.status == 0, "\(added.errorText)")
      let shown = try await Self.bash("c review show look --fields items --format csv", in: folder)
      #expect(shown.outputText == "items\n2\n", "\(shown.outputText)")
    }
  }

  @Test("every command that takes a list of ids takes each form of it")
  func forms() async throws {
    try await Self.withStore { folder in
      let commands = [
        "label add none", "exception resolve --reason r", "retention approve plan_x --reason r",
        "review tag add T --review look",
      ]
      for command in commands {
        for list in ["<(printf 'x1\\0x2\\0') -0", "<(printf 'id\\nx1\\nx2\\n') --column id"] {
          let result = try await Self.bash("c \(command) --ids-from \(list) --json", in: folder)
          #expect(result.status != 2 && result.status != 0, "\(command): \(result.errorText)")
        }
        for wrong in ["--column id", "-0", "--ids-from one.json -0 --column id"] {
          let result = try await Self.bash("c \(command) \(wrong)", in: folder)
          #expect(result.status == 2, "\(command) \(wrong): \(result.errorText)")
        }
      }
    }
  }

  @Test("an exception is resolved by ids from a pipe")
  func exceptions() async throws {
    try await Self.withStore { folder in
      let done = try await Self.bash(
        """
        c exception list --id-only | tr '\\n' '\\0' | c exception resolve --ids-from - -0 --reason seen
        c exception list --state open --id-only
        """, in: folder)
      #expect(done.status == 0, "\(done.errorText)")
      #expect(done.outputText.hasPrefix("resolved"), "\(done.outputText)")
      #expect(done.outputText.split(separator: "\n").count == 1, "\(done.outputText)")
    }
  }

  @Test("files and folders are read whose names are no UTF-8")
  func names() async throws {
    try await Self.withStore { folder in
      let result = try await Self.bash(
        """
        mkdir $'d\\xc3\\xa9' && cd $'d\\xc3\\xa9'
        t c3 > $'conversations-\\xff.json'; t c4 > $'conversations-\\xfe.json'
        mkdir $'sub\\xe9'; t c5 > $'sub\\xe9/conversations.json'
        ln -s nowhere $'link\\xff'
        cd .. && c import $'d\\xc3\\xa9' --json
        """, in: folder)
      #expect(result.status == 3, "\(result.errorText)")
      #expect(result.outputText.contains("\"stored\":3,"), "\(result.outputText)")
      let listed = try await Self.bash(
        "c exception list --format csv --csv-raw --fields code,path | grep UNSAFE; c search --all --count --format csv --fields items",
        in: folder)
      #expect(
        listed.outputText == #"UNSAFE_ARCHIVE_ENTRY,dé/link\xff"# + "\nitems\n5\n",
        "\(listed.outputText)")
    }
  }

  @Test("an argument that is no UTF-8 is refused, and names nothing else")
  func arguments() async throws {
    try await Self.withStore { folder in
      for line in [
        #"c import $'a\xffb.json' one.json"#, #"custody init $'s\xff'"#,
        #"c case create $'\xe9'"#,
      ] {
        let result = try await Self.bash(line, in: folder)
        #expect(result.status == 2, "\(result.errorText)")
        #expect(result.errorText.contains(#"' is no UTF-8"#), "\(result.errorText)")
        #expect(result.errorText.contains(#"\x"#), "\(result.errorText)")
      }
      let left = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      #expect(left.sorted() == ["one.json", "store", "two.json"])
    }
  }

  @Test("a passphrase comes from a pipe that the shell names")
  func passphrase() async throws {
    try await Self.withStore { folder in
      let result = try await Self.bash(
        """
        set -e
        c review add look --ids-from <(echo c1) >/dev/null
        c export create --review look --output VOL001.zip --encrypt \\
          --passphrase-file <(sleep 0.2; echo 'a long passphrase') >/dev/null
        custody export verify VOL001.zip --passphrase-file <(echo 'a long passphrase')
        """, in: folder)
      #expect(result.status == 0, "\(result.errorText)")
    }
  }
}
