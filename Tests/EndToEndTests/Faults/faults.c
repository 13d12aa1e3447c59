// SPDX-License-Identifier: Apache-2.0
//
// Strikes at one change of a file below a folder. Loaded into a process before the C library.
//
//   FAULT_ROOT    the folder, without links
//   FAULT_AT      which change, from 1; 0: none
//   FAULT_MODE    kill  the process dies before the change
//                 tear  of a write one half is done, and the process dies
//                 fail  this change fails with EIO
//                 full  this change and all later ones that need space fail with ENOSPC
//   FAULT_REPORT  a file, not in the folder, that gets the number of changes when the process ends

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static const char *root;
static size_t root_length;
static long strike_at;
static enum { KILL, TEAR, FAIL, FULL } mode;
static atomic_long changes;

__attribute__((constructor)) static void prepare(void) {
  root = getenv("FAULT_ROOT");
  root_length = root ? strlen(root) : 0;
  const char *at = getenv("FAULT_AT");
  strike_at = at ? atol(at) : 0;
  const char *name = getenv("FAULT_MODE");
  if (name && !strcmp(name, "tear")) mode = TEAR;
  if (name && !strcmp(name, "fail")) mode = FAIL;
  if (name && !strcmp(name, "full")) mode = FULL;
}

__attribute__((destructor)) static void report(void) {
  const char *path = getenv("FAULT_REPORT");
  if (!path) return;
  FILE *file = fopen(path, "w");
  if (!file) return;
  fprintf(file, "%ld\n", atomic_load(&changes));
  fclose(file);
}

static int is_below(const char *path) {
  return root && !strncmp(path, root, root_length) &&
         (path[root_length] == '/' || path[root_length] == 0);
}

static int is_descriptor_below(int descriptor) {
  if (!root) return 0;
  char name[64], path[PATH_MAX];
  snprintf(name, sizeof name, "/proc/self/fd/%d", descriptor);
  ssize_t length = readlink(name, path, sizeof path - 1);
  if (length < 0) return 0;
  path[length] = 0;
  return is_below(path);
}

static int is_path_below(int folder, const char *path) {
  if (path[0] == '/') return is_below(path);
  if (folder != AT_FDCWD) return is_descriptor_below(folder);
  char current[PATH_MAX];
  return getcwd(current, sizeof current) &&
         (is_below(current) || (root && !strncmp(root, current, strlen(current))));
}

static void die(void) {
  kill(getpid(), SIGKILL);
  for (;;) pause();
}

// Counts a change. Gives 0 when it goes ahead, 1 when it fails with errno set, 2 when it is torn.
static int strike(int needs_space) {
  long number = atomic_fetch_add(&changes, 1) + 1;
  if (!strike_at || number < strike_at) return 0;
  if (mode == FULL) {
    if (!needs_space) return 0;
    errno = ENOSPC;
    return 1;
  }
  if (number > strike_at) return 0;
  if (mode == FAIL) {
    errno = EIO;
    return 1;
  }
  if (mode == TEAR) return 2;
  die();
  return 0;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

#define WRITING(name, parameters, arguments, torn)                \
  ssize_t name parameters {                                       \
    static __typeof__(&name) real;                                \
    if (!real) real = REAL(name);                                 \
    switch (is_descriptor_below(descriptor) ? strike(1) : 0) {    \
      case 0: return real arguments;                              \
      case 1: return -1;                                          \
      default: (void)!real torn; die(); return -1;                \
    }                                                             \
  }

WRITING(write, (int descriptor, const void *bytes, size_t count), (descriptor, bytes, count),
        (descriptor, bytes, count / 2))
WRITING(pwrite, (int descriptor, const void *bytes, size_t count, off_t offset),
        (descriptor, bytes, count, offset), (descriptor, bytes, count / 2, offset))
WRITING(pwrite64, (int descriptor, const void *bytes, size_t count, off64_t offset),
        (descriptor, bytes, count, offset), (descriptor, bytes, count / 2, offset))
WRITING(writev, (int descriptor, const struct iovec *parts, int count),
        (descriptor, parts, count), (descriptor, parts, count / 2))

#define CHANGING(name, parameters, arguments, is_ours, needs_space) \
  int name parameters {                                             \
    static __typeof__(&name) real;                                  \
    if (!real) real = REAL(name);                                   \
    switch (is_ours ? strike(needs_space) : 0) {                    \
      case 0: return real arguments;                                \
      case 1: return -1;                                            \
      default: die(); return -1;                                    \
    }                                                               \
  }

CHANGING(ftruncate, (int descriptor, off_t size), (descriptor, size),
         is_descriptor_below(descriptor), 1)
CHANGING(ftruncate64, (int descriptor, off64_t size), (descriptor, size),
         is_descriptor_below(descriptor), 1)
CHANGING(fsync, (int descriptor), (descriptor), is_descriptor_below(descriptor), 0)
CHANGING(fdatasync, (int descriptor), (descriptor), is_descriptor_below(descriptor), 0)
CHANGING(unlink, (const char *path), (path), is_path_below(AT_FDCWD, path), 0)
CHANGING(unlinkat, (int folder, const char *path, int flags), (folder, path, flags),
         is_path_below(folder, path), 0)
CHANGING(rename, (const char *from, const char *to), (from, to), is_path_below(AT_FDCWD, to), 0)
CHANGING(renameat, (int from_folder, const char *from, int folder, const char *to),
         (from_folder, from, folder, to), is_path_below(folder, to), 0)
CHANGING(renameat2,
         (int from_folder, const char *from, int folder, const char *to, unsigned int flags),
         (from_folder, from, folder, to, flags), is_path_below(folder, to), 0)
