// SPDX-License-Identifier: Apache-2.0
import Bytes
import Crypto

/// Detached signatures that `ssh-keygen -Y verify` checks (export-formats section 10.2).
package enum SSHSignature {
  /// What the signatures are for.
  package static let namespace = "ediscovery-manifest"
  private static let begin = "-----BEGIN SSH SIGNATURE-----"
  private static let end = "-----END SSH SIGNATURE-----"

  /// Signs a file.
  ///
  /// - Parameters:
  ///   - file: The file's bytes.
  ///   - key: The key.
  /// - Returns: The text of the signature file.
  /// - Throws: `ProductionError` with `.badKey`.
  package static func make(for file: [UInt8], with key: SigningKey) throws -> String {
    var signature = SSHWriter()
    signature.add("ssh-ed25519")
    signature.add(try key.signature(of: signedBytes(file)))
    var blob = SSHWriter()
    blob.add(raw: "SSHSIG")
    blob.add(number: 1)
    blob.add(key.publicKey.blob)
    blob.add(namespace)
    blob.add("")
    blob.add("sha512")
    blob.add(signature.bytes)
    return armored(blob.bytes)
  }

  private static func armored(_ blob: [UInt8]) -> String {
    // Lines of 70 columns; 70 is no multiple of 4, so the digits are cut as text.
    let digits = Base64.encode(blob.span)
    var lines = begin + "\n"
    for start in stride(from: 0, to: digits.count, by: 70) {
      lines += ascii(Array(digits[start..<min(start + 70, digits.count)])) + "\n"
    }
    return lines + end + "\n"
  }

  /// The key that made a signature of a file; nil where it is none.
  ///
  /// Takes the very form that ssh-keygen writes, so that no byte of it can change unseen.
  package static func signer(of file: [UInt8], signature text: String) -> VerifyingKey? {
    let lines = text.split(whereSeparator: \.isNewline)
    guard lines.first.map({ $0 == begin }) == true, lines.last.map({ $0 == end }) == true,
      let bytes = Base64.decode(lines.dropFirst().dropLast().joined()),
      armored(bytes).utf8.elementsEqual(text.utf8)
    else { return nil }
    var reader = SSHReader(bytes[...])
    guard let magic = reader.raw(6), magic.elementsEqual("SSHSIG".utf8), reader.number() == 1,
      let blob = reader.string(), let space = reader.string(),
      space.elementsEqual(namespace.utf8), let reserved = reader.string(), reserved.isEmpty,
      let algorithm = reader.string(), algorithm.elementsEqual("sha512".utf8),
      let signature = reader.string(), reader.isAtEnd
    else { return nil }
    var keyReader = SSHReader(blob)
    var signatureReader = SSHReader(signature)
    guard let type = keyReader.string(), type.elementsEqual("ssh-ed25519".utf8),
      let keyBytes = keyReader.string(), keyReader.isAtEnd,
      let key = VerifyingKey(bytes: Array(keyBytes)),
      let kind = signatureReader.string(), kind.elementsEqual("ssh-ed25519".utf8),
      let value = signatureReader.string(), signatureReader.isAtEnd,
      key.isValid(Array(value), for: signedBytes(file))
    else { return nil }
    return key
  }

  private static func signedBytes(_ file: [UInt8]) -> [UInt8] {
    var signed = SSHWriter()
    signed.add(raw: "SSHSIG")
    signed.add(namespace)
    signed.add("")
    signed.add("sha512")
    signed.add(Array(SHA512.hash(data: file)))
    return signed.bytes
  }
}
