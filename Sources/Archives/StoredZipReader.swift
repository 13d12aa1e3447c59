// SPDX-License-Identifier: Apache-2.0
import Glibc

/// Reads a zip of stored members in one pass over the file, without copying their bytes.
///
/// It reads those zips alone that are as ``ArchiveWriter`` writes them: members one right after
/// another in the order of the directory, headers and directory of one mind, plain names, nothing
/// encrypted, nothing before, between or behind. At the first thing that is not so it throws, and
/// ``ArchiveReader`` must be asked what is there and what is wrong.
package struct StoredZipReader {
  /// The zip is not as this reader needs it; that says nothing of whether it is damaged.
  package struct Irregularity: Error {
    package init() {}
  }

  /// A member, as header and directory say alike.
  package struct Member: Sendable, Hashable {
    package var path: String
    package var byteCount: Int64
    /// What the ``Checksum`` of its bytes must be.
    package var checksum: UInt32
  }

  private static let maximumNameByteCount = 4096
  private static let descriptorSignature: UInt32 = 0x0807_4B50

  // The file from its start, and the directory at its end beside it.
  private var file: ForwardBytes
  private var directory: ForwardBytes
  private let places: DirectoryPlaces
  private var memberCount: Int64 = 0
  // Of the member begun last.
  private var member: Member?
  private var remaining: Int64 = 0

  /// Opens a zip.
  ///
  /// - Parameters:
  ///   - descriptor: A readable, seekable file; its position stays.
  ///   - receive: Gets every byte of the file once, in order, block by block as they are read; the last
  ///     ones before ``next()`` gives nil.
  /// - Throws: ``Irregularity``.
  package init(
    descriptor: Int32, receive: @escaping ([UInt8]) -> Void = { _ in }
  ) throws(Irregularity) {
    guard let places = DirectoryPlaces(descriptor) else { throw Irregularity() }
    self.places = places
    file = ForwardBytes(
      descriptor, 0..<places.byteCount, blockByteCount: 1 << 20, receive: receive)
    directory = ForwardBytes(
      descriptor, places.directory, blockByteCount: 1 << 16)
  }

  /// How many members the zip says that it has.
  package var declaredCount: Int64 { places.memberCount }

  /// Goes to the next member; nil after the last, when the whole file was read.
  ///
  /// - Throws: ``Irregularity``.
  package mutating func next() throws(Irregularity) -> Member? {
    do {
      if let member { try end(member) }
      guard memberCount < places.memberCount else {
        guard directory.offset == places.directory.upperBound,
          file.offset == places.directory.lowerBound
        else { throw Irregularity() }
        while try !file.some(Int.max / 2).isEmpty {}
        return nil
      }
      memberCount += 1
      let member = try begin()
      self.member = member
      remaining = member.byteCount
      return member
    } catch {
      throw Irregularity()
    }
  }

  /// Reads the next bytes of the member; empty at its end.
  ///
  /// - Returns: The bytes, a part of a block that lies in memory as long as one of its parts does.
  /// - Throws: ``Irregularity``.
  package mutating func read() throws(Irregularity) -> ArraySlice<UInt8> {
    guard remaining > 0 else { return [] }
    do {
      let bytes = try file.some(Int(min(remaining, 1 << 20)))
      guard !bytes.isEmpty else { throw Irregularity() }
      remaining -= Int64(bytes.count)
      return bytes
    } catch {
      throw Irregularity()
    }
  }

  // The entry of the directory and the header before the bytes.
  private mutating func begin() throws -> Member {
    let place = file.offset
    let entry = Fields(try directory.all(46))
    guard entry.word(0) == 0x0201_4B50, entry.byte(5) == 3, isPlain(entry.half(8)),
      entry.half(10) == 0, entry.half(32) == 0, entry.half(34) == 0,
      entry.word(38) >> 28 == 0b1000, entry.word(20) == entry.word(24),
      entry.word(20) != UInt32.max
    else { throw Irregularity() }
    let nameByteCount = Int(entry.half(28))
    guard (1...StoredZipReader.maximumNameByteCount).contains(nameByteCount) else {
      throw Irregularity()
    }
    let name = try directory.all(nameByteCount)
    let extra = try directory.all(Int(entry.half(30)))
    guard try offset(entry.word(42), extra) == place else { throw Irregularity() }

    let header = Fields(try file.all(30))
    guard header.word(0) == 0x0403_4B50, header.half(6) == entry.half(8), header.half(8) == 0,
      header.word(14) == 0, header.word(18) == entry.word(20), header.word(22) == entry.word(20),
      header.half(26) == entry.half(28)
    else { throw Irregularity() }
    guard try file.all(nameByteCount) == name, name.allSatisfy({ (0x21...0x7E).contains($0) }),
      name.last != UInt8(ascii: "/"), !name.contains(UInt8(ascii: "\\"))
    else { throw Irregularity() }
    try checkExtra(try file.all(Int(header.half(28))), allowingPlace: false)
    return Member(
      path: String(decoding: name, as: UTF8.self), byteCount: Int64(entry.word(20)),
      checksum: entry.word(16))
  }

  // What stands behind the bytes.
  private mutating func end(_ member: Member) throws {
    guard remaining == 0 else { throw Irregularity() }
    let descriptor = Fields(try file.all(16))
    guard descriptor.word(0) == StoredZipReader.descriptorSignature,
      descriptor.word(4) == member.checksum, Int64(descriptor.word(8)) == member.byteCount,
      Int64(descriptor.word(12)) == member.byteCount
    else { throw Irregularity() }
  }

  // Sizes follow the bytes; names may be marked as UTF-8. Nothing else.
  private func isPlain(_ flags: UInt16) -> Bool { flags == 0x0008 || flags == 0x0808 }

  // Where a member begins; beyond 4 GiB that is an extra field of its own.
  private func offset(_ word: UInt32, _ extra: ArraySlice<UInt8>) throws -> Int64 {
    let large = try checkExtra(extra, allowingPlace: word == UInt32.max)
    guard word == UInt32.max else { return Int64(word) }
    guard let large else { throw Irregularity() }
    return large
  }

  // Time and owner alone may stand there, which say nothing of the bytes.
  @discardableResult
  private func checkExtra(_ extra: ArraySlice<UInt8>, allowingPlace: Bool) throws -> Int64? {
    var rest = extra
    var place: Int64?
    while !rest.isEmpty {
      guard rest.count >= 4 else { throw Irregularity() }
      let field = Fields(rest.prefix(4))
      let content = rest.dropFirst(4).prefix(Int(field.half(2)))
      guard content.count == Int(field.half(2)) else { throw Irregularity() }
      switch field.half(0) {
      case 0x5455, 0x7875: break
      case 1 where allowingPlace && place == nil && content.count == 8:
        place = Int64(exactly: Fields(content).long(0))
      default: throw Irregularity()
      }
      rest = rest.dropFirst(4 + content.count)
    }
    return place
  }
}

/// Where the directory of a zip lies, from the records at its end.
private struct DirectoryPlaces {
  let byteCount: Int64
  let memberCount: Int64
  let directory: Range<Int64>

  /// Nil where the records are not the last bytes of the file or contradict each other.
  init?(_ descriptor: Int32) {
    var facts = stat()
    guard unsafe fstat(descriptor, &facts) == 0, facts.st_size >= 22 else { return nil }
    byteCount = Int64(facts.st_size)
    let tailStart = max(0, byteCount - 98)
    var bytes = ForwardBytes(descriptor, tailStart..<byteCount, blockByteCount: 98)
    guard let tail = try? bytes.all(Int(byteCount - tailStart)) else { return nil }
    let end = Fields(tail.suffix(22))
    guard end.word(0) == 0x0605_4B50, end.word(4) == 0, end.half(8) == end.half(10),
      end.half(20) == 0
    else { return nil }
    var count = UInt64(end.half(10))
    var size = UInt64(end.word(12))
    var start = UInt64(end.word(16))
    var recordsStart = UInt64(byteCount) - 22
    if tail.count == 98, Fields(tail.dropFirst(56)).word(0) == 0x0706_4B50 {
      let large = Fields(tail)
      let locator = Fields(tail.dropFirst(56))
      recordsStart = UInt64(tailStart)
      guard large.word(0) == 0x0606_4B50, large.long(4) == 44, large.long(16) == 0,
        large.long(24) == large.long(32), locator.word(4) == 0, locator.long(8) == recordsStart,
        locator.word(16) == 1, count == min(large.long(32), 0xFFFF),
        size == min(large.long(40), 0xFFFF_FFFF), start == min(large.long(48), 0xFFFF_FFFF)
      else { return nil }
      count = large.long(32)
      size = large.long(40)
      start = large.long(48)
    }
    guard start <= recordsStart, size == recordsStart - start,
      let memberCount = Int64(exactly: count)
    else { return nil }
    self.memberCount = memberCount
    directory = Int64(start)..<Int64(recordsStart)
  }
}

/// The numbers of a record, low bytes first.
private struct Fields {
  private let bytes: ArraySlice<UInt8>

  init(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
  }

  func byte(_ place: Int) -> UInt8 { bytes[bytes.startIndex + place] }

  func half(_ place: Int) -> UInt16 { UInt16(byte(place)) | UInt16(byte(place + 1)) << 8 }

  func word(_ place: Int) -> UInt32 { UInt32(half(place)) | UInt32(half(place + 2)) << 16 }

  func long(_ place: Int) -> UInt64 { UInt64(word(place)) | UInt64(word(place + 4)) << 32 }
}
