// SPDX-License-Identifier: Apache-2.0
// The steps are those of FIPS 180-4, sections 4.1.2, 4.2.2 and 6.2.2.
#include "lanes.h"

#if defined(__x86_64__)

static const uint32_t constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

#define RIGHT(x, n) ROTATE(x, 32 - (n))
#define STEP(a, b, c, d, e, f, g, h, i) \
  h += (RIGHT(e, 6) ^ RIGHT(e, 11) ^ RIGHT(e, 25)) + ((e & f) ^ (~e & g)) + \
       (words[(i) % 16] + constants[i]); \
  d += h; \
  h += (RIGHT(a, 2) ^ RIGHT(a, 13) ^ RIGHT(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
#define NEXT(i) \
  words[(i) % 16] += (RIGHT(words[((i) + 1) % 16], 7) ^ RIGHT(words[((i) + 1) % 16], 18) ^ \
                      words[((i) + 1) % 16] >> 3) + \
                     words[((i) + 9) % 16] + \
                     (RIGHT(words[((i) + 14) % 16], 17) ^ RIGHT(words[((i) + 14) % 16], 19) ^ \
                      words[((i) + 14) % 16] >> 10);
// clang-format off
#define EIGHT(i) \
  STEP(a, b, c, d, e, f, g, h, i) STEP(h, a, b, c, d, e, f, g, (i) + 1) \
  STEP(g, h, a, b, c, d, e, f, (i) + 2) STEP(f, g, h, a, b, c, d, e, (i) + 3) \
  STEP(e, f, g, h, a, b, c, d, (i) + 4) STEP(d, e, f, g, h, a, b, c, (i) + 5) \
  STEP(c, d, e, f, g, h, a, b, (i) + 6) STEP(b, c, d, e, f, g, h, a, (i) + 7)
#define NEXT_EIGHT(i) \
  NEXT(i) NEXT((i) + 1) NEXT((i) + 2) NEXT((i) + 3) NEXT((i) + 4) NEXT((i) + 5) NEXT((i) + 6) \
  NEXT((i) + 7) EIGHT(i)
// clang-format on

#define LOAD \
  vector a0 = state[0], b0 = state[1], c0 = state[2], d0 = state[3], e0 = state[4], \
         f0 = state[5], g0 = state[6], h0 = state[7];
#define STEPS \
  for (int i = 0; i < lanes; i++) words[i] = BIG_ENDIAN_WORDS(words[i]); \
  vector a = a0, b = b0, c = c0, d = d0, e = e0, f = f0, g = g0, h = h0; \
  EIGHT(0) EIGHT(8) NEXT_EIGHT(16) NEXT_EIGHT(24) NEXT_EIGHT(32) NEXT_EIGHT(40) NEXT_EIGHT(48) \
  NEXT_EIGHT(56) \
  a0 += a; \
  b0 += b; \
  c0 += c; \
  d0 += d; \
  e0 += e; \
  f0 += f; \
  g0 += g; \
  h0 += h;
#define STORE \
  state[0] = a0; \
  state[1] = b0; \
  state[2] = c0; \
  state[3] = d0; \
  state[4] = e0; \
  state[5] = f0; \
  state[6] = g0; \
  state[7] = h0;

HASH_BLOCKS(hash_avx512, __attribute__((target("avx512f"))), LOAD, STEPS, STORE)

int custody_sha256_many(const custody_message *messages, size_t count, uint8_t *digests) {
  static const algorithm sha256 = {8,
                                   {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f,
                                    0x9b05688c, 0x1f83d9ab, 0x5be0cd19},
                                   1};
  __builtin_cpu_init();
  if (!__builtin_cpu_supports("avx512f")) return 0;
  custody_hash_many(&sha256, hash_avx512, messages, count, digests);
  return 1;
}

#else

int custody_sha256_many(const custody_message *messages, size_t count, uint8_t *digests) {
  (void)messages, (void)count, (void)digests;
  return 0;
}

#endif
