// SPDX-License-Identifier: Apache-2.0
import Bytes
import Model

/// The data sheet for a certification under Federal Rules of Evidence 902(13) and (14)
/// (export-formats section 11.1).
///
/// A template with the facts that the program knows; a qualified person completes and signs it.
struct CertificationSheet {
  let description: VolumeDescription
  /// SHA-256 of `SHA256SUMS`.
  let sumsSHA256: String
  let manifestSHA256: String
  let isSigned: Bool
  let hasCheckpoint: Bool

  func text(_ collections: [VolumeEvidence.Collection]) -> String {
    let tally = description.tally
    let tool = description.options.tool
    let blank = "______________________________"
    var text = """
      DATA SHEET FOR A CERTIFICATION OF ELECTRONIC RECORDS
      Federal Rules of Evidence 902(13) and 902(14), in the form of 902(11)

      This sheet is a template. The program that made it certifies nothing and signs nothing. A
      qualified person must check it, complete the blanks and sign. It concerns authenticity alone,
      not hearsay or relevance. Reasonable written notice is needed, with the records and the
      certification available before use.

      1. DECLARANT
      Name: \(blank)
      Role: \(blank)
      Basis of knowledge: \(blank)

      2. RECORDS
      Matter: \(line(description.options.scope.matter))
      Review set: \(line(description.options.scope.selection))
      Volume: \(description.name), dated \(description.options.date.isoText)
      Control numbers: \(description.first.isEmpty ? "none" : description.first + " to " + description.last)
      Documents: \(tally.documents) in \(tally.families) families, \(tally.selectedMessages) messages
      Of them withheld: \(tally.withheld), redacted: \(tally.redacted)
      Custodians: \(line(custodians))

      3. SYSTEM
      Program: \(line(tool.name)) \(line(tool.version))
      How records are made: a capture keeps each record of the source byte for byte, with its
      SHA-256, and parses it; texts, transcripts and load files of a volume are made from the kept
      bytes. The same set and options give the same bytes.
      How records are kept: in a store that only its account can read, with an audit log in which
      every change is one event that bears the SHA-256 of the event before it.

      4. COLLECTION

      """
    if collections.isEmpty { text += "No run that captured records is on file.\n" }
    for run in collections {
      text +=
        "Source: " + line(run.source) + "; method: " + line(run.method) + "; operator: "
        + line(run.operatorName) + "\n  collected from " + run.started.rfc3339 + " to "
        + (run.finished?.rfc3339 ?? "(not finished)")
        + "; records: \(run.recordCount), exceptions: \(run.exceptionCount)\n"
        + "  times of the records: " + (run.firstRecord?.rfc3339 ?? "(none)") + " to "
        + (run.lastRecord?.rfc3339 ?? "(none)") + "\n"
    }
    let scope = description.options.scope
    text += "What was asked for when the review set was filled:\n"
    for load in scope.loads { text += "Load \(load.number): " + line(scope.text(of: load)) + "\n" }
    if scope.loads.isEmpty { text += "No load is on file.\n" }
    text += """

      5. DIGITAL IDENTIFICATION
      Algorithm: SHA-256. MD5 and SHA-1 stand in the load files as identifiers only.
      Digests of all files: MANIFEST/SHA256SUMS, whose SHA-256 is
        \(sumsSHA256)
      Manifest: MANIFEST/manifest.json, whose SHA-256 is
        \(manifestSHA256)

      6. VERIFICATION PERFORMED
      To be done by the declarant, and noted:
        sha256sum -c --strict --quiet MANIFEST/SHA256SUMS   on ____________  result ____________
        custody export verify VOLUME                        on ____________  result ____________
      Tools and versions: \(blank)

      7. EXCEPTIONS

      """
    if tally.exceptions.isEmpty { text += "None.\n" }
    for (code, count) in tally.exceptions.sorted(by: { $0.key < $1.key }) {
      text += code + ": " + String(count) + "\n"
    }
    text += """
      Listed one by one in \(description.options.layout.exceptionsPath).

      8. STATEMENT (28 U.S.C. section 1746)
      I declare under penalty of perjury under the laws of the United States of America that the
      foregoing is true and correct.
      Executed on ____________ at ____________
      Signature: \(blank)

      EXHIBITS
      A  MANIFEST/SHA256SUMS
      B  Signature: \(isSigned ? "MANIFEST/SHA256SUMS.sig, made with the key in MANIFEST/signer.pub" : "none")
      C  Time stamp reply: none in this volume
      D  Checkpoint of the audit log: \(hasCheckpoint ? "MANIFEST/checkpoint.txt" : "none")

      """
    return text
  }

  private var custodians: String {
    description.tally.custodians.keys.filter { !$0.isEmpty }
      .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.joined(separator: "; ")
  }

  private func line(_ text: String) -> String {
    text.isEmpty ? "(none)" : headerLine(text)
  }
}
