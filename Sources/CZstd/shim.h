// SPDX-License-Identifier: Apache-2.0
#ifndef CUSTODY_CZSTD_SHIM_H
#define CUSTODY_CZSTD_SHIM_H
#include <zstd.h>
#endif
