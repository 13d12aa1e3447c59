// SPDX-License-Identifier: Apache-2.0

/// Writes a zip of stored or deflated members, byte for byte as libarchive 3.6.2 writes it without
/// times and owners, whatever version is installed.
///
/// Unlike that library it takes members that were deflated before, so that this can be done on all
/// cores and while other members are made.
final class ZipWriter {
  private static let wordLimit = Int64(UInt32.max)
  // Deflating may add some bytes.
  private static let deflatedLimit: Int64 = 0xFF00_0000
  // Last modified: not known; owner and group: 0.
  private static let attributes: [UInt8] = [
    0x55, 0x54, 1, 0, 0, 0x75, 0x78, 11, 0, 1, 4, 0, 0, 0, 0, 4, 0, 0, 0, 0,
  ]

  private struct Member {
    var path: [UInt8]
    var byteCount: Int64
    var offset: Int64
    /// Whether its sizes need 64 bits.
    var isLarge: Bool
    /// Whether the bytes that come are those of the zip already.
    var isPacked: Bool
    var remaining: Int64
    var packedByteCount: Int64 = 0
    var checksum: UInt32 = 0
    var running = Checksum()
  }

  private let receiver: any ArchiveReceiver
  private let deflater: Deflater?
  private var offset: Int64 = 0
  private var member: Member?
  private var directory: [UInt8] = []
  private var memberCount: Int64 = 0

  /// Begins an archive.
  ///
  /// - Parameters:
  ///   - level: Of deflate, 1 to 9; nil stores.
  ///   - receiver: Gets the bytes.
  /// - Throws: `ArchiveError` where there is no memory.
  init(level: Int?, receiver: any ArchiveReceiver) throws {
    self.receiver = receiver
    deflater = try level.map { level throws(ArchiveError) in try Deflater(level: level) }
  }

  private var method: UInt16 { deflater == nil ? 0 : 8 }

  /// Begins a member; its bytes follow.
  ///
  /// - Parameters:
  ///   - path: Its name.
  ///   - byteCount: How many bytes it has.
  ///   - packed: Size and checksum, where the bytes that follow are packed already.
  /// - Throws: `ArchiveError`, also for a name of more than 65,535 bytes; what the receiver throws.
  func beginFile(path: String, byteCount: Int64, packed: PackedSize? = nil) throws {
    try endMember()
    guard path.utf8.count <= UInt16.max else {
      throw ArchiveError(
        code: .writeFailed, message: "a name of \(path.utf8.count) bytes is too long for a zip")
    }
    var new = Member(
      path: Array(path.utf8), byteCount: byteCount, offset: offset,
      isLarge: deflater == nil
        ? byteCount > ZipWriter.wordLimit : byteCount > ZipWriter.deflatedLimit,
      isPacked: packed != nil, remaining: packed?.byteCount ?? byteCount)
    if let packed { new.checksum = packed.checksum }
    member = new

    var header: [UInt8] = []
    header.reserveCapacity(80 + new.path.count)
    header.word(0x0403_4B50)
    header.half(version(new))
    header.half(flags(new))
    header.half(method)
    header.word(0x0021_0000)
    header.word(0)
    let stored = deflater == nil ? byteCount : 0
    header.word(new.isLarge ? UInt32.max : UInt32(truncatingIfNeeded: stored))
    header.word(new.isLarge ? UInt32.max : UInt32(truncatingIfNeeded: byteCount))
    header.half(UInt16(new.path.count))
    header.half(UInt16(ZipWriter.attributes.count + (new.isLarge ? 20 : 0)))
    header += new.path
    header += ZipWriter.attributes
    if new.isLarge {
      header.half(1)
      header.half(16)
      header.long(UInt64(byteCount))
      header.long(UInt64(stored))
    }
    try send(header.span)
  }

  /// Adds bytes to the member begun last.
  func write(_ bytes: Span<UInt8>) throws {
    guard !bytes.isEmpty else { return }
    guard let member, bytes.count <= member.remaining else {
      throw ArchiveError(
        code: .writeFailed, message: "more bytes than the member's size were given")
    }
    self.member?.remaining -= Int64(bytes.count)
    if !member.isPacked { self.member?.running.update(bytes) }
    guard let deflater, !member.isPacked else { return try sendContent(bytes) }
    try deflater.write(bytes) { try sendContent($0) }
  }

  /// Ends the archive.
  func finish() throws {
    try endMember()
    let start = offset
    let entries = directory
    try send(entries.span)
    let end = offset
    var records: [UInt8] = []
    if memberCount > 0xFFFF || start > ZipWriter.wordLimit || end - start > ZipWriter.wordLimit {
      records.word(0x0606_4B50)
      records.long(44)
      records.half(45)
      records.half(45)
      records.word(0)
      records.word(0)
      records.long(UInt64(memberCount))
      records.long(UInt64(memberCount))
      records.long(UInt64(end - start))
      records.long(UInt64(start))
      records.word(0x0706_4B50)
      records.word(0)
      records.long(UInt64(end))
      records.word(1)
    }
    records.word(0x0605_4B50)
    records.word(0)
    records.half(UInt16(min(memberCount, 0xFFFF)))
    records.half(UInt16(min(memberCount, 0xFFFF)))
    records.word(UInt32(min(end - start, ZipWriter.wordLimit)))
    records.word(UInt32(min(start, ZipWriter.wordLimit)))
    records.half(0)
    try send(records.span)
  }

  // What follows the bytes, and the entry of the directory.
  private func endMember() throws {
    guard member != nil else { return }
    if let deflater, member?.isPacked == false { try deflater.finish { try sendContent($0) } }
    guard var member, member.remaining == 0 else {
      throw ArchiveError(
        code: .writeFailed, message: "fewer bytes than the member's size were given")
    }
    self.member = nil
    if !member.isPacked { member.checksum = member.running.value }
    var record: [UInt8] = []
    record.word(0x0807_4B50)
    record.word(member.checksum)
    if member.isLarge {
      record.long(UInt64(member.packedByteCount))
      record.long(UInt64(member.byteCount))
    } else {
      record.word(UInt32(truncatingIfNeeded: member.packedByteCount))
      record.word(UInt32(truncatingIfNeeded: member.byteCount))
    }
    try send(record.span)
    addEntry(member)
  }

  private func addEntry(_ member: Member) {
    let packed = UInt32(min(member.packedByteCount, ZipWriter.wordLimit))
    let plain = UInt32(min(member.byteCount, ZipWriter.wordLimit))
    var large: [UInt8] = []
    if member.byteCount > ZipWriter.wordLimit { large.long(UInt64(member.byteCount)) }
    if member.packedByteCount > ZipWriter.wordLimit { large.long(UInt64(member.packedByteCount)) }
    if member.offset > ZipWriter.wordLimit { large.long(UInt64(member.offset)) }
    directory.word(0x0201_4B50)
    directory.half(0x0300 | version(member))
    directory.half(large.isEmpty ? version(member) : 45)
    directory.half(flags(member))
    directory.half(method)
    directory.word(0x0021_0000)
    directory.word(member.checksum)
    directory.word(packed)
    directory.word(plain)
    directory.half(UInt16(member.path.count))
    directory.half(UInt16(ZipWriter.attributes.count + (large.isEmpty ? 0 : 4 + large.count)))
    directory.half(0)
    directory.half(0)
    directory.half(0)
    directory.word(0o100644 << 16)
    directory.word(UInt32(min(member.offset, ZipWriter.wordLimit)))
    directory += member.path
    directory += ZipWriter.attributes
    if !large.isEmpty {
      directory.half(1)
      directory.half(UInt16(large.count))
      directory += large
    }
    memberCount += 1
  }

  private func version(_ member: Member) -> UInt16 {
    member.isLarge ? 45 : deflater == nil ? 10 : 20
  }

  // Sizes follow the bytes; a name that is not plain ASCII is UTF-8.
  private func flags(_ member: Member) -> UInt16 {
    member.path.allSatisfy { $0 < 0x80 } ? 0x0008 : 0x0808
  }

  private func sendContent(_ bytes: Span<UInt8>) throws {
    member?.packedByteCount += Int64(bytes.count)
    try send(bytes)
  }

  private func send(_ bytes: Span<UInt8>) throws {
    guard !bytes.isEmpty else { return }
    try receiver.receive(bytes)
    offset += Int64(bytes.count)
  }
}

/// Size and checksum of a member that was packed before.
package struct PackedSize: Sendable, Hashable {
  /// Of the packed bytes.
  package var byteCount: Int64
  /// The ``Checksum`` of the bytes as they were.
  package var checksum: UInt32

  package init(byteCount: Int64, checksum: UInt32) {
    self.byteCount = byteCount
    self.checksum = checksum
  }
}

extension [UInt8] {
  fileprivate mutating func half(_ value: UInt16) {
    append(UInt8(truncatingIfNeeded: value))
    append(UInt8(truncatingIfNeeded: value >> 8))
  }

  fileprivate mutating func word(_ value: UInt32) {
    half(UInt16(truncatingIfNeeded: value))
    half(UInt16(truncatingIfNeeded: value >> 16))
  }

  fileprivate mutating func long(_ value: UInt64) {
    word(UInt32(truncatingIfNeeded: value))
    word(UInt32(truncatingIfNeeded: value >> 32))
  }
}
