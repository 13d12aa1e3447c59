// SPDX-License-Identifier: Apache-2.0
import Foundation
import Model
import Production
import TestSupport
import Testing

@Suite("Reports on interactions with an AI")
struct ReportTests {
  private func write(
    withBodies: Bool = false, package: VolumePackage = .folder, to folder: URL
  ) throws -> VolumeReport {
    var options = try sampleOptions()
    options.layout = .report
    options.package = package
    options.reportHasBodies = withBodies
    options.scope.loads = [sampleLoad("=tender")]
    return try export(hostileUnits() + longUnits(), to: folder, options)
  }

  @Test("its tables agree with its files and with each other", arguments: [false, true])
  func tables(_ withBodies: Bool) async throws {
    try await withTemporaryDirectory { folder in
      let report = try write(withBodies: withBodies, to: folder)
      let check = try reader("report", [report.path, String(report.tally.selectedMessages)])
      #expect(check.status == 0, "\(check.output)")
      let sums = try run(
        "sha256sum", ["-c", "--strict", "--quiet", "MANIFEST/SHA256SUMS"],
        in: URL(fileURLWithPath: report.path))
      #expect(sums.status == 0, "\(sums.output)")
    }
  }

  @Test("csvclean finds no error in any table")
  func csvclean() async throws {
    try await withTemporaryDirectory { folder in
      let report = try write(to: folder)
      for name in try FileManager.default.contentsOfDirectory(atPath: report.path)
      where name.hasSuffix(".csv") {
        // Debian's version takes -n and always ends with 0; later ones end with 1 on errors.
        let path = report.path + "/" + name
        var clean = try run("csvclean", ["-n", path])
        if clean.status == 2 {
          clean = try run("csvclean", ["--length-mismatch", path])
        } else {
          #expect(clean.output.contains("No errors."), "\(name): \(clean.output)")
        }
        #expect(clean.status == 0, "\(name): \(clean.output)")
      }
    }
  }

  @Test("verifies in every package", arguments: VerifyTests.packages)
  func verifies(_ package: VolumePackage) async throws {
    try await withTemporaryDirectory { folder in
      let written = try write(package: package, to: folder)
      let report = try VolumeVerifier.verify(written.path)
      #expect(report.problems == [])
      #expect(report.documentCount == written.tally.documents)
    }
  }

  @Test(
    "a changed table that the checksums were made to fit is found",
    arguments: [
      ("Items.csv", "CLD0000001,", "CLD0000099,"), ("Messages.csv", ",yes,", ",context,"),
      ("Summary.csv", "messages_exported,", "messages_exported,1"),
    ])
  func forged(_ name: String, _ old: String, _ new: String) async throws {
    try await withTemporaryDirectory { folder in
      let written = try write(to: folder)
      let file = URL(fileURLWithPath: written.path + "/" + name)
      var text = try String(contentsOf: file, encoding: .utf8)
      text.replace(old, with: new, maxReplacements: 1)
      try Data(text.utf8).write(to: file)
      let problems = try VolumeVerifier.verify(written.path).problems
      #expect(problems.contains { $0.code == .inconsistent })
    }
  }

  @Test("tells what reviewers coded only where that is asked for", arguments: [false, true])
  func tags(_ isAsked: Bool) async throws {
    try await withTemporaryDirectory { folder in
      var options = try sampleOptions()
      options.layout = .report
      if isAsked { options.extraFields = [.tags] }
      var unit = sampleUnit([SampleMessage(id: "m1", text: "words")])
      unit.tags = [0: [ItemTag(group: "Issue", name: "Price; terms")]]
      let report = try export([unit], to: folder, options)
      let items = try String(contentsOfFile: report.path + "/Items.csv", encoding: .utf8)
      #expect(items.hasSuffix(isAsked ? ",\"Issue: Price, terms\"\r\n" : ",\r\n"))
      #expect(try VolumeVerifier.verify(report.path).problems == [])
    }
  }

  @Test("takes no other rendering than its transcripts")
  func renderings() throws {
    var options = try sampleOptions()
    options.layout = .report
    options.renderings = [.html, .rsmf]
    #expect(throws: ProductionError.self) { try VolumeExporter(options) }
  }
}
