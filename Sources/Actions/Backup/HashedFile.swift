// SPDX-License-Identifier: Apache-2.0
import Bytes
import Production

/// Hashes a file of a backup.
///
/// - Parameters:
///   - path: From the backup's folder.
///   - folder: The backup's.
///   - progress: Gets the bytes hashed so far; a throw stops the work.
/// - Returns: The file as a manifest names it.
/// - Throws: `ProductionError`, or what `progress` throws.
func hashedFile(
  _ path: String, in folder: String, _ progress: (Int64) throws -> Void
) throws -> BackupManifest.File {
  let input = try InputFile(folder + "/" + path)
  let byteCount = try input.byteCount()
  var hasher = SHA256Hasher()
  var done: Int64 = 0
  try input.forEachPiece(byteCount: byteCount) { piece in
    hasher.update(piece)
    done += Int64(piece.count)
    try progress(done)
  }
  return BackupManifest.File(path: path, byteCount: byteCount, sha256: hasher.finish())
}
