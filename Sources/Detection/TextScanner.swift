// SPDX-License-Identifier: Apache-2.0
import Bytes
import Model

/// Finds sensitive information in one pass over a text.
///
/// Most bytes are passed over by a look into a table; the few that can begin or mark something are
/// looked at more closely, at most so far as the longest match of the type reaches, so that the time
/// is in proportion to the text. Matches of one type never overlap: the first one, and of those that
/// begin there the longest, wins.
struct TextScanner: Sendable {
  /// Why a byte is looked at.
  enum Trigger {
    static let none: UInt8 = 0
    static let digit: UInt8 = 1
    static let at: UInt8 = 2
    static let hyphen: UInt8 = 3
    static let colon: UInt8 = 4
    /// K and S, the second letters of access keys; K also begins a word for passwords.
    static let capital: UInt8 = 5
    /// The first letters of words for passwords.
    static let letter: UInt8 = 6
    /// The second byte of `ñ`.
    static let tilde: UInt8 = 7
  }

  /// Of a fixed size, so that no look into it needs a check.
  private static let triggers: InlineArray<256, UInt8> = {
    var table = InlineArray<256, UInt8>(repeating: Trigger.none)
    for byte in UInt8(ascii: "0")...UInt8(ascii: "9") { table[Int(byte)] = Trigger.digit }
    table[Int(UInt8(ascii: "@"))] = Trigger.at
    table[Int(UInt8(ascii: "-"))] = Trigger.hyphen
    table[Int(UInt8(ascii: ":"))] = Trigger.colon
    table[Int(UInt8(ascii: "K"))] = Trigger.capital
    table[Int(UInt8(ascii: "S"))] = Trigger.capital
    table[Int(UInt8(ascii: "k"))] = Trigger.letter
    table[Int(UInt8(ascii: "p"))] = Trigger.letter
    table[Int(UInt8(ascii: "P"))] = Trigger.letter
    table[0xB1] = Trigger.tilde
    return table
  }()

  /// By the number of the type.
  private var windows: [WordWindow]
  /// By the number of the type, where its last match ends.
  private var ends: [Int]
  /// Whether a type was asked for in this segment, so that its window must be reset.
  private var isTouched = false
  /// Where what is written like an IPv6 address ends, so that it is read once.
  var addressEnd = 0
  /// What tells an instance from others.
  var instance: [UInt8] = []
  /// Where the segment begins in the text.
  private var base = 0

  init() {
    let none = SupportingWords([])
    windows = (0...SensitiveType.allCases.count).map { number in
      let type = SensitiveType(rawValue: number)
      return WordWindow(type.flatMap { SupportingWords.byType[$0] } ?? none)
    }
    ends = [Int](repeating: 0, count: windows.count)
  }

  /// Scans a text segment by segment.
  mutating func scan(_ text: Span<UInt8>, into receiver: inout some MatchReceiver) {
    var start = 0
    while start < text.count {
      let end = segmentEnd(from: start, in: text)
      base = start
      scanSegment(text.extracting(start..<end), into: &receiver)
      start = end + 4
    }
  }

  /// Where the segment that begins at a place ends: at U+10FFFF, or with the text.
  private func segmentEnd(from start: Int, in text: Span<UInt8>) -> Int {
    var index = start
    while true {
      index = text.firstIndex(of: 0xF4, from: index)
      if index == text.count || text.holds("\u{10FFFF}", at: index) { return index }
      index += 1
    }
  }

  private mutating func scanSegment(
    _ text: Span<UInt8>, into receiver: inout some MatchReceiver
  ) {
    if isTouched {
      isTouched = false
      for index in windows.indices {
        windows[index].reset()
        ends[index] = 0
      }
    }
    addressEnd = 0
    var index = 0
    while true {
      index = Self.nextTrigger(in: text, from: index)
      guard index < text.count else { break }
      switch Self.triggers[Int(text[index])] {
      case Trigger.digit:
        index = number(at: index, in: text, into: &receiver)
      case Trigger.at:
        email(at: index, in: text, into: &receiver)
        index += 1
      case Trigger.hyphen:
        index = key(at: index, in: text, into: &receiver)
      case Trigger.colon:
        if index >= addressEnd { address(at: index, in: text, into: &receiver) }
        index += 1
      case Trigger.capital:
        accessKey(at: index, in: text, into: &receiver)
        index = password(at: index, in: text, into: &receiver)
      default:
        index = password(at: index, in: text, into: &receiver)
      }
    }
  }

  /// The first byte from a place on that is looked at; the end of the text where there is none.
  ///
  /// Every byte of every text passes here, so none is checked against the bounds twice.
  private static func nextTrigger(in text: Span<UInt8>, from start: Int) -> Int {
    let table = triggers.span
    return unsafe table.withUnsafeBufferPointer { table in
      unsafe text.withUnsafeBufferPointer { text in
        guard let kinds = table.baseAddress, let bytes = text.baseAddress else {
          return start
        }
        let count = text.count
        var index = start
        while true {
          while index + 8 <= count {
            // Two halves, so that the processor need not wait for one chain of looks.
            let first =
              unsafe kinds[Int(bytes[index])] | kinds[Int(bytes[index + 1])]
              | kinds[Int(bytes[index + 2])] | kinds[Int(bytes[index + 3])]
            let second =
              unsafe kinds[Int(bytes[index + 4])] | kinds[Int(bytes[index + 5])]
              | kinds[Int(bytes[index + 6])] | kinds[Int(bytes[index + 7])]
            guard first | second == Trigger.none else {
              if first == Trigger.none { index += 4 }
              break
            }
            index += 8
          }
          while index < count, unsafe kinds[Int(bytes[index])] == Trigger.none { index += 1 }
          guard index + 1 < count, unsafe kinds[Int(bytes[index])] == Trigger.letter else {
            return index
          }
          // Words for passwords begin with `pa`, `pw` and `ke`: the most frequent trigger is none.
          switch unsafe bytes[index + 1] | 0x20 {
          case UInt8(ascii: "a"), UInt8(ascii: "w"), UInt8(ascii: "e"): return index
          default: index += 1
          }
        }
      }
    }
  }

  // MARK: - Matches

  /// Whether a match of a type may begin at a place.
  func isFree(_ type: SensitiveType, at start: Int) -> Bool { start >= ends[type.rawValue] }

  /// Whether a supporting word of a type stands near a part of the segment.
  mutating func supports(
    _ type: SensitiveType, _ range: Range<Int>, in text: Span<UInt8>
  ) -> Bool {
    isTouched = true
    return windows[type.rawValue].supports(range, in: text)
  }

  /// Hands on a match, whose instance is in `instance`.
  mutating func report(
    _ type: SensitiveType, _ range: Range<Int>, _ confidence: SensitiveConfidence,
    to receiver: inout some MatchReceiver
  ) {
    isTouched = true
    ends[type.rawValue] = range.upperBound
    let match = SensitiveMatch(
      type: type, range: (range.lowerBound + base)..<(range.upperBound + base),
      confidence: confidence)
    receiver.take(match, instance: instance.span)
  }
}
