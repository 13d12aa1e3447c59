// SPDX-License-Identifier: Apache-2.0

/// Reads the parts of a file that lie one after another, many of them at once.
final class SpoolReader {
  private static let blockByteCount = 1 << 20

  private let input: InputFile
  private var block: [UInt8] = []
  // What the block holds.
  private var range: Range<Int64> = 0..<0

  init(_ path: String) throws {
    input = try InputFile(path)
  }

  /// Hands the bytes of a part to a body, piece by piece.
  func forEachPiece(
    from start: Int64, byteCount: Int64, _ body: (Span<UInt8>) throws -> Void
  ) throws {
    var offset = start
    let end = start + byteCount
    while offset < end {
      if !range.contains(offset) {
        let rest = min(Int64(SpoolReader.blockByteCount), try input.byteCount() - offset)
        let count = try input.read(into: &block, at: offset, count: max(0, Int(rest)))
        guard count > 0 else {
          throw ProductionError(.fileSystem, "\(input.path) ends before it should")
        }
        range = offset..<offset + Int64(count)
      }
      let first = Int(offset - range.lowerBound)
      let last = Int(min(end, range.upperBound) - range.lowerBound)
      let bytes = block
      try body(bytes.span.extracting(first..<last))
      offset += Int64(last - first)
    }
  }
}
