// SPDX-License-Identifier: Apache-2.0
package import Model

/// One thing that is wrong with a volume.
package struct VerificationProblem: Sendable, Hashable, CustomStringConvertible {
  /// What kind of thing.
  ///
  /// The texts are stable: scripts may compare them.
  package enum Code: String, Sendable, CaseIterable {
    /// A file has other bytes than when the volume was written.
    case changed
    /// A file that the volume lists is not there.
    case missing
    /// A file or folder that the volume does not list.
    case added
    /// Two members of an archive have the same name.
    case duplicate
    /// A name that leaves the volume or that no volume has, a link, or a device.
    case unsafeName = "unsafe-name"
    /// A file cannot be read to its end.
    case unreadable
    /// A list, manifest or load file breaks the rules of its format.
    case malformed
    /// Two places contradict each other, or an invariant is broken.
    case inconsistent
    /// None of the keys that were asked for signed the volume.
    case otherSigner = "other-signer"
    /// None of the authorities that were asked for stamped the volume's time.
    case otherAuthority = "other-authority"
    /// The archive around the files has other bytes than when it was written.
    case containerChanged = "container-changed"
  }

  package var code: Code
  /// The file inside the volume, or the container's own path.
  package var path: String
  /// What was found, one sentence; may quote hostile text.
  package var detail: String

  package var description: String { code.rawValue + ": " + path + ": " + detail }
}

/// A file of a volume as it was when it was verified.
package struct VerifiedFile: Sendable, Hashable {
  /// From the volume's root.
  package var path: String
  package var sha256: String
}

/// What verifying a volume found.
package struct VerificationReport: Sendable, Hashable {
  /// What was verified.
  package var path: String
  /// The volume's name from its manifest; empty when that cannot be read.
  package var volumeName = ""
  /// The digest that the manifest gives of its own content; empty when it cannot be read.
  package var manifestID = ""
  package var fileCount = 0
  package var byteCount: Int64 = 0
  /// Records of the load file.
  package var documentCount = 0
  /// Whether a `.sha256` file beside the archive was there to compare with.
  package var hasContainerDigest = false
  /// Whether members of the archive are encrypted.
  package var isEncrypted = false
  /// Whether the passphrase that was given does not open it: then nothing of it was checked.
  package var isPassphraseRefused = false
  /// The fingerprint of the key that signed the volume; empty when it is not signed.
  package var signer = ""
  /// Whether that key is one of those that were asked for.
  package var isSignerKnown = false
  /// How many events the audit log had at the volume's checkpoint; nil without one.
  package var checkpointSize: Int?
  /// The time at which an authority states that it saw the volume's list of digests; nil where no time
  /// stamp about it lies with the volume.
  package var stampTime: Instant?
  /// Whether that authority is one of those that were asked for.
  package var isStampTrusted = false
  /// The review data, where the volume carries it: with it a review set comes back into a store.
  package var reviewFile: VerifiedFile?
  /// In order of discovery; empty for a volume that is as it was written.
  package var problems: [VerificationProblem] = []

  package init(path: String) {
    self.path = path
  }

  /// Whether nothing is wrong.
  package var isIntact: Bool { problems.isEmpty }

  /// Takes over what a part of the checks found: its problems, and what it alone tells.
  mutating func add(_ part: VerificationReport) {
    problems += part.problems
    if !part.signer.isEmpty { signer = part.signer }
    isSignerKnown = isSignerKnown || part.isSignerKnown
    checkpointSize = checkpointSize ?? part.checkpointSize
    reviewFile = reviewFile ?? part.reviewFile
  }

  mutating func note(_ code: VerificationProblem.Code, _ path: String, _ detail: String) {
    problems.append(VerificationProblem(code: code, path: path, detail: detail))
  }
}
