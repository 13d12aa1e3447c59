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

  /// The manifest of a volume.
  ///
  /// - Parameters:
  ///   - path: The folder, bag or archive.
  ///   - passphrase: Opens an encrypted zip.
  /// - Returns: Nil where there is none that can be read.
  static func manifest(of path: String, passphrase: String? = nil) -> JSONValue? {
    var facts = stat()
    guard unsafe stat(path, &facts) == 0 else { return nil }
    if facts.st_mode & S_IFMT == S_IFDIR {
      return read(folder: exists(path + "/bagit.txt") ? path + "/data" : path)
    }
    var found: JSONValue?
    // Of an archive all that stands before it is passed over; what breaks off has none.
    try? VolumeFiles.forEach(in: path, passphrase: passphrase) { place, next in
      guard place == manifest else { return true }
      found = try read(next)
      return false
    }
    return found
  }

  /// Whether a file is an archive whose first file is encrypted.
  static func isEncrypted(_ path: String) -> Bool {
    let descriptor = unsafe Glibc.open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return false }
    defer { Glibc.close(descriptor) }
    guard let reader = try? ArchiveReader(descriptor: descriptor) else { return false }
    while let member = try? reader.next() {
      if member.kind == .file { return member.isEncrypted }
    }
    return false
  }

  private static func isVolume(folder: String) -> Bool {
    if read(folder: folder) != nil { return true }
    // A volume whose manifest is gone or damaged is one still.
    return exists(folder + "/MANIFEST/SHA256SUMS") && exists(folder + "/MANIFEST/hashdeep.txt")
  }

  private static func read(folder: String) -> JSONValue? {
    guard let input = try? InputFile(folder + "/" + manifest) else { return nil }
    var offset: Int64 = 0
    var buffer: [UInt8] = []
    return try? read {
      let count = try input.read(into: &buffer, at: offset, count: 1 << 18)
      offset += Int64(count)
      return buffer[..<count]
    }
  }

  // Nil of what is no manifest of ours.
  private static func read(_ next: () throws -> ArraySlice<UInt8>) throws -> JSONValue? {
    var bytes: [UInt8] = []
    while bytes.count <= maximumManifestByteCount {
      let piece = try next()
      guard !piece.isEmpty else { break }
      bytes += piece
    }
    guard let value = JSONValue(canonicalFile: bytes),
      value["format"]?.stringValue == "custody-volume"
    else { return nil }
    return value
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
        return try read { try reader.read() } != nil || hasLists
      }
    } catch {
      return hasLists
    }
    return hasLists
  }
}
