// SPDX-License-Identifier: Apache-2.0
import CSQLiteSettings

/// Settings of SQLite for the whole process.
enum SQLiteSettings {
  /// Made before the first use of SQLite; whether that was in time.
  ///
  /// Without it the lanes of an import spend a third of their time waiting for one counter's lock.
  static let areMade: Bool = custody_sqlite_disable_memory_statistics() == 0
}
