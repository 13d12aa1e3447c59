// SPDX-License-Identifier: Apache-2.0
#include "lanes.h"

/// What one lane hashes now.
typedef struct {
  const uint8_t *next;
  /// Whole blocks from there on.
  size_t blocks;
  /// Bytes that follow them, and the padding that is hashed in their place.
  size_t rest;
  uint64_t bits;
  uint8_t padding[2 * block];
  int is_padded;
  /// Which message it is; negative for none.
  long message;
} lane;

static void begin(const algorithm *algorithm, lane *lane, vector state[], int place,
                  const custody_message *messages, long message) {
  for (int i = 0; i < algorithm->words; i++) state[i][place] = algorithm->initial[i];
  lane->message = message;
  lane->next = messages[message].bytes;
  lane->blocks = messages[message].count / block;
  lane->rest = messages[message].count % block;
  lane->bits = (uint64_t)messages[message].count * 8;
  lane->is_padded = 0;
}

// The last bytes, a one, zeros and the length.
static void pad(const algorithm *algorithm, lane *lane) {
  memset(lane->padding, 0, sizeof lane->padding);
  if (lane->rest > 0) memcpy(lane->padding, lane->next, lane->rest);
  lane->padding[lane->rest] = 0x80;
  lane->blocks = lane->rest + 9 <= block ? 1 : 2;
  for (int i = 0; i < 8; i++) {
    int shift = 8 * (algorithm->is_big_endian ? 7 - i : i);
    lane->padding[lane->blocks * block - 8 + i] = (uint8_t)(lane->bits >> shift);
  }
  lane->next = lane->padding;
  lane->is_padded = 1;
}

static void give(const algorithm *algorithm, const vector state[], int place, uint8_t *digest) {
  for (int i = 0; i < 4 * algorithm->words; i++) {
    int shift = 8 * (algorithm->is_big_endian ? 3 - i % 4 : i % 4);
    digest[i] = (uint8_t)(state[i / 4][place] >> shift);
  }
}

void custody_hash_many(const algorithm *algorithm, hash_blocks *hash,
                       const custody_message *messages, size_t count, uint8_t *digests) {
  static const uint8_t nothing[block];
  // The longest first, so that no lane is left alone with one in the end.
  uint16_t order[custody_maximum_together];
  if (count > custody_maximum_together) __builtin_trap();
  for (size_t i = 0; i < count; i++) {
    size_t place = i;
    while (place > 0 && messages[order[place - 1]].count < messages[i].count) {
      order[place] = order[place - 1];
      place--;
    }
    order[place] = (uint16_t)i;
  }
  lane all[lanes];
  vector state[most_words] = {0};
  for (int i = 0; i < lanes; i++) all[i].message = -1;
  size_t started = 0;
  for (;;) {
    const uint8_t *next[lanes];
    size_t stride[lanes], blocks = SIZE_MAX;
    int busy = 0;
    for (int i = 0; i < lanes; i++) {
      lane *lane = &all[i];
      while (lane->message >= 0 ? lane->blocks == 0 : started < count) {
        if (lane->message < 0) {
          begin(algorithm, lane, state, i, messages, order[started++]);
        } else if (!lane->is_padded) {
          pad(algorithm, lane);
        } else {
          give(algorithm, state, i, digests + 4 * algorithm->words * lane->message);
          lane->message = -1;
        }
      }
      int isBusy = lane->message >= 0;
      next[i] = isBusy ? lane->next : nothing;
      stride[i] = isBusy ? block : 0;
      if (isBusy && lane->blocks < blocks) blocks = lane->blocks;
      busy += isBusy;
    }
    if (busy == 0) return;
    hash(state, next, stride, blocks);
    for (int i = 0; i < lanes; i++) {
      if (all[i].message < 0) continue;
      all[i].next += blocks * block;
      all[i].blocks -= blocks;
    }
  }
}
