// SPDX-License-Identifier: Apache-2.0
import Glibc

/// Goes once over a part of a file, block by block, without copying what is taken from a block.
struct ForwardBytes {
  /// The file ends before the part does, or cannot be read.
  struct EndOfFile: Error {}

  private let descriptor: Int32
  private let blockByteCount: Int
  private let end: Int64
  // Where the next block begins.
  private var next: Int64
  private var block: [UInt8] = []
  private var place = 0
  private let receive: ([UInt8]) -> Void

  /// Begins.
  ///
  /// - Parameters:
  ///   - descriptor: A readable, seekable file; its position stays.
  ///   - range: The bytes that will be asked for.
  ///   - blockByteCount: How many are read at once.
  ///   - receive: Gets each block as it is read, in order.
  init(
    _ descriptor: Int32, _ range: Range<Int64>, blockByteCount: Int,
    receive: @escaping ([UInt8]) -> Void = { _ in }
  ) {
    self.descriptor = descriptor
    self.blockByteCount = blockByteCount
    self.receive = receive
    next = range.lowerBound
    end = range.upperBound
  }

  /// Where the next byte lies in the file.
  var offset: Int64 { next - Int64(block.count - place) }

  /// Takes some of the next bytes: at least one, unless none is left, at most `count`.
  mutating func some(_ count: Int) throws(EndOfFile) -> ArraySlice<UInt8> {
    if place == block.count { try readBlock() }
    let taken = block[place..<min(place + count, block.count)]
    place = taken.endIndex
    return taken
  }

  /// Takes exactly the next bytes.
  mutating func all(_ count: Int) throws(EndOfFile) -> ArraySlice<UInt8> {
    var taken = try some(count)
    while taken.count < count {
      let more = try some(count - taken.count)
      guard !more.isEmpty else { throw EndOfFile() }
      taken += more
    }
    return taken
  }

  private mutating func readBlock() throws(EndOfFile) {
    let count = Int(min(Int64(blockByteCount), end - next))
    let offset = next
    let descriptor = descriptor
    block = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, done in
      while done < count {
        let read = unsafe pread(
          descriptor, buffer.baseAddress?.advanced(by: done), count - done, Int(offset) + done)
        if read < 0, errno == EINTR { continue }
        guard read > 0 else { return }
        done += read
      }
    }
    guard block.count == count else { throw EndOfFile() }
    place = 0
    next += Int64(count)
    if count > 0 { receive(block) }
  }
}
