// SPDX-License-Identifier: Apache-2.0
import Bytes

/// The records of a project folder that were met, to find those that a resumed or forked session
/// repeats from another (claude-capture-formats section 8.5).
///
/// It holds a bounded number; of what lies beyond, a repetition is stored with either session.
struct SeenRecords {
  /// What a record is beside those that were met before.
  enum Repetition {
    case new
    /// A record of the same session with the same bytes.
    case sameBytes
    /// A record of the same session that says the same, written again.
    case rewritten
    /// A record of another session that says the same.
    case inOther
  }

  private struct Entry {
    var session: Int
    var line: Int
    var message: Int
  }

  private static let limit = 300_000

  private var entries: [Int: Entry] = [:]

  /// Takes a record that makes an item; others are always new.
  mutating func note(_ line: TranscriptLine, session: some Hashable) -> Repetition {
    guard let uuid = line.uuid, let range = line.wordsRange else { return .new }
    let native = line.bytes
    let bytes = native.span
    let message = hash(of: bytes.extracting(range), with: line.type.hashValue)
    // What is around the message, with the message: no byte is read twice.
    let line = hash(
      of: bytes.extracting(range.upperBound...),
      with: hash(of: bytes.extracting(..<range.lowerBound), with: message))
    let entry = Entry(session: session.hashValue, line: line, message: message)
    let key = ExactText(uuid).hashValue
    guard let known = entries[key] else {
      if entries.count < SeenRecords.limit { entries[key] = entry }
      return .new
    }
    if known.session != entry.session {
      return known.message == entry.message ? .inOther : .new
    }
    if known.line == entry.line { return .sameBytes }
    return known.message == entry.message ? .rewritten : .new
  }
}

private func hash(of bytes: Span<UInt8>, with other: Int) -> Int {
  var hasher = Hasher()
  hasher.combine(other)
  hasher.combine(bytes.count)
  unsafe bytes.withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
  return hasher.finalize()
}
