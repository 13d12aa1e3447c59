// SPDX-License-Identifier: Apache-2.0
import ArgumentParser

/// Prints a script with which a shell completes command lines.
struct CompletionCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "completion",
    abstract: "Print a script that completes command lines in a shell.",
    discussion: discussion(
      """
      The script knows all commands and options; it never looks into a store. Put it where the \
      shell looks: bash-completion/completions/custody, zsh/site-functions/_custody, or \
      fish/vendor_completions.d/custody.fish below a data folder.
      """,
      examples: ["custody completion bash"]))

  /// The shells that are known.
  enum Shell: String, CaseIterable, ExpressibleByArgument {
    case bash
    case zsh
    case fish
  }

  @Argument(help: "The shell.") var shell: Shell
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func run() throws {
    let kind: CompletionShell =
      switch shell {
      case .bash: .bash
      case .zsh: .zsh
      case .fish: .fish
      }
    throw RequestedText(Root.completionScript(for: kind))
  }
}
