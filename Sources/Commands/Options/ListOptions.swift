// SPDX-License-Identifier: Apache-2.0
package import ArgumentParser
import Bytes

/// What every command that prints objects takes.
package struct FieldOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The fields to print, separated by commas; 'help' lists them.", valueName: "names"))
  package var fields: String?

  @Flag(help: "Print ids alone, one a line.")
  package var idOnly = false

  @Flag(help: "In CSV, leave texts as they are, formulas and controls included.")
  package var csvRaw = false

  package init() {}

  /// Adds the options to the settings.
  ///
  /// - Throws: ``CommandFailure`` with status 2 where they contradict each other.
  package func apply(to settings: inout OutputSettings, isFormatExplicit: Bool) throws {
    settings.fieldNames = fields?.split(separator: ",", omittingEmptySubsequences: true)
      .map { String($0.drop(while: \.isWhitespace)) }
    settings.printsIDsOnly = idOnly
    if idOnly, isFormatExplicit, settings.format != .human {
      throw CommandFailure.usage(
        "--id-only prints plain lines, not \(settings.format.rawValue)",
        whatToDo: "give one of the two")
    }
    if idOnly, fields != nil {
      throw CommandFailure.usage(
        "--id-only and --fields contradict each other", whatToDo: "give one of the two")
    }
    guard csvRaw else { return }
    if settings.console.outputIsTerminal {
      throw CommandFailure.usage(
        "--csv-raw would send control characters to a terminal",
        whatToDo: "send the output to a file or a pipe")
    }
    settings.csvSafety = .raw
  }
}

/// What every command that prints a list takes.
package struct ListOptions: ParsableArguments {
  @OptionGroup package var fieldOptions: FieldOptions

  @Option(
    help: ArgumentHelp(
      "Stop after this many rows; without it, lists for people stop after 50.",
      valueName: "count"))
  package var limit: Int?

  package init() {}

  package func validate() throws {
    if let limit, limit < 1 { throw ValidationError("--limit must be 1 or more") }
  }
}

extension GlobalOptions {
  /// How a command prints that has options of its own for it.
  package func output(_ fields: FieldOptions) throws -> OutputSettings {
    var settings = try output()
    try fields.apply(to: &settings, isFormatExplicit: json || format != nil)
    return settings
  }

  /// How a command prints a list.
  package func output(_ list: ListOptions) throws -> OutputSettings {
    var settings = try output(list.fieldOptions)
    settings.limit = list.limit
    return settings
  }
}

/// What every command that makes or changes an object takes.
package struct ChangeOptions: ParsableArguments {
  @Flag(name: [.customShort("n"), .long], help: "Show what would change, and change nothing.")
  package var dryRun = false

  @Flag(help: "Print the id of the object alone.")
  package var idOnly = false

  package init() {}
}

extension GlobalOptions {
  /// How a command tells what it changed.
  package func output(_ change: ChangeOptions) throws -> OutputSettings {
    var settings = try output()
    settings.printsIDsOnly = change.idOnly
    if change.idOnly, json || (format ?? .human) != .human {
      throw CommandFailure.usage(
        "--id-only prints plain lines, not \(settings.format.rawValue)",
        whatToDo: "give one of the two")
    }
    return settings
  }
}
