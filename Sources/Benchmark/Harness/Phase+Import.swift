// SPDX-License-Identifier: Apache-2.0
import Foundation

extension Phase {
  /// Reads the corpus in one way or another.
  func read(_ place: Workplace) throws -> Measurement {
    switch self {
    case .hash: try measureBytes { try FileReading.hash(place.corpus) }
    case .readJSON: try measureMessages { try FileReading.readMessages(place.corpus) }
    case .capture: try measureMessages { try CustodyImport.capture(place) }
    case .rawTokenize: try Measurement(tokenizing: try Tokenizing.raw(place.corpus))
    case .tokenize: try Measurement(tokenizing: try Tokenizing.custody(place.corpus))
    case .detect: try Measurement(tokenizing: try Tokenizing.detect(place.corpus))
    default: try measureBytes { try FileReading.readBytes(place.corpus) }
    }
  }

  /// Builds an index of the corpus.
  func index(_ place: Workplace) throws -> Measurement {
    guard self == .importing else {
      let result = try RawIndex.build(
        place.rawIndex.path, from: place.corpus, tuning: place.tuning)
      return try Measurement(
        duration: result.duration,
        counts: [
          "messages": result.messages, "textBytes": result.textBytes,
          "bytes": try byteCount(of: place.rawIndex),
        ])
    }
    try place.remove(place.store)
    let (duration, _) = try timed { try CustodyImport.importAll(place) }
    // Before the count is taken, which has a peak of its own.
    var measurement = try Measurement(
      duration: duration, counts: ["bytes": try byteCount(of: place.store)])
    measurement.counts["messages"] = try CustodyImport.storedMessageCount(place)
    return measurement
  }
}

private func measureBytes(_ body: () throws -> Int) throws -> Measurement {
  let (duration, bytes) = try timed(body)
  return try Measurement(duration: duration, counts: ["bytes": bytes])
}

private func measureMessages(
  _ body: () throws -> (bytes: Int, messages: Int)
) throws -> Measurement {
  let (duration, result) = try timed(body)
  return try Measurement(
    duration: duration, counts: ["bytes": result.bytes, "messages": result.messages])
}

extension Measurement {
  fileprivate init(tokenizing outcome: Tokenizing.Outcome) throws {
    try self.init(
      duration: outcome.duration,
      counts: [
        "bytes": outcome.textByteCount, "tokens": outcome.tokenCount,
        "messages": outcome.messageCount,
      ])
  }
}
