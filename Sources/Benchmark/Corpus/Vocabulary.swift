// SPDX-License-Identifier: Apache-2.0

/// Generated words, drawn with the frequencies of natural language (Zipf's law).
///
/// No word contains `q`, `x` or `z`: those are for the planted words, which so never occur by
/// chance.
struct Vocabulary {
  /// How many different words can be drawn.
  static let wordCount = 60_000
  private static let drawCount = 1 << 20

  private var letters: [UInt8] = []
  private var starts: [Int32] = [0]
  /// Ranks, each as often as its frequency asks: one random index draws a word.
  private var draws: [UInt16] = []

  init(seed: UInt64) {
    var random = RandomSource(seed: seed)
    var known: Set<[UInt8]> = []
    while starts.count <= Vocabulary.wordCount {
      let word = Vocabulary.word(rank: starts.count - 1, random: &random)
      guard known.insert(word).inserted else { continue }
      letters.append(contentsOf: word)
      starts.append(Int32(letters.count))
    }
    draws = zipfDraws(rankCount: Vocabulary.wordCount, drawCount: Vocabulary.drawCount)
  }

  /// The letters of a word, drawn by frequency.
  @inline(__always)
  func draw(_ random: inout RandomSource) -> ArraySlice<UInt8> {
    let rank = Int(draws[random.below(Vocabulary.drawCount)])
    return letters[Int(starts[rank])..<Int(starts[rank + 1])]
  }

  /// Frequent words are short, as in natural language.
  private static func word(rank: Int, random: inout RandomSource) -> [UInt8] {
    let onsets = Array("bcdfghjklmnprstvw".utf8)
    let vowels = Array("aeiou".utf8)
    let codas = Array("lmnrst".utf8)
    let syllableCount =
      switch rank {
      case ..<60: 1
      case ..<2000: 2
      case ..<20_000: 2 + random.below(2)
      default: 3 + random.below(2)
      }
    var word: [UInt8] = []
    for _ in 0..<syllableCount {
      word.append(onsets[random.below(onsets.count)])
      word.append(vowels[random.below(vowels.count)])
      if random.chance(inThousand: 350) {
        word.append(codas[random.below(codas.count)])
      }
    }
    return word
  }
}

/// Ranks from 0, each as many times as its share by Zipf's law with an offset (Mandelbrot).
func zipfDraws(rankCount: Int, drawCount: Int) -> [UInt16] {
  let weights = (0..<rankCount).map { 1 / (Double($0) + 2.7) }
  let total = weights.reduce(0, +)
  var draws: [UInt16] = []
  draws.reserveCapacity(drawCount)
  var cumulated = 0.0
  for (rank, weight) in weights.enumerated() {
    cumulated += weight
    let end = Int(cumulated / total * Double(drawCount))
    while draws.count < min(end, drawCount) {
      draws.append(UInt16(rank))
    }
  }
  while draws.count < drawCount {
    draws.append(UInt16(rankCount - 1))
  }
  return draws
}
