// SPDX-License-Identifier: Apache-2.0
import Actions
import Foundation
import Model
import Production
import Store
import TestSupport
import Testing

@Suite("Volumes that are read back")
struct ExportVerificationTests {
  private func request(
    _ bench: ReviewBench, _ name: String, _ package: VolumePackage
  ) -> ExportRequest {
    let out = bench.folder.appendingPathComponent("out").path
    return ExportRequest(output: out + "/" + name + package.fileExtension, package: package)
  }

  /// Changes the last byte of a file.
  private func damage(_ path: String) throws {
    let file = URL(fileURLWithPath: path)
    var bytes = try Data(contentsOf: file)
    bytes[bytes.count - 1] ^= 1
    try bytes.write(to: file)
  }

  @Test("a volume that is damaged before it was checked fails the export, and is named")
  func damaged() async throws {
    try await ReviewBench.with { bench in
      let action = ExportAction(store: bench.home, actor: ReviewBench.actor)
      var request = request(bench, "VOL001", .folder)
      request.maximumDocumentCount = 1
      let error = #expect(throws: StoreError.self) {
        try action.run(bench.set, request) { path in
          if path.hasSuffix("VOL002") { try damage(path + "/README.txt") }
        }
      }
      #expect(error?.code == .damaged)
      #expect(error?.objects.first?.hasSuffix("out/VOL002") == true)
      #expect(error?.message.contains("README.txt") == true)
      #expect(try bench.home.read { try $0.exports(of: bench.set) }.map(\.state) == [.failed])
      request.replacesExisting = true
      let again = try action.run(bench.set, request)
      #expect(again.reports.first?.numbers == 1...1)
    }
  }

  @Test("nothing is read back where that is not wanted, and nothing of a rehearsal")
  func unwanted() async throws {
    try await ReviewBench.with { bench in
      let action = ExportAction(store: bench.home, actor: ReviewBench.actor)
      var request = request(bench, "VOL001", .folder)
      _ = try action.rehearse(bench.set, request)
      request.isVerified = false
      _ = try action.run(bench.set, request) { path in Issue.record("\(path) is checked") }
      #expect(try bench.home.read { try $0.exports(of: bench.set) }.map(\.state) == [.complete])
    }
  }

  @Test("an encrypted and signed volume is read back with its passphrase")
  func encrypted() async throws {
    try await ReviewBench.with { bench in
      let action = ExportAction(store: bench.home, actor: ReviewBench.actor)
      var request = request(bench, "VOL001", .zip(.deflate(level: 6)))
      request.passphrase = "long enough for anybody"
      request.signingKey = SigningKey(seed: Array(0..<32))
      request.hasProof = true
      var paths: [String] = []
      _ = try action.run(bench.set, request) { paths.append($0) }
      #expect(paths.map { $0.hasSuffix("out/VOL001.zip") } == [true])
    }
  }

  @Test("while an export runs its set is not coded")
  func coding() async throws {
    try await ReviewBench.with { bench in
      let action = ExportAction(store: bench.home, actor: ReviewBench.actor)
      var count = 0
      _ = try action.run(bench.set, request(bench, "VOL001", .folder)) { _ in
        count += 1
        #expect(
          exitStatus { try bench.code(.note, on: ["m1"], note: "too late") } == .locked)
        #expect(
          exitStatus {
            _ = try ReviewAction(store: bench.home, actor: ReviewBench.actor).add(
              .ids(["c3"]), to: bench.set, context: .conversation)
          } == .locked)
      }
      #expect(count == 1)
      try bench.code(.note, on: ["m1"], note: "in time")
    }
  }
}
