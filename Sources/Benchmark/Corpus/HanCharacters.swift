// SPDX-License-Identifier: Apache-2.0

/// Chinese characters, drawn with frequencies like those of written Chinese.
struct HanCharacters {
  private static let characterCount = 4000
  private static let drawCount = 1 << 16

  /// Three UTF-8 bytes a character, in order of rank.
  private var bytes: [UInt8] = []
  private var draws: [UInt16]

  init(seed: UInt64) {
    var random = RandomSource(seed: seed)
    var scalars = Array(UInt32(0x4E00)..<UInt32(0x4E00 + 16_000))
    for rank in 0..<HanCharacters.characterCount {
      scalars.swapAt(rank, rank + random.below(scalars.count - rank))
      let scalar = scalars[rank]
      bytes.append(UInt8(0xE0 | scalar >> 12))
      bytes.append(UInt8(0x80 | scalar >> 6 & 0x3F))
      bytes.append(UInt8(0x80 | scalar & 0x3F))
    }
    draws = zipfDraws(
      rankCount: HanCharacters.characterCount, drawCount: HanCharacters.drawCount)
  }

  /// The three UTF-8 bytes of a character, drawn by frequency.
  @inline(__always)
  func draw(_ random: inout RandomSource) -> ArraySlice<UInt8> {
    let start = Int(draws[random.below(HanCharacters.drawCount)]) * 3
    return bytes[start..<(start + 3)]
  }
}
