// SPDX-License-Identifier: Apache-2.0
import Glibc

/// The character set of names in archives.
enum ArchiveLocale {
  /// Nil when the system has no such locale; names outside ASCII cannot be read then.
  ///
  /// Made once and never changed or freed, so threads may share it.
  private nonisolated(unsafe) static let utf8 = unsafe newlocale(1 << LC_CTYPE, "C.UTF-8", nil)

  /// Runs a body in which the library takes the names of members as UTF-8.
  ///
  /// A Swift process starts in the "C" locale, in which libarchive gives a null path for a zip
  /// member with a non-ASCII name, whatever the environment says. Only the character type of this
  /// thread is changed, and only for the body.
  ///
  /// - Parameter body: Calls the library; it must stay on its thread.
  /// - Returns: What the body returns.
  static func withUTF8<Result>(_ body: () -> Result) -> Result {
    let previous = unsafe uselocale(utf8)
    defer { unsafe uselocale(previous) }
    return body()
  }
}
