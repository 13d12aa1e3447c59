// SPDX-License-Identifier: Apache-2.0
import Bytes
import Model

/// Checks signatures, checkpoint and proofs of a volume (export-formats section 10).
enum EvidenceChecks {
  static func run(
    _ contents: VolumeContents, manifest: JSONValue?, signers: [VerifyingKey],
    report: inout VerificationReport
  ) {
    checkRecorded(contents, manifest, &report)
    let key = checkSignatures(contents, manifest, signers, &report)
    checkProof(contents, manifest, key, &report)
  }

  // Digests in the run record.
  private static func checkRecorded(
    _ contents: VolumeContents, _ manifest: JSONValue?, _ report: inout VerificationReport
  ) {
    let options = manifest?["options"]
    var promised: [String] = []
    if options?["audit_proof"] == true {
      promised += [EvidenceFile.checkpoint, EvidenceFile.proof]
    }
    if options?["certification"] == true { promised.append(EvidenceFile.certification) }
    for path in promised
    where contents.entries[path] == nil && !contents.unreadable.contains(path) {
      report.note(.missing, path, "manifest.json says that the volume has it")
    }
    var recorded: [String: JSONValue] = [:]
    if let bytes = contents.lists["MANIFEST/run.json"],
      let run = JSONValue(canonicalFile: bytes), case .object(let members)? = run["files"]
    {
      recorded = members
    }
    for path in EvidenceFile.recorded {
      guard let entry = contents.entries[path] else {
        if recorded[path] != nil, !promised.contains(path), !contents.unreadable.contains(path) {
          report.note(.missing, path, "run.json lists it")
        }
        continue
      }
      if recorded[path]?.stringValue != entry.digests.sha256 {
        report.note(.changed, path, "its SHA-256 is not the one in run.json")
      }
    }
  }

  private static func checkSignatures(
    _ contents: VolumeContents, _ manifest: JSONValue?, _ signers: [VerifyingKey],
    _ report: inout VerificationReport
  ) -> VerifyingKey? {
    let promised = manifest?["options"]?["signer"]?.stringValue ?? ""
    let present = ([EvidenceFile.signer, EvidenceFile.minisignKey] + EvidenceFile.signatures)
      .filter { contents.lists[$0] != nil }
    guard !present.isEmpty || !promised.isEmpty else {
      if !signers.isEmpty {
        report.note(.otherSigner, EvidenceFile.signer, "the volume is not signed")
      }
      return nil
    }
    func file(_ path: String) -> String {
      String(decoding: contents.lists[path] ?? [], as: UTF8.self)
    }
    for path in [EvidenceFile.signer, EvidenceFile.minisignKey] + EvidenceFile.signatures
    where contents.lists[path] == nil && !contents.unreadable.contains(path) {
      report.note(.missing, path, "every signed volume has this file")
    }
    guard let key = VerifyingKey(line: file(EvidenceFile.signer).dropLast()),
      file(EvidenceFile.signer) == key.line + "\n"
    else {
      if contents.lists[EvidenceFile.signer] != nil {
        report.note(.malformed, EvidenceFile.signer, "it is no Ed25519 key in the form of OpenSSH")
      }
      return nil
    }
    if contents.lists[EvidenceFile.minisignKey] != nil,
      file(EvidenceFile.minisignKey) != MinisignSignature.publicKeyFile(key)
    {
      report.note(.inconsistent, EvidenceFile.minisignKey, "it is another key than signer.pub")
    }
    for path in EvidenceFile.signed {
      guard let bytes = contents.lists[path] else { continue }
      if contents.lists[path + ".sig"] != nil,
        SSHSignature.signer(of: bytes, signature: file(path + ".sig")) != key
      {
        report.note(.changed, path + ".sig", "it is no signature of \(path) by the signer's key")
      }
      if contents.lists[path + ".minisig"] != nil,
        !MinisignSignature.isValid(file(path + ".minisig"), for: bytes, by: key)
      {
        report.note(
          .changed, path + ".minisig", "it is no signature of \(path) by the signer's key")
      }
    }
    report.signer = key.fingerprint
    if manifest != nil, promised != key.fingerprint {
      report.note(
        .inconsistent, EvidenceFile.signer,
        promised.isEmpty
          ? "manifest.json says that the volume is not signed"
          : "manifest.json says that \(promised) signed the volume")
    }
    if !signers.isEmpty, !signers.contains(key) {
      report.note(.otherSigner, EvidenceFile.signer, "\(key.fingerprint) signed the volume")
    }
    report.isSignerKnown = signers.contains(key)
    return key
  }

  private static func checkProof(
    _ contents: VolumeContents, _ manifest: JSONValue?, _ key: VerifyingKey?,
    _ report: inout VerificationReport
  ) {
    guard let bytes = contents.lists[EvidenceFile.proof] else {
      if contents.lists[EvidenceFile.checkpoint] != nil {
        report.note(.missing, EvidenceFile.proof, "a checkpoint comes with its proofs")
      }
      return
    }
    guard let value = JSONValue(canonicalFile: bytes), let proof = AuditProof(value) else {
      report.note(.malformed, EvidenceFile.proof, "it is no bundle of proofs")
      return
    }
    if contents.lists[EvidenceFile.checkpoint] != Array(proof.checkpoint.text.utf8) {
      report.note(
        .inconsistent, EvidenceFile.checkpoint, "audit-proof.json has another checkpoint")
    }
    if !proof.isSound {
      report.note(.changed, EvidenceFile.proof, "an event does not lead to the checkpoint's root")
    }
    if let key, !proof.checkpoint.isSigned(by: key) {
      report.note(.changed, EvidenceFile.checkpoint, "the signer's key did not sign it")
    }
    let isProven = manifest.map { manifest in
      proof.events.contains { isExport($0, of: manifest) }
    }
    if isProven == false {
      report.note(.inconsistent, EvidenceFile.proof, "no event in it is this volume's export")
    }
    report.checkpointSize = proof.checkpoint.size
  }

  // An export has one event, which names the first of its volumes.
  private static func isExport(_ event: AuditProof.Event, of manifest: JSONValue) -> Bool {
    guard let line = JSONValue(canonicalFile: Array(event.leaf.utf8)),
      line["action"]?.stringValue == "export.create", let after = line["after"],
      let first = after["volume"]?.stringValue.flatMap({ VolumeName($0) }),
      let volume = manifest["volume"]?.stringValue.flatMap({ VolumeName($0) })
    else { return false }
    let options = after["options"]
    return first.letters == volume.letters
      && isInRun(volume.number - first.number, options, manifest)
      && after["prefix"]?.stringValue == manifest["bates"]?["prefix"]?.stringValue
      && isSame(options?["selection_sha256"], manifest["scope"]?["selection_sha256"])
      && isSame(options?["package"], manifest["options"]?["package"])
      && isSame(options?["signer"], manifest["options"]?["signer"])
  }

  private static func isSame(_ event: JSONValue?, _ volume: JSONValue?) -> Bool {
    event?.stringValue != nil && event?.stringValue == volume?.stringValue
  }

  /// Whether a volume can be so many behind the first one of its export: then it names the manifest
  /// before it, and each volume before it has a document at least.
  private static func isInRun(
    _ distance: Int, _ options: JSONValue?, _ manifest: JSONValue
  ) -> Bool {
    guard distance >= 0,
      let previous = manifest["previous_manifest_sha256"]?.stringValue,
      distance == 0 || !previous.isEmpty, case .integer(let start)? = options?["first_number"],
      let prefix = manifest["bates"]?["prefix"]?.stringValue,
      let first = manifest["bates"]?["first"]?.stringValue
    else { return false }
    // A volume without documents has no numbers.
    guard !first.isEmpty else { return true }
    guard first.hasPrefix(prefix), let number = Int64(first.dropFirst(prefix.count)) else {
      return false
    }
    let documents = number.subtractingReportingOverflow(start)
    guard !documents.overflow else { return false }
    return distance == 0 ? documents.partialValue == 0 : documents.partialValue >= distance
  }
}
