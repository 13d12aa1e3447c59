// SPDX-License-Identifier: Apache-2.0
// What the tokenizer knows of Unicode scalar values: constant tables, made by generate.py, and
// their look-up.
#ifndef CUSTODY_CUNICODE_H
#define CUSTODY_CUNICODE_H
#include <stdint.h>

// The Unicode version of decompositions and case folding.
extern const char *const custody_unicode_version;

extern const uint8_t custody_unicode_ascii[256];
extern const uint16_t custody_unicode_stage1[8704];
extern const uint32_t custody_unicode_stage2[];
extern const uint32_t custody_unicode_sequences[];
extern const uint32_t custody_unicode_pair_count;
extern const uint32_t custody_unicode_pairs[];

// The folded byte of an ASCII letter or digit; 0 for a separator, 0xFF for the apostrophe, 0xFE for
// a byte that is not ASCII.
static inline uint8_t custody_unicode_ascii_fold(uint8_t byte) {
  return custody_unicode_ascii[byte];
}

// The entry of a scalar, at most 0x10FFFF: bits 0-3 its class after folding, bits 4-5 the kind of
// its folded form (0 itself, 1 a scalar, 2 a sequence), bit 6 set when it may combine or change
// places with what stands before it, bit 7 when it may combine, bits 8-31 the scalar, the offset of
// the sequence or, for kind 0, the canonical combining class.
static inline uint32_t custody_unicode_entry(uint32_t scalar) {
  return custody_unicode_stage2[(uint32_t)custody_unicode_stage1[scalar >> 7] << 7 | (scalar & 127)];
}

// A word of the sequences: at an offset stands the number of scalars, after it the scalars.
static inline uint32_t custody_unicode_sequence_word(uint32_t offset) {
  return custody_unicode_sequences[offset];
}

// The canonical composite of two folded scalars; 0 when there is none.
uint32_t custody_unicode_compose(uint32_t first, uint32_t second);

// The first of the two scalars of which a folded scalar is composed, with the second in `second`;
// 0 when it is not composed.
uint32_t custody_unicode_decompose(uint32_t composite, uint32_t *second);
#endif
