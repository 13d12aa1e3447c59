// SPDX-License-Identifier: Apache-2.0
import Foundation
import Glibc
import Model
import Production
import TestSupport
import Testing

@Suite("Determinism")
struct DeterminismTests {
  @Test(
    "zone, locale and time of the machine leave no trace in any package",
    arguments: VerifyTests.packages)
  func environment(_ package: VolumePackage) async throws {
    try await withTemporaryDirectory { folder in
      let index = VerifyTests.packages.firstIndex(of: package) ?? 0
      let path = folder.path
      await #expect(processExitsWith: .success) { [path = path as String, index = index as Int] in
        try exportIn(zone: "UTC", locale: "C", package: index, to: path + "/a")
      }
      await #expect(processExitsWith: .success) { [path = path as String, index = index as Int] in
        try exportIn(zone: "Asia/Kolkata", locale: "C.UTF-8", package: index, to: path + "/b")
      }
      for suffix in ["", "-all", "-report"] {
        let difference = try run("diff", ["-r", path + "/a" + suffix, path + "/b" + suffix])
        #expect(difference.status == 0, "\(difference.output)")
      }
      let names = try FileManager.default.contentsOfDirectory(atPath: path + "/a")
      #expect(!names.isEmpty)
    }
  }
}

/// Exports the hostile units in a process of its own whose zone and locale were changed.
private func exportIn(zone: String, locale: String, package: Int, to path: String) throws {
  unsafe setenv("TZ", zone, 1)
  unsafe setenv("LC_ALL", locale, 1)
  unsafe setlocale(LC_ALL, "")
  tzset()
  var options = try sampleOptions()
  options.package = VerifyTests.packages[package]
  options.zone = try #require(RunZone(identifier: "Europe/Berlin"))
  try export(hostileUnits(), to: URL(fileURLWithPath: path), options)
  // With everything that a volume can carry, and as a report.
  let key = try #require(SigningKey(seed: Array(0..<32)))
  options.evidence.signingKey = key
  options.evidence.proof = try EvidenceTests.proof(
    "VOL001", key: key, package: options.package.description)
  options.evidence.collections = []
  options.renderings = [.html, .rsmf, .eml, .edrm, .viewer]
  try export(hostileUnits() + longUnits(), to: URL(fileURLWithPath: path + "-all"), options)
  options.renderings = [.html]
  options.layout = .report
  try export(hostileUnits(), to: URL(fileURLWithPath: path + "-report"), options)
}
