// SPDX-License-Identifier: Apache-2.0

/// Why purging is disarmed, a row for each reason; none while it is armed.
///
/// Times are ticks of 100 ns since 1970.
enum ArmingSchema {
  static let statements = [
    """
    CREATE TABLE disarming (
      reason TEXT PRIMARY KEY CHECK (reason IN ('clock', 'restored')),
      time INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID
    """
  ]
}
