// SPDX-License-Identifier: Apache-2.0
// The steps are those of RFC 1321. What is our own is that each vector holds one number of each of
// 16 messages, so that one instruction does the step of all.
#include "CDigests.h"
#include <string.h>

enum { lanes = 16, block = 64 };

typedef uint32_t vector __attribute__((vector_size(4 * lanes)));

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

#define ROTATE(x, n) (((x) << (n)) | ((x) >> (32 - (n))))
#define F(b, c, d) (((b) & (c)) | (~(b) & (d)))
#define G(b, c, d) (((b) & (d)) | ((c) & ~(d)))
#define H(b, c, d) ((b) ^ (c) ^ (d))
#define I(b, c, d) ((c) ^ ((b) | ~(d)))
#define STEP(f, a, b, c, d, word, constant, n) \
  a += f(b, c, d) + words[word] + (uint32_t)constant##u; \
  a = ROTATE(a, n) + b;

// clang-format off
#define ROUNDS \
  STEP(F, a, b, c, d, 0, 0xd76aa478, 7) STEP(F, d, a, b, c, 1, 0xe8c7b756, 12) \
  STEP(F, c, d, a, b, 2, 0x242070db, 17) STEP(F, b, c, d, a, 3, 0xc1bdceee, 22) \
  STEP(F, a, b, c, d, 4, 0xf57c0faf, 7) STEP(F, d, a, b, c, 5, 0x4787c62a, 12) \
  STEP(F, c, d, a, b, 6, 0xa8304613, 17) STEP(F, b, c, d, a, 7, 0xfd469501, 22) \
  STEP(F, a, b, c, d, 8, 0x698098d8, 7) STEP(F, d, a, b, c, 9, 0x8b44f7af, 12) \
  STEP(F, c, d, a, b, 10, 0xffff5bb1, 17) STEP(F, b, c, d, a, 11, 0x895cd7be, 22) \
  STEP(F, a, b, c, d, 12, 0x6b901122, 7) STEP(F, d, a, b, c, 13, 0xfd987193, 12) \
  STEP(F, c, d, a, b, 14, 0xa679438e, 17) STEP(F, b, c, d, a, 15, 0x49b40821, 22) \
  STEP(G, a, b, c, d, 1, 0xf61e2562, 5) STEP(G, d, a, b, c, 6, 0xc040b340, 9) \
  STEP(G, c, d, a, b, 11, 0x265e5a51, 14) STEP(G, b, c, d, a, 0, 0xe9b6c7aa, 20) \
  STEP(G, a, b, c, d, 5, 0xd62f105d, 5) STEP(G, d, a, b, c, 10, 0x02441453, 9) \
  STEP(G, c, d, a, b, 15, 0xd8a1e681, 14) STEP(G, b, c, d, a, 4, 0xe7d3fbc8, 20) \
  STEP(G, a, b, c, d, 9, 0x21e1cde6, 5) STEP(G, d, a, b, c, 14, 0xc33707d6, 9) \
  STEP(G, c, d, a, b, 3, 0xf4d50d87, 14) STEP(G, b, c, d, a, 8, 0x455a14ed, 20) \
  STEP(G, a, b, c, d, 13, 0xa9e3e905, 5) STEP(G, d, a, b, c, 2, 0xfcefa3f8, 9) \
  STEP(G, c, d, a, b, 7, 0x676f02d9, 14) STEP(G, b, c, d, a, 12, 0x8d2a4c8a, 20) \
  STEP(H, a, b, c, d, 5, 0xfffa3942, 4) STEP(H, d, a, b, c, 8, 0x8771f681, 11) \
  STEP(H, c, d, a, b, 11, 0x6d9d6122, 16) STEP(H, b, c, d, a, 14, 0xfde5380c, 23) \
  STEP(H, a, b, c, d, 1, 0xa4beea44, 4) STEP(H, d, a, b, c, 4, 0x4bdecfa9, 11) \
  STEP(H, c, d, a, b, 7, 0xf6bb4b60, 16) STEP(H, b, c, d, a, 10, 0xbebfbc70, 23) \
  STEP(H, a, b, c, d, 13, 0x289b7ec6, 4) STEP(H, d, a, b, c, 0, 0xeaa127fa, 11) \
  STEP(H, c, d, a, b, 3, 0xd4ef3085, 16) STEP(H, b, c, d, a, 6, 0x04881d05, 23) \
  STEP(H, a, b, c, d, 9, 0xd9d4d039, 4) STEP(H, d, a, b, c, 12, 0xe6db99e5, 11) \
  STEP(H, c, d, a, b, 15, 0x1fa27cf8, 16) STEP(H, b, c, d, a, 2, 0xc4ac5665, 23) \
  STEP(I, a, b, c, d, 0, 0xf4292244, 6) STEP(I, d, a, b, c, 7, 0x432aff97, 10) \
  STEP(I, c, d, a, b, 14, 0xab9423a7, 15) STEP(I, b, c, d, a, 5, 0xfc93a039, 21) \
  STEP(I, a, b, c, d, 12, 0x655b59c3, 6) STEP(I, d, a, b, c, 3, 0x8f0ccc92, 10) \
  STEP(I, c, d, a, b, 10, 0xffeff47d, 15) STEP(I, b, c, d, a, 1, 0x85845dd1, 21) \
  STEP(I, a, b, c, d, 8, 0x6fa87e4f, 6) STEP(I, d, a, b, c, 15, 0xfe2ce6e0, 10) \
  STEP(I, c, d, a, b, 6, 0xa3014314, 15) STEP(I, b, c, d, a, 13, 0x4e0811a1, 21) \
  STEP(I, a, b, c, d, 4, 0xf7537e82, 6) STEP(I, d, a, b, c, 11, 0xbd3af235, 10) \
  STEP(I, c, d, a, b, 2, 0x2ad7d2bb, 15) STEP(I, b, c, d, a, 9, 0xeb86d391, 21)

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

// Hashes the same number of blocks of every lane.
#define HASH_BLOCKS(name, attributes) \
  attributes static void name(vector state[4], const uint8_t *const next[lanes], \
                              const size_t stride[lanes], size_t blocks) { \
    vector a0 = state[0], b0 = state[1], c0 = state[2], d0 = state[3]; \
    const uint8_t *place[lanes]; \
    memcpy(place, next, sizeof place); \
    while (blocks-- > 0) { \
      vector words[lanes]; \
      for (int i = 0; i < lanes; i++) { \
        memcpy(&words[i], place[i], block); \
        place[i] += stride[i]; \
      } \
      TRANSPOSE \
      vector a = a0, b = b0, c = c0, d = d0; \
      ROUNDS \
      a0 += a; \
      b0 += b; \
      c0 += c; \
      d0 += d; \
    } \
    state[0] = a0; \
    state[1] = b0; \
    state[2] = c0; \
    state[3] = d0; \
  }

typedef void hash_blocks(vector state[4], const uint8_t *const next[lanes],
                         const size_t stride[lanes], size_t blocks);

HASH_BLOCKS(hash_plain, )
#if defined(__x86_64__)
HASH_BLOCKS(hash_avx2, __attribute__((target("avx2"))))
HASH_BLOCKS(hash_avx512, __attribute__((target("avx512f"))))
#endif

static hash_blocks *best(int width) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (width >= 512 && __builtin_cpu_supports("avx512f")) return hash_avx512;
  if (width >= 256 && __builtin_cpu_supports("avx2")) return hash_avx2;
#endif
  return hash_plain;
}

static void begin(lane *lane, vector state[4], int place, const custody_message *messages,
                  long message) {
  static const uint32_t initial[4] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
  for (int i = 0; i < 4; i++) state[i][place] = initial[i];
  lane->message = message;
  lane->next = messages[message].bytes;
  lane->blocks = messages[message].count / block;
  lane->rest = messages[message].count % block;
  lane->bits = (uint64_t)messages[message].count * 8;
  lane->is_padded = 0;
}

// The last bytes, a one, zeros and the length.
static void pad(lane *lane) {
  memset(lane->padding, 0, sizeof lane->padding);
  if (lane->rest > 0) memcpy(lane->padding, lane->next, lane->rest);
  lane->padding[lane->rest] = 0x80;
  lane->blocks = lane->rest + 9 <= block ? 1 : 2;
  for (int i = 0; i < 8; i++) {
    lane->padding[lane->blocks * block - 8 + i] = (uint8_t)(lane->bits >> (8 * i));
  }
  lane->next = lane->padding;
  lane->is_padded = 1;
}

static void give(const vector state[4], int place, uint8_t *digest) {
  for (int i = 0; i < 16; i++) digest[i] = (uint8_t)(state[i / 4][place] >> (8 * (i % 4)));
}

void custody_md5_many(const custody_message *messages, size_t count, uint8_t *digests, int width) {
  static const uint8_t nothing[block];
  hash_blocks *hash = best(width);
  // The longest first, so that no lane is left alone with one in the end.
  uint16_t order[custody_md5_maximum];
  if (count > custody_md5_maximum) __builtin_trap();
  for (size_t i = 0; i < count; i++) {
    size_t place = i;
    while (place > 0 && messages[order[place - 1]].count < messages[i].count) {
      order[place] = order[place - 1];
      place--;
    }
    order[place] = (uint16_t)i;
  }
  lane all[lanes];
  vector state[4] = {0};
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
          begin(lane, state, i, messages, order[started++]);
        } else if (!lane->is_padded) {
          pad(lane);
        } else {
          give(state, i, digests + 16 * lane->message);
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
