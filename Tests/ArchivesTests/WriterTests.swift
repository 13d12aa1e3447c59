// SPDX-License-Identifier: Apache-2.0
import Archives
import Bytes
import Foundation
import TestSupport
import Testing

@Suite("Archive writer")
struct WriterTests {
  static let formats: [(ArchiveWritingFormat, String)] = [
    (.zipStored, "zip"), (.zipDeflated(level: 1), "zip"), (.zipDeflated(level: 9), "zip"),
    (.tarZstandard(level: 1), "tar.zst"), (.tarZstandard(level: 19), "tar.zst"),
  ]

  private static let members: [(path: String, bytes: [UInt8])] = [
    ("V/a.txt", Array("hello".utf8)), ("V/empty", []),
    ("V/b/large.bin", (0..<700_000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 3) }),
  ]

  private func write(_ format: ArchiveWritingFormat, pieceByteCount: Int) throws -> [UInt8] {
    let receiver = Collector()
    var writer = try ArchiveWriter(format: format, receiver: receiver)
    for member in WriterTests.members {
      try writer.beginFile(path: member.path, byteCount: Int64(member.bytes.count))
      for start in stride(from: 0, to: member.bytes.count, by: pieceByteCount) {
        try writer.write(
          member.bytes.span.extracting(start..<min(start + pieceByteCount, member.bytes.count)))
      }
    }
    try writer.finish()
    return receiver.bytes
  }

  @Test("gives back every member, whole and in order, by bsdtar", arguments: formats)
  func roundTrip(_ format: ArchiveWritingFormat, _ ending: String) async throws {
    try await withTemporaryDirectory { folder in
      let archive = folder.appendingPathComponent("x." + ending)
      try Data(write(format, pieceByteCount: 1000)).write(to: archive)
      for member in WriterTests.members {
        #expect(try output("bsdtar", "-xOf", archive.path, member.path) == Data(member.bytes))
      }
      let listing = String(decoding: try output("bsdtar", "-tvf", archive.path), as: UTF8.self)
      let lines = listing.split(separator: "\n")
      #expect(
        lines.map { $0.split(separator: " ").last } == ["V/a.txt", "V/empty", "V/b/large.bin"])
      #expect(lines.allSatisfy { $0.hasPrefix("-rw-r--r--") })
    }
  }

  @Test("the bytes do not depend on how the content came in", arguments: formats)
  func pieces(_ format: ArchiveWritingFormat, _ ending: String) throws {
    let whole = try write(format, pieceByteCount: 1 << 20)
    #expect(try write(format, pieceByteCount: 777) == whole)
    #expect(try write(format, pieceByteCount: 1 << 18) == whole)
  }

  @Test("what the receiver throws comes out, and nothing ends the archive behind its back")
  func failingReceiver() throws {
    let receiver = Collector()
    receiver.capacity = 300_000
    #expect(throws: Collector.Full.self) {
      var writer = try ArchiveWriter(format: .zipStored, receiver: receiver)
      try writer.beginFile(path: "a", byteCount: 1 << 20)
      try writer.write([UInt8](repeating: 7, count: 1 << 20).span)
      try writer.finish()
    }
    #expect(receiver.bytes.count <= 300_000)
  }

  @Test("a writer that is dropped unfinished writes no proper ending")
  func unfinished() throws {
    let receiver = Collector()
    do {
      var writer = try ArchiveWriter(format: .zipStored, receiver: receiver)
      try writer.beginFile(path: "a", byteCount: 5)
      try writer.write([1, 2, 3, 4, 5].span)
    }
    // The end record of a zip begins with these bytes.
    #expect(Data(receiver.bytes).range(of: Data([0x50, 0x4B, 5, 6])) == nil)
  }

  @Test("more bytes than announced are refused")
  func tooMany() throws {
    var writer = try ArchiveWriter(format: .tarZstandard(level: 3), receiver: Collector())
    try writer.beginFile(path: "a", byteCount: 2)
    #expect(throws: ArchiveError.self) { try writer.write([1, 2, 3].span) }
  }

  private func output(_ program: String, _ arguments: String...) throws -> Data {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [program] + arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let bytes = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    return bytes
  }
}

/// The bytes of an archive of some files.
func written(
  _ members: [(path: String, bytes: [UInt8])], _ format: ArchiveWritingFormat
) throws -> [UInt8] {
  let receiver = Collector()
  var writer = try ArchiveWriter(format: format, receiver: receiver)
  for member in members {
    try writer.beginFile(path: member.path, byteCount: Int64(member.bytes.count))
    try writer.write(member.bytes.span)
  }
  try writer.finish()
  return receiver.bytes
}

/// Keeps an archive in memory, up to a capacity.
final class Collector: ArchiveReceiver {
  struct Full: Error {}

  var bytes: [UInt8] = []
  var capacity = Int.max

  func receive(_ span: Span<UInt8>) throws {
    guard bytes.count + span.count <= capacity else { throw Full() }
    bytes.append(span)
  }
}

@Suite("Large and encrypted archives")
struct LargeArchiveTests {
  @Test("more members than a plain zip can count are read back by Python and unzip")
  func manyMembers() async throws {
    try await withTemporaryDirectory { folder in
      let receiver = Collector()
      var writer = try ArchiveWriter(format: .zipStored, receiver: receiver)
      for number in 0..<70_000 {
        try writer.beginFile(path: "V/" + String(number), byteCount: 1)
        try writer.write([UInt8(truncatingIfNeeded: number)].span)
      }
      try writer.finish()
      let archive = folder.appendingPathComponent("x.zip")
      try Data(receiver.bytes).write(to: archive)
      let script = """
        import sys, zipfile
        z = zipfile.ZipFile(sys.argv[1])
        assert len(z.namelist()) == 70000
        assert all(z.read('V/%d' % n) == bytes([n & 255]) for n in range(0, 70000, 997))
        """
      let python = try await Tool.run("python3", ["-c", script, archive.path], in: folder)
      #expect(python.status == 0, "\(python.errorText)")
      let unzip = try await Tool.run("unzip", ["-tq", archive.path], in: folder)
      #expect(unzip.status == 0, "\(unzip.outputText)")
    }
  }

  @Test(
    "7z and pyzipper open an encrypted zip with its passphrase alone",
    arguments: [ArchiveWritingFormat.zipStored, .zipDeflated(level: 6)])
  func encrypted(_ format: ArchiveWritingFormat) async throws {
    try await withTemporaryDirectory { folder in
      let receiver = Collector()
      let passphrase = "correct horse, Bätterie"
      let content = Array(String(repeating: "the secret content ", count: 5000).utf8)
      var writer = try ArchiveWriter(format: format, receiver: receiver, passphrase: passphrase)
      try writer.beginFile(path: "V/a.txt", byteCount: Int64(content.count))
      try writer.write(content.span)
      try writer.finish()
      #expect(!String(decoding: receiver.bytes, as: UTF8.self).contains("secret content"))
      let archive = folder.appendingPathComponent("x.zip")
      try Data(receiver.bytes).write(to: archive)
      let script = """
        import sys, pyzipper
        z = pyzipper.AESZipFile(sys.argv[1])
        info = z.infolist()[0]
        assert info.wz_aes_strength == 3, info
        sys.stdout.buffer.write(z.read('V/a.txt', pwd=sys.argv[2].encode()))
        """
      let python = try await Tool.run(
        "python3", ["-c", script, archive.path, passphrase], in: folder)
      #expect(python.output == content, "\(python.errorText)")
      let right = try await Tool.run("7z", ["t", "-p" + passphrase, archive.path], in: folder)
      #expect(right.status == 0, "\(right.outputText)")
      let wrong = try await Tool.run("7z", ["t", "-pwrong", archive.path], in: folder)
      #expect(wrong.status != 0)
      #expect(throws: (any Error).self) {
        _ = try ArchiveWriter(
          format: .tarZstandard(level: 3), receiver: Collector(), passphrase: passphrase)
      }
      #expect(throws: (any Error).self) {
        _ = try ArchiveWriter(format: .zipStored, receiver: Collector(), passphrase: "")
      }
    }
  }
}
