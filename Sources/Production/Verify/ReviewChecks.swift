// SPDX-License-Identifier: Apache-2.0
import Bytes
import Model

/// What the review data of a volume says, as far as it can be checked.
struct ReviewFacts: Sendable {
  /// The records that it names.
  var records: [ReviewRecordData] = []
}

/// Takes in review data while its bytes pass.
struct ReviewIntake: Sendable {
  private let path: String
  private var scanner = ReviewDataScanner()
  private var facts = ReviewFacts()

  init(_ path: String) {
    self.path = path
  }

  mutating func read(_ piece: Span<UInt8>) {
    var found: [ReviewRecordData] = []
    scanner.read(piece) { line, _ in
      if case .conversation(let unit) = line { found += unit.records }
    }
    facts.records += found
  }

  mutating func finish() -> (ReviewFacts, [VerificationProblem]) {
    scanner.finish()
    return (
      facts,
      scanner.defects.map { VerificationProblem(code: .malformed, path: path, detail: $0) }
    )
  }
}

/// Checks the review data against the files.
enum ReviewChecks {
  static func run(
    _ contents: VolumeContents, manifest: JSONValue?, _ report: inout VerificationReport
  ) {
    let path = ReviewDataScanner.path(volumeName: report.volumeName)
    if manifest?["options"]?["review_data"] == true, contents.entries[path] == nil,
      !contents.unreadable.contains(path)
    {
      report.note(.missing, path, "the manifest tells of review data")
    }
    if let entry = contents.entries[path], contents.loadFile.review != nil {
      report.reviewFile = VerifiedFile(path: path, sha256: entry.digests.sha256)
    }
    var named: Set<String> = []
    for record in contents.loadFile.review?.records ?? [] {
      named.insert(record.path)
      guard let entry = contents.entries[record.path] else {
        if !contents.unreadable.contains(record.path) {
          report.note(.missing, record.path, "the review data names it")
        }
        continue
      }
      if entry.digests.sha256 != record.sha256 {
        report.note(.inconsistent, record.path, "the review data gives it another digest")
      }
    }
    let unnamed = contents.entries.keys.filter { $0.hasPrefix("RECORDS/") && !named.contains($0) }
    for path in unnamed.sorted() {
      report.note(.inconsistent, path, "the review data does not name it")
    }
  }
}
