// SPDX-License-Identifier: Apache-2.0
#include "CCurl.h"
#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

// The numbers are part of libcurl's stable binary interface (curl/curl.h): the header is not needed
// to build, and the library not to start.
enum {
  OPTION_WRITEDATA = 10001,
  OPTION_URL = 10002,
  OPTION_PROXY = 10004,
  OPTION_ERRORBUFFER = 10010,
  OPTION_LOW_SPEED_LIMIT = 19,
  OPTION_LOW_SPEED_TIME = 20,
  OPTION_HTTPHEADER = 10023,
  OPTION_HEADERDATA = 10029,
  OPTION_CUSTOMREQUEST = 10036,
  OPTION_FOLLOWLOCATION = 52,
  OPTION_HTTPGET = 80,
  OPTION_FRESH_CONNECT = 74,
  OPTION_NOSIGNAL = 99,
  OPTION_ACCEPT_ENCODING = 10102,
  OPTION_TIMEOUT_MS = 155,
  OPTION_CONNECTTIMEOUT_MS = 156,
  OPTION_PROTOCOLS = 181,
  OPTION_SUPPRESS_CONNECT_HEADERS = 265,
  OPTION_WRITEFUNCTION = 20011,
  OPTION_HEADERFUNCTION = 20079,
};
enum { GLOBAL_ALL = 3, PROTOCOL_HTTP_AND_HTTPS = 3, ERROR_SIZE = 256 };

typedef void curl_handle;
typedef void curl_list;

static struct {
  int is_loaded;
  int (*global_init)(long);
  curl_handle *(*easy_init)(void);
  void (*easy_cleanup)(curl_handle *);
  void (*easy_reset)(curl_handle *);
  int (*easy_setopt)(curl_handle *, int, ...);
  int (*easy_perform)(curl_handle *);
  const char *(*easy_strerror)(int);
  curl_list *(*slist_append)(curl_list *, const char *);
  void (*slist_free_all)(curl_list *);
} curl;

struct custody_curl {
  curl_handle *handle;
  curl_list *headers;
  void *context;
  custody_curl_header take_header;
  custody_curl_body take_body;
  int code;
  char message[ERROR_SIZE];
};

static int find(void *library, const char *name, void *function) {
  void *found = dlsym(library, name);
  if (found == NULL) return 0;
  *(void **)function = found;
  return 1;
}

static void load(void) {
  const char *names[] = {"libcurl.so.4", "libcurl-gnutls.so.4"};
  void *library = NULL;
  for (size_t index = 0; index < sizeof names / sizeof *names && library == NULL; index++) {
    library = dlopen(names[index], RTLD_NOW | RTLD_LOCAL);
  }
  if (library == NULL) return;
  curl.is_loaded = find(library, "curl_global_init", &curl.global_init)
      && find(library, "curl_easy_init", &curl.easy_init)
      && find(library, "curl_easy_cleanup", &curl.easy_cleanup)
      && find(library, "curl_easy_reset", &curl.easy_reset)
      && find(library, "curl_easy_setopt", &curl.easy_setopt)
      && find(library, "curl_easy_perform", &curl.easy_perform)
      && find(library, "curl_easy_strerror", &curl.easy_strerror)
      && find(library, "curl_slist_append", &curl.slist_append)
      && find(library, "curl_slist_free_all", &curl.slist_free_all)
      && curl.global_init(GLOBAL_ALL) == 0;
}

int custody_curl_load(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, load);
  return curl.is_loaded ? 0 : -1;
}

custody_curl *custody_curl_new(void) {
  if (custody_curl_load() != 0) return NULL;
  custody_curl *self = calloc(1, sizeof *self);
  if (self == NULL) return NULL;
  self->handle = curl.easy_init();
  if (self->handle == NULL) {
    free(self);
    return NULL;
  }
  return self;
}

void custody_curl_free(custody_curl *self) {
  curl.easy_cleanup(self->handle);
  curl.slist_free_all(self->headers);
  free(self);
}

static size_t on_header(char *line, size_t size, size_t count, void *data) {
  custody_curl *self = data;
  self->take_header(self->context, line, size * count);
  return size * count;
}

static size_t on_body(char *bytes, size_t size, size_t count, void *data) {
  custody_curl *self = data;
  size_t length = size * count;
  if (length == 0) return 0;
  // Any other number than that of the bytes ends the transfer.
  return self->take_body(self->context, (const unsigned char *)bytes, length) ? length : 0;
}

void custody_curl_prepare(custody_curl *self, const char *method, const char *url,
                          const char *encodings, long idle_seconds, long total_milliseconds) {
  curl.slist_free_all(self->headers);
  self->headers = NULL;
  curl.easy_reset(self->handle);
  curl.easy_setopt(self->handle, OPTION_NOSIGNAL, 1L);
  curl.easy_setopt(self->handle, OPTION_ERRORBUFFER, self->message);
  curl.easy_setopt(self->handle, OPTION_PROTOCOLS, (long)PROTOCOL_HTTP_AND_HTTPS);
  curl.easy_setopt(self->handle, OPTION_FOLLOWLOCATION, 0L);
  curl.easy_setopt(self->handle, OPTION_SUPPRESS_CONNECT_HEADERS, 1L);
  curl.easy_setopt(self->handle, OPTION_HTTPGET, 1L);
  curl.easy_setopt(self->handle, OPTION_CUSTOMREQUEST, method);
  // On a connection that it kept, libcurl sends a request again by itself when the other end closes it
  // without an answer: good for what only reads.
  if (strcmp(method, "GET") != 0) curl.easy_setopt(self->handle, OPTION_FRESH_CONNECT, 1L);
  curl.easy_setopt(self->handle, OPTION_URL, url);
  // In the clear a request stays on this machine: a proxy that the environment names would read it.
  if (strncmp(url, "http://", 7) == 0) curl.easy_setopt(self->handle, OPTION_PROXY, "");
  curl.easy_setopt(self->handle, OPTION_ACCEPT_ENCODING, encodings);
  curl.easy_setopt(self->handle, OPTION_LOW_SPEED_LIMIT, 1L);
  curl.easy_setopt(self->handle, OPTION_LOW_SPEED_TIME, idle_seconds);
  curl.easy_setopt(self->handle, OPTION_CONNECTTIMEOUT_MS, idle_seconds * 1000L);
  curl.easy_setopt(self->handle, OPTION_TIMEOUT_MS, total_milliseconds);
}

void custody_curl_add_header(custody_curl *self, const char *line) {
  curl_list *longer = curl.slist_append(self->headers, line);
  if (longer != NULL) self->headers = longer;
}

int custody_curl_perform(custody_curl *self, void *context, custody_curl_header take_header,
                         custody_curl_body take_body) {
  self->context = context;
  self->take_header = take_header;
  self->take_body = take_body;
  self->message[0] = 0;
  curl.easy_setopt(self->handle, OPTION_HTTPHEADER, self->headers);
  curl.easy_setopt(self->handle, OPTION_HEADERFUNCTION, on_header);
  curl.easy_setopt(self->handle, OPTION_HEADERDATA, self);
  curl.easy_setopt(self->handle, OPTION_WRITEFUNCTION, on_body);
  curl.easy_setopt(self->handle, OPTION_WRITEDATA, self);
  self->code = curl.easy_perform(self->handle);
  return self->code;
}

const char *custody_curl_message(custody_curl *self) {
  return self->message[0] != 0 ? self->message : curl.easy_strerror(self->code);
}
