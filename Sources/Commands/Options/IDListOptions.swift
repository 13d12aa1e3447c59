// SPDX-License-Identifier: Apache-2.0
import ArgumentParser

/// Ids that stand in files.
struct IDListOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("A list of ids, one a line; - reads it.", valueName: "file"),
    completion: .file())
  var idsFrom: [String] = []
  @Flag(
    name: [.customShort("0"), .customLong("null")],
    help: "Names in lists end with a NUL, not with a line end.")
  var nullSeparated = false
  @Option(
    help: ArgumentHelp("Lists are CSV; take the column of this heading.", valueName: "heading"))
  var column: String?

  func validate() throws {
    if nullSeparated, column != nil {
      throw ValidationError("-0 and --column contradict each other")
    }
    if idsFrom.isEmpty, nullSeparated || column != nil {
      throw ValidationError("-0 and --column are about lists; name one with --ids-from")
    }
    if idsFrom.filter({ $0 == "-" }).count > 1 {
      throw ValidationError("standard input can be one list only")
    }
  }

  /// Whether a list was named.
  var isGiven: Bool { !idsFrom.isEmpty }

  /// The ids of all lists.
  ///
  /// - Throws: ``CommandFailure`` for a list that cannot be read or names nothing.
  func ids() throws -> [String] {
    let format = NameListFormat(isNullSeparated: nullSeparated, column: column)
    return try idsFrom.flatMap { try readNames($0, option: "--ids-from", format) }
  }
}
