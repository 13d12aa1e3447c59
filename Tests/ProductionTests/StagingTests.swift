// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing

@testable import Production

@Suite("Publishing a volume")
struct StagingTests {
  @Test("an earlier folder comes back when the new one cannot take its place")
  func comesBack() async throws {
    try await withTemporaryDirectory { folder in
      let volume = folder.appendingPathComponent("VOL001")
      try FileManager.default.createDirectory(at: volume, withIntermediateDirectories: true)
      try Data("held".utf8).write(to: volume.appendingPathComponent("old"))
      do {
        let staging = try StagingFolder(in: folder.path, for: "VOL001")
        // Nothing was staged under this name, so that the second step fails.
        #expect(throws: ProductionError.self) {
          try staging.publish("VOL001", as: volume.path, replacing: true)
        }
        #expect(FileManager.default.fileExists(atPath: volume.path + "/old"))
      }
      #expect(try String(contentsOfFile: volume.path + "/old", encoding: .utf8) == "held")
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["VOL001"])
    }
  }

  @Test("no volume is published whose numbers are refused")
  func refused() async throws {
    struct Refused: Error {}
    try await withTemporaryDirectory { folder in
      var options = try sampleOptions()
      options.maximumDocumentCount = 1
      let units = ["c1", "c2", "c3"].map { id in
        sampleUnit(id: id, [SampleMessage(id: id, time: "2026-03-01T09:00:00Z", text: "x")])
      }
      var asked: [ClosedRange<Int>] = []
      #expect(throws: Refused.self) {
        try VolumeExporter(options).write(SequenceSource(units), to: folder.path) { numbers in
          let path = folder.path + "/VOL00\(asked.count + 1)"
          #expect(!FileManager.default.fileExists(atPath: path))
          asked.append(numbers)
          if numbers.contains(2) { throw Refused() }
        }
      }
      #expect(asked == [1...1, 2...2])
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["VOL001"])
    }
  }
}
