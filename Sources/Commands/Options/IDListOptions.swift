// SPDX-License-Identifier: Apache-2.0
import ArgumentParser

/// Ids that stand in files.
struct IDListOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("A list of ids, one a line; - reads it.", valueName: "file"),
    completion: .file())
  var idsFrom: [String] = []
  @OptionGroup var form: ListFormOptions

  func validate() throws {
    if idsFrom.isEmpty, form.isGiven {
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
    try idsFrom.flatMap { try readNames($0, option: "--ids-from", form.format) }
  }
}
