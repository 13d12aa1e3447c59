// SPDX-License-Identifier: Apache-2.0
import Model

/// Checks that load file and renderings bear the designation that the manifest tells, each of them.
enum DesignationChecks {
  static func run(
    _ contents: VolumeContents, manifest: JSONValue, report: inout VerificationReport
  ) {
    guard let options = manifest["options"], let text = options["confidentiality"]?.stringValue
    else {
      report.note(.malformed, "MANIFEST/manifest.json", "it tells of no designation, not even none")
      return
    }
    let expected = DesignationIntake.expected(Designation(text))
    var wrong: [String] = []
    for (path, entry) in contents.entries {
      guard let kind = Designation.Kind(of: path) else { continue }
      // Of a text without a designation the first line is its own.
      let isWrong =
        text.isEmpty
        ? kind != .text && entry.designation != nil : entry.designation != expected[kind]
      if isWrong { wrong.append(path) }
    }
    for path in wrong.sorted() {
      report.note(
        .inconsistent, path,
        text.isEmpty
          ? "it bears a designation, the manifest tells of none"
          : "it does not bear the designation \(text)")
    }
    let records = contents.loadFile.designations
    guard !records.isEmpty, let form = LoadFileForm(options) else { return }
    if records != [ConcordanceEncoder(form).readBack(text)] {
      report.note(.inconsistent, "DATA", "records of the DAT bear another designation")
    }
  }
}
