// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Bytes
import Foundation
import Model
import Production

/// Checks a volume; needs no store.
struct ExportVerify: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Check a volume; no store is needed.",
    discussion: discussion(
      """
      Reads every byte of a folder, bag, zip or tar.zst and compares it with the manifest, the \
      checksums and the load files. Every changed, missing, added or truncated file is named. \
      Signatures, checkpoint and proofs are checked where they are; with --signer one of those keys \
      must have signed. So it is with a time stamp, which lies in MANIFEST or beside an archive or bag: \
      it must be about the volume, and with --tsa-ca one of those authorities must have made it.
      """,
      examples: ["custody export verify VOL001.zip"], statuses: [.notFound, .damaged, .secret]))

  @Argument(help: "The volume.", completion: .file()) var volume: String
  @Option(
    help: ArgumentHelp(
      "The file whose first line opens an encrypted zip; without it the terminal is asked.",
      valueName: "file"), completion: .file())
  var passphraseFile: String?
  @OptionGroup var signer: SignerOption
  @OptionGroup var timeStamp: TimeStampOption
  @OptionGroup var fieldOptions: FieldOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func run() throws {
    let output = try global.output(fieldOptions)
    guard FileManager.default.fileExists(atPath: volume) else {
      throw CommandFailure(.notFound, "there is no volume '\(volume)'", objects: [volume])
    }
    let signers = try signer.keys()
    let authority = try timeStamp.authority()
    var report = try VolumeVerifier.verify(
      volume, passphrase: try passphraseFile.map { try Passphrase.read($0) }, signers: signers,
      authority: authority)
    if report.isEncrypted, passphraseFile == nil {
      report = try VolumeVerifier.verify(
        volume, passphrase: try Passphrase.ask(isNew: false, noInput: global.noInput),
        signers: signers, authority: authority)
    }
    if report.isPassphraseRefused { throw Passphrase.refusal(volume) }
    try ignoringClosedPipe {
      try output.print(DisplayedVerification(report: report), schema: Self.schemaName)
    }
    guard !report.isIntact else { return }
    if let failure = ofWitnesses(report) { throw failure }
    for problem in report.problems.dropFirst() {
      output.console.say("custody: " + problem.description)
    }
    throw CommandFailure(
      .damaged,
      "the volume is not as it was written: \(report.problems.count) "
        + (report.problems.count == 1 ? "finding" : "findings"),
      why: report.problems.first?.description, whatToDo: "take another copy of it",
      objects: report.problems.map(\.path))
  }
}

extension ExportVerify {
  /// The failure where all bytes are as they were, and only those who should vouch for them do not; nil
  /// where more is wrong.
  private func ofWitnesses(_ report: VerificationReport) -> CommandFailure? {
    let stamp = TimeStampFiles(volume: volume).reply
    func isAboutStamp(_ problem: VerificationProblem) -> Bool {
      problem.code == .otherAuthority || problem.path == stamp
    }
    guard report.problems.allSatisfy({ $0.code == .otherSigner || isAboutStamp($0) }) else {
      return nil
    }
    let detail = report.problems.map(\.detail).joined(separator: "; ")
    guard let problem = report.problems.first(where: isAboutStamp) else {
      return CommandFailure(
        .damaged, "none of the signers signed the volume", why: detail,
        whatToDo: "ask the producing party which key it signs with", objects: [volume])
    }
    let what =
      report.problems.contains { $0.code == .otherSigner }
      ? "none of the signers signed the volume, and its time stamp does not hold"
      : "the time stamp of the volume does not hold"
    let advice =
      if problem.code != .otherAuthority {
        "keep the right reply by custody export stamp --reply, or remove '\(stamp)'"
      } else if report.stampTime == nil {
        "ask an authority for one: custody export stamp --request"
      } else {
        "name the file with the authority's root by --tsa-ca, and keep its chain by custody export "
          + "stamp --chain"
      }
    return CommandFailure(
      .damaged, what, why: detail, whatToDo: advice,
      objects: report.problems.map(\.path))
  }
}

/// What a check of a volume found.
struct DisplayedVerification: Displayable {
  static let recordType = "verification"
  static let plural = "verifications"

  var report: VerificationReport

  var identifier: String { report.manifestID }

  static let fields: [Field<DisplayedVerification>] = [
    Field("path", heading: "path") { .text($0.report.path) },
    Field("volume", heading: "volume") { .text($0.report.volumeName) },
    Field("intact", heading: "intact") { .boolean($0.report.isIntact) },
    Field("documents", heading: "documents") { FieldValue($0.report.documentCount) },
    Field("files", heading: "files") { FieldValue($0.report.fileCount) },
    Field("bytes", heading: "size") { .byteCount($0.report.byteCount) },
    Field("encrypted") { .boolean($0.report.isEncrypted) },
    Field("signer") { .text($0.report.signer) },
    Field("signer_known") { .boolean($0.report.isSignerKnown) },
    Field("checkpoint_events") { FieldValue($0.report.checkpointSize) },
    Field("stamped_at") { FieldValue($0.report.stampTime) },
    Field("stamp_known") { .boolean($0.report.isStampTrusted) },
    Field("container_digest") { .boolean($0.report.hasContainerDigest) },
    Field("manifest_id") { .text($0.report.manifestID) },
    Field("findings") {
      .list(
        $0.report.problems.map {
          .object([
            .init("code", .text($0.code.rawValue)), .init("path", .text($0.path)),
            .init("detail", .text($0.detail)),
          ])
        })
    },
  ]
}
