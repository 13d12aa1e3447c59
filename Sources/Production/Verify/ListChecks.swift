// SPDX-License-Identifier: Apache-2.0
import Bytes
import Model

/// Checks the files of a volume against its lists and manifest (export-formats section 10.1).
enum ListChecks {
  static let sums = "MANIFEST/SHA256SUMS"
  private static let hashdeep = "MANIFEST/hashdeep.txt"
  private static let manifest = "MANIFEST/manifest.json"
  private static let run = "MANIFEST/run.json"
  /// The lists that every volume has.
  static let names = [sums, hashdeep, manifest, run]

  /// A line of `SHA256SUMS`.
  private struct Listed {
    var path: String
    /// 64 lower-case hexadecimal digits.
    var digits: ArraySlice<UInt8>
    /// The file; nil until it was looked for, and where there is none.
    var entry: VolumeContents.Entry?

    var sha256: String { String(decoding: digits, as: UTF8.self) }
  }

  /// The manifest where it can be read; what is wrong with it is told by
  /// ``run(_:manifest:report:)``.
  ///
  /// - Parameters:
  ///   - contents: The files.
  ///   - report: Gets the names that the manifest gives.
  /// - Returns: A JSON object; nil where there is none.
  static func readManifest(
    _ contents: VolumeContents, report: inout VerificationReport
  ) -> JSONValue? {
    guard let bytes = contents.lists[manifest], let value = JSONValue(canonicalFile: bytes),
      case .object = value
    else { return nil }
    report.manifestID = value.manifestID
    report.volumeName = value["volume"]?.stringValue ?? ""
    return value
  }

  /// Checks lists and manifest.
  ///
  /// - Parameters:
  ///   - contents: The files.
  ///   - value: What ``readManifest(_:report:)`` gave.
  ///   - report: Gets what is wrong.
  static func run(
    _ contents: VolumeContents, manifest value: JSONValue?, report: inout VerificationReport
  ) {
    var listed: [Listed] = []
    if let bytes = contents.lists[sums] {
      let isSorted: Bool
      (listed, isSorted) = parseSums(bytes, &report)
      compare(&listed, isSorted: isSorted, contents, &report)
      if let text = contents.lists[hashdeep] { checkHashdeep(text, listed, &report) }
    }
    for path in names
    where contents.lists[path] == nil && !contents.unreadable.contains(path) {
      report.note(.missing, path, "every volume has this file")
    }
    for path in contents.lists.keys.sorted()
    where !names.contains(path) && !EvidenceFile.all.contains(path) {
      report.note(.added, path, "no volume has this file")
    }
    if contents.lists[manifest] != nil { checkManifest(value, contents, &report) }
    if let bytes = contents.lists[run] { checkRun(bytes, contents, &report) }
  }

  // MARK: SHA256SUMS

  private static func parseSums(
    _ bytes: [UInt8], _ report: inout VerificationReport
  ) -> (listed: [Listed], isSorted: Bool) {
    var listed: [Listed] = []
    guard bytes.last == 0x0A || bytes.isEmpty else {
      report.note(.malformed, sums, "the last line has no line feed")
      return ([], true)
    }
    var number = 0
    var isSorted = true
    forEachLine(of: bytes[...]) { line in
      number += 1
      let digest = line.prefix(64)
      guard line.count > 66, areDigits(digest.span), line[line.startIndex + 64] == 0x20,
        line[line.startIndex + 65] == 0x20
      else {
        report.note(.malformed, sums, "line \(number) is no digest and path")
        return
      }
      // Names that differ in such bytes alone can be equal as texts.
      guard line.dropFirst(66).allSatisfy({ $0 < 0x80 }) else {
        report.note(.malformed, sums, "line \(number) names a file that no volume has")
        return
      }
      let path = String(decoding: line.dropFirst(66), as: UTF8.self)
      if let previous = listed.last?.path, !previous.utf8.lexicographicallyPrecedes(path.utf8) {
        isSorted = false
      }
      listed.append(Listed(path: path, digits: digest))
    }
    guard !isSorted else { return (listed, true) }
    for (previous, next) in zip(listed, listed.dropFirst())
    where !previous.path.utf8.lexicographicallyPrecedes(next.path.utf8) {
      report.note(.malformed, sums, "\(next.path) is out of order or listed twice")
    }
    return (listed, false)
  }

  private static func areDigits(_ bytes: Span<UInt8>) -> Bool {
    for index in bytes.indices {
      switch bytes[index] {
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"): continue
      default: return false
      }
    }
    return true
  }

  // The lines without their line feeds; what follows the last one is none.
  private static func forEachLine(
    of bytes: ArraySlice<UInt8>, _ body: (ArraySlice<UInt8>) -> Void
  ) {
    var start = bytes.startIndex
    while let end = bytes[start...].firstIndex(of: 0x0A) {
      body(bytes[start..<end])
      start = end + 1
    }
  }

  private static func compare(
    _ listed: inout [Listed], isSorted: Bool, _ contents: VolumeContents,
    _ report: inout VerificationReport
  ) {
    var foundCount = 0
    var listsLists = false
    for index in listed.indices {
      let file = listed[index]
      if file.path.hasPrefix("MANIFEST/") {
        listsLists = true
        report.note(.malformed, sums, "it lists \(file.path), which lies in MANIFEST")
      }
      guard let entry = contents.entries[file.path] else {
        if !contents.unreadable.contains(file.path) {
          report.note(.missing, file.path, "listed in SHA256SUMS")
        }
        continue
      }
      foundCount += 1
      listed[index].entry = entry
      if !entry.digests.hasSHA256(file.digits.span) {
        report.note(
          .changed, file.path,
          "SHA-256 \(entry.digests.sha256), listed \(file.sha256), \(entry.byteCount) bytes")
      }
    }
    // As a rule each that is there was listed once, and then there is no need to look for others.
    if isSorted, !listsLists, foundCount == listed.count, foundCount == contents.payloadCount {
      return
    }
    let names = Set(listed.map(\.path))
    let added = contents.entries.keys.filter { path in
      !path.hasPrefix("MANIFEST/") && !names.contains(path)
    }
    for path in added.sorted() { report.note(.added, path, "not listed in SHA256SUMS") }
  }

  // MARK: hashdeep.txt

  // What it must hold follows from the files; where one is damaged, from its own line.
  private static func checkHashdeep(
    _ bytes: [UInt8], _ listed: [Listed], _ report: inout VerificationReport
  ) {
    let header = Array(ChecksumLists.hashdeepHeader.utf8)
    guard bytes.starts(with: header), bytes.last == 0x0A else {
      report.note(.changed, hashdeep, "its first lines or its end differ")
      return
    }
    var lines: [ArraySlice<UInt8>] = []
    lines.reserveCapacity(listed.count)
    forEachLine(of: bytes[header.count...]) { lines.append($0) }
    guard lines.count == listed.count else {
      report.note(.changed, hashdeep, "\(lines.count) files where SHA256SUMS has \(listed.count)")
      return
    }
    for (line, file) in zip(lines, listed) {
      let isAsWritten: Bool
      if let entry = file.entry, entry.digests.hasSHA256(file.digits.span) {
        isAsWritten = ChecksumLists.isHashdeepLine(
          line, path: file.path, byteCount: entry.byteCount, digests: entry.digests)
      } else {
        isAsWritten = String(decoding: line, as: UTF8.self)
          .hasSuffix("," + file.sha256 + "," + file.path)
      }
      if !isAsWritten { report.note(.changed, hashdeep, "the line of \(file.path) differs") }
    }
  }

  // MARK: manifest.json and run.json

  private static func checkManifest(
    _ value: JSONValue?, _ contents: VolumeContents, _ report: inout VerificationReport
  ) {
    guard let value, case .object(var members) = value else {
      report.note(.changed, manifest, "it is no JSON object in canonical form")
      return
    }
    members["manifest_id"] = nil
    let digest = SHA256Digest(of: JSONValue.object(members).canonical).hexadecimal
    if digest != value.manifestID {
      report.note(.changed, manifest, "manifest_id is not the digest of the rest")
    }
    guard value["format"]?.stringValue == "custody-volume",
      value["format_version"]?.integerValue == 1
    else {
      report.note(.malformed, manifest, "a format or version that this program does not know")
      return
    }
    guard let sumBytes = contents.lists[sums] else { return }
    if contents.entries[sums]?.digests.sha256 != value["files_sha256"]?.stringValue {
      report.note(.changed, sums, "its SHA-256 is not the manifest's files_sha256")
    }
    var tree = HashTree()
    forEachLine(of: sumBytes[...]) { tree.add($0.span) }
    if value["tree"]?["root"]?.stringValue != tree.root.hexadecimal
      || value["tree"]?["size"]?.integerValue != Int64(tree.leafCount)
    {
      report.note(.inconsistent, manifest, "its hash tree is not that of SHA256SUMS")
    }
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
