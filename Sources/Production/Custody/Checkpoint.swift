// SPDX-License-Identifier: Apache-2.0
package import Bytes

/// A statement of how far a log reached, as a signed note (export-formats section 10.4).
package struct Checkpoint: Sendable, Hashable {
  /// A signature line.
  package struct Signature: Sendable, Hashable {
    package var name: String
    /// Four bytes that name the key, then 64 of signature.
    package var bytes: [UInt8]
  }

  /// What log it is: no spaces, no `+`.
  package var origin: String
  /// How many leaves the tree has.
  package var size: Int
  package var root: SHA256Digest
  package var signatures: [Signature] = []

  package init(origin: String, size: Int, root: SHA256Digest) {
    self.origin = origin
    self.size = size
    self.root = root
  }

  /// Reads a note; nil for anything that is not in the very form that is written.
  package init?(_ text: String) {
    let halves = text.split(separator: "\n\n", maxSplits: 1, omittingEmptySubsequences: false)
    // The text ends with a line feed, which the empty line takes in.
    let lines = halves.first?.split(separator: "\n", omittingEmptySubsequences: false) ?? []
    let body = halves.count == 2 ? lines : lines.dropLast()
    guard body.count == 3, let size = Int(body[1]), size >= 0, String(size) == body[1],
      Checkpoint.isName(body[0]), let digest = Base64.decode(body[2]),
      let root = SHA256Digest(bytes: digest)
    else { return nil }
    self.init(origin: String(body[0]), size: size, root: root)
    if halves.count == 2 {
      for line in halves[1].split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
        let words = line.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 3, words[0] == "\u{2014}", Checkpoint.isName(words[1]),
          let bytes = Base64.decode(words[2]), bytes.count == 68
        else { return nil }
        signatures.append(Signature(name: String(words[1]), bytes: bytes))
      }
    }
    guard self.text == text else { return nil }
  }

  /// Whether a text may name a log or key.
  package static func isName(_ text: some StringProtocol) -> Bool {
    !text.isEmpty
      && text.unicodeScalars.allSatisfy { $0.value > 0x20 && $0 != "+" && $0 != "\u{7F}" }
  }

  /// What is signed: three lines.
  package var signedText: String {
    origin + "\n" + String(size) + "\n" + ascii(Base64.encode(root.bytes.span)) + "\n"
  }

  /// The note: what is signed, and where there are signatures an empty line and them.
  package var text: String {
    guard !signatures.isEmpty else { return signedText }
    return signedText + "\n"
      + signatures.map {
        "\u{2014} " + $0.name + " " + ascii(Base64.encode($0.bytes.span)) + "\n"
      }.joined()
  }

  /// Adds a signature under the log's own name.
  package mutating func sign(with key: SigningKey) throws {
    let bytes =
      Checkpoint.keyID(origin, key.publicKey) + (try key.signature(of: Array(signedText.utf8)))
    signatures.append(Signature(name: origin, bytes: bytes))
  }

  /// Whether a key signed it.
  package func isSigned(by key: VerifyingKey) -> Bool {
    signatures.contains { signature in
      signature.bytes.starts(with: Checkpoint.keyID(signature.name, key))
        && key.isValid(Array(signature.bytes[4...]), for: Array(signedText.utf8))
    }
  }

  /// The key as tools for signed notes take it: `name+id+key`.
  package static func verifierKey(_ name: String, _ key: VerifyingKey) -> String {
    name + "+" + keyID(name, key).hexadecimal + "+"
      + ascii(Base64.encode(([1] + key.bytes).span))
  }

  private static func keyID(_ name: String, _ key: VerifyingKey) -> [UInt8] {
    let bytes = Array(name.utf8) + [0x0A, 1] + key.bytes
    return Array(SHA256Digest(of: bytes.span).bytes.prefix(4))
  }
}
