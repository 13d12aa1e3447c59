// SPDX-License-Identifier: Apache-2.0

/// Words that are put into a known number of messages, so that counts can be checked.
struct PlantedWords {
  /// A word, phrase, pair or family of words, and how many messages get it.
  struct Entry: Codable {
    /// The query in FTS5's and KeyQL's common notation: a word, a quoted phrase, a prefix.
    var query: String
    /// How many messages match it.
    var messageCount: Int
  }

  /// Two words with 0 to 19 words between them, in as many messages each.
  static let pair = ("kestroxa", "moraxile")
  /// The messages with each distance of the pair.
  private static let pairCountADistance = 15
  private static let phrase = "quorizar velumaxo tendraxi"
  private static let prefix = "zygoxam"
  private static let endings = ["a", "as", "ed", "el", "en", "er", "es", "im", "in", "is"]

  private let messageCount: Int
  private let words: [(text: String, count: Int)]

  /// Plans the words of a corpus; a word that would stand in more than half of it is left out.
  init(messageCount: Int) {
    self.messageCount = messageCount
    let wanted = [
      ("zorblaxine", 1), ("quenzixor", 10), ("vexaquilla", 300), ("jaxmorizo", 10_000),
      ("zaxonitum", 100_000), ("omnizaxer", 400_000),
    ]
    words = wanted.filter { $0.1 * 2 <= messageCount }
  }

  /// What is planted, with the counts that a search must give.
  var entries: [Entry] {
    var entries = words.map { Entry(query: $0.text, messageCount: $0.count) }
    guard messageCount >= 1000 else { return entries }
    entries.append(Entry(query: "\"\(PlantedWords.phrase)\"", messageCount: 150))
    entries.append(
      Entry(query: PlantedWords.prefix + "*", messageCount: 50 * PlantedWords.endings.count))
    return entries
  }

  /// The messages that hold the pair with at most `distance` words between (0 to 19).
  func pairCount(within distance: Int) -> Int {
    messageCount >= 1000 ? (distance + 1) * PlantedWords.pairCountADistance : 0
  }

  /// Adds what is planted in the message with an index, each piece after a blank; `filler` adds
  /// one common word.
  func plant(
    in index: Int, to text: inout [UInt8], filler: (inout [UInt8]) -> Void
  ) {
    for (number, word) in words.enumerated() where place(index, number) < word.count {
      append(word.text, to: &text)
    }
    guard messageCount >= 1000 else { return }
    let phrasePlace = place(index, 11)
    if phrasePlace < 150 {
      append(PlantedWords.phrase, to: &text)
    } else if phrasePlace < 300 {
      // The same words in another order: found by AND, not by the phrase.
      for word in PlantedWords.phrase.split(separator: " ").reversed() {
        append(String(word), to: &text)
      }
    }
    let pairPlace = place(index, 12)
    if pairPlace < 20 * PlantedWords.pairCountADistance {
      append(PlantedWords.pair.0, to: &text)
      for _ in 0..<(pairPlace % 20) {
        text.append(UInt8(ascii: " "))
        filler(&text)
      }
      append(PlantedWords.pair.1, to: &text)
    }
    let prefixPlace = place(index, 13)
    if prefixPlace < 50 * PlantedWords.endings.count {
      append(PlantedWords.prefix + PlantedWords.endings[prefixPlace / 50], to: &text)
    }
  }

  /// Where a message stands in a shuffled order of all messages, another order for each `salt`.
  private func place(_ index: Int, _ salt: Int) -> Int {
    // A prime that divides no corpus of our sizes; the product must not overflow.
    (index * 15_485_863 + (salt + 1) * 7_368_787) % messageCount
  }

  private func append(_ words: String, to text: inout [UInt8]) {
    text.append(UInt8(ascii: " "))
    text.append(contentsOf: words.utf8)
  }
}
