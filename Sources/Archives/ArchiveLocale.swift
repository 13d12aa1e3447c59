// SPDX-License-Identifier: Apache-2.0
import Glibc

/// The character set of names in archives.
package enum ArchiveLocale {
  /// Makes the process read and write names as UTF-8; call it once at start, before threads.
  ///
  /// A Swift process starts in the "C" locale, in which libarchive gives a null path for a zip
  /// member with a non-ASCII name, whatever the environment says. Only the character type is
  /// changed: numbers and times keep their plain forms.
  ///
  /// - Returns: Whether the system has the locale.
  @discardableResult
  package static func useUTF8() -> Bool {
    unsafe setlocale(LC_CTYPE, "C.UTF-8") != nil
  }
}
