// SPDX-License-Identifier: Apache-2.0
import Bytes
import Crypto
import Foundation
import Glibc

/// An Ed25519 key that signs what leaves the store (export-formats section 10.2).
package struct SigningKey: Sendable {
  private let seed: [UInt8]
  package let publicKey: VerifyingKey

  /// Takes over a seed of 32 bytes; nil for any other count.
  package init?(seed: [UInt8]) {
    guard seed.count == 32,
      let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: seed),
      let publicKey = VerifyingKey(bytes: Array(key.publicKey.rawRepresentation))
    else { return nil }
    self.seed = seed
    self.publicKey = publicKey
  }

  /// Reads a private key file of OpenSSH that has no passphrase.
  ///
  /// - Parameter file: The bytes of the file.
  /// - Throws: `ProductionError` with `.badKey`.
  package init(openSSH file: [UInt8]) throws {
    let lines = String(decoding: file, as: UTF8.self).split(whereSeparator: \.isNewline)
    guard lines.first == "-----BEGIN OPENSSH PRIVATE KEY-----",
      lines.last == "-----END OPENSSH PRIVATE KEY-----",
      let bytes = Base64.decode(lines.dropFirst().dropLast().joined())
    else { throw SigningKey.failure("it is no private key of OpenSSH") }
    let magic = Array("openssh-key-v1\0".utf8)
    guard bytes.starts(with: magic) else {
      throw SigningKey.failure("it is no private key of OpenSSH")
    }
    var reader = SSHReader(bytes[magic.count...])
    let cipher = reader.string()
    let derivation = reader.string()
    _ = reader.string()
    let count = reader.number()
    _ = reader.string()
    guard let secrets = reader.string(), let cipher, derivation != nil, count == 1 else {
      throw SigningKey.failure("it is no private key of OpenSSH with one key in it")
    }
    guard cipher.elementsEqual("none".utf8) else {
      throw SigningKey.failure(
        "it has a passphrase; make one without by ssh-keygen -t ed25519 -N '' and keep it safe")
    }
    var inner = SSHReader(secrets)
    let check = inner.number()
    guard check != nil, check == inner.number(), let type = inner.string(),
      type.elementsEqual("ssh-ed25519".utf8), let publicBytes = inner.string(),
      let pair = inner.string(), pair.count == 64,
      let key = SigningKey(seed: Array(pair.prefix(32))),
      publicBytes.elementsEqual(key.publicKey.bytes)
    else { throw SigningKey.failure("it is no Ed25519 key") }
    self = key
  }

  /// The signature of a message, 64 bytes.
  package func signature(of message: [UInt8]) throws -> [UInt8] {
    do {
      let key = try Curve25519.Signing.PrivateKey(rawRepresentation: seed)
      return Array(try key.signature(for: message))
    } catch {
      throw ProductionError(.badKey, "the key cannot sign", cause: error)
    }
  }

  private static func failure(_ why: String) -> ProductionError {
    ProductionError(.badKey, "the signing key cannot be used: " + why)
  }
}

/// The public half of a key.
package struct VerifyingKey: Sendable, Hashable {
  /// 32 bytes.
  package let bytes: [UInt8]

  package init?(bytes: [UInt8]) {
    guard bytes.count == 32,
      (try? Curve25519.Signing.PublicKey(rawRepresentation: bytes)) != nil
    else { return nil }
    self.bytes = bytes
  }

  /// Reads `ssh-ed25519 AAAA…`, wherever it stands in a line: of a public key file, or of a file of
  /// allowed signers.
  package init?(line: some StringProtocol) {
    let words = String(line).split(separator: " ").map(String.init)
    guard let place = words.firstIndex(of: "ssh-ed25519"), place + 1 < words.count,
      let blob = Base64.decode(words[place + 1])
    else { return nil }
    var reader = SSHReader(blob[...])
    guard let type = reader.string(), type.elementsEqual("ssh-ed25519".utf8),
      let bytes = reader.string(), reader.isAtEnd
    else { return nil }
    self.init(bytes: Array(bytes))
  }

  /// Reads a line of a public key file or of a file of allowed signers (ssh-keygen(1)).
  ///
  /// Nil for a key that may not sign volumes: of a certificate authority, for other namespaces, or with
  /// limits in time, since nothing here tells when a volume was signed.
  package init?(signerLine line: some StringProtocol) {
    let words = String(line).split(whereSeparator: { $0 == " " || $0 == "\t" }).map(String.init)
    guard let place = words.firstIndex(of: "ssh-ed25519"),
      VerifyingKey.isForVolumes(words.prefix(place).dropFirst().joined(separator: " "))
    else { return nil }
    self.init(line: words[place...].joined(separator: " "))
  }

  private static func isForVolumes(_ options: String) -> Bool {
    let options = options.lowercased()
    guard
      !["cert-authority", "valid-after", "valid-before"].contains(where: { options.contains($0) })
    else { return false }
    let name = "namespaces=\""
    guard let start = options.range(of: name)?.upperBound else {
      return !options.contains("namespaces")
    }
    let patterns = options[start...].prefix { $0 != "\"" }.split(separator: ",")
    func matches(_ pattern: some StringProtocol) -> Bool {
      unsafe fnmatch(String(pattern), SSHSignature.namespace, 0) == 0
    }
    return patterns.contains { matches($0) }
      && !patterns.contains { $0.hasPrefix("!") && matches($0.dropFirst()) }
  }

  /// Whether a signature of a message was made with the private half.
  package func isValid(_ signature: [UInt8], for message: [UInt8]) -> Bool {
    guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: bytes) else {
      return false
    }
    return key.isValidSignature(signature, for: message)
  }

  /// The key as OpenSSH has it in its blobs.
  var blob: [UInt8] {
    var writer = SSHWriter()
    writer.add("ssh-ed25519")
    writer.add(bytes)
    return writer.bytes
  }

  /// `ssh-ed25519 AAAA…`.
  package var line: String { "ssh-ed25519 " + ascii(Base64.encode(blob.span)) }

  /// What `ssh-keygen -l` shows: `SHA256:` and the digest in base64 without padding.
  package var fingerprint: String {
    let digest = SHA256Digest(of: blob.span)
    return "SHA256:" + ascii(Base64.encode(digest.bytes.span).filter { $0 != UInt8(ascii: "=") })
  }
}

/// Reads the wire format of SSH (RFC 4251 §5); gives nil past the end.
struct SSHReader {
  private var rest: ArraySlice<UInt8>

  init(_ bytes: ArraySlice<UInt8>) {
    rest = bytes
  }

  var isAtEnd: Bool { rest.isEmpty }

  mutating func number() -> Int? {
    guard rest.count >= 4 else { return nil }
    let value = rest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
    rest = rest.dropFirst(4)
    return value
  }

  mutating func string() -> ArraySlice<UInt8>? {
    guard let count = number(), count <= rest.count else { return nil }
    defer { rest = rest.dropFirst(count) }
    return rest.prefix(count)
  }

  mutating func raw(_ count: Int) -> ArraySlice<UInt8>? {
    guard count <= rest.count else { return nil }
    defer { rest = rest.dropFirst(count) }
    return rest.prefix(count)
  }
}

/// Writes the wire format of SSH.
struct SSHWriter {
  private(set) var bytes: [UInt8] = []

  mutating func add(number: Int) {
    for shift in [24, 16, 8, 0] { bytes.append(UInt8(truncatingIfNeeded: number >> shift)) }
  }

  mutating func add(_ string: some Collection<UInt8>) {
    add(number: string.count)
    bytes += string
  }

  mutating func add(_ text: String) {
    add(text.utf8)
  }

  mutating func add(raw text: String) {
    bytes += text.utf8
  }
}

func ascii(_ bytes: [UInt8]) -> String {
  String(decoding: bytes, as: UTF8.self)
}
