// SPDX-License-Identifier: Apache-2.0
package import ArgumentParser
import Foundation
import Model

/// The options that every command takes, before its name or after it.
package struct GlobalOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The folder of the store; without it, the environment's CUSTODY_STORE.", valueName: "dir"),
    completion: .directory)
  package var store: String?

  @Option(
    name: [.short, .long],
    help: ArgumentHelp(
      "The form of results; without it, the environment's CUSTODY_FORMAT, or human.",
      valueName: "format"))
  package var format: OutputFormat?

  @Flag(help: "The same as --format json.")
  package var json = false

  @Option(help: ArgumentHelp("When to use colour on a terminal.", valueName: "when"))
  package var color: TerminalChoice = .auto

  @Option(help: ArgumentHelp("When to show progress on standard error.", valueName: "when"))
  package var progress: TerminalChoice = .auto

  @Flag(name: .shortAndLong, help: "Say nothing but results and errors.")
  package var quiet = false

  @Flag(name: .shortAndLong, help: "Say more; twice for still more.")
  package var verbose: Int

  @Flag(help: "Never ask; where an answer is needed, end with status 25.")
  package var noInput = false

  package init() {}

  package func validate() throws {
    if json, let format, format != .json {
      throw ValidationError("--json and --format \(format.rawValue) contradict each other")
    }
    if quiet, verbose > 0 {
      throw ValidationError("--quiet and --verbose contradict each other")
    }
  }

  /// Whether a word of the command line is one of these options and the next word its value.
  static func takesValue(_ word: String) -> Bool {
    ["--store", "--format", "-f", "--color", "--progress"].contains(word)
  }
}

extension GlobalOptions {
  /// The path of the store's folder.
  ///
  /// - Throws: ``CommandFailure`` with status 10 when neither option nor environment names one.
  package func storePath() throws -> String {
    guard let path = store ?? Console.current.environment["CUSTODY_STORE"], !path.isEmpty else {
      throw CommandFailure(
        .noStore, "no store is named", whatToDo: "give --store DIR or set CUSTODY_STORE")
    }
    return absolutePath(path)
  }

  /// How the command prints.
  ///
  /// - Throws: ``CommandFailure`` with status 2 for an unknown CUSTODY_FORMAT.
  package func output() throws -> OutputSettings {
    let console = Console.current
    var verbosity = Verbosity(rawValue: min(verbose, Verbosity.debugging.rawValue)) ?? .normal
    if quiet { verbosity = .quiet }
    let usesColor =
      switch color {
      case .always: true
      case .never: false
      case .auto: console.outputIsTerminal && !console.wantsPlainOutput
      }
    return OutputSettings(
      console: console, format: try resolvedFormat(console), verbosity: verbosity,
      usesColor: usesColor, progress: progress)
  }

  private func resolvedFormat(_ console: Console) throws -> OutputFormat {
    if json { return .json }
    if let format { return format }
    guard let name = console.environment["CUSTODY_FORMAT"], !name.isEmpty else { return .human }
    guard let format = OutputFormat(rawValue: name) else {
      let names = OutputFormat.allCases.map(\.rawValue).joined(separator: ", ")
      throw CommandFailure.usage(
        "CUSTODY_FORMAT names no format: '\(name)'", whatToDo: "set it to one of \(names)")
    }
    return format
  }
}

/// The path from the root, as messages and the audit log name it.
func absolutePath(_ path: String) -> String {
  URL(fileURLWithPath: path).standardizedFileURL.path
}

extension OutputFormat {
  /// The format that raw arguments ask for, so that an error of the command line itself can be
  /// told in it.
  package init(requestedBy arguments: [String], environment: [String: String]) {
    var format = environment["CUSTODY_FORMAT"].flatMap { OutputFormat(rawValue: $0) } ?? .human
    var words = arguments.prefix { $0 != "--" }[...]
    while let word = words.popFirst() {
      let value: String?
      switch word {
      case "--json": value = OutputFormat.json.rawValue
      case "--format", "-f": value = words.first
      case _ where word.hasPrefix("--format="): value = String(word.dropFirst(9))
      case _ where word.hasPrefix("-f") && !word.hasPrefix("--"):
        value = String(word.dropFirst(2).drop { $0 == "=" })
      default: value = nil
      }
      if let value, let known = OutputFormat(rawValue: value) { format = known }
    }
    self = format
  }
}
