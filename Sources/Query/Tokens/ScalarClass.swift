// SPDX-License-Identifier: Apache-2.0
import CUnicode

/// How a folded scalar takes part in segmentation.
///
/// The values are those of `generate.py`.
enum ScalarClass: UInt8 {
  /// No letter, mark, number or pictograph.
  case separator
  case letter
  case number
  /// A mark that folding keeps: it belongs to what stands before it.
  case mark
  /// A letter that is a token of its own: scripts without blanks between words.
  case single
  /// A syllable or leading consonant of Hangul: a token of its own.
  case hangul
  /// A vowel or trailing consonant of Hangul, which goes into the syllable before it if it can.
  case jamo
  case pictograph
  /// Half of a flag.
  case regional
  /// Leaves no trace: format characters, variation selectors, diacritics.
  case removed
  case apostrophe
  /// A skin tone.
  case modifier
  /// `Tokenizer.segmentSeparator`.
  case segment
  /// Folds to several scalars, each with a class of its own.
  case sequence
}

/// What the tables say of a scalar.
struct ScalarEntry {
  private let bits: UInt32

  /// - Parameter scalar: At most 0x10FFFF.
  init(_ scalar: UInt32) {
    bits = custody_unicode_entry(scalar)
  }

  /// The class after folding.
  var scalarClass: ScalarClass {
    ScalarClass(rawValue: UInt8(truncatingIfNeeded: bits & 15)) ?? .separator
  }

  /// Whether it may combine with, or change places with, what stands before it.
  var needsContext: Bool { bits & 64 != 0 }

  /// Whether it may combine with what stands before it.
  var composes: Bool { bits & 128 != 0 }

  /// Whether the scalar is its own folded form.
  var isFolded: Bool { bits & 48 == 0 }

  /// The folded form where it is one other scalar; the offset of a sequence where it is several.
  var value: UInt32 { bits >> 8 }

  /// The canonical combining class of a folded scalar.
  var combiningClass: UInt32 { isFolded ? bits >> 8 : 0 }

  /// The folded form, scalar by scalar, of a class `sequence`.
  static func sequence(at offset: UInt32, _ body: (UInt32) -> Void) {
    for index in 0..<custody_unicode_sequence_word(offset) {
      body(custody_unicode_sequence_word(offset + 1 + index))
    }
  }
}
