// SPDX-License-Identifier: Apache-2.0
import Bytes
import Foundation
import Model
import Production
import TestSupport
import Testing

/// A key as ssh-keygen makes it.
func makeKey(_ name: String, in folder: URL) throws -> (path: String, key: SigningKey) {
  let path = folder.appendingPathComponent(name).path
  let result = try run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "test", "-f", path])
  #expect(result.status == 0, "\(result.output)")
  return (path, try SigningKey(openSSH: Array(Data(contentsOf: URL(fileURLWithPath: path)))))
}

@Suite("Signatures, checked by the programs they are for")
struct SignatureTests {
  static let sizes = [0, 1, 63, 64, 127, 128, 129, 256, 100_000]

  private func content(_ size: Int) -> [UInt8] {
    (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 7) }
  }

  @Test(
    "ssh-keygen verifies every signature and refuses another file or namespace", arguments: sizes)
  func ssh(_ size: Int) async throws {
    try await withTemporaryDirectory { folder in
      let (path, key) = try makeKey("key", in: folder)
      let file = folder.appendingPathComponent("x")
      try Data(content(size)).write(to: file)
      let signature = try SSHSignature.make(for: content(size), with: key)
      try Data(signature.utf8).write(to: folder.appendingPathComponent("x.sig"))
      let line = try String(contentsOfFile: path + ".pub", encoding: .utf8)
      #expect(line.hasPrefix(key.publicKey.line))
      try Data("me namespaces=\"ediscovery-manifest\" \(line)".utf8)
        .write(to: folder.appendingPathComponent("signers"))
      func verify(_ name: String, _ namespace: String) throws -> Int32 {
        try run(
          "bash",
          [
            "-c",
            "ssh-keygen -Y verify -f signers -I me -n \(namespace) -s x.sig < \(name)",
          ], in: folder
        ).status
      }
      #expect(try verify("x", "ediscovery-manifest") == 0)
      #expect(try verify("x", "other") != 0)
      try Data(content(size) + [1]).write(to: folder.appendingPathComponent("y"))
      #expect(try verify("y", "ediscovery-manifest") != 0)
      #expect(SSHSignature.signer(of: content(size), signature: signature) == key.publicKey)
      #expect(SSHSignature.signer(of: content(size) + [1], signature: signature) == nil)
      let fingerprint = try run("ssh-keygen", ["-l", "-f", path + ".pub"]).output
      #expect(fingerprint.contains(key.publicKey.fingerprint))
    }
  }

  @Test("a signature of ssh-keygen's own is accepted")
  func fromSSH() async throws {
    try await withTemporaryDirectory { folder in
      let (path, key) = try makeKey("key", in: folder)
      let file = folder.appendingPathComponent("x")
      try Data("hello".utf8).write(to: file)
      let sign = try run(
        "ssh-keygen", ["-q", "-Y", "sign", "-f", path, "-n", "ediscovery-manifest", file.path])
      #expect(sign.status == 0, "\(sign.output)")
      let text = try String(contentsOfFile: file.path + ".sig", encoding: .utf8)
      #expect(SSHSignature.signer(of: Array("hello".utf8), signature: text) == key.publicKey)
      // Ed25519 gives one signature, so ours is the same to the byte.
      #expect(try SSHSignature.make(for: Array("hello".utf8), with: key) == text)
    }
  }

  @Test(
    "minisign verifies every signature with its comment and refuses another file", arguments: sizes)
  func minisign(_ size: Int) async throws {
    try await withTemporaryDirectory { folder in
      let key = try #require(SigningKey(seed: Array(0..<32)))
      let file = folder.appendingPathComponent("x")
      try Data(content(size)).write(to: file)
      let signature = try MinisignSignature.make(
        for: content(size), trustedComment: "volume VOL001", with: key)
      try Data(signature.utf8).write(to: folder.appendingPathComponent("x.minisig"))
      try Data(MinisignSignature.publicKeyFile(key.publicKey).utf8)
        .write(to: folder.appendingPathComponent("key.pub"))
      let good = try run("minisign", ["-V", "-p", "key.pub", "-m", "x"], in: folder)
      #expect(good.status == 0, "\(good.output)")
      #expect(good.output.contains("volume VOL001"))
      #expect(MinisignSignature.isValid(signature, for: content(size), by: key.publicKey))
      try Data(content(size) + [1]).write(to: file)
      #expect(try run("minisign", ["-V", "-p", "key.pub", "-m", "x"], in: folder).status != 0)
      #expect(!MinisignSignature.isValid(signature, for: content(size) + [1], by: key.publicKey))
      let forged = signature.replacing("VOL001", with: "VOL002")
      #expect(!MinisignSignature.isValid(forged, for: content(size), by: key.publicKey))
    }
  }

  @Test("BLAKE2b gives what b2sum gives", arguments: sizes)
  func blake(_ size: Int) async throws {
    try await withTemporaryDirectory { folder in
      let file = folder.appendingPathComponent("x")
      try Data(content(size)).write(to: file)
      let sum = try run("b2sum", [file.path]).output
      let bytes = content(size)
      let digest = BLAKE2b.digest(of: bytes.span).hexadecimal
      #expect(sum.hasPrefix(digest + " "))
    }
  }

  @Test("keys with a passphrase, of other types and damaged ones are refused with a reason")
  func badKeys() async throws {
    try await withTemporaryDirectory { folder in
      let path = folder.appendingPathComponent("locked").path
      #expect(
        try run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "secret words", "-f", path]).status == 0
      )
      let locked = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
      let error = #expect(throws: ProductionError.self) { try SigningKey(openSSH: locked) }
      #expect(error?.message.contains("passphrase") == true)
      let ecdsa = folder.appendingPathComponent("ecdsa").path
      #expect(try run("ssh-keygen", ["-q", "-t", "ecdsa", "-N", "", "-f", ecdsa]).status == 0)
      for file in [ecdsa, ecdsa + ".pub"] {
        let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: file)))
        #expect(throws: ProductionError.self) { try SigningKey(openSSH: bytes) }
      }
      let (good, _) = try makeKey("good", in: folder)
      let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: good)))
      for count in stride(from: 0, to: bytes.count - 1, by: 13) {
        #expect(throws: ProductionError.self) { try SigningKey(openSSH: Array(bytes[..<count])) }
      }
    }
  }
}
