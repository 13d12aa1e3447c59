// SPDX-License-Identifier: Apache-2.0
#ifndef CUSTODY_CLIBARCHIVE_SHIM_H
#define CUSTODY_CLIBARCHIVE_SHIM_H
#include <archive.h>
#include <archive_entry.h>
#endif
