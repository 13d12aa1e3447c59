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
void custody_md5_many(const custody_message *messages, size_t count, uint8_t *digests);

/// The most messages of one call.
enum { custody_md5_maximum = 256 };

#endif
