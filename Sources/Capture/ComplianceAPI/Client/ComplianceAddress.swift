// SPDX-License-Identifier: Apache-2.0
import Foundation

/// The address of a service that a key may be sent to.
package enum ComplianceAddress {
  /// The service's own.
  package static let standard = "https://api.anthropic.com"

  /// An address without a slash at its end.
  ///
  /// - Parameter text: `https`, or `http` on loopback; no path but `/`, no query, no password.
  /// - Returns: The address.
  /// - Throws: `ComplianceError` with `.address`.
  package static func checked(_ text: String) throws(ComplianceError) -> String {
    let text = text.isEmpty ? standard : text
    guard let parts = URLComponents(string: text), let host = parts.host, !host.isEmpty,
      parts.query == nil, parts.fragment == nil, parts.user == nil, parts.password == nil
    else {
      throw ComplianceError(
        .address, "'\(text)' is no address of a service, such as \(standard)")
    }
    guard parts.scheme == "https" || parts.scheme == "http" && isLoopback(host) else {
      throw ComplianceError(
        .address, "the key must not be sent to '\(text)' in the clear; use https")
    }
    var trimmed = text
    while trimmed.hasSuffix("/") { trimmed.removeLast() }
    return trimmed
  }

  /// Whether a service is on this machine.
  package static func isLocal(_ text: String) -> Bool {
    URLComponents(string: text)?.host.map(isLoopback) ?? false
  }

  private static func isLoopback(_ host: String) -> Bool {
    ["localhost", "127.0.0.1", "::1", "[::1]"].contains(host.lowercased())
  }
}
