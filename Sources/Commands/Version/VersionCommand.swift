// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Model
import Store

/// Tells the versions of the program and of what it writes.
struct VersionCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "version",
    abstract: "Tell the versions of the program and of its formats.",
    discussion: discussion(
      "Reads and writes no store.",
      examples: ["custody version", "custody version --json"]))

  @OptionGroup(title: "Global options") var global: GlobalOptions
  @OptionGroup(title: "Output") var fields: FieldOptions

  func run() throws {
    try global.output(fields).print(VersionFacts(), schema: Self.schemaName)
  }
}

/// What `version` tells.
struct VersionFacts: Displayable {
  static let recordType = "version"
  static let plural = "versions"
  static let fields: [Field<VersionFacts>] = [
    Field("name", heading: "Name") { _ in .text(Program.name) },
    Field("version", heading: "Version") { _ in .text(Program.version) },
    Field("store_version", heading: "Store version") { _ in FieldValue(Store.formatVersion) },
    Field("output_version", heading: "Output version") { _ in .integer(1) },
    Field("build", heading: "Build") { _ in .text(Program.buildConfiguration) },
    Field("compiler", heading: "Compiler") { _ in .text("Swift " + Program.compilerVersion) },
    Field("system", heading: "System") { _ in .text(Program.system) },
  ]

  var identifier: String { Program.version }
}
