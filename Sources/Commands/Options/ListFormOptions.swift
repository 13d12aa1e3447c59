// SPDX-License-Identifier: Apache-2.0
package import ArgumentParser

/// How the lists that other options name are written.
package struct ListFormOptions: ParsableArguments {
  @Flag(
    name: [.customShort("0"), .customLong("null")],
    help: "Names in lists end with a NUL, not with a line end.")
  package var nullSeparated = false
  @Option(
    help: ArgumentHelp("Lists are CSV; take the column of this heading.", valueName: "heading"))
  package var column: String?

  package init() {}

  package func validate() throws {
    if nullSeparated, column != nil {
      throw ValidationError("-0 and --column contradict each other")
    }
  }

  /// The form that was asked for.
  var format: NameListFormat { NameListFormat(isNullSeparated: nullSeparated, column: column) }

  /// Whether another form than a name in each line was asked for.
  var isGiven: Bool { format != NameListFormat() }
}
