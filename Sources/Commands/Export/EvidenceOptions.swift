// SPDX-License-Identifier: Apache-2.0
import Actions
package import ArgumentParser
import Foundation
import Model
import Production

/// What a volume carries to prove what it says.
package struct EvidenceOptions: ParsableArguments {
  @OptionGroup package var key: KeyFileOption
  @Flag(
    help: """
      Show by a checkpoint of the audit log, with proofs, that the export stands in it; the volume \
      then differs from run to run.
      """)
  package var proof = false
  @Flag(help: "Add a data sheet for a certification under FRE 902(13) and (14), to be completed.")
  package var certification = false

  package init() {}
}

/// The key that signs.
package struct KeyFileOption: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      Sign with the Ed25519 key in this file, made by ssh-keygen -t ed25519 -N '' and readable by \
      nobody else.
      """, valueName: "file"), completion: .file())
  package var keyFile: String?

  package init() {}

  /// The key; nil where none is named.
  ///
  /// - Throws: ``CommandFailure`` with status 32.
  func signingKey() throws -> SigningKey? {
    guard let keyFile else { return nil }
    do {
      return try SigningKey(openSSH: try Passphrase.secret(keyFile))
    } catch let error as ProductionError {
      throw CommandFailure(.secret, error.message, objects: [keyFile])
    }
  }
}

/// The keys that must have signed.
package struct SignerOption: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      A file of public keys as ssh-keygen writes them, or of allowed signers; one of them must have \
      signed.
      """, valueName: "file"), completion: .file())
  package var signer: String?

  package init() {}

  /// The keys; empty where no file is named.
  ///
  /// - Throws: ``CommandFailure`` with status 32.
  func keys() throws -> [VerifyingKey] {
    guard let signer else { return [] }
    guard let text = try? String(contentsOfFile: signer, encoding: .utf8) else {
      throw CommandFailure(.secret, "cannot read '\(signer)'", objects: [signer])
    }
    let keys = text.split(whereSeparator: \.isNewline).filter { !$0.hasPrefix("#") }
      .compactMap { VerifyingKey(signerLine: $0) }
    guard !keys.isEmpty else {
      throw CommandFailure(
        .secret, "'\(signer)' holds no Ed25519 key that may sign volumes",
        whatToDo: "name a file with a line ssh-ed25519 AAAA…, or one of allowed signers",
        objects: [signer])
    }
    return keys
  }
}

/// The authorities that must have stamped the time.
package struct TimeStampOption: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      A file of certificates in PEM; one of these authorities must have stamped the volume's time. \
      Asked of openssl.
      """, valueName: "file"), completion: .file())
  package var tsaCa: String?

  package init() {}

  /// The authority; nil where no file is named.
  ///
  /// - Throws: `ProductionError`.
  func authority() throws -> TimeStampAuthority? {
    try tsaCa.map { try TimeStampAuthority(certificates: $0) }
  }
}
