// SPDX-License-Identifier: Apache-2.0
import Bytes
import Foundation
import TestSupport
import Testing

@testable import Archives

/// libarchive's own writer is the oracle.
@Suite("Zip writer")
struct ZipWriterTests {
  private typealias Member = (path: String, bytes: [UInt8])

  private static let members: [Member] = [
    ("V/a.txt", Array("hello".utf8)), ("V/empty", []), ("V/b/ä.txt", [7]),
    (
      "V/b/large.bin",
      (0..<700_000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 3) }
    ),
    ("V/b/text", Array(repeating: Array("so it goes, ".utf8), count: 30_000).flatMap { $0 }),
  ]

  private static let formats: [ArchiveWritingFormat] = [
    .zipStored, .zipDeflated(level: 1), .zipDeflated(level: 6), .zipDeflated(level: 9),
  ]

  private func byLibrary(_ members: [Member], _ format: ArchiveWritingFormat) throws -> [UInt8] {
    let receiver = Collector()
    let writer = try LibraryWriter(format: format, receiver: receiver)
    for member in members {
      try writer.beginFile(path: member.path, byteCount: Int64(member.bytes.count))
      try writer.write(member.bytes.span)
    }
    try writer.finish()
    return receiver.bytes
  }

  private func write(
    _ members: [Member], _ format: ArchiveWritingFormat, isPacked: (Int) -> Bool
  ) throws -> [UInt8] {
    let receiver = Collector()
    var writer = try ArchiveWriter(format: format, receiver: receiver)
    let deflater = try format.deflateLevel.map { try Deflater(level: $0) }
    for (index, member) in members.enumerated() {
      guard isPacked(index) else {
        try writer.beginFile(path: member.path, byteCount: Int64(member.bytes.count))
        try writer.write(member.bytes.span)
        continue
      }
      var checksum = Checksum()
      checksum.update(member.bytes.span)
      let bytes = try deflater?.deflate(member.bytes) ?? member.bytes
      try writer.beginPackedFile(
        path: member.path, byteCount: Int64(member.bytes.count),
        packed: PackedSize(byteCount: Int64(bytes.count), checksum: checksum.value))
      try writer.write(bytes.span)
    }
    try writer.finish()
    return receiver.bytes
  }

  @Test("writes what libarchive writes, wherever members were packed", arguments: formats)
  func sameBytes(_ format: ArchiveWritingFormat) throws {
    let members = ZipWriterTests.members
    let expected = try byLibrary(members, format)
    #expect(try write(members, format) { _ in false } == expected)
    #expect(try write(members, format) { _ in true } == expected)
    #expect(try write(members, format) { $0.isMultiple(of: 2) } == expected)
    #expect(try write([], format) { _ in true } == byLibrary([], format))
  }

  @Test("counts members as libarchive does where the old end record cannot")
  func manyMembers() throws {
    for count in [65_535, 65_536] {
      let members = (0..<count).map { Member("V/\($0)", [1]) }
      #expect(try write(members, .zipStored) { _ in true } == byLibrary(members, .zipStored))
    }
  }

  @Test(
    "gives sizes and places in 64 bits where libarchive does",
    arguments: [Int64(UInt32.max) - 60, Int64(UInt32.max), Int64(UInt32.max) + 1])
  func largeMembers(_ byteCount: Int64) throws {
    let piece = [UInt8](repeating: 0, count: 1 << 22)
    func fill(_ write: (Span<UInt8>) throws -> Void) throws {
      var rest = byteCount
      while rest > 0 {
        let count = Int(min(rest, Int64(piece.count)))
        try write(piece.span.extracting(..<count))
        rest -= Int64(count)
      }
    }
    let expected = Ends()
    let library = try LibraryWriter(format: .zipStored, receiver: expected)
    try library.beginFile(path: "V/large", byteCount: byteCount)
    try fill { try library.write($0) }
    try library.beginFile(path: "V/small", byteCount: 1)
    try library.write([1].span)
    try library.finish()
    let found = Ends()
    var writer = try ArchiveWriter(format: .zipStored, receiver: found)
    // The checksum of zeros, where the library put it: right before the two sizes behind the bytes.
    var checksum = Checksum()
    try fill { checksum.update($0) }
    try writer.beginPackedFile(
      path: "V/large", byteCount: byteCount,
      packed: PackedSize(byteCount: byteCount, checksum: checksum.value))
    try fill { try writer.write($0) }
    try writer.beginFile(path: "V/small", byteCount: 1)
    try writer.write([1].span)
    try writer.finish()
    #expect(found.byteCount == expected.byteCount)
    #expect(found.first == expected.first)
    #expect(found.last == expected.last)
  }

  @Test("bytes that are not as many as announced are refused")
  func counts() throws {
    var writer = try ArchiveWriter(format: .zipStored, receiver: Collector())
    try writer.beginFile(path: "a", byteCount: 2)
    #expect(throws: ArchiveError.self) { try writer.write([1, 2, 3].span) }
    try writer.write([1].span)
    #expect(throws: ArchiveError.self) { try writer.beginFile(path: "b", byteCount: 2) }
    #expect(throws: ArchiveError.self) { try writer.finish() }
    var other = try ArchiveWriter(format: .zipStored, receiver: Collector())
    #expect(throws: ArchiveError.self) {
      try other.beginFile(path: String(repeating: "x", count: 65_536), byteCount: 0)
    }
    var tar = try ArchiveWriter(format: .tarZstandard(level: 1), receiver: Collector())
    #expect(throws: ArchiveError.self) {
      try tar.beginPackedFile(
        path: "a", byteCount: 1, packed: PackedSize(byteCount: 1, checksum: 0))
    }
  }
}

/// Keeps the first and the last bytes of an archive.
private final class Ends: ArchiveReceiver {
  private static let count = 2000

  private(set) var byteCount: Int64 = 0
  private(set) var first: [UInt8] = []
  private var tail: [UInt8] = []

  var last: [UInt8] { Array(tail.suffix(Ends.count)) }

  func receive(_ bytes: Span<UInt8>) {
    byteCount += Int64(bytes.count)
    if first.count < Ends.count {
      first.append(bytes.extracting(..<min(bytes.count, Ends.count - first.count)))
    }
    tail.append(bytes.extracting((bytes.count - min(bytes.count, Ends.count))...))
    if tail.count > 1 << 20 { tail.removeFirst(tail.count - Ends.count) }
  }
}
