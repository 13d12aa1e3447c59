// SPDX-License-Identifier: Apache-2.0
import Archives
import Bytes

/// Packs files as members of a zip before it is written: on all cores, while others are made.
struct MemberPacking: Sendable {
  /// Of deflate; nil where members are stored as they are.
  let level: Int?

  /// Nil for a container whose members cannot be packed one by one.
  init?(_ package: VolumePackage, passphrase: String?) {
    guard let format = package.archiveFormat,
      ArchiveWriter.takesPacked(format, passphrase: passphrase)
    else { return nil }
    level = format.deflateLevel
  }

  /// Packs files that lie in memory: from then on their bytes are the packed ones.
  ///
  /// - Throws: `ProductionError` with `.fileSystem`.
  func pack(_ files: inout [RenderedFile]) throws {
    try withDeflater { deflater in
      for index in files.indices {
        let bytes = files[index].bytes
        var checksum = Checksum()
        checksum.update(bytes.span)
        if let deflater { files[index].bytes = try deflater.deflate(bytes) }
        files[index].packed = PackedContent(byteCount: bytes.count, checksum: checksum.value)
      }
    }
  }

  /// Packs a file of the staging folder.
  ///
  /// - Parameters:
  ///   - file: The file, as it is.
  ///   - path: Where the packed bytes go, if they are others.
  /// - Returns: The file, packed.
  /// - Throws: `ProductionError` with `.fileSystem`.
  func pack(_ file: StagedFile, to path: String) throws -> StagedFile {
    let input = try InputFile(file.container)
    var checksum = Checksum()
    let output = try withDeflater { deflater in
      let output = try deflater.map { _ in try OutputFile(creating: path, hashing: .none) }
      try input.forEachPiece(from: file.offset, byteCount: file.byteCount) { piece in
        checksum.update(piece)
        try deflater?.write(piece) { try output?.write($0) }
      }
      try deflater?.finish { try output?.write($0) }
      try output?.close()
      return output
    }
    var packed = file
    packed.packed = PackedSize(
      byteCount: output?.byteCount ?? file.byteCount, checksum: checksum.value)
    if let output {
      packed.container = output.path
      packed.offset = 0
    }
    return packed
  }

  private func withDeflater<Result>(_ body: (Deflater?) throws -> Result) throws -> Result {
    do {
      return try body(try level.map { try Deflater(level: $0) })
    } catch let error as ArchiveError {
      throw ProductionError(.fileSystem, error.message, cause: error.cause)
    }
  }
}

/// What a file was whose bytes are packed.
struct PackedContent: Sendable {
  var byteCount: Int
  var checksum: UInt32
}
