// SPDX-License-Identifier: Apache-2.0

/// What a text may begin with to tell its encoding; not part of its words.
package enum ByteOrderMark {
  /// That of UTF-8: U+FEFF.
  package static let utf8: [UInt8] = [0xEF, 0xBB, 0xBF]
}
