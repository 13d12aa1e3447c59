// SPDX-License-Identifier: Apache-2.0
import Bytes

/// Checks an EDRM XML load file against the DAT and the files (export-formats section 1.6,
/// invariants 1, 3, 4 and 5).
enum EDRMChecks {
  static func run(
    _ facts: EDRMFacts, _ contents: VolumeContents, _ report: inout VerificationReport
  ) {
    let records = contents.loadFile.records
    guard facts.documents.map(\.number) == records.map(\.begin) else {
      report.note(
        .inconsistent, "DATA",
        "the EDRM XML names \(facts.documents.count) documents, the DAT \(records.count), or others"
      )
      return
    }
    for (document, record) in zip(facts.documents, records) {
      let named = record.paths.prefix(2).filter { !$0.isEmpty }
      if document.files.map(\.path) != Array(named) {
        report.note(.inconsistent, record.begin, "EDRM XML and DAT name other files")
      }
      for file in document.files {
        guard let entry = contents.entries[file.path] else { continue }
        if file.md5 != entry.digests.md5 || file.byteCount != String(entry.byteCount) {
          report.note(.inconsistent, file.path, "the EDRM XML gives \(record.begin) another digest")
        }
      }
      if facts.parents[record.begin] ?? "" != record.parent {
        report.note(.inconsistent, record.begin, "EDRM XML and DAT give it other parents")
      }
    }
  }
}
