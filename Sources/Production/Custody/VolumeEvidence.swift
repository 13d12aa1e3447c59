// SPDX-License-Identifier: Apache-2.0
import Bytes
package import Model

/// What a volume carries in MANIFEST to prove what it says, beside its checksums.
package struct VolumeEvidence: Sendable {
  /// Signs the lists; nil signs nothing.
  package var signingKey: SigningKey?
  /// Shows that the export's events stand in the audit log.
  package var proof: AuditProof?
  /// What the data sheet for a certification says of how the records came.
  package var collections: [Collection]?

  package init() {}

  /// One run that captured records.
  package struct Collection: Sendable, Hashable {
    package var source: String
    package var method: String
    /// The account that ran it.
    package var operatorName: String
    package var started: Instant
    package var finished: Instant?
    /// Times of the oldest and the newest record; nil where none has one.
    package var firstRecord: Instant?
    package var lastRecord: Instant?
    /// Records that it stored or found unchanged.
    package var recordCount: Int
    package var exceptionCount: Int

    package init(
      source: String, method: String, operatorName: String, started: Instant, finished: Instant?,
      firstRecord: Instant? = nil, lastRecord: Instant? = nil, recordCount: Int,
      exceptionCount: Int
    ) {
      self.source = source
      self.method = method
      self.operatorName = operatorName
      self.started = started
      self.finished = finished
      self.firstRecord = firstRecord
      self.lastRecord = lastRecord
      self.recordCount = recordCount
      self.exceptionCount = exceptionCount
    }
  }
}

/// Names of what a volume may carry in MANIFEST.
enum EvidenceFile {
  static let checkpoint = "MANIFEST/checkpoint.txt"
  static let proof = "MANIFEST/audit-proof.json"
  static let certification = "MANIFEST/certification.txt"
  static let signer = "MANIFEST/signer.pub"
  static let minisignKey = "MANIFEST/minisign.pub"
  /// What is signed, each in both forms.
  static let signed = ["MANIFEST/SHA256SUMS", "MANIFEST/manifest.json", "MANIFEST/run.json"]
  static let signatures = signed.flatMap { [$0 + ".sig", $0 + ".minisig"] }
  /// Files whose digests stand in the run record.
  static let recorded = [checkpoint, proof, certification]
  /// What comes when the volume is there already.
  static let later = [TimeStampFiles.replyInVolume, TimeStampFiles.chainInVolume]
  static let all = recorded + [signer, minisignKey] + signatures + later
}

extension VolumeEvidence {
  /// The files that the run record lists.
  func recordedFiles(_ sheet: CertificationSheet) -> [(path: String, bytes: [UInt8])] {
    var files: [(path: String, bytes: [UInt8])] = []
    if let proof {
      let origin = proof.checkpoint.origin
      let key = signingKey.map { Checkpoint.verifierKey(origin, $0.publicKey) } ?? ""
      files.append((EvidenceFile.checkpoint, Array(proof.checkpoint.text.utf8)))
      files.append((EvidenceFile.proof, Array(proof.json(verifierKey: key).canonical.utf8)))
    }
    if let collections {
      files.append((EvidenceFile.certification, Array(sheet.text(collections).utf8)))
    }
    return files
  }

  /// Keys and signatures over what is given.
  ///
  /// - Parameters:
  ///   - files: The lists that are signed, by path.
  ///   - comment: One line that minisign's signatures cover.
  /// - Returns: Paths and bytes.
  /// - Throws: `ProductionError` with `.badKey`.
  func signatureFiles(
    _ files: [(path: String, bytes: [UInt8])], comment: String
  ) throws -> [(path: String, bytes: [UInt8])] {
    guard let signingKey else { return [] }
    var result: [(path: String, bytes: [UInt8])] = [
      (EvidenceFile.signer, Array((signingKey.publicKey.line + "\n").utf8)),
      (
        EvidenceFile.minisignKey,
        Array(MinisignSignature.publicKeyFile(signingKey.publicKey).utf8)
      ),
    ]
    for file in files {
      result.append(
        (file.path + ".sig", Array(try SSHSignature.make(for: file.bytes, with: signingKey).utf8)))
      let minisign = try MinisignSignature.make(
        for: file.bytes, trustedComment: comment, with: signingKey)
      result.append((file.path + ".minisig", Array(minisign.utf8)))
    }
    return result
  }
}
