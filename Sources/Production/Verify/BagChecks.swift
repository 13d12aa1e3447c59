// SPDX-License-Identifier: Apache-2.0
import Bytes
import Foundation
import Model

/// Checks the tag files of a bag against its payload (RFC 8493; export-formats section 9.1).
enum BagChecks {
  private static let tags = [
    "bag-info.txt", "bagit.txt", "manifest-sha256.txt", "manifest-sha512.txt",
  ]
  private static let tagManifest = "tagmanifest-sha256.txt"

  static func run(
    _ path: String, _ contents: VolumeContents, _ report: inout VerificationReport
  ) throws {
    let names = try FileManager.default.contentsOfDirectory(atPath: path).sorted()
    for name in names where name != "data" && name != tagManifest && !tags.contains(name) {
      report.note(.added, name, "no bag of ours has this file")
    }
    var texts: [String: [UInt8]] = [:]
    for name in tags + [tagManifest] {
      guard names.contains(name) else {
        report.note(.missing, name, "every bag has this file")
        continue
      }
      do {
        let input = try InputFile(path + "/" + name)
        var bytes: [UInt8] = []
        try input.forEachPiece(byteCount: try input.byteCount()) { bytes.append($0) }
        texts[name] = bytes
      } catch {
        report.note(.unreadable, name, "\(error)")
      }
    }
    check(texts, contents, &report)
  }

  private static func check(
    _ texts: [String: [UInt8]], _ contents: VolumeContents, _ report: inout VerificationReport
  ) {
    if let text = texts["bagit.txt"], text != Array(BagWriter.declaration.utf8) {
      report.note(.changed, "bagit.txt", "it is not the declaration of a bag of version 1.0")
    }
    let files = contents.entries.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    compare(
      "manifest-sha256.txt", texts, files.map { ("data/" + $0.key, $0.value.digests.sha256) },
      &report)
    compare(
      "manifest-sha512.txt", texts,
      files.map { ("data/" + $0.key, $0.value.sha512?.hexadecimal ?? "") }, &report)
    compare(
      tagManifest, texts,
      tags.compactMap { name in
        texts[name].map { (name, SHA256Digest(of: $0.span).hexadecimal) }
      }, &report)
    if let text = texts["bag-info.txt"] {
      let byteCount = files.reduce(0) { $0 + $1.value.byteCount }
      let oxum = "\nPayload-Oxum: \(byteCount).\(files.count)\n"
      if !("\n" + String(decoding: text, as: UTF8.self)).contains(oxum) {
        report.note(.inconsistent, "bag-info.txt", "Payload-Oxum is not that of the payload")
      }
    }
  }

  // A list has one line a file, in order, and no other.
  private static func compare(
    _ name: String, _ texts: [String: [UInt8]], _ expected: [(path: String, digest: String)],
    _ report: inout VerificationReport
  ) {
    guard let text = texts[name] else { return }
    var rest = text[...]
    for file in expected {
      let line = Array((file.digest + "  " + file.path + "\n").utf8)
      guard rest.starts(with: line) else {
        report.note(.changed, name, "the line of \(file.path) differs or is missing")
        return
      }
      rest = rest.dropFirst(line.count)
    }
    if !rest.isEmpty { report.note(.changed, name, "it lists files that are not there") }
  }
}
