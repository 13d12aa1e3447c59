// SPDX-License-Identifier: Apache-2.0
#ifndef CUSTODY_CZLIB_SHIM_H
#define CUSTODY_CZLIB_SHIM_H
#include <zlib.h>
#endif
