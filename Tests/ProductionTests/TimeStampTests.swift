// SPDX-License-Identifier: Apache-2.0
import Foundation
import Model
import Production
import TestSupport
import Testing

@Suite("Volumes with a time stamp")
struct TimeStampTests {
  /// A volume, the request for it and the reply of an authority, which is kept where it belongs.
  private struct Stamped {
    var volume: String
    var list: [UInt8]
    var places: TimeStampFiles
    var authority: LocalTimeAuthority

    init(_ package: VolumePackage, in folder: URL) async throws {
      var options = try sampleOptions()
      options.package = package
      volume = try export(
        [sampleUnit([SampleMessage(text: "x")])], to: folder.appendingPathComponent("out"), options
      ).path
      list = try TimeStampFiles.list(of: volume)
      places = TimeStampFiles(volume: volume)
      authority = try await LocalTimeAuthority(in: folder.appendingPathComponent("authority"))
      let request = folder.path + "/request"
      try Data(TimeStampRequest.make(for: list)).write(to: URL(fileURLWithPath: request))
      try await authority.answer(request, to: places.reply)
    }

    func verify(_ root: String? = nil) throws -> VerificationReport {
      try VolumeVerifier.verify(
        volume, authority: try TimeStampAuthority(certificates: root ?? authority.root))
    }
  }

  private static func now() -> Instant {
    Instant(ticks: Int64(Date().timeIntervalSince1970) * Instant.ticksPerSecond)
  }

  @Test("a request is byte for byte the one that openssl makes")
  func request() async throws {
    try await withTemporaryDirectory { folder in
      let file = Data("some list\n".utf8)
      try file.write(to: folder.appendingPathComponent("list"))
      let made = try await Tool.run(
        "openssl", ["ts", "-query", "-data", "list", "-sha256", "-cert", "-no_nonce"], in: folder)
      #expect(made.status == 0 && TimeStampRequest.make(for: Array(file)) == made.output)
    }
  }

  @Test(
    "a stamp is found beside every kind of volume, and the authority is asked for its word",
    arguments: [VolumePackage.folder, .bagit, .zip(.store), .tarZstandard(level: 3)])
  func kinds(_ package: VolumePackage) async throws {
    try await withTemporaryDirectory { folder in
      let before = Self.now()
      let stamped = try await Stamped(package, in: folder)
      let isInside = stamped.places.reply.hasSuffix("/MANIFEST/SHA256SUMS.tsr")
      #expect(isInside == (package == .folder))
      let plain = try VolumeVerifier.verify(stamped.volume)
      #expect(plain.problems == [] && !plain.isStampTrusted)
      let time = try #require(plain.stampTime)
      // Either is cut to the second.
      #expect(time >= before && time <= Self.now())
      let trusted = try stamped.verify()
      #expect(trusted.problems == [] && trusted.isStampTrusted && trusted.stampTime == time)

      let stranger = try await LocalTimeAuthority(in: folder.appendingPathComponent("stranger"))
      let other = try stamped.verify(stranger.root)
      #expect(other.problems.map(\.code) == [.otherAuthority] && !other.isStampTrusted)
      #expect(other.problems.first?.detail.contains("certificate") == true)

      try FileManager.default.removeItem(atPath: stamped.places.reply)
      let none = try stamped.verify()
      #expect(none.problems.map(\.code) == [.otherAuthority] && none.stampTime == nil)
      #expect(try VolumeVerifier.verify(stamped.volume).problems == [])
    }
  }

  @Test("no changed byte of a reply makes another time trusted, and none goes by as a crash")
  func changedReplies() async throws {
    try await withTemporaryDirectory { folder in
      let stamped = try await Stamped(.folder, in: folder)
      let file = URL(fileURLWithPath: stamped.places.reply)
      let reply = try Data(contentsOf: file)
      let time = try stamped.verify().stampTime
      for offset in stride(from: 0, to: reply.count, by: 97) {
        var changed = reply
        changed[offset] ^= 1
        try changed.write(to: file)
        let report = try stamped.verify()
        #expect(!report.isStampTrusted || report.stampTime == time, "\(offset)")
        #expect(report.isStampTrusted == report.isIntact, "\(offset)")
      }
      // What is signed: the digest and the time.
      let signed = try #require(reply.range(of: Data("Z".utf8), options: .backwards, in: 0..<200))
      var later = reply
      later[signed.lowerBound - 1] ^= 1
      try later.write(to: file)
      let moved = try stamped.verify()
      #expect(moved.problems.map(\.code) == [.otherAuthority] && moved.stampTime != time)
      for length in stride(from: 0, to: reply.count, by: 13) {
        try reply.prefix(length).write(to: file)
        #expect(try VolumeVerifier.verify(stamped.volume).problems.map(\.code) == [.malformed])
      }
    }
  }

  @Test("a reply about another volume, a refusal and a strange file are told apart")
  func flaws() async throws {
    try await withTemporaryDirectory { folder in
      let stamped = try await Stamped(.zip(.store), in: folder)
      let reply = try Data(contentsOf: URL(fileURLWithPath: stamped.places.reply))
      #expect(throws: TimeStampReply.Flaw.otherFile) {
        try TimeStampReply(Array(reply), about: stamped.list + [0x0A])
      }
      #expect(throws: TimeStampReply.Flaw.malformed) {
        try TimeStampReply(Array("<html>no</html>".utf8), about: stamped.list)
      }
      let choosy = try await LocalTimeAuthority(
        in: folder.appendingPathComponent("choosy"), digests: "sha512")
      try await choosy.answer(folder.path + "/request", to: folder.path + "/refusal")
      let refusal = try Data(contentsOf: folder.appendingPathComponent("refusal"))
      #expect(throws: TimeStampReply.Flaw.refused(2)) {
        try TimeStampReply(Array(refusal), about: stamped.list)
      }
    }
  }

  @Test("requests that somebody made with a longer digest are understood")
  func otherDigests() async throws {
    try await withTemporaryDirectory { folder in
      let stamped = try await Stamped(.folder, in: folder)
      for digest in ["sha384", "sha512"] {
        let made = try await Tool.run(
          "openssl",
          ["ts", "-query", "-data", stamped.volume + "/MANIFEST/SHA256SUMS", "-" + digest]
            + ["-cert", "-out", folder.path + "/request"], in: folder)
        try #require(made.status == 0)
        try FileManager.default.removeItem(atPath: stamped.places.reply)
        try await stamped.authority.answer(folder.path + "/request", to: stamped.places.reply)
        let report = try stamped.verify()
        #expect(report.problems == [] && report.isStampTrusted)
      }
    }
  }

  @Test("without certificates or openssl nothing is taken for checked")
  func nobodyToAsk() async throws {
    try await withTemporaryDirectory { folder in
      let key = folder.appendingPathComponent("key")
      try Data("-----BEGIN PUBLIC KEY-----\n".utf8).write(to: key)
      for path in [key.path, folder.path + "/none"] {
        #expect(throws: ProductionError.self) { try TimeStampAuthority(certificates: path) }
      }
      let authority = try await LocalTimeAuthority(in: folder.appendingPathComponent("authority"))
      let failure = #expect(throws: ProductionError.self) {
        try TimeStampAuthority(certificates: authority.root, searching: folder.path)
      }
      #expect(failure?.code == .noProgram)
    }
  }
}
