// SPDX-License-Identifier: Apache-2.0
import Archives
import Foundation
import Glibc
import TestSupport
import Testing

@Suite("Stored zips in one pass")
struct StoredZipTests {
  private struct Content: Equatable {
    var path: String
    var bytes: [UInt8]
  }

  private static let members = [
    Content(path: "V/a.txt", bytes: Array("hello".utf8)), Content(path: "V/empty", bytes: []),
    Content(
      path: "V/large.bin",
      bytes: (0..<2_500_000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 3) }),
    Content(path: "V/last", bytes: [7]),
  ]

  private func write(
    _ members: [Content], _ format: ArchiveWritingFormat = .zipStored, to place: URL
  ) throws {
    try Data(written(members.map { ($0.path, $0.bytes) }, format)).write(to: place)
  }

  /// What the reader finds, members whose checksum is wrong included; nil where it refuses.
  private func read(_ place: URL) throws -> (members: [Content], isSound: Bool, bytes: [UInt8])? {
    let handle = try FileHandle(forReadingFrom: place)
    defer { try? handle.close() }
    var blocks: [UInt8] = []
    var found: [Content] = []
    var isSound = true
    do {
      var reader = try StoredZipReader(descriptor: handle.fileDescriptor) { blocks += $0 }
      while let member = try reader.next() {
        var content = Content(path: member.path, bytes: [])
        var checksum = Checksum()
        while true {
          let piece = try reader.read()
          guard !piece.isEmpty else { break }
          checksum.update(piece.span)
          content.bytes += piece
        }
        #expect(Int64(content.bytes.count) == member.byteCount)
        if checksum.value != member.checksum { isSound = false }
        found.append(content)
      }
    } catch {
      return nil
    }
    return (found, isSound, blocks)
  }

  /// What libarchive finds; nil where it finds something wrong.
  private func readByLibrary(_ place: URL) throws -> [Content]? {
    let handle = try FileHandle(forReadingFrom: place)
    defer { try? handle.close() }
    var found: [Content] = []
    do {
      let reader = try ArchiveReader(descriptor: handle.fileDescriptor)
      while let member = try reader.next() {
        guard member.kind == .file else { return nil }
        var content = Content(path: member.path ?? "", bytes: [])
        while true {
          let piece = try reader.read()
          guard !piece.isEmpty else { break }
          content.bytes += piece
        }
        found.append(content)
      }
    } catch {
      return nil
    }
    return found
  }

  @Test("gives every member, and every byte of the file once and in order")
  func roundTrip() async throws {
    try await withTemporaryDirectory { folder in
      let place = folder.appendingPathComponent("x.zip")
      for members in [StoredZipTests.members, [], [StoredZipTests.members[1]]] {
        try write(members, to: place)
        let found = try #require(try read(place))
        #expect(found.members == members)
        #expect(found.isSound)
        #expect(try Data(contentsOf: place) == Data(found.bytes))
      }
    }
  }

  @Test("reads more members than the old end record can count")
  func manyMembers() async throws {
    try await withTemporaryDirectory { folder in
      let place = folder.appendingPathComponent("x.zip")
      for count in [65_535, 65_536] {
        try write((0..<count).map { Content(path: "V/\($0)", bytes: [1]) }, to: place)
        #expect(try read(place)?.members.count == count)
      }
    }
  }

  @Test("leaves to others what is not as our writer makes it")
  func refusals() async throws {
    try await withTemporaryDirectory { folder in
      let place = folder.appendingPathComponent("x.zip")
      try write(StoredZipTests.members, .zipDeflated(level: 6), to: place)
      #expect(try read(place) == nil)
      try write(StoredZipTests.members, .tarZstandard(level: 3), to: place)
      #expect(try read(place) == nil)
      try write(StoredZipTests.members, to: place)
      let bytes = try Data(contentsOf: place)
      for changed in [
        Data(), bytes.prefix(21), bytes.dropLast(), bytes.dropFirst(), bytes + [0], [0] + bytes,
        bytes + bytes,
      ] {
        try changed.write(to: place)
        #expect(try read(place) == nil, "\(changed.count) bytes")
      }
      let script = """
        import sys, zipfile
        with zipfile.ZipFile(sys.argv[1], 'w') as z: z.writestr('V/a.txt', 'hello')
        """
      #expect(try await Tool.run("python3", ["-c", script, place.path], in: folder).status == 0)
      #expect(try read(place) == nil)
      try write(StoredZipTests.members, to: place)
      let addition = script.replacing("'w'", with: "'a'").replacing("a.txt", with: "b.txt")
      let python = try await Tool.run("python3", ["-c", addition, place.path], in: folder)
      #expect(python.status == 0)
      #expect(try read(place) == nil)
    }
  }

  @Test(
    "at any bit that is flipped it gives what libarchive gives, refuses, or finds a wrong checksum")
  func flips() async throws {
    try await withTemporaryDirectory { folder in
      let place = folder.appendingPathComponent("x.zip")
      let members = [
        Content(path: "V/a.txt", bytes: Array("hello".utf8)), Content(path: "V/empty", bytes: []),
        Content(path: "V/last", bytes: [7, 8, 9]),
      ]
      try write(members, to: place)
      let bytes = try Data(contentsOf: place)
      var refused = 0
      for offset in bytes.indices {
        for bit in 0..<8 {
          var changed = bytes
          changed[offset] ^= 1 << bit
          try changed.write(to: place)
          guard let found = try read(place), found.isSound else {
            refused += 1
            continue
          }
          #expect(try readByLibrary(place) == found.members, "bit \(bit) of byte \(offset)")
        }
      }
      // Times, owners, versions: the rest of the headers must not pass.
      #expect(refused > bytes.count * 8 / 2, "\(refused) of \(bytes.count * 8)")
    }
  }
}
