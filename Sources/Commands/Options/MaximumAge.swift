// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Model

/// The option `--max-age`, which several commands take.
enum MaximumAge {
  /// Refuses what is no length of time.
  static func validate(_ written: String?) throws {
    if let written, ClockTime.Span(written) == nil {
      throw ValidationError("--max-age takes a length of time such as 26h or 7d")
    }
  }

  /// Before which a capture is late; nil where none is asked for.
  static func bound(_ written: String?, now: Instant) -> Instant? {
    written.flatMap(ClockTime.Span.init).map { ClockTime.ago($0).resolved(now: now, zone: .utc) }
  }
}
