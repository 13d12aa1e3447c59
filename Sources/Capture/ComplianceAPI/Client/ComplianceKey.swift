// SPDX-License-Identifier: Apache-2.0
package import Bytes
import Glibc

/// A key of the Compliance API, which is written nowhere: whatever prints it shows its mask.
package struct ComplianceKey: Sendable, CustomStringConvertible, CustomReflectable {
  /// The secret itself, for the header alone.
  let secret: String

  /// The kinds of keys that the service knows (claude-capture-formats section 3.1).
  private static let modelPrefix = "sk-ant-api03-"

  /// Takes a key over.
  ///
  /// - Parameter secret: Its characters.
  /// - Throws: `ComplianceError` with `.key` for what cannot be one.
  package init(_ secret: String) throws(ComplianceError) {
    guard !secret.isEmpty, secret.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
      throw ComplianceError(
        .key, "the key file holds no key; it must be one line of printable characters")
    }
    guard !secret.hasPrefix(ComplianceKey.modelPrefix) else {
      throw ComplianceError(
        .key,
        "the key in the key file is one for models, which reaches no capture; use a "
          + "Compliance Access Key")
    }
    self.secret = secret
  }

  /// Reads a key from a file that nobody else may read.
  ///
  /// - Parameter path: The file: one line.
  /// - Throws: `ComplianceError` with `.key`.
  package init(file path: String) throws(ComplianceError) {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)
    guard descriptor >= 0 else {
      throw ComplianceError(.key, "the key file \(path) cannot be opened; check its path and mode")
    }
    defer { close(descriptor) }
    var facts = stat()
    guard unsafe fstat(descriptor, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else {
      throw ComplianceError(.key, "the key file \(path) is no regular file")
    }
    guard facts.st_mode & 0o077 == 0 else {
      throw ComplianceError(
        .key, "the key file \(path) can be used by others; run chmod 600 on it")
    }
    var bytes = [UInt8](repeating: 0, count: 4096)
    let count = unsafe read(descriptor, &bytes, bytes.count)
    guard count > 0, count < bytes.count else {
      throw ComplianceError(.key, "the key file \(path) holds no key")
    }
    var text = bytes[..<count]
    while let last = text.last, last == 0x0A || last == 0x0D { text.removeLast() }
    try self.init(String(decoding: text, as: UTF8.self))
  }

  /// Tells keys apart without telling the key.
  package var fingerprint: SHA256Digest { SHA256Digest(of: secret) }

  /// The prefix that tells its kind, and its last four characters.
  package var description: String { kindPrefix + "…" + lastCharacters }

  /// The prefix that tells its kind; empty where it has none.
  private var kindPrefix: String {
    let parts = secret.split(separator: "-", maxSplits: 3, omittingEmptySubsequences: false)
    return parts.count == 4 ? parts[0...2].joined(separator: "-") + "-" : ""
  }

  /// What may be shown of its end.
  var lastCharacters: String { secret.utf8.count >= 24 ? String(secret.suffix(4)) : "" }

  /// What makes it a secret: all but the kind's prefix.
  var secretPart: [UInt8] {
    let part = Array(secret.utf8.dropFirst(kindPrefix.utf8.count))
    return part.isEmpty ? Array(secret.utf8) : part
  }

  package var customMirror: Mirror { Mirror(self, children: [:]) }
}
