// SPDX-License-Identifier: Apache-2.0
import Glibc

/// Lets the process open so many files more, as far as the system allows.
func allowOpenFiles(_ count: Int) {
  var limit = rlimit()
  guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
  let wanted = rlim_t(count + 128)
  guard limit.rlim_cur < wanted else { return }
  limit.rlim_cur = min(wanted, limit.rlim_max)
  _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
}
