// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@testable import Query

@Suite("The corpus of the fuzzer")
struct FuzzCorpusTests {
  /// The lines of the corpus: the first byte of an input and its text.
  private static func inputs() throws -> [(flags: UInt8, text: String)] {
    let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "corpus.txt")
    return try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
      .filter { !$0.hasPrefix("#") }
      .map { line in
        let flags = try #require(UInt8(line.prefix(2), radix: 16))
        let text = try JSONDecoder().decode(String.self, from: Data(line.dropFirst(3).utf8))
        return (flags, text)
      }
  }

  @Test("keeps every property for every input that the fuzzer found worth keeping")
  func holds() throws {
    let inputs = try Self.inputs()
    #expect(inputs.count > 100)
    for (flags, text) in inputs {
      // A repeated text would only be slow here; the fuzzer tries them.
      #expect(throws: Never.self) { try FuzzedQuery(flags: flags & 0x1F, text: text).check() }
    }
  }

  @Test(
    "keeps what the fuzzer once found broken",
    arguments: [
      "from:\"\rґ@x\"", "from:\" ann@x.com \"", "from=\" Ann  Lee\"", "cc:x cc:x",
      // A mark makes one character with the sign before it.
      "title=\"a\"\"\u{301}b\"", "conversation:\"\"\"\u{301}\"",
      "conversation:\"a\"\"\u{301}\"\"c\"",
      "from:\"a\u{20DD}@x\"", "kind=\"prompt\"\u{301}",
    ])
  func holdsStill(text: String) {
    for flags in 0..<32 as Range<UInt8> {
      #expect(throws: Never.self) { try FuzzedQuery(flags: flags, text: text).check() }
    }
  }

  @Test(
    "sees a wildcard that carries a mark",
    arguments: [
      ("cat*\u{20DD}", "E401"), ("c?\u{301}t", "E401"), ("\"big*\u{301} cat\"", "E402"),
      ("conversation:\"a*\u{301}b\"", "E402"), ("from:\"a*\u{301}b\"", "E402"),
    ])
  func seesWildcard(text: String, code: String) {
    #expect(compiled(text).errorCodes == [code])
  }

  @Test("knows a person by a quoted name with blanks at its ends")
  func trimsNames() {
    #expect(compiled("from:\" ann@x.com\"").normalForm == "from=ann@x.com")
    #expect(compiled("from:\"Ann  Lee \"").normalForm == "from:\"Ann Lee\"")
    #expect(compiled("from:\"x.com \"").normalForm == compiled("from:\"x.com\"").normalForm)
  }
}
