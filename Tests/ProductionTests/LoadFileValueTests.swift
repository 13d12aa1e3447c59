// SPDX-License-Identifier: Apache-2.0
import Foundation
import Model
import TestSupport
import Testing

@testable import Production

@Suite("Values in load files")
struct LoadFileValueTests {
  private func duplicate(_ id: String, _ path: String, _ name: String) -> SuppressedDuplicate {
    SuppressedDuplicate(
      sourceID: id, custodian: ProducedCustodian(fullName: name), path: path, method: "m",
      hash: "00", scope: "global")
  }

  private func text(_ report: VolumeReport, _ path: String) throws -> String {
    try String(contentsOf: URL(fileURLWithPath: report.path + "/" + path), encoding: .utf8)
  }

  /// By bytes: the comparison of strings takes canonically equivalent ones for equal.
  private func holds(_ text: String, _ part: String) -> Bool {
    Data(text.utf8).range(of: Data(part.utf8)) != nil
  }

  @Test("a semicolon inside one of several values goes, whatever follows it, and nothing like it")
  func semicolons() async throws {
    try await withTemporaryDirectory { folder in
      var unit = sampleUnit([SampleMessage(id: "m1", time: "2026-03-01T09:00:00Z", text: "x")])
      unit.duplicates = [
        duplicate("d;\u{301}1", "a;\u{301}b", "X"), duplicate("d2", "c\u{37E}d", "X"),
      ]
      unit.tags = [0: [ItemTag(group: "G", name: "t;\u{301}u\u{37E}v")]]
      var options = try sampleOptions()
      options.extraFields = [.tags]
      options.renderings.insert(.edrm)
      let report = try export([unit], to: folder, options)
      for path in ["DATA/VOL001.csv", "DATA/VOL001-edrm.xml", "DATA/VOL001.dat"] {
        let file = try text(report, path)
        #expect(holds(file, "a,\u{301}b;c\u{37E}d"), "\(path)")
        #expect(holds(file, "G: t,\u{301}u\u{37E}v"), "\(path)")
      }
      options = try sampleOptions()
      options.layout = .report
      options.volumeName = "REP001"
      let items = try text(try export([unit], to: folder, options), "Items.csv")
      #expect(holds(items, "d,\u{301}1;d2"))
      #expect(holds(items, "a,\u{301}b;c\u{37E}d"))
    }
  }

  @Test("values that differ in their bytes alone are all kept")
  func bytes() async throws {
    try await withTemporaryDirectory { folder in
      var unit = sampleUnit([SampleMessage(id: "m1", time: "2026-03-01T09:00:00Z", text: "x")])
      unit.duplicates = [
        duplicate("d1", "\u{E9}.zip", "Ren\u{E9}"), duplicate("d2", "e\u{301}.zip", "Rene\u{301}"),
        duplicate("d3", "\u{E9}.zip", "Ren\u{E9}"),
      ]
      let dat = try text(try export([unit], to: folder), "DATA/VOL001.dat")
      #expect(holds(dat, "\u{FE}\u{E9}.zip;e\u{301}.zip\u{FE}"))
      #expect(holds(dat, "\u{FE}Byron, Ada;Ren\u{E9};Rene\u{301}\u{FE}"))
    }
  }

  @Test(
    "an account or address that stands for a name is not turned around",
    arguments: [
      ("Ada King Byron", "acc-1", "Byron, Ada King"),
      ("account cust_1", "cust_1", "account cust_1"),
      ("svc build bot", "svc build bot", "svc build bot"),
      ("ada@example.org", "a", "ada@example.org"),
      ("Ada <ada@example.org>", "a", "Ada <ada@example.org>"), ("Byron, Ada", "a", "Byron, Ada"),
    ])
  func accounts(name: String, account: String, sorted: String) {
    #expect(ProducedCustodian(fullName: name, accountID: account).sortedName == sorted)
  }

  @Test("NUL is in no table, and the log says where it was", arguments: [false, true])
  func nul(_ isReport: Bool) async throws {
    try await withTemporaryDirectory { folder in
      var unit = sampleUnit(
        title: "a\0b\0=", [SampleMessage(id: "m1", time: "2026-03-01T09:00:00Z", text: "x\0y")])
      unit.problems = [
        CaptureProblem(code: .decodeError, path: "x", object: "m1", detail: "\0=bad")
      ]
      var options = try sampleOptions()
      if isReport {
        options.layout = .report
        options.reportHasBodies = true
      }
      let report = try export([unit], to: folder, options)
      #expect(try VolumeVerifier.verify(report.path).problems == [])
      var count = 0
      for path in try FileManager.default.subpathsOfDirectory(atPath: report.path)
      where path.hasSuffix(".csv") {
        count += 1
        #expect(!holds(try text(report, path), "\0"), "\(path)")
      }
      #expect(count > 2)
      let log = try text(report, isReport ? "Errors.csv" : "LOGS/exceptions.csv")
      let place = isReport ? "Items.csv" : "the CSV load file"
      #expect(
        log.contains(
          "SUBSTITUTED_CHARS,SUBJECT,2,\(place) holds the value with other characters"))
      // What is left is a formula to a spreadsheet.
      #expect(log.contains("\"'=bad\""))
      #expect(try text(report, isReport ? "Items.csv" : "DATA/VOL001.csv").contains("ab="))
    }
  }
}
