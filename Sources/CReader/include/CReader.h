// SPDX-License-Identifier: Apache-2.0
#ifndef CUSTODY_CREADER_H
#define CUSTODY_CREADER_H
#include <sys/types.h>

/* What a child process may use. */
typedef struct {
  unsigned long memory_bytes;
  unsigned long cpu_seconds;
} custody_reader_limits;

/* Starts a program with a file as standard input and two pipes as standard output and error, and
   nothing else of this process: no other descriptor, no environment but a locale. It can write no
   file and dies with its parent. Returns its process id, or -1 with errno. */
pid_t custody_reader_start(const char *program, const char *const *arguments, int input,
                           custody_reader_limits limits, int *output, int *errors);

/* A new file in memory, or -1 with errno. */
int custody_reader_memory(void);
#endif
