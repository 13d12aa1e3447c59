// SPDX-License-Identifier: Apache-2.0

/// BLAKE2b with 64 bytes of output and no key (RFC 7693), which minisign signs instead of the file.
package struct BLAKE2b: Sendable {
  private static let initial: [UInt64] = [
    0x6A09_E667_F3BC_C908, 0xBB67_AE85_84CA_A73B, 0x3C6E_F372_FE94_F82B, 0xA54F_F53A_5F1D_36F1,
    0x510E_527F_ADE6_82D1, 0x9B05_688C_2B3E_6C1F, 0x1F83_D9AB_FB41_BD6B, 0x5BE0_CD19_137E_2179,
  ]
  private static let schedule: [[Int]] = [
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
    [14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3],
    [11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4],
    [7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8],
    [9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13],
    [2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9],
    [12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11],
    [13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10],
    [6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5],
    [10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0],
  ]
  private static let blockByteCount = 128

  /// The 64 bytes of a text's digest.
  package static func digest(of bytes: Span<UInt8>) -> [UInt8] {
    var state = initial
    // Parameters: 64 bytes of output, no key, one leaf.
    state[0] ^= 0x0101_0040
    var offset = 0
    while bytes.count - offset > blockByteCount {
      offset += blockByteCount
      compress(
        &state, bytes.extracting((offset - blockByteCount)..<offset), byteCount: offset,
        isLast: false)
    }
    compress(
      &state, bytes.extracting(offset..<bytes.count), byteCount: bytes.count, isLast: true)
    var output: [UInt8] = []
    output.reserveCapacity(64)
    for word in state {
      for shift in stride(from: 0, to: 64, by: 8) {
        output.append(UInt8(truncatingIfNeeded: word >> UInt64(shift)))
      }
    }
    return output
  }

  private static func compress(
    _ state: inout [UInt64], _ block: Span<UInt8>, byteCount: Int, isLast: Bool
  ) {
    var message = [UInt64](repeating: 0, count: 16)
    for index in block.indices {
      message[index / 8] |= UInt64(block[index]) << UInt64(index % 8 * 8)
    }
    var work = state + initial
    work[12] ^= UInt64(byteCount)
    if isLast { work[14] = ~work[14] }
    func mix(_ a: Int, _ b: Int, _ c: Int, _ d: Int, _ x: UInt64, _ y: UInt64) {
      work[a] = work[a] &+ work[b] &+ x
      work[d] = rotated(work[d] ^ work[a], 32)
      work[c] = work[c] &+ work[d]
      work[b] = rotated(work[b] ^ work[c], 24)
      work[a] = work[a] &+ work[b] &+ y
      work[d] = rotated(work[d] ^ work[a], 16)
      work[c] = work[c] &+ work[d]
      work[b] = rotated(work[b] ^ work[c], 63)
    }
    for round in 0..<12 {
      let order = schedule[round % 10]
      for column in 0..<4 {
        mix(
          column, column + 4, column + 8, column + 12, message[order[column * 2]],
          message[order[column * 2 + 1]])
      }
      for diagonal in 0..<4 {
        mix(
          diagonal, (diagonal + 1) % 4 + 4, (diagonal + 2) % 4 + 8, (diagonal + 3) % 4 + 12,
          message[order[8 + diagonal * 2]], message[order[9 + diagonal * 2]])
      }
    }
    for index in 0..<8 { state[index] ^= work[index] ^ work[index + 8] }
  }

  private static func rotated(_ value: UInt64, _ count: UInt64) -> UInt64 {
    value >> count | value << (64 - count)
  }
}
