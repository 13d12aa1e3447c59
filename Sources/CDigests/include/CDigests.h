// SPDX-License-Identifier: Apache-2.0
#ifndef CDIGESTS_H
#define CDIGESTS_H

#include <stddef.h>
#include <stdint.h>

/// A run of bytes that is hashed by itself.
typedef struct {
  const void *bytes;
  size_t count;
} custody_message;

/// The MD5 (RFC 1321) of many messages, 16 at a time, which takes a fraction of the time that one
/// after another would.
///
/// MD5 is an identifier of files here and proves nothing.
///
/// @param messages What is hashed; of any lengths, none included.
/// @param count How many there are; at most `custody_md5_maximum`.
/// @param digests Gets 16 bytes a message, in their order.
/// @param width Bits of the widest vectors that may be used, where the processor has them: 512, 256, or
///   less for none but those of the language.
void custody_md5_many(const custody_message *messages, size_t count, uint8_t *digests, int width);

/// The most messages of one call.
enum { custody_md5_maximum = 256 };

/// Adds bytes to the CRC-32 of a zip, where the processor multiplies without carries.
///
/// @param value The CRC-32 of what came before; that of nothing is 0.
/// @param bytes What follows.
/// @param count How many bytes there are.
/// @return How many of them were added, from the first; 0 of few, or without such instructions.
size_t custody_crc32(uint32_t *value, const void *bytes, size_t count);

#endif
