// SPDX-License-Identifier: Apache-2.0
import Archives
import Bytes
import Foundation
import Glibc
import Model

/// Checks a volume without any store: every file against the volume's own lists, the lists against
/// each other, the load file against the files, and the archive around them.
package enum VolumeVerifier {
  /// Verifies a volume as folder, zip or tar.zst.
  ///
  /// What is wrong with the volume is in the report; nothing of it is thrown. An archive is
  /// compared with the `.sha256` file beside it. Without one it is written once more in memory and
  /// compared byte by byte, which for deflate and Zstandard needs the same builds of zlib and
  /// libzstd as the writer had.
  ///
  /// An encrypted zip is compared with that file alone, since its bytes differ from run to run.
  ///
  /// - Parameters:
  ///   - path: The folder, bag or archive.
  ///   - passphrase: Opens an encrypted zip.
  ///   - signers: Keys of which one must have signed the volume; none asks for no signature, but
  ///     signatures that are there must be right.
  ///   - authority: Whose time stamp must lie with the volume; nil asks for none.
  /// - Returns: What was found.
  /// - Throws: `ProductionError` when there is nothing at the path that can be opened, or openssl, which
  ///   an authority is asked by, cannot be started.
  package static func verify(
    _ path: String, passphrase: String? = nil, signers: [VerifyingKey] = [],
    authority: TimeStampAuthority? = nil
  ) throws -> VerificationReport {
    var report = VerificationReport(path: path)
    let isBag = exists(path + "/bagit.txt")
    var contents = VolumeContents(withSHA512: isBag, passphrase: passphrase)
    var facts = stat()
    guard unsafe stat(path, &facts) == 0 else { throw fileError("examine", path) }
    var container: ContainerCheck?
    if facts.st_mode & S_IFMT == S_IFDIR {
      try contents.read(folder: isBag ? path + "/data" : path, report: &report)
      if isBag { try BagChecks.run(path, contents, &report) }
    } else {
      guard facts.st_mode & S_IFMT == S_IFREG else {
        throw ProductionError(.notAVolume, "\(path) is neither a folder nor a file")
      }
      let check = ContainerCheck(path)
      try contents.read(archive: path, hashing: check.hasSidecar, report: &report)
      container = check
    }
    report.isEncrypted = contents.hasEncryptedMembers
    report.isPassphraseRefused = contents.isPassphraseRefused
    report.fileCount = contents.entries.count
    report.byteCount = contents.entries.values.reduce(0) { $0 + $1.byteCount }
    report.documentCount = contents.loadFile.records.count

    let manifest = ListChecks.readManifest(contents, report: &report)
    if let manifest, manifest["options"]?["layout"]?.stringValue == VolumeLayout.report.rawValue {
      report.documentCount = contents.loadFile.report?.items.count ?? 0
    }
    for part in try checks(contents, manifest, signers, report) { report.add(part) }
    if let container {
      if let root = contents.rootName, !report.volumeName.isEmpty, root != report.volumeName {
        report.note(
          .inconsistent, path, "its folder is \(root), the manifest says \(report.volumeName)")
      }
      try container.run(contents, manifest: manifest, report: &report)
    }
    try TimeStampChecks.run(path, contents, authority: authority, report: &report)
    return report
  }

  // Lists and load files do not look at each other, so one core checks these and another those.
  private static func checks(
    _ contents: VolumeContents, _ manifest: JSONValue?, _ signers: [VerifyingKey],
    _ report: VerificationReport
  ) throws -> [VerificationReport] {
    var start = report
    start.problems = []
    return try BatchJob(2) { [start] part in
      var report = start
      if part == 0 {
        ListChecks.run(contents, manifest: manifest, report: &report)
        EvidenceChecks.run(contents, manifest: manifest, signers: signers, report: &report)
        if let manifest { DesignationChecks.run(contents, manifest: manifest, report: &report) }
      } else if let manifest,
        manifest["options"]?["layout"]?.stringValue == VolumeLayout.report.rawValue
      {
        ReportChecks.run(contents, manifest: manifest, report: &report)
      } else {
        LoadFileChecks.run(contents, manifest: manifest, report: &report)
      }
      return report
    }.results()
  }
}
