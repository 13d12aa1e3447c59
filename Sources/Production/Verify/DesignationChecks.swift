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
    let wrong = contents.entries.filter { path, entry in
      guard let kind = Designation.Kind(of: path) else { return false }
      // Of a text without a designation the first line is its own.
      if text.isEmpty { return kind != .text && entry.designation != nil }
      return entry.designation != expected[kind]
    }
    for path in wrong.keys.sorted() {
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
