// SPDX-License-Identifier: Apache-2.0
#ifndef CUSTODY_CSQLITE_SETTINGS_H
#define CUSTODY_CSQLITE_SETTINGS_H

/// Switches SQLite's process-wide memory statistics off. Its one lock costs two threads that
/// index side by side a quarter of their time. Must run before the first use of SQLite in the
/// process; later calls change nothing. Returns an SQLite result code.
int custody_sqlite_disable_memory_statistics(void);

/// Tells the type of the file system that a path lies on, as statfs(2) does (Swift's C library
/// module lacks it). A write-ahead log needs a local one. Returns 0, or -1 with errno set.
int custody_file_system_type(const char *path, long long *type);

/// Asks the processor to fetch what lies at an address, which need not be readable, while other
/// work goes on; changes nothing.
static inline void custody_prefetch(const void *address) { __builtin_prefetch(address); }

#endif
