// SPDX-License-Identifier: Apache-2.0
import Bytes
import Foundation
import Model
import Production
import TestSupport
import Testing

@Suite("Differences between volumes")
struct ComparisonTests {
  @Test("equal volumes differ in nothing, whatever they are packed in")
  func equal() async throws {
    try await withTemporaryDirectory { folder in
      let first = try export(hostileUnits(), to: folder.appendingPathComponent("a"))
      var options = try sampleOptions()
      options.package = .tarZstandard(level: 3)
      let second = try export(hostileUnits(), to: folder.appendingPathComponent("b"), options)
      #expect(try VolumeComparison.differences(first.path, first.path) == [])
      let other = try VolumeComparison.differences(first.path, second.path)
      #expect(other.map(\.object) == ["options.package"])
    }
  }

  @Test("documents added, removed and changed are told with the fields and files that differ")
  func documents() async throws {
    try await withTemporaryDirectory { folder in
      let units = hostileUnits()
      let first = try export(units, to: folder.appendingPathComponent("a"))
      var changed = units
      changed[1].unit.title = "Now with a title"
      changed.append(sampleUnit(id: "conv-9", [SampleMessage(id: "n1", text: "new")]))
      var options = try sampleOptions()
      options.confidentiality = "CONFIDENTIAL"
      options.scope.matter = "Pier 9"
      let second = try export(changed, to: folder.appendingPathComponent("b"), options)
      let found = try VolumeComparison.differences(first.path, second.path)
      #expect(
        found.contains {
          $0 == VolumeDifference(kind: .documentAdded, object: "CLD0000009", details: [])
        })
      let seventh = try #require(found.first { $0.object == "CLD0000007" })
      let expected = [
        "SUBJECT", "CONFIDENTIALITY", "TEXT/0001/CLD0000007.txt", "HTML/0001/CLD0000007.html",
      ]
      #expect(seventh.kind == .documentChanged)
      #expect(seventh.details == expected)
      #expect(
        found.contains {
          $0 == VolumeDifference(kind: .manifest, object: "matter", details: ["", "Pier 9"])
        })
      #expect(found.contains { $0.kind == .file && $0.object == "DATA/VOL001.dat" })
      let back = try VolumeComparison.differences(second.path, first.path)
      #expect(back.contains { $0.kind == .documentRemoved && $0.object == "CLD0000009" })
    }
  }

  @Test("reports are compared like volumes, and never with them")
  func reports() async throws {
    try await withTemporaryDirectory { folder in
      var options = try sampleOptions()
      options.layout = .report
      let first = try export(hostileUnits(), to: folder.appendingPathComponent("a"), options)
      #expect(try VolumeComparison.differences(first.path, first.path) == [])
      var units = hostileUnits()
      units[1].unit.title = "Now with a title"
      let second = try export(units, to: folder.appendingPathComponent("b"), options)
      let found = try VolumeComparison.differences(first.path, second.path)
      let changed = try #require(found.first { $0.object == "CLD0000007" })
      #expect(changed.details == ["ConversationName", "transcripts/CLD0000007.html"])
      #expect(!found.contains { $0.kind == .documentAdded || $0.kind == .documentRemoved })
      let volume = try export(units, to: folder.appendingPathComponent("c"))
      #expect(throws: ProductionError.self) {
        try VolumeComparison.differences(first.path, volume.path)
      }
    }
  }

  @Test("evidence that one volume has and the other has not is told")
  func evidence() async throws {
    try await withTemporaryDirectory { folder in
      var options = try sampleOptions()
      let first = try export(hostileUnits(), to: folder.appendingPathComponent("a"), options)
      let key = try #require(SigningKey(seed: Array(0..<32)))
      options.evidence.signingKey = key
      options.evidence.proof = try EvidenceTests.proof("VOL001", key: key)
      let second = try export(hostileUnits(), to: folder.appendingPathComponent("b"), options)
      let found = try VolumeComparison.differences(first.path, second.path)
      #expect(
        found.map(\.object) == [
          "counts.bytes", "options.audit_proof", "options.signer", "MANIFEST/audit-proof.json",
          "MANIFEST/checkpoint.txt", "README.txt",
        ])
    }
  }

  @Test("encrypted volumes are compared with their passphrase alone")
  func encrypted() async throws {
    try await withTemporaryDirectory { folder in
      var options = try sampleOptions()
      let plain = try export(hostileUnits(), to: folder.appendingPathComponent("a"), options)
      options.package = .zip(.store)
      options.passphrase = "twelve characters"
      let closed = try export(hostileUnits(), to: folder.appendingPathComponent("b"), options)
      for passphrase in [nil, "another of twelve"] {
        let error = #expect(throws: ProductionError.self) {
          try VolumeComparison.differences(plain.path, closed.path, passphrase: passphrase)
        }
        #expect(error?.code == .encrypted)
      }
      let found = try VolumeComparison.differences(
        plain.path, closed.path, passphrase: "twelve characters")
      #expect(found.map(\.object) == ["options.encryption", "options.package"])
    }
  }

  @Test("what is no volume is refused")
  func noVolume() async throws {
    try await withTemporaryDirectory { folder in
      let volume = try export(hostileUnits(), to: folder.appendingPathComponent("a"))
      #expect(throws: ProductionError.self) {
        try VolumeComparison.differences(volume.path, folder.path)
      }
      #expect(throws: ProductionError.self) {
        try VolumeComparison.differences(volume.path, folder.path + "/none")
      }
    }
  }
}
