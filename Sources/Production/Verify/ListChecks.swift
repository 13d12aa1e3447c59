// SPDX-License-Identifier: Apache-2.0
import Bytes
import Model

/// Checks the files of a volume against its lists and manifest (export-formats section 10.1).
enum ListChecks {
  private static let sums = "MANIFEST/SHA256SUMS"
  private static let hashdeep = "MANIFEST/hashdeep.txt"
  private static let manifest = "MANIFEST/manifest.json"
  private static let run = "MANIFEST/run.json"

  /// A line of `SHA256SUMS`.
  private struct Listed {
    var path: String
    var sha256: String
  }

  /// Gives the manifest where it can be read.
  static func run(_ contents: VolumeContents, report: inout VerificationReport) -> JSONValue? {
    var listed: [Listed] = []
    if let bytes = contents.lists[sums] {
      listed = parseSums(bytes, &report)
      compare(listed, contents, &report)
      if let text = contents.lists[hashdeep] {
        checkHashdeep(text, listed, contents, &report)
      }
    }
    for path in [sums, hashdeep, manifest, run]
    where contents.lists[path] == nil && !contents.unreadable.contains(path) {
      report.note(.missing, path, "every volume has this file")
    }
    for path in contents.lists.keys.sorted()
    where ![sums, hashdeep, manifest, run].contains(path) && !EvidenceFile.all.contains(path) {
      report.note(.added, path, "no volume has this file")
    }
    let value = contents.lists[manifest].flatMap { bytes -> JSONValue? in
      checkManifest(bytes, contents, &report)
    }
    if let bytes = contents.lists[run] { checkRun(bytes, contents, &report) }
    return value
  }

  // MARK: SHA256SUMS

  private static func parseSums(
    _ bytes: [UInt8], _ report: inout VerificationReport
  ) -> [Listed] {
    var listed: [Listed] = []
    guard bytes.last == 0x0A || bytes.isEmpty else {
      report.note(.malformed, sums, "the last line has no line feed")
      return []
    }
    for (index, line) in bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
      .dropLast().enumerated()
    {
      let digest = line.prefix(64)
      let isDigest = digest.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"): true
        default: false
        }
      }
      guard line.count > 66, isDigest, line.dropFirst(64).prefix(2).elementsEqual([0x20, 0x20])
      else {
        report.note(.malformed, sums, "line \(index + 1) is no digest and path")
        continue
      }
      listed.append(
        Listed(
          path: String(decoding: line.dropFirst(66), as: UTF8.self),
          sha256: String(decoding: digest, as: UTF8.self)))
    }
    for (previous, next) in zip(listed, listed.dropFirst())
    where !previous.path.utf8.lexicographicallyPrecedes(next.path.utf8) {
      report.note(.malformed, sums, "\(next.path) is out of order or listed twice")
    }
    return listed
  }

  private static func compare(
    _ listed: [Listed], _ contents: VolumeContents, _ report: inout VerificationReport
  ) {
    var names: Set<String> = []
    for file in listed {
      names.insert(file.path)
      if file.path.hasPrefix("MANIFEST/") {
        report.note(.malformed, sums, "it lists \(file.path), which lies in MANIFEST")
      }
      guard let entry = contents.entries[file.path] else {
        if !contents.unreadable.contains(file.path) {
          report.note(.missing, file.path, "listed in SHA256SUMS")
        }
        continue
      }
      if entry.digests.sha256 != file.sha256 {
        report.note(
          .changed, file.path,
          "SHA-256 \(entry.digests.sha256), listed \(file.sha256), \(entry.byteCount) bytes")
      }
    }
    let added = contents.entries.keys.filter { path in
      !path.hasPrefix("MANIFEST/") && !names.contains(path)
    }
    for path in added.sorted() { report.note(.added, path, "not listed in SHA256SUMS") }
  }

  // MARK: hashdeep.txt

  // What it must hold follows from the files; where one is damaged, from its own line.
  private static func checkHashdeep(
    _ bytes: [UInt8], _ listed: [Listed], _ contents: VolumeContents,
    _ report: inout VerificationReport
  ) {
    let header = Array(ChecksumLists.hashdeepHeader.utf8)
    guard bytes.starts(with: header), bytes.last == 0x0A else {
      report.note(.changed, hashdeep, "its first lines or its end differ")
      return
    }
    let lines = bytes[header.count...].split(separator: 0x0A, omittingEmptySubsequences: false)
      .dropLast()
    guard lines.count == listed.count else {
      report.note(.changed, hashdeep, "\(lines.count) files where SHA256SUMS has \(listed.count)")
      return
    }
    for (line, file) in zip(lines, listed) {
      let isAsWritten: Bool
      if let entry = contents.entries[file.path], entry.digests.sha256 == file.sha256 {
        let expected = ChecksumLists.hashdeepLine(
          path: file.path, byteCount: entry.byteCount, digests: entry.digests)
        isAsWritten = line.elementsEqual(expected.utf8)
      } else {
        isAsWritten = String(decoding: line, as: UTF8.self)
          .hasSuffix("," + file.sha256 + "," + file.path)
      }
      if !isAsWritten { report.note(.changed, hashdeep, "the line of \(file.path) differs") }
    }
  }

  // MARK: manifest.json and run.json

  private static func checkManifest(
    _ bytes: [UInt8], _ contents: VolumeContents, _ report: inout VerificationReport
  ) -> JSONValue? {
    guard let value = JSONValue(canonicalFile: bytes), case .object(var members) = value else {
      report.note(.changed, manifest, "it is no JSON object in canonical form")
      return nil
    }
    report.manifestID = value.manifestID
    report.volumeName = value["volume"]?.stringValue ?? ""
    members["manifest_id"] = nil
    let digest = SHA256Digest(of: JSONValue.object(members).canonical).hexadecimal
    if digest != value.manifestID {
      report.note(.changed, manifest, "manifest_id is not the digest of the rest")
    }
    guard value["format"]?.stringValue == "custody-volume",
      value["format_version"]?.integerValue == 1
    else {
      report.note(.malformed, manifest, "a format or version that this program does not know")
      return value
    }
    guard let sumBytes = contents.lists[sums] else { return value }
    if SHA256Digest(of: sumBytes.span).hexadecimal != value["files_sha256"]?.stringValue {
      report.note(.changed, sums, "its SHA-256 is not the manifest's files_sha256")
    }
    var tree = HashTree()
    for line in sumBytes.split(separator: 0x0A) { tree.add(line.span) }
    if value["tree"]?["root"]?.stringValue != tree.root.hexadecimal
      || value["tree"]?["size"]?.integerValue != Int64(tree.leafCount)
    {
      report.note(.inconsistent, manifest, "its hash tree is not that of SHA256SUMS")
    }
    return value
  }

  private static func checkRun(
    _ bytes: [UInt8], _ contents: VolumeContents, _ report: inout VerificationReport
  ) {
    guard let value = JSONValue(canonicalFile: bytes), case .object(var members) = value else {
      report.note(.changed, run, "it is no JSON object in canonical form")
      return
    }
    members["run_id"] = nil
    let digest = SHA256Digest(of: JSONValue.object(members).canonical).hexadecimal
    if digest != value["run_id"]?.stringValue {
      report.note(.changed, run, "run_id is not the digest of the rest")
    }
    if let entry = contents.entries[manifest],
      entry.digests.sha256 != value["manifest_sha256"]?.stringValue
    {
      report.note(.inconsistent, run, "it belongs to another manifest")
    }
  }
}
