// SPDX-License-Identifier: Apache-2.0
#include "CUnicode.h"
const char *const custody_unicode_version = "";
