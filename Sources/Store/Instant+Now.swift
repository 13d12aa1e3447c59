// SPDX-License-Identifier: Apache-2.0
import Glibc
package import Model

extension Instant {
  /// The system's clock, in whole ticks.
  package static func now() -> Instant {
    var time = timespec()
    unsafe clock_gettime(CLOCK_REALTIME, &time)
    return Instant(ticks: Int64(time.tv_sec) * ticksPerSecond + Int64(time.tv_nsec) / 100)
  }
}
