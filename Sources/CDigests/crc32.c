// SPDX-License-Identifier: Apache-2.0
// After Gopal and others, "Fast CRC Computation for Generic Polynomials Using PCLMULQDQ Instruction"
// (Intel, 2009), for the polynomial of zip with its bits reversed.
#include "CDigests.h"

#if defined(__x86_64__)
#include <immintrin.h>

enum { part = 16, parts = 4 };

#define FOLD(value, factors, next) \
  _mm_xor_si128(_mm_xor_si128(_mm_clmulepi64_si128(value, factors, 0x00), \
                              _mm_clmulepi64_si128(value, factors, 0x11)), \
                next)
#define PART(place) _mm_loadu_si128((const __m128i *)(place))

// At least four parts, and whole ones. What is folded and given is the complement of the CRC.
__attribute__((target("pclmul,sse4.1"))) static uint32_t
fold(uint32_t value, const uint8_t *next, size_t count) {
  // Powers of x modulo the polynomial: over four parts, over one, and for the last 64 bits; then
  // what Barrett reduction needs.
  const __m128i four = _mm_set_epi64x(0x1c6e41596, 0x154442bd4);
  const __m128i one = _mm_set_epi64x(0x0ccaa009e, 0x1751997d0);
  const __m128i half = _mm_set_epi64x(0, 0x163cd6124);
  const __m128i reduction = _mm_set_epi64x(0x1f7011641, 0x1db710641);
  const __m128i low = _mm_set_epi32(0, -1, 0, -1);
  __m128i sums[parts];
  for (int i = 0; i < parts; i++) sums[i] = PART(next + part * i);
  sums[0] = _mm_xor_si128(sums[0], _mm_cvtsi32_si128((int)value));
  next += part * parts;
  count -= part * parts;
  for (; count >= part * parts; next += part * parts, count -= part * parts) {
    for (int i = 0; i < parts; i++) sums[i] = FOLD(sums[i], four, PART(next + part * i));
  }
  __m128i sum = sums[0];
  for (int i = 1; i < parts; i++) sum = FOLD(sum, one, sums[i]);
  for (; count >= part; next += part, count -= part) sum = FOLD(sum, one, PART(next));
  sum = _mm_xor_si128(_mm_clmulepi64_si128(sum, one, 0x10), _mm_srli_si128(sum, 8));
  sum = _mm_xor_si128(_mm_clmulepi64_si128(_mm_and_si128(sum, low), half, 0x00),
                      _mm_srli_si128(sum, 4));
  __m128i quotient = _mm_and_si128(sum, low);
  quotient = _mm_and_si128(_mm_clmulepi64_si128(quotient, reduction, 0x10), low);
  sum = _mm_xor_si128(sum, _mm_clmulepi64_si128(quotient, reduction, 0x00));
  return (uint32_t)_mm_extract_epi32(sum, 1);
}

size_t custody_crc32(uint32_t *value, const void *bytes, size_t count) {
  __builtin_cpu_init();
  if (!__builtin_cpu_supports("pclmul") || !__builtin_cpu_supports("sse4.1")) return 0;
  size_t taken = count / part * part;
  if (taken < part * parts) return 0;
  *value = ~fold(~*value, bytes, taken);
  return taken;
}

#else

size_t custody_crc32(uint32_t *value, const void *bytes, size_t count) {
  (void)value, (void)bytes, (void)count;
  return 0;
}

#endif
