// SPDX-License-Identifier: Apache-2.0
// The steps are those of FIPS 180-4, sections 4.1.1, 4.2.1 and 6.1.2.
#include "lanes.h"

#if defined(__x86_64__)

#define F(b, c, d) (((b) & (c)) | (~(b) & (d)))
#define G(b, c, d) ((b) ^ (c) ^ (d))
#define H(b, c, d) (((b) & (c)) | ((d) & ((b) | (c))))
#define STEP(f, constant, a, b, c, d, e, i) \
  e += ROTATE(a, 5) + f(b, c, d) + words[(i) % 16] + constant##u; \
  b = ROTATE(b, 30);
#define NEXT(i) \
  words[(i) % 16] = words[((i) + 13) % 16] ^ words[((i) + 8) % 16] ^ words[((i) + 2) % 16] ^ \
                    words[(i) % 16]; \
  words[(i) % 16] = ROTATE(words[(i) % 16], 1);
#define FIVE(f, constant, i) \
  STEP(f, constant, a, b, c, d, e, i) STEP(f, constant, e, a, b, c, d, (i) + 1) \
  STEP(f, constant, d, e, a, b, c, (i) + 2) STEP(f, constant, c, d, e, a, b, (i) + 3) \
  STEP(f, constant, b, c, d, e, a, (i) + 4)
#define NEXT_FIVE(f, constant, i) \
  NEXT(i) NEXT((i) + 1) NEXT((i) + 2) NEXT((i) + 3) NEXT((i) + 4) FIVE(f, constant, i)
#define TWENTY(f, constant, i) \
  NEXT_FIVE(f, constant, i) NEXT_FIVE(f, constant, (i) + 5) NEXT_FIVE(f, constant, (i) + 10) \
  NEXT_FIVE(f, constant, (i) + 15)

#define LOAD vector a0 = state[0], b0 = state[1], c0 = state[2], d0 = state[3], e0 = state[4];
#define STEPS \
  for (int i = 0; i < lanes; i++) words[i] = BIG_ENDIAN_WORDS(words[i]); \
  vector a = a0, b = b0, c = c0, d = d0, e = e0; \
  FIVE(F, 0x5a827999, 0) FIVE(F, 0x5a827999, 5) FIVE(F, 0x5a827999, 10) \
  STEP(F, 0x5a827999, a, b, c, d, e, 15) \
  NEXT(16) NEXT(17) NEXT(18) NEXT(19) \
  STEP(F, 0x5a827999, e, a, b, c, d, 16) STEP(F, 0x5a827999, d, e, a, b, c, 17) \
  STEP(F, 0x5a827999, c, d, e, a, b, 18) STEP(F, 0x5a827999, b, c, d, e, a, 19) \
  TWENTY(G, 0x6ed9eba1, 20) TWENTY(H, 0x8f1bbcdc, 40) TWENTY(G, 0xca62c1d6, 60) \
  a0 += a; \
  b0 += b; \
  c0 += c; \
  d0 += d; \
  e0 += e;
#define STORE \
  state[0] = a0; \
  state[1] = b0; \
  state[2] = c0; \
  state[3] = d0; \
  state[4] = e0;

HASH_BLOCKS(hash_avx512, __attribute__((target("avx512f"))), LOAD, STEPS, STORE)

int custody_sha1_many(const custody_message *messages, size_t count, uint8_t *digests) {
  static const algorithm sha1 = {
      5, {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0}, 1};
  __builtin_cpu_init();
  if (!__builtin_cpu_supports("avx512f")) return 0;
  custody_hash_many(&sha1, hash_avx512, messages, count, digests);
  return 1;
}

#else

int custody_sha1_many(const custody_message *messages, size_t count, uint8_t *digests) {
  (void)messages, (void)count, (void)digests;
  return 0;
}

#endif
