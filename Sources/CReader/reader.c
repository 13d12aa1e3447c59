// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "CReader.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

static void limit(int what, unsigned long value) {
  struct rlimit bound = {value, value};
  setrlimit(what, &bound);
}

// Between fork and exec of a process with threads only what is safe in a signal handler may be
// called.
static void become(const char *program, const char *const *arguments, int input,
                   custody_reader_limits limits, int output, int errors, pid_t parent) {
  static const char *const environment[] = {"LC_ALL=C.UTF-8", NULL};
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(127);
  setpgid(0, 0);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  signal(SIGPIPE, SIG_DFL);
  signal(SIGINT, SIG_DFL);
  signal(SIGTERM, SIG_DFL);
  // Away from the places that the three are moved to.
  input = fcntl(input, F_DUPFD, 10);
  output = fcntl(output, F_DUPFD, 10);
  errors = fcntl(errors, F_DUPFD, 10);
  if (input < 0 || output < 0 || errors < 0) _exit(127);
  if (dup2(input, 0) < 0 || dup2(output, 1) < 0 || dup2(errors, 2) < 0) _exit(127);
  lseek(0, 0, SEEK_SET);
  if (syscall(SYS_close_range, 3U, ~0U, 0U) != 0) {
    for (int descriptor = 3; descriptor < 4096; descriptor++) close(descriptor);
  }
  if (chdir("/") != 0) _exit(127);
  limit(RLIMIT_AS, limits.memory_bytes);
  limit(RLIMIT_CPU, limits.cpu_seconds);
  limit(RLIMIT_FSIZE, 0);
  limit(RLIMIT_CORE, 0);
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  execve(program, (char *const *)arguments, (char *const *)environment);
  _exit(127);
}

int custody_reader_memory(void) { return memfd_create("part", MFD_CLOEXEC); }

pid_t custody_reader_start(const char *program, const char *const *arguments, int input,
                           custody_reader_limits limits, int *output, int *errors) {
  int out[2], err[2];
  if (pipe2(out, O_CLOEXEC) != 0) return -1;
  if (pipe2(err, O_CLOEXEC) != 0) {
    int code = errno;
    close(out[0]);
    close(out[1]);
    errno = code;
    return -1;
  }
  pid_t parent = getpid();
  pid_t child = fork();
  if (child == 0) become(program, arguments, input, limits, out[1], err[1], parent);
  int code = errno;
  close(out[1]);
  close(err[1]);
  if (child < 0) {
    close(out[0]);
    close(err[0]);
    errno = code;
    return -1;
  }
  *output = out[0];
  *errors = err[0];
  return child;
}
