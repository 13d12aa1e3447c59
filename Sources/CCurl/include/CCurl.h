// SPDX-License-Identifier: Apache-2.0
#ifndef CUSTODY_CCURL_H
#define CUSTODY_CCURL_H

#include <stddef.h>

/// libcurl, loaded when it is first used: linked, it and the forty libraries that it brings would
/// cost every command more time to start than the rest of the program. Its options are set by
/// variadic functions, out of Swift's reach.
typedef struct custody_curl custody_curl;

/// Gets a header line as it came, with its line end.
typedef void (*custody_curl_header)(void *_Nullable context, const char *_Nonnull line,
                                    size_t length);
/// Gets a piece of the body; 0 ends the transfer.
typedef int (*custody_curl_body)(void *_Nullable context, const unsigned char *_Nonnull bytes,
                                 size_t length);

/// Loads the library; safe to call from several threads. Returns 0, or -1 where it is not there.
int custody_curl_load(void);

/// Makes a handle, for one thread at a time; it keeps its connection between transfers. NULL when
/// the library is not there or memory is short.
custody_curl *_Nullable custody_curl_new(void);
void custody_curl_free(custody_curl *_Nonnull handle);

/// Begins a request: http and https alone, no redirect followed, no cookie and no password file.
///
/// `encodings` is what the answer may be compressed with: empty for all that are known, or
/// "identity". `idle_seconds`: with less than a byte a second for so long it has failed.
/// `total_milliseconds`: after so long in all; 0: no limit.
void custody_curl_prepare(custody_curl *_Nonnull handle, const char *_Nonnull method,
                          const char *_Nonnull url, const char *_Nonnull encodings,
                          long idle_seconds, long total_milliseconds);
void custody_curl_add_header(custody_curl *_Nonnull handle, const char *_Nonnull line);

/// Sends the request and waits for the end of the answer. Returns libcurl's code, 0 for success.
int custody_curl_perform(custody_curl *_Nonnull handle, void *_Nullable context,
                         custody_curl_header _Nonnull take_header,
                         custody_curl_body _Nonnull take_body);

/// Why the last transfer failed; valid until the next call with the handle.
const char *_Nonnull custody_curl_message(custody_curl *_Nonnull handle);

#endif
