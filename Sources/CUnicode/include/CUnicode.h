// SPDX-License-Identifier: Apache-2.0
#ifndef CUSTODY_CUNICODE_H
#define CUSTODY_CUNICODE_H
#include <stdint.h>
extern const char *const custody_unicode_version;
#endif
