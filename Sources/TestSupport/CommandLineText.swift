// SPDX-License-Identifier: Apache-2.0

/// A command line as transcripts and manual pages show it.
///
/// Programs joined by `|`, quotes, variables set in front, `< FILE` and `> FILE`; no shell takes
/// part, so nothing else means anything.
package struct CommandLineText: Sendable, Equatable {
  /// A program with its arguments.
  package struct Program: Sendable, Equatable {
    /// Variables of the environment for this program alone.
    package var environment: [String: String] = [:]
    package var words: [String] = []
    package var input: String?
    package var output: String?
  }

  package var programs: [Program]

  /// Takes a line apart; nil for a quote without end.
  package init?(_ line: String) {
    guard let words = CommandLineText.words(line) else { return nil }
    programs = [Program()]
    var remaining = words[...]
    while let word = remaining.popFirst() {
      let last = programs.count - 1
      switch (word.text, word.isQuoted) {
      case ("|", false): programs.append(Program())
      case ("<", false): programs[last].input = remaining.popFirst()?.text
      case (">", false): programs[last].output = remaining.popFirst()?.text
      default:
        let parts = word.text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        if programs[last].words.isEmpty, parts.count == 2, isVariable(parts[0]) {
          programs[last].environment[String(parts[0])] = String(parts[1])
        } else {
          programs[last].words.append(word.text)
        }
      }
    }
  }

  private struct Word {
    var text = ""
    var isQuoted = false
  }

  private static func words(_ line: String) -> [Word]? {
    var words: [Word] = []
    var word: Word?
    var quote: Character?
    var rest = line[...]
    while let character = rest.popFirst() {
      if let open = quote {
        if character == open {
          quote = nil
        } else if character == "\\", open == "\"", let next = rest.first, "\"\\$".contains(next) {
          word?.text.append(rest.removeFirst())
        } else {
          word?.text.append(character)
        }
        continue
      }
      switch character {
      case " ":
        if let finished = word { words.append(finished) }
        word = nil
      case "'", "\"":
        quote = character
        word = word ?? Word()
        word?.isQuoted = true
      case "\\":
        word = word ?? Word()
        if let next = rest.popFirst() { word?.text.append(next) }
      default:
        word = word ?? Word()
        word?.text.append(character)
      }
    }
    guard quote == nil else { return nil }
    if let finished = word { words.append(finished) }
    return words
  }
}

private func isVariable(_ text: Substring) -> Bool {
  !text.isEmpty && text.allSatisfy { $0 == "_" || $0.isASCII && ($0.isUppercase || $0.isNumber) }
}
