// SPDX-License-Identifier: Apache-2.0

/// Words of the raw index by the number of messages that hold them: letters a to z only, since
/// both engines' tokenizers agree on those.
struct SampledVocabulary {
  /// In at most 10 messages.
  private(set) var rare: [String] = []
  /// In 30 to 3,000 messages.
  private(set) var medium: [String] = []
  /// The words in the most messages, the most frequent first.
  private(set) var common: [String] = []

  private static let rareLimit = 5000
  private static let commonLimit = 10

  init(_ database: borrowing SQLiteDatabase) throws {
    try database.execute(
      "CREATE VIRTUAL TABLE temp.vocabulary USING fts5vocab (main, message_text, row)")
    let terms = try database.prepare("SELECT term, doc FROM temp.vocabulary")
    var frequent: [(count: Int64, word: String)] = []
    while try terms.step() {
      let word = terms.text(0)
      guard word.utf8.count >= 2, word.utf8.allSatisfy(isLowerCaseLetter) else { continue }
      let count = terms.integer(1)
      switch count {
      case ...10:
        // Words come in alphabetical order: thin them out evenly.
        if rare.count < SampledVocabulary.rareLimit { rare.append(word) }
      case 30...3000 where word.utf8.count >= 5: medium.append(word)
      case 3001...: frequent.append((count, word))
      default: break
      }
    }
    frequent.sort { ($0.count, $1.word) > ($1.count, $0.word) }
    common = frequent.prefix(SampledVocabulary.commonLimit).map(\.word)
  }
}

/// Runs of at least four words of a to z with one blank between, from random messages: neighbours
/// in every tokenizer.
func samplePassages(
  _ database: borrowing SQLiteDatabase, count: Int, random: inout RandomSource
) throws -> [[String]] {
  let last = try database.prepare("SELECT max(id) FROM message")
  guard try last.step(), last.integer(0) > 0 else { return [] }
  let select = try database.prepare("SELECT text FROM message WHERE id = ?")
  var passages: [[String]] = []
  for _ in 0..<count {
    select.bind(Int64(1 + random.below(Int(last.integer(0)))), at: 1)
    if try select.step(), let passage = firstPassage(in: select.text(0)) {
      passages.append(passage)
    }
    select.reset()
  }
  return passages
}

private func firstPassage(in text: String) -> [String]? {
  var passage: [String] = []
  // The first piece may be cut off by what stands before it, and a piece with anything but
  // letters ends the run.
  for piece in text.utf8.split(separator: UInt8(ascii: " ")) {
    if piece.count >= 2, piece.allSatisfy(isLowerCaseLetter) {
      passage.append(String(decoding: piece, as: UTF8.self))
      if passage.count == 6 { return passage }
    } else {
      if passage.count >= 4 { return passage }
      passage.removeAll()
    }
  }
  return nil
}

private func isLowerCaseLetter(_ byte: UInt8) -> Bool {
  (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
}

extension SQLiteDatabase {
  /// The accounts' ids, those with the most messages first.
  func accountsByMessageCount() throws -> [String] {
    let select = try prepare(
      """
      SELECT native FROM account JOIN message ON message.account = account.id
      GROUP BY account.id ORDER BY count(*) DESC, native
      """)
    var ids: [String] = []
    while try select.step() {
      ids.append(select.text(0))
    }
    return ids
  }

  /// From the first to just after the last message, in ticks.
  func timeRange() throws -> Range<Int64> {
    let select = try prepare("SELECT min(time), max(time) FROM message WHERE time > 0")
    guard try select.step(), select.integer(1) >= select.integer(0) else {
      throw CorpusError("the corpus has no times")
    }
    return select.integer(0)..<(select.integer(1) + 1)
  }
}
