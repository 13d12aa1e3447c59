// SPDX-License-Identifier: Apache-2.0

/// The last bytes of a stream, to look again at what turned out to be no record.
struct RecentBytes {
  /// Bytes that are held at least.
  private static let byteCount: Int64 = 4 << 20

  private var chunks: [(offset: Int64, bytes: ArraySlice<UInt8>)] = []
  private var end: Int64 = 0

  mutating func append(_ chunk: ArraySlice<UInt8>) {
    guard !chunk.isEmpty else { return }
    chunks.append((end, chunk))
    end += Int64(chunk.count)
    let old = chunks.prefix { $0.offset + Int64($0.bytes.count) < end - Self.byteCount }
    chunks.removeFirst(old.count)
  }

  /// The bytes of a range of the stream; nil where it is empty or not all of it is held any more.
  subscript(_ range: Range<Int64>) -> [UInt8]? {
    guard let first = chunks.first, first.offset <= range.lowerBound, range.upperBound <= end,
      !range.isEmpty
    else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(range.count)
    for chunk in chunks {
      let part = range.clamped(to: chunk.offset..<chunk.offset + Int64(chunk.bytes.count))
      guard !part.isEmpty else { continue }
      let start = chunk.bytes.startIndex - Int(chunk.offset)
      bytes += chunk.bytes[start + Int(part.lowerBound)..<start + Int(part.upperBound)]
    }
    return bytes
  }
}
