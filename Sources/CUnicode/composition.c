// SPDX-License-Identifier: Apache-2.0
#include "CUnicode.h"

// Hangul syllables are composed by arithmetic (The Unicode Standard, section 3.12).
enum {
  leading_base = 0x1100,
  vowel_base = 0x1161,
  trailing_base = 0x11A7,
  syllable_base = 0xAC00,
  leading_count = 19,
  vowel_count = 21,
  trailing_count = 28,
  syllable_count = leading_count * vowel_count * trailing_count,
};

uint32_t custody_unicode_compose(uint32_t first, uint32_t second) {
  if (first >= leading_base && first < leading_base + leading_count && second >= vowel_base
      && second < vowel_base + vowel_count) {
    return syllable_base
        + ((first - leading_base) * vowel_count + (second - vowel_base)) * trailing_count;
  }
  if (first >= syllable_base && first < syllable_base + syllable_count
      && (first - syllable_base) % trailing_count == 0 && second > trailing_base
      && second < trailing_base + trailing_count) {
    return first + (second - trailing_base);
  }
  // Pairs are sorted by first, then second.
  uint32_t low = 0;
  uint32_t high = custody_unicode_pair_count;
  while (low < high) {
    uint32_t middle = low + (high - low) / 2;
    const uint32_t *pair = custody_unicode_pairs + 3 * middle;
    if (pair[0] == first && pair[1] == second) {
      return pair[2];
    }
    if (pair[0] < first || (pair[0] == first && pair[1] < second)) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return 0;
}

uint32_t custody_unicode_decompose(uint32_t composite, uint32_t *second) {
  if (composite >= syllable_base && composite < syllable_base + syllable_count) {
    uint32_t index = composite - syllable_base;
    uint32_t trailing = index % trailing_count;
    if (trailing != 0) {
      *second = trailing_base + trailing;
      return composite - trailing;
    }
    *second = vowel_base + (index % (vowel_count * trailing_count)) / trailing_count;
    return leading_base + index / (vowel_count * trailing_count);
  }
  // Only sequences of marks come here, and the pairs are few.
  for (uint32_t i = 0; i < custody_unicode_pair_count; i++) {
    const uint32_t *pair = custody_unicode_pairs + 3 * i;
    if (pair[2] == composite) {
      *second = pair[1];
      return pair[0];
    }
  }
  return 0;
}
