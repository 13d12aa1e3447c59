// SPDX-License-Identifier: Apache-2.0
import Foundation
import Model
import Production
import TestSupport
import Testing

@Suite("The viewer of a volume, used in a browser", .serialized)
struct ViewerTests {
  @Test("shows, filters and finds every document by keys alone, whatever the texts hold")
  func everyDocument() async throws {
    try await withTemporaryDirectory { folder in
      var options = try sampleOptions()
      options.renderings = [.html, .viewer]
      options.loadFiles.csvIsRaw = true
      options.scope.matter = "</script><script>alert(1)</script>"
      let report = try export(hostileUnits() + longUnits(), to: folder, options)
      #expect(try VolumeVerifier.verify(report.path).problems == [])
      let check = try reader("viewer", [report.path])
      #expect(check.status == 0, "\(check.output)")
      #expect(check.output == "\(report.tally.documents)\n")
    }
  }

  @Test("shows tags of reviewers only where the load file has them", arguments: [false, true])
  func tags(isAskedFor: Bool) async throws {
    try await withTemporaryDirectory { folder in
      var options = try sampleOptions()
      options.renderings = [.viewer]
      if isAskedFor { options.extraFields = [.tags] }
      var unit = sampleUnit(
        [SampleMessage(id: "m1", time: "2026-03-01T09:00:00Z", text: "Please list the clauses.")])
      unit.tags = [0: [ItemTag(group: "Relevance", name: "Hot")]]
      let report = try export([unit], to: folder, options)
      let page = try String(contentsOfFile: report.path + "/index.html", encoding: .utf8)
      #expect(page.contains("Relevance: Hot") == isAskedFor)
      let table = try String(contentsOfFile: report.path + "/DATA/VOL001.csv", encoding: .utf8)
      #expect(table.contains("Relevance: Hot") == isAskedFor)
    }
  }

  @Test("of an empty volume has no document")
  func empty() async throws {
    try await withTemporaryDirectory { folder in
      var options = try sampleOptions()
      options.renderings = [.viewer]
      let report = try export([], to: folder, options)
      #expect(try VolumeVerifier.verify(report.path).problems == [])
      let page = try String(contentsOfFile: report.path + "/index.html", encoding: .utf8)
      #expect(!page.contains("<script type"))
      #expect(page.hasSuffix("</html>\n"))
    }
  }
}
