// SPDX-License-Identifier: Apache-2.0
import Detection
import Foundation
import Model
import Query

/// Cuts all texts of a corpus into tokens, without indexing them.
enum Tokenizing {
  /// What was cut, and how long the cutting alone took.
  struct Outcome {
    var duration = Duration.zero
    var textByteCount = 0
    var tokenCount = 0
    var messageCount = 0
  }

  /// Cuts with SQLite's `unicode61`.
  static func raw(_ corpus: URL) throws -> Outcome {
    let tokenizer = try RawTokenizer()
    return try run(corpus) { tokenizer.tokenCount(of: $0) }
  }

  /// Cuts with the tokenizer of the query language.
  static func custody(_ corpus: URL) throws -> Outcome {
    try run(corpus) { text in
      var count = 0
      Tokenizer.forEachToken(in: text) { _, _ in
        count += 1
        return true
      }
      return count
    }
  }

  /// Looks for sensitive types instead; the count is that of the instances in all messages.
  static func detect(_ corpus: URL) throws -> Outcome {
    var tally = SensitiveTally()
    return try run(corpus) { text in
      tally.add(text)
      return tally.finish().reduce(0) { $0 + $1.count }
    }
  }

  private static func run(_ corpus: URL, _ count: (Span<UInt8>) -> Int) throws -> Outcome {
    var outcome = Outcome()
    var reader = MessageReader()
    _ = try reader.read(corpus, batchSize: 10_000) { batch in
      let (duration, tokenCount) = timed {
        (0..<batch.count).reduce(0) { sum, index in
          sum + count(batch.text.span.extracting(batch.textRange(index)))
        }
      }
      outcome.duration += duration
      outcome.tokenCount += tokenCount
      outcome.textByteCount += batch.text.count
      outcome.messageCount += batch.count
    }
    return outcome
  }
}
