// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Foundation
import Model
package import Production

/// Says what differs between two volumes; needs no store.
struct ExportDiff: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff",
    abstract: "Say what differs between two volumes; no store is needed.",
    discussion: discussion(
      """
      Compares documents by their control numbers: which of them one volume alone has, and which \
      fields and files of the others differ; then what the manifests say, and all other files. \
      Differences are no failure; equal volumes give an empty list. Whether each is as it was \
      written, custody export verify says.
      """,
      examples: ["custody export diff VOL001.zip VOL001.zip"],
      statuses: [.notFound, .damaged, .secret]))

  @Argument(help: "A volume.", completion: .file()) var first: String
  @Argument(help: "Another one.", completion: .file()) var second: String
  @Option(
    help: ArgumentHelp(
      "The file whose first line opens the encrypted ones, readable by nobody else.",
      valueName: "file"), completion: .file())
  var passphraseFile: String?
  @OptionGroup(title: "Output") var list: ListOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func run() throws {
    let output = try global.output(list)
    for volume in [first, second] where !FileManager.default.fileExists(atPath: volume) {
      throw CommandFailure(.notFound, "there is no volume '\(volume)'", objects: [volume])
    }
    var printer = try ListPrinter<VolumeDifference>(output, schema: Self.schemaName)
    let passphrase = try passphraseFile.map { try Passphrase.read($0) }
    try printer.print(
      try VolumeComparison.differences(first, second, passphrase: passphrase))
  }
}

extension VolumeDifference: Displayable {
  package static var recordType: String { "difference" }
  package static var plural: String { "differences" }
  package static var fields: [Field<VolumeDifference>] {
    [
      Field("kind", heading: "kind") { .text($0.kind.rawValue) },
      Field("object", heading: "object") { .text($0.object) },
      Field("details", heading: "details") { FieldValue($0.details) },
    ]
  }

  package var identifier: String { object }
}
