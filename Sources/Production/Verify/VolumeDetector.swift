// SPDX-License-Identifier: Apache-2.0
import Archives
import Bytes
import Foundation
import Glibc
import Model

/// Tells volumes from other folders and archives by what lies in them.
package enum VolumeDetector {
  private static let manifest = "MANIFEST/manifest.json"
  private static let maximumManifestByteCount = 16 << 20

  /// Whether a folder, bag or archive is a volume that this program wrote, sound or damaged.
  ///
  /// Of an archive the names of its members are read until that is certain: as a rule the first.
  package static func isVolume(_ path: String) -> Bool {
    var facts = stat()
    guard unsafe stat(path, &facts) == 0 else { return false }
    switch facts.st_mode & S_IFMT {
    case S_IFDIR:
      return isVolume(folder: path)
        || exists(path + "/bagit.txt") && isVolume(folder: path + "/data")
    case S_IFREG: return isVolume(archive: path)
    default: return false
    }
  }

  private static func isVolume(folder: String) -> Bool {
    if let input = try? InputFile(folder + "/" + manifest),
      let count = try? input.byteCount(), count <= maximumManifestByteCount
    {
      var bytes: [UInt8] = []
      try? input.forEachPiece(byteCount: count) { bytes.append($0) }
      if isManifest(bytes) { return true }
    }
    // A volume whose manifest is gone or damaged is one still.
    return exists(folder + "/MANIFEST/SHA256SUMS") && exists(folder + "/MANIFEST/hashdeep.txt")
  }

  private static func isManifest(_ bytes: [UInt8]) -> Bool {
    JSONValue(canonicalFile: bytes)?["format"]?.stringValue == "custody-volume"
  }

  private static func isVolume(archive: String) -> Bool {
    let descriptor = unsafe Glibc.open(archive, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return false }
    defer { Glibc.close(descriptor) }
    var hasLists = false
    do {
      let reader = try ArchiveReader(descriptor: descriptor)
      while let member = try reader.next() {
        guard let path = member.path, let cut = path.firstIndex(of: "/"),
          VolumeExporter.isVolumeName(String(path[..<cut]))
        else { return hasLists }
        let place = path[path.index(after: cut)...]
        if place.hasPrefix("MANIFEST/") { hasLists = true }
        if place == "DATA/\(path[..<cut])-review.jsonl" { return true }
        guard place == manifest else { continue }
        if member.isEncrypted { return true }
        var bytes: [UInt8] = []
        while true {
          let piece = try reader.read()
          guard !piece.isEmpty, bytes.count <= maximumManifestByteCount else { break }
          bytes += piece
        }
        return isManifest(bytes) || hasLists
      }
    } catch {
      return hasLists
    }
    return hasLists
  }
}
