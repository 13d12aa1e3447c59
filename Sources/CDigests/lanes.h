// SPDX-License-Identifier: Apache-2.0
// Hashes 16 messages at a time: each vector holds one number of each, so that one instruction does
// the step of all.
#ifndef LANES_H
#define LANES_H

#include "CDigests.h"
#include <string.h>

enum { lanes = 16, block = 64, most_words = 8 };

typedef uint32_t vector __attribute__((vector_size(4 * lanes)));

/// Hashes the same number of blocks of every lane.
///
/// @param state A vector for each word of the algorithm's state.
/// @param next Where the first block of each lane lies.
/// @param stride From one block of a lane to its next.
/// @param blocks How many blocks of each.
typedef void hash_blocks(vector state[], const uint8_t *const next[lanes],
                         const size_t stride[lanes], size_t blocks);

/// What algorithms of this kind differ in, beside the steps.
typedef struct {
  /// Of the state and the digest.
  int words;
  uint32_t initial[most_words];
  /// Whether words and lengths have their high byte first.
  int is_big_endian;
} algorithm;

/// Hashes many messages; `digests` gets four bytes a word for each, in their order.
void custody_hash_many(const algorithm *algorithm, hash_blocks *hash,
                       const custody_message *messages, size_t count, uint8_t *digests);

#define ROTATE(x, n) (((x) << (n)) | ((x) >> (32 - (n))))
#define BIG_ENDIAN_WORDS(x) ((ROTATE(x, 24) & 0xff00ff00u) | (ROTATE(x, 8) & 0x00ff00ffu))

// clang-format off
// Turns 16 blocks, a row each, into 16 vectors of one word each: swaps halves, then ever smaller
// parts, of two rows.
#define SWAP(i, j, ...) { \
    vector one = words[i], other = words[j]; \
    words[i] = __builtin_shufflevector(one, other, PICK_FIRST_##__VA_ARGS__); \
    words[j] = __builtin_shufflevector(one, other, PICK_SECOND_##__VA_ARGS__); \
  }
#define PICK_FIRST_8 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23
#define PICK_SECOND_8 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31
#define PICK_FIRST_4 0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27
#define PICK_SECOND_4 4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15, 28, 29, 30, 31
#define PICK_FIRST_2 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29
#define PICK_SECOND_2 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31
#define PICK_FIRST_1 0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30
#define PICK_SECOND_1 1, 17, 3, 19, 5, 21, 7, 23, 9, 25, 11, 27, 13, 29, 15, 31
#define TRANSPOSE \
  SWAP(0, 8, 8) SWAP(1, 9, 8) SWAP(2, 10, 8) SWAP(3, 11, 8) \
  SWAP(4, 12, 8) SWAP(5, 13, 8) SWAP(6, 14, 8) SWAP(7, 15, 8) \
  SWAP(0, 4, 4) SWAP(1, 5, 4) SWAP(2, 6, 4) SWAP(3, 7, 4) \
  SWAP(8, 12, 4) SWAP(9, 13, 4) SWAP(10, 14, 4) SWAP(11, 15, 4) \
  SWAP(0, 2, 2) SWAP(1, 3, 2) SWAP(4, 6, 2) SWAP(5, 7, 2) \
  SWAP(8, 10, 2) SWAP(9, 11, 2) SWAP(12, 14, 2) SWAP(13, 15, 2) \
  SWAP(0, 1, 1) SWAP(2, 3, 1) SWAP(4, 5, 1) SWAP(6, 7, 1) \
  SWAP(8, 9, 1) SWAP(10, 11, 1) SWAP(12, 13, 1) SWAP(14, 15, 1)
// clang-format on

/// Defines a function that hashes blocks: `LOAD` the state, do the `STEPS` of each block, `STORE`.
#define HASH_BLOCKS(name, attributes, LOAD, STEPS, STORE) \
  attributes static void name(vector state[], const uint8_t *const next[lanes], \
                              const size_t stride[lanes], size_t blocks) { \
    LOAD \
    const uint8_t *place[lanes]; \
    memcpy(place, next, sizeof place); \
    while (blocks-- > 0) { \
      vector words[lanes]; \
      for (int i = 0; i < lanes; i++) { \
        memcpy(&words[i], place[i], block); \
        place[i] += stride[i]; \
      } \
      TRANSPOSE \
      STEPS \
    } \
    STORE \
  }

#endif
