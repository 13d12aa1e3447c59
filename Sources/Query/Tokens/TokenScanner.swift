// SPDX-License-Identifier: Apache-2.0
import CUnicode

/// Cuts a text into tokens in one pass, without looking ahead and without an allocation per token.
struct TokenScanner: ~Copyable {
  /// What the token under construction is.
  private enum Pending {
    case none
    /// Letters, marks and numbers that join.
    case word
    /// A character that is a token with its marks.
    case single
    case hangul
    case pictograph
    /// A regional indicator that waits for its second half.
    case halfFlag
  }

  private var scratch: TokenScratch
  private var pending = Pending.none
  private var start = 0
  /// The end of the token in the source, in bytes.
  private var end = 0
  /// Whether the last character that is no mark is a letter of a word.
  private var endsWithLetter = false
  /// Whether an apostrophe came after a letter: it joins if a letter follows.
  private var awaitsLetter = false
  private var isStopped = false

  init() {
    scratch = TokenScratch(capacity: Tokenizer.longestToken)
  }

  /// Calls `body` with each token and its range in the source until it returns false.
  mutating func scan(
    _ bytes: Span<UInt8>, _ body: (_ token: Span<UInt8>, _ sourceRange: Range<Int>) -> Bool
  ) {
    var index = 0
    while index < bytes.count, !isStopped {
      let byte = bytes[index]
      let folded = custody_unicode_ascii_fold(byte)
      if folded &- 1 < 0x7F {
        let isLetter = folded >= UInt8(ascii: "a")
        if pending != .word || awaitsLetter && !isLetter {
          emit(body)
          guard !isStopped else { return }
          begin(.word, at: index)
        }
        awaitsLetter = false
        index = scratch.appendASCIIRun(of: bytes, from: index)
        end = index
        endsWithLetter = bytes[index - 1] >= UInt8(ascii: "A")
      } else if byte < 0x80 {
        if folded == 0xFF { takeApostrophe(body) } else { emit(body) }
        index += 1
      } else {
        let decoded = DecodedScalar(in: bytes, at: index)
        let range = index..<(index + decoded.byteCount)
        let entry = ScalarEntry(decoded.value)
        if entry.scalarClass == .sequence {
          ScalarEntry.sequence(at: entry.value) { scalar in
            take(scalar, ScalarEntry(scalar), from: range, body)
          }
        } else {
          take(entry.isFolded ? decoded.value : entry.value, entry, from: range, body)
        }
        index = range.upperBound
      }
    }
    emit(body)
  }

  /// Takes a folded scalar; the entry may be that of the scalar it was folded from.
  @inline(__always)
  private mutating func take(
    _ scalar: UInt32, _ entry: ScalarEntry, from range: Range<Int>,
    _ body: (Span<UInt8>, Range<Int>) -> Bool
  ) {
    switch entry.scalarClass {
    case .single:
      emit(body)
      begin(.single, at: range.lowerBound)
      scratch.append(scalar)
      end = range.upperBound
    case .separator, .sequence:
      emit(body)
    case .letter, .number:
      takeWordScalar(scalar, isLetter: entry.scalarClass == .letter, from: range, body)
    default:
      takeOther(scalar, entry, from: range, body)
    }
  }

  private mutating func takeWordScalar(
    _ scalar: UInt32, isLetter: Bool, from range: Range<Int>,
    _ body: (Span<UInt8>, Range<Int>) -> Bool
  ) {
    if pending != .word || awaitsLetter && !isLetter {
      emit(body)
      begin(.word, at: range.lowerBound)
    }
    awaitsLetter = false
    scratch.append(scalar)
    end = range.upperBound
    endsWithLetter = isLetter
  }

  private mutating func takeOther(
    _ scalar: UInt32, _ entry: ScalarEntry, from range: Range<Int>,
    _ body: (Span<UInt8>, Range<Int>) -> Bool
  ) {
    switch entry.scalarClass {
    case .mark:
      takeMark(scalar, entry, from: range, body)
    case .hangul:
      emit(body)
      begin(.hangul, at: range.lowerBound)
      scratch.append(scalar)
      end = range.upperBound
    case .jamo:
      if pending == .hangul, let last = scratch.last, Self.joins(scalar, after: last) {
        scratch.combine(scalar)
      } else {
        emit(body)
        begin(.hangul, at: range.lowerBound)
        scratch.append(scalar)
      }
      end = range.upperBound
    case .pictograph:
      emit(body)
      begin(.pictograph, at: range.lowerBound)
      scratch.append(scalar)
      end = range.upperBound
    case .regional:
      if pending == .halfFlag {
        pending = .pictograph
      } else {
        emit(body)
        begin(.halfFlag, at: range.lowerBound)
      }
      scratch.append(scalar)
      end = range.upperBound
    case .removed:
      // It vanishes, but a mark of hits in the source should not cut a character.
      if pending != .none, !awaitsLetter { end = range.upperBound }
    case .apostrophe:
      takeApostrophe(body)
    case .modifier:
      if pending == .pictograph { end = range.upperBound } else { emit(body) }
    case .segment:
      emit(body)
      begin(.single, at: range.lowerBound)
      scratch.append(scalar)
      end = range.upperBound
      emit(body)
    case .separator, .letter, .number, .single, .sequence:
      emit(body)
    }
  }

  private mutating func takeMark(
    _ scalar: UInt32, _ entry: ScalarEntry, from range: Range<Int>,
    _ body: (Span<UInt8>, Range<Int>) -> Bool
  ) {
    if pending == .none || pending == .halfFlag || awaitsLetter {
      emit(body)
      begin(.word, at: range.lowerBound)
      endsWithLetter = false
    }
    if entry.needsContext { scratch.combine(scalar) } else { scratch.append(scalar) }
    end = range.upperBound
  }

  private mutating func takeApostrophe(_ body: (Span<UInt8>, Range<Int>) -> Bool) {
    if pending == .word, endsWithLetter, !awaitsLetter { awaitsLetter = true } else { emit(body) }
  }

  private mutating func begin(_ kind: Pending, at index: Int) {
    pending = kind
    start = index
  }

  /// Hands out the token under construction, if there is one.
  @inline(__always)
  private mutating func emit(_ body: (Span<UInt8>, Range<Int>) -> Bool) {
    guard pending != .none else { return }
    // Half a flag is no pictograph, so it separates.
    if pending != .halfFlag, !isStopped, !body(scratch.bytes, start..<end) { isStopped = true }
    scratch.removeAll()
    pending = .none
    awaitsLetter = false
  }

  /// Whether a vowel or trailing consonant belongs to the syllable before it: a vowel to a leading
  /// consonant, a trailing consonant to a vowel.
  ///
  /// UAX #29 also joins vowels to vowels. Folding (NFKC) makes vowels of the letters that people
  /// type one by one (`ㅠㅠ`), and these must not change the syllable they follow.
  private static func joins(_ jamo: UInt32, after last: UInt32) -> Bool {
    let isVowel = (0x1160...0x11A7).contains(jamo) || (0xD7B0...0xD7C6).contains(jamo)
    if isVowel { return (0x1100...0x115F).contains(last) || (0xA960...0xA97C).contains(last) }
    let followsVowel = (0x1160...0x11A7).contains(last) || (0xD7B0...0xD7C6).contains(last)
    let followsOpenSyllable = (0xAC00...0xD7A3).contains(last) && (last - 0xAC00) % 28 == 0
    return followsVowel || followsOpenSyllable
  }
}
