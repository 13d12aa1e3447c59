// SPDX-License-Identifier: Apache-2.0
import Archives
import Bytes
import Foundation
import Model
import Production
import TestSupport
import Testing

/// What verification must find in a stored zip that is one in every respect, so that it is read in
/// one pass and no reader of archives looks at it.
@Suite("Verification of a stored zip in one pass")
struct VerifyPassTests {
  private typealias Member = (path: String, bytes: [UInt8])

  /// The members of a zip that can be read in one pass.
  private func members(_ path: String) throws -> [Member] {
    let handle = try #require(FileHandle(forReadingAtPath: path))
    defer { try? handle.close() }
    var reader = try StoredZipReader(descriptor: handle.fileDescriptor)
    var all: [Member] = []
    while let member = try reader.next() {
      var bytes: [UInt8] = []
      while true {
        let piece = try reader.read()
        guard !piece.isEmpty else { break }
        bytes += piece
      }
      all.append((member.path, bytes))
    }
    return all
  }

  /// Writes a zip as an export does, with a true digest beside it.
  private func write(_ members: [Member], to path: String) throws {
    let receiver = ZipBytes()
    var writer = try ArchiveWriter(format: .zipStored, receiver: receiver)
    for member in members {
      try writer.beginFile(path: member.path, byteCount: Int64(member.bytes.count))
      try writer.write(member.bytes.span)
    }
    try writer.finish()
    try renew(receiver.bytes, at: path)
  }

  private func renew(_ bytes: [UInt8], at path: String) throws {
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    let line = SHA256Digest(of: bytes.span).hexadecimal + "  VOL001.zip\n"
    try Data(line.utf8).write(to: URL(fileURLWithPath: path + ".sha256"))
  }

  private func withVolume(
    _ units: [ProducedUnit], _ body: (_ path: String, _ members: [Member]) throws -> Void
  ) async throws {
    try await withTemporaryDirectory { folder in
      var options = try sampleOptions()
      options.package = .zip(.store)
      let written = try export(units, to: folder, options)
      let all = try members(written.path)
      #expect(all.count == written.fileCount)
      try write(all, to: written.path)
      #expect(try VolumeVerifier.verify(written.path).problems == [])
      try body(written.path, all)
    }
  }

  @Test("one bit of any file is found, and the file is named, though zip and digest agree")
  func flips() async throws {
    try await withVolume(hostileUnits()) { path, all in
      for index in all.indices where !all[index].bytes.isEmpty {
        let name = String(all[index].path.dropFirst("VOL001/".count))
        for place in [0, all[index].bytes.count / 2, all[index].bytes.count - 1] {
          var changed = all
          changed[index].bytes[place] ^= 0x10
          try write(changed, to: path)
          let problems = try VolumeVerifier.verify(path).problems
          #expect(problems.contains { $0.path == name }, "\(name), byte \(place)")
          #expect(!problems.contains { $0.code == .containerChanged })
        }
      }
    }
  }

  @Test("files that changed places, are gone, come twice, or were not there are named")
  func places() async throws {
    try await withVolume(hostileUnits()) { path, all in
      func problems(_ members: [Member]) throws -> [VerificationProblem] {
        try write(members, to: path)
        return try VolumeVerifier.verify(path).problems
      }
      let texts = all.indices.filter { all[$0].path.hasPrefix("VOL001/TEXT/") }
      let (one, other) = (texts[0], texts[1])
      func name(_ index: Int) -> String { String(all[index].path.dropFirst("VOL001/".count)) }
      var swapped = all
      swapped[one].bytes = all[other].bytes
      swapped[other].bytes = all[one].bytes
      for index in [one, other] {
        #expect(
          try problems(swapped).contains { $0.code == .changed && $0.path == name(index) })
      }
      var less = all
      less.remove(at: one)
      #expect(try problems(less).contains { $0.code == .missing && $0.path == name(one) })
      var twice = all
      twice.insert(all[one], at: one)
      #expect(try problems(twice).contains { $0.code == .duplicate && $0.path == name(one) })
      // Right bytes under a wrong name.
      var renamed = all
      renamed[one].path = "VOL001/TEXT/0001/CLD9999999.txt"
      let found = try problems(renamed)
      #expect(found.contains { $0.code == .missing && $0.path == name(one) })
      #expect(
        found.contains { $0.code == .added && $0.path == "TEXT/0001/CLD9999999.txt" })
      #expect(
        try problems(all + [("VOL001/TEXT/0001/extra", [1])]).contains { $0.code == .added })
      #expect(try problems(all + [("other/a", [1])]).contains { $0.code == .added })
      #expect(try problems(all + [("VOL001/../a", [1])]).contains { $0.code == .unsafeName })
      #expect(try problems(all) == [])
    }
  }

  @Test(
    "a wrong MD5 or size in hashdeep.txt is found, and so is a digest of SHA256SUMS for another file"
  )
  func lists() async throws {
    try await withVolume(hostileUnits()) { path, all in
      let deep = try #require(all.firstIndex { $0.path == "VOL001/MANIFEST/hashdeep.txt" })
      let text = all[deep].bytes
      for (index, byte) in text.enumerated() where index > 60 && index.isMultiple(of: 7) {
        var changed = all
        changed[deep].bytes[index] =
          byte == UInt8(ascii: "1") ? UInt8(ascii: "2") : UInt8(ascii: "1")
        try write(changed, to: path)
        #expect(
          try VolumeVerifier.verify(path).problems.contains { $0.path == "MANIFEST/hashdeep.txt" },
          "byte \(index)")
      }
      let sums = try #require(all.firstIndex { $0.path == "VOL001/MANIFEST/SHA256SUMS" })
      var lines = String(decoding: all[sums].bytes, as: UTF8.self).split(separator: "\n").map(
        String.init)
      let (first, second) = (lines[0], lines[1])
      lines[0] = String(second.prefix(64) + first.dropFirst(64))
      lines[1] = String(first.prefix(64) + second.dropFirst(64))
      var changed = all
      changed[sums].bytes = Array((lines.joined(separator: "\n") + "\n").utf8)
      try write(changed, to: path)
      let problems = try VolumeVerifier.verify(path).problems
      for line in [first, second] {
        #expect(problems.contains { $0.code == .changed && $0.path == String(line.dropFirst(66)) })
      }
      // A line too much and a file too much: as many of one as of the other.
      lines = String(decoding: all[sums].bytes, as: UTF8.self).split(separator: "\n").map(
        String.init)
      let run = try #require(all.first { $0.path == "VOL001/MANIFEST/run.json" })
      let line = SHA256Digest(of: run.bytes.span).hexadecimal + "  MANIFEST/run.json"
      lines.insert(line, at: lines.firstIndex { $0.dropFirst(66) > "MANIFEST" } ?? lines.count)
      changed[sums].bytes = Array((lines.joined(separator: "\n") + "\n").utf8)
      let extra = all.firstIndex { $0.path > "VOL001/TEXT/0001/A" } ?? all.count
      changed.insert(("VOL001/TEXT/0001/A", [1]), at: extra)
      try write(changed, to: path)
      #expect(
        try VolumeVerifier.verify(path).problems.contains {
          $0.code == .added && $0.path == "TEXT/0001/A"
        })
      changed = all
      // A line twice, in place of another one.
      lines = String(decoding: all[sums].bytes, as: UTF8.self).split(separator: "\n").map(
        String.init)
      lines[1] = lines[0]
      changed[sums].bytes = Array((lines.joined(separator: "\n") + "\n").utf8)
      try write(changed, to: path)
      #expect(
        try VolumeVerifier.verify(path).problems.contains {
          $0.code == .added && $0.path == String(second.dropFirst(66))
        })
    }
  }

  @Test("a checksum of the zip that is not that of the bytes is found, though the digest agrees")
  func checksum() async throws {
    try await withVolume([tinyUnit()]) { path, all in
      let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
      let text = try #require(all.first { $0.path.hasPrefix("VOL001/TEXT/") })
      var checksum = Checksum()
      checksum.update(text.bytes.span)
      let digits = (0..<4).map { UInt8(truncatingIfNeeded: checksum.value >> (8 * $0)) }
      let places = bytes.indices.dropLast(3).filter { Array(bytes[$0..<$0 + 4]) == digits }
      // Behind the bytes and in the directory.
      #expect(places.count == 2)
      var changed = bytes
      for place in places { changed[place] ^= 1 }
      try renew(changed, at: path)
      let problems = try VolumeVerifier.verify(path).problems
      #expect(problems.contains { $0.code == .unreadable && "VOL001/" + $0.path == text.path })
    }
  }

  @Test("files larger than a block are taken in part by part, and what they say is read")
  func large() async throws {
    let units = (0..<30).map { number -> ProducedUnit in
      let text = String(repeating: "\(number) text ", count: 50_000 * (number % 7))
      return sampleUnit(
        id: "large-\(number)",
        [
          SampleMessage(
            id: "m\(number)", time: "2026-03-01T09:00:00Z", text: "Hi",
            files: [sampleFile("a.txt", text: text)])
        ])
    }
    try await withVolume(units) { path, all in
      #expect(all.contains { $0.bytes.count > 2 << 20 })
      let index = try #require(all.firstIndex { $0.bytes.count > 2 << 20 })
      var changed = all
      changed[index].bytes[1_500_000] ^= 1
      try write(changed, to: path)
      let name = String(all[index].path.dropFirst("VOL001/".count))
      #expect(
        try VolumeVerifier.verify(path).problems.contains { $0.code == .changed && $0.path == name }
      )
    }
  }

  private func tinyUnit() -> ProducedUnit {
    sampleUnit([SampleMessage(id: "m1", time: "2026-03-01T09:00:00Z", text: "Hi")])
  }
}

/// Keeps the bytes of a zip.
private final class ZipBytes: ArchiveReceiver {
  var bytes: [UInt8] = []

  func receive(_ bytes: Span<UInt8>) { self.bytes.append(bytes) }
}
