// SPDX-License-Identifier: Apache-2.0

/// Writes generated prose, already escaped for a JSON string.
struct ProseWriter {
  private let vocabulary: Vocabulary
  private let characters: HanCharacters
  private var rareCount = 0

  init(seed: UInt64) {
    vocabulary = Vocabulary(seed: seed)
    characters = HanCharacters(seed: seed &+ 1)
  }

  /// Appends sentences in Latin letters until about `byteCount` bytes are written.
  mutating func appendLatin(byteCount: Int, to text: inout [UInt8], _ random: inout RandomSource) {
    let end = text.count + byteCount
    while true {
      appendSentence(to: &text, &random)
      guard text.count < end else { return }
      if random.chance(inThousand: 120) {
        text.append("\\n\\n")
      } else {
        text.append(UInt8(ascii: " "))
      }
    }
  }

  /// Appends sentences in Chinese characters until about `byteCount` bytes are written.
  func appendHan(byteCount: Int, to text: inout [UInt8], _ random: inout RandomSource) {
    let end = text.count + byteCount
    while text.count < end {
      for _ in 0..<(3 + random.below(14)) {
        text.append(contentsOf: characters.draw(&random))
      }
      switch random.below(20) {
      case 0: text.append("\\n")
      case 1:
        text.append(UInt8(ascii: " "))
        appendWord(to: &text, &random)
        text.append(UInt8(ascii: " "))
      case 2: text.append(digits: random.below(5000))
      case 3..<9: text.append("。")
      default: text.append("，")
      }
    }
  }

  /// Appends one common word.
  func appendWord(to text: inout [UInt8], _ random: inout RandomSource) {
    text.append(contentsOf: vocabulary.draw(&random))
  }

  /// Appends an identifier that occurs once, or a few times at most: the growing tail of a real
  /// vocabulary.
  mutating func appendRareIdentifier(to text: inout [UInt8], _ random: inout RandomSource) {
    rareCount += 1
    let number = random.chance(inThousand: 250) ? random.below(rareCount) : rareCount
    text.append(" Ref TK-")
    text.append(digits: number * 7919 % 100_000_007, width: 5)
    text.append(UInt8(ascii: "."))
  }

  private mutating func appendSentence(to text: inout [UInt8], _ random: inout RandomSource) {
    let start = text.count
    let wordCount = 5 + random.below(14)
    for number in 0..<wordCount {
      if number > 0 {
        text.append(UInt8(ascii: " "))
      }
      appendWord(to: &text, &random)
      switch random.below(160) {
      case 0: text.append("'s")
      case 1, 2:
        text.append(UInt8(ascii: " "))
        text.append(digits: random.below(100_000))
      case 3:
        text.append(" \\\"")
        appendWord(to: &text, &random)
        text.append("\\\"")
      case 4...9: text.append(",")
      default: break
      }
    }
    // Letters a to z only: the first one becomes a capital.
    text[start] -= 32
    text.append(random.chance(inThousand: 150) ? "?" : ".")
  }
}
