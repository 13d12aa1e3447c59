// SPDX-License-Identifier: Apache-2.0
#include "CSQLiteSettings.h"
#include <errno.h>
#include <sys/vfs.h>

int custody_file_system_type(const char *path, long long *type) {
  struct statfs information;
  int status;
  do {
    status = statfs(path, &information);
  } while (status != 0 && errno == EINTR);
  if (status == 0) *type = (long long)information.f_type;
  return status;
}
