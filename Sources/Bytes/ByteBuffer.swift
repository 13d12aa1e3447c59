// SPDX-License-Identifier: Apache-2.0

extension Array where Element == UInt8 {
  /// Appends the bytes of a span.
  package mutating func append(_ span: Span<UInt8>) {
    unsafe span.withUnsafeBufferPointer { buffer in
      unsafe append(contentsOf: buffer)
    }
  }

  /// Appends the UTF-8 bytes of a text.
  package mutating func append(_ text: String) {
    append(contentsOf: text.utf8)
  }
}
