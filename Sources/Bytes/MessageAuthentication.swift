// SPDX-License-Identifier: Apache-2.0
import Crypto
import Foundation

/// A key for HMAC-SHA-256 (RFC 2104): one key, many short messages.
package struct MessageAuthentication: Sendable {
  private let key: SymmetricKey

  /// Takes a key of any length.
  package init(key: [UInt8]) {
    self.key = SymmetricKey(data: key)
  }

  /// The 32 bytes of the code of a message.
  package func code(of message: [UInt8]) -> [UInt8] {
    Array(HMAC<SHA256>.authenticationCode(for: message, using: key))
  }
}
