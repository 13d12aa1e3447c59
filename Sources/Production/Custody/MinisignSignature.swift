// SPDX-License-Identifier: Apache-2.0
import Bytes

/// Detached signatures that minisign checks (export-formats section 10.2).
package enum MinisignSignature {
  /// The key file that `minisign -p` reads.
  package static func publicKeyFile(_ key: VerifyingKey) -> String {
    let bytes = Array("Ed".utf8) + keyID(key) + key.bytes
    return "untrusted comment: " + comment(key) + "\n" + ascii(Base64.encode(bytes.span)) + "\n"
  }

  /// Signs a file.
  ///
  /// - Parameters:
  ///   - file: The file's bytes.
  ///   - trustedComment: One line that the signature covers.
  ///   - key: The key.
  /// - Returns: The text of the signature file.
  /// - Throws: `ProductionError` with `.badKey`.
  package static func make(
    for file: [UInt8], trustedComment: String, with key: SigningKey
  ) throws -> String {
    let signature = try key.signature(of: BLAKE2b.digest(of: file.span))
    let global = try key.signature(of: signature + Array(trustedComment.utf8))
    let blob = Array("ED".utf8) + keyID(key.publicKey) + signature
    return "untrusted comment: " + comment(key.publicKey) + "\n"
      + ascii(Base64.encode(blob.span)) + "\ntrusted comment: " + trustedComment + "\n"
      + ascii(Base64.encode(global.span)) + "\n"
  }

  /// Whether a signature file is a key's signature of a file, in the very form that is written here.
  ///
  /// The comment that minisign does not trust must be ours, too, so that no byte can change unseen.
  package static func isValid(
    _ signature: String, for file: [UInt8], by key: VerifyingKey
  ) -> Bool {
    let lines = signature.split(separator: "\n", omittingEmptySubsequences: false)
    let trusted = "trusted comment: "
    guard lines.count == 5, lines[4].isEmpty,
      lines[0].utf8.elementsEqual(("untrusted comment: " + comment(key)).utf8),
      lines[2].hasPrefix(trusted), let blob = Base64.decode(lines[1]), blob.count == 74,
      blob.starts(with: Array("ED".utf8) + keyID(key)), let global = Base64.decode(lines[3])
    else { return false }
    let value = Array(blob[10...])
    return key.isValid(value, for: BLAKE2b.digest(of: file.span))
      && key.isValid(global, for: value + Array(lines[2].dropFirst(trusted.count).utf8))
  }

  // Any eight bytes name a key; ours follow from it, so that one key has one name.
  private static func keyID(_ key: VerifyingKey) -> [UInt8] {
    Array(SHA256Digest(of: key.bytes.span).bytes.prefix(8))
  }

  private static func comment(_ key: VerifyingKey) -> String {
    "minisign public key " + Array(keyID(key).reversed()).hexadecimal.uppercased()
  }
}
