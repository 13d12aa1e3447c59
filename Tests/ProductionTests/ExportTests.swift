// SPDX-License-Identifier: Apache-2.0
import Bytes
import Foundation
import Model
import Production
import TestSupport
import Testing

@Suite("Exports: numbers, volumes, repeats and failures")
struct ExportTests {
  @Test(
    "control numbers refuse what no ledger can keep",
    arguments: [
      ("", 7, 1), ("CLD1", 7, 1), ("cld", 7, 1), ("A B", 7, 1), ("CLD", 6, 1), ("CLD", 19, 1),
      ("CLD", 7, 0), ("CLD", 7, 10_000_000), (".A", 7, 1), ("-A", 7, 1), ("CON.", 7, 1),
      ("Ä", 7, 1),
    ])
  func badNumbers(_ prefix: String, _ width: Int, _ start: Int) {
    #expect(throws: ProductionError.self) {
      try ControlNumbers(prefix: prefix, width: width, start: start)
    }
  }

  @Test("numbers go on from the given start, and running out of digits stops the export")
  func numbering() async throws {
    try await withTemporaryDirectory { folder in
      var options = try sampleOptions()
      options.numbers = try ControlNumbers(prefix: "ACME_", width: 8, start: 41)
      let report = try export(hostileUnits(), to: folder, options)
      #expect(report.numbers == 41...48)
      #expect(
        FileManager.default.fileExists(atPath: report.path + "/NATIVES/0001/ACME_00000041.json"))
      options.numbers = try ControlNumbers(start: 9_999_995)
      options.volumeName = "VOL002"
      #expect(throws: ProductionError.self) { try export(hostileUnits(), to: folder, options) }
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["VOL001"])
    }
  }

  @Test("a set too large for one volume goes on in the next, families whole, manifests chained")
  func severalVolumes() async throws {
    try await withTemporaryDirectory { folder in
      var options = try sampleOptions()
      options.maximumDocumentCount = 4
      options.package = .zip(.store)
      let reports = try VolumeExporter(options)
        .write(SequenceSource(hostileUnits()), to: folder.path)
      // The first family is larger than a volume and stays whole.
      #expect(reports.map(\.name) == ["VOL001", "VOL002"])
      #expect(reports.map(\.numbers) == [1...5, 6...8])
      for report in reports {
        #expect(try VolumeVerifier.verify(report.path).problems == [])
      }
      let second = try run("unzip", ["-p", reports[1].path, "VOL002/MANIFEST/manifest.json"])
      #expect(
        second.output.contains("\"previous_manifest_sha256\":\"\(reports[0].manifestSHA256)\""))
    }
  }

  @Test("folders hold at most 1000 files, and nothing is lost in a set of many batches")
  func manyDocuments() async throws {
    try await withTemporaryDirectory { folder in
      let units = (0..<2_100).lazy.map { index in
        sampleUnit(
          id: "conv-\(index)",
          [SampleMessage(id: "m\(index)", time: "2026-03-01T09:00:00Z", text: "text \(index)")])
      }
      let reports = try VolumeExporter(sampleOptions())
        .write(SequenceSource(units), to: folder.path)
      let report = try #require(reports.first)
      #expect(report.tally.documents == 2_100)
      for section in ["NATIVES", "TEXT", "HTML"] {
        let path = report.path + "/" + section
        let counts = try ["0001", "0002", "0003"].map {
          try FileManager.default.contentsOfDirectory(atPath: path + "/" + $0).count
        }
        #expect(counts == [1000, 1000, 100])
      }
      let text = try String(
        contentsOfFile: report.path + "/TEXT/0002/CLD0001001.txt", encoding: .utf8)
      #expect(text == "[2026-03-01T09:00:00Z] Ada Byron: text 1000\n")
      #expect(try VolumeVerifier.verify(report.path).problems == [])
    }
  }

  @Test("an empty set gives an empty volume that verifies")
  func empty() async throws {
    try await withTemporaryDirectory { folder in
      let report = try export([], to: folder)
      #expect(report.numbers == nil)
      let check = try VolumeVerifier.verify(report.path)
      #expect(check.problems == [])
      #expect(check.documentCount == 0)
    }
  }

  @Test("an existing volume stays unless it may be replaced", arguments: VerifyTests.packages)
  func existing(_ package: VolumePackage) async throws {
    try await withTemporaryDirectory { folder in
      var options = try sampleOptions()
      options.package = package
      let first = try export(hostileUnits(), to: folder, options)
      #expect(throws: ProductionError.self) { try export([], to: folder, options) }
      #expect(try VolumeVerifier.verify(first.path).documentCount == 8)
      options.replacesExisting = true
      let second = try export([], to: folder, options)
      #expect(second.path == first.path)
      let report = try VolumeVerifier.verify(second.path)
      #expect(report.problems == [])
      #expect(report.documentCount == 0)
      let left = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      #expect(left.allSatisfy { !$0.hasPrefix(".") })
    }
  }

  @Test(
    "a source that fails leaves nothing, and what a killed run left is removed",
    arguments: VerifyTests.packages)
  func failing(_ package: VolumePackage) async throws {
    try await withTemporaryDirectory { folder in
      var options = try sampleOptions()
      options.package = package
      #expect(throws: CancellationError.self) {
        try VolumeExporter(options).write(FailingSource(), to: folder.path)
      }
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [])
      let staging = folder.appendingPathComponent(".VOL001" + package.fileExtension + ".partial")
      try FileManager.default.createDirectory(
        at: staging.appendingPathComponent("VOL001/DATA"), withIntermediateDirectories: true)
      try Data("half".utf8).write(to: staging.appendingPathComponent("VOL001/DATA/VOL001.dat"))
      try Data("half".utf8).write(to: staging.appendingPathComponent("archive"))
      let report = try export(hostileUnits(), to: folder, options)
      #expect(try VolumeVerifier.verify(report.path).problems == [])
      let left = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      #expect(left.allSatisfy { !$0.hasPrefix(".") })
    }
  }

  @Test("volumes are for their owner alone")
  func modes() async throws {
    try await withTemporaryDirectory { folder in
      let report = try export(hostileUnits(), to: folder.appendingPathComponent("new"))
      let open = try run("find", [folder.path + "/new", "-perm", "/077"])
      #expect(open.output.isEmpty, "\(open.output)")
      #expect(report.fileCount > 20)
    }
  }

  @Test("a run record changes run.json alone")
  func runRecord() async throws {
    try await withTemporaryDirectory { folder in
      let plain = try export(hostileUnits(), to: folder)
      var options = try sampleOptions()
      options.runRecord = RunRecord(
        generatedAt: Instant(ticks: 0), operatorName: "Grace \"H\"", host: "h")
      let recorded = try export(hostileUnits(), to: folder.appendingPathComponent("b"), options)
      #expect(recorded.manifestID == plain.manifestID)
      let differences = try run("diff", ["-rq", plain.path, recorded.path]).output
      #expect(differences.split(separator: "\n").count == 1)
      #expect(differences.contains("MANIFEST/run.json"))
      #expect(try VolumeVerifier.verify(recorded.path).problems == [])
    }
  }

  @Test("the manifest names what was asked for, and no value can forge a line of the README")
  func description() async throws {
    try await withTemporaryDirectory { folder in
      var options = try sampleOptions()
      options.scope.matter = "Smith v. Jones\nWithheld documents: 99"
      let query = "termination AND \"fee\u{202E}\""
      options.scope.loads = [sampleLoad(query)]
      options.confidentiality = "CONFIDENTIAL"
      let report = try export(hostileUnits(), to: folder, options)
      let readme = try String(contentsOfFile: report.path + "/README.txt", encoding: .utf8)
      #expect(readme.contains("Matter: Smith v. Jones Withheld documents: 99\n"))
      #expect(readme.contains("\nWithheld documents: 0\n"))
      #expect(readme.contains("Control numbers: CLD0000001 to CLD0000008\n"))
      #expect(!readme.unicodeScalars.contains("\u{202E}"))
      let json = try Data(contentsOf: URL(fileURLWithPath: report.path + "/MANIFEST/manifest.json"))
      let manifest = try #require(
        try JSONSerialization.jsonObject(with: json) as? [String: Any])
      let scope = try #require(manifest["scope"] as? [String: Any])
      #expect(scope["query"] as? String == query)
      let counts = try #require(manifest["counts"] as? [String: Any])
      #expect(counts["messages"] as? Int == 5)
      #expect(counts["context_messages"] as? Int == 1)
      #expect(counts["slip_sheets"] as? Int == 2)
      let exceptions = try #require(manifest["exceptions"] as? [String: Int])
      #expect(exceptions["MISSING_AT_SOURCE"] == 1)
      #expect(exceptions["ZERO_BYTE"] == 1)
    }
  }

  @Test("the hash tree has the roots of the specification's vectors")
  func hashTree() {
    let leaves = [
      "", "00", "10", "2021", "3031", "40414243", "5051525354555657",
      "606162636465666768696a6b6c6d6e6f",
    ]
    let roots = [
      0: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
      1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
      2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
      3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
      5: "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
      6: "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
      8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ]
    var tree = HashTree()
    for count in 0...8 {
      if let root = roots[count] { #expect(tree.root.hexadecimal == root) }
      guard count < 8 else { continue }
      let leaf = [UInt8](hexadecimal: leaves[count]) ?? []
      tree.add(leaf.span)
    }
  }
}

/// Gives one unit and then fails, as a source does whose store breaks.
private struct FailingSource: ProductionSource {
  private var count = 0

  mutating func nextUnit() throws -> ProducedUnit? {
    count += 1
    guard count < 600 else { throw CancellationError() }
    return sampleUnit(
      id: "conv-\(count)", [SampleMessage(id: "m", time: "2026-03-01T09:00:00Z", text: "x")])
  }
}
