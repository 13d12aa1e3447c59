// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Model

/// How far raw arguments name a command, found without parsing options.
///
/// The parser's errors do not say which command they belong to; messages that point to a help page
/// or suggest a name need it.
struct CommandPath {
  /// The commands' names from the root down, without the program's own; empty at the root.
  private(set) var names: [String] = []
  /// The deepest command that the arguments name.
  private(set) var command: any ParsableCommand.Type
  /// The word that stands where a command of the group was expected; nil when the path ends in a
  /// command that has none, or where no such word comes.
  private(set) var unknownWord: String?

  init(root: any ParsableCommand.Type, arguments: [String]) {
    command = root
    var remaining = arguments[...]
    while !command.configuration.subcommands.isEmpty, let word = remaining.popFirst() {
      if word == "--" { return }
      if word.hasPrefix("-") {
        if GlobalOptions.takesValue(word) { remaining = remaining.dropFirst() }
        continue
      }
      if word == "help", names.isEmpty { return }
      guard
        let child = command.configuration.subcommands.first(where: { $0.commandName == word })
      else {
        unknownWord = word
        return
      }
      names.append(word)
      command = child
    }
  }

  /// The command line that shows the help of the command.
  var helpCommand: String {
    ([Program.name] + names + ["--help"]).joined(separator: " ")
  }

  /// The name among the group's commands that the unknown word was probably meant to be.
  var suggestion: String? {
    guard let unknownWord else { return nil }
    let names = command.configuration.subcommands.map { $0.commandName }
    return nearest(to: unknownWord, among: names)
  }
}

extension ParsableCommand {
  /// The name that invokes the command; all of ours set it.
  static var commandName: String { configuration.commandName ?? "" }
}

/// The candidate at the smallest edit distance, if it is close enough to be a misspelling.
func nearest(to word: String, among candidates: [String]) -> String? {
  let ranked = candidates.map { (distance: editDistance(word, $0), name: $0) }
    .min { ($0.distance, $0.name) < ($1.distance, $1.name) }
  guard let ranked, ranked.distance <= max(1, word.count / 3) else { return nil }
  return ranked.name
}

/// The number of insertions, deletions, substitutions and swaps of neighbours between two words.
private func editDistance(_ left: String, _ right: String) -> Int {
  let left = Array(left.lowercased())
  let right = Array(right.lowercased())
  var rows = [Array(0...right.count)]
  for (i, leftCharacter) in left.enumerated() {
    var row = [i + 1]
    for (j, rightCharacter) in right.enumerated() {
      let substitution = rows[i][j] + (leftCharacter == rightCharacter ? 0 : 1)
      var best = min(substitution, rows[i][j + 1] + 1, row[j] + 1)
      if i > 0, j > 0, leftCharacter == right[j - 1], left[i - 1] == rightCharacter {
        best = min(best, rows[i - 1][j - 1] + 1)
      }
      row.append(best)
    }
    rows.append(row)
  }
  return rows[left.count][right.count]
}
