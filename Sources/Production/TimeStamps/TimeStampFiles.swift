// SPDX-License-Identifier: Apache-2.0
import Archives
import Foundation
import Glibc

/// Where the reply about a volume is kept: in a folder's MANIFEST; beside an archive or a bag, which stay
/// as they were written.
package struct TimeStampFiles: Sendable, Hashable {
  /// What is stamped, from the volume's root.
  package static let stamped = "MANIFEST/SHA256SUMS"
  static let replyInVolume = stamped + ".tsr"
  static let chainInVolume = "MANIFEST/tsa-chain.pem"
  /// The ends of the names beside an archive.
  package static let suffixes = [".tsr", ".tsa-chain.pem"]

  /// The reply.
  package let reply: String
  /// Certificates between the authority's and those that are trusted, in PEM; optional.
  package let chain: String

  /// The places for a volume.
  ///
  /// - Parameter volume: Its folder or archive.
  package init(volume: String) {
    var volume = volume[...]
    while volume.count > 1, volume.hasSuffix("/") { volume.removeLast() }
    var facts = stat()
    let isFolder =
      unsafe stat(String(volume), &facts) == 0 && facts.st_mode & S_IFMT == S_IFDIR
    if isFolder, !exists(volume + "/bagit.txt") {
      reply = volume + "/" + TimeStampFiles.replyInVolume
      chain = volume + "/" + TimeStampFiles.chainInVolume
    } else {
      reply = volume + TimeStampFiles.suffixes[0]
      chain = volume + TimeStampFiles.suffixes[1]
    }
  }

  /// The list of a volume that is stamped.
  ///
  /// - Parameters:
  ///   - volume: The folder, bag or archive.
  ///   - passphrase: Opens an encrypted zip.
  /// - Returns: Its bytes.
  /// - Throws: `ProductionError` with `.notAVolume` where it has none, `.encrypted` where no passphrase
  ///   opens it, `.fileSystem`.
  package static func list(of volume: String, passphrase: String? = nil) throws -> [UInt8] {
    var list: [UInt8] = []
    do {
      try VolumeFiles.forEach(in: volume, passphrase: passphrase) { path, next in
        guard path == stamped else { return true }
        while true {
          let piece = try next()
          guard !piece.isEmpty else { return false }
          list += piece
        }
      }
    } catch let error as ArchiveError {
      let isSecret = error.message.lowercased().contains("passphrase")
      throw ProductionError(
        isSecret ? .encrypted : .notAVolume,
        isSecret
          ? "no passphrase was given that opens '\(volume)'"
          : "'\(volume)' cannot be read as a volume",
        cause: isSecret ? nil : error)
    }
    guard !list.isEmpty else {
      throw ProductionError(.notAVolume, "'\(volume)' has no \(stamped), as volumes do")
    }
    return list
  }
}
