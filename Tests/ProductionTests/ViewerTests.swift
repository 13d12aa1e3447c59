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
      options.csvIsRaw = true
      options.scope.matter = "</script><script>alert(1)</script>"
      let report = try export(hostileUnits() + longUnits(), to: folder, options)
      #expect(try VolumeVerifier.verify(report.path).problems == [])
      let check = try reader("viewer", [report.path])
      #expect(check.status == 0, "\(check.output)")
      #expect(check.output == "\(report.tally.documents)\n")
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
