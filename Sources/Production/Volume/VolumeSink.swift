// SPDX-License-Identifier: Apache-2.0
import Archives
package import Bytes
import Glibc

/// One file of a volume as it lies in the staging folder.
struct StagedFile {
  /// From the volume's root.
  var path: String
  var byteCount: Int64
  var digests: FileDigests
  /// The file in the staging folder that holds its bytes.
  var container: String
  /// Where they begin there.
  var offset: Int64
}

/// Takes the files of one volume and makes the folder or archive of them.
protocol VolumeSink: AnyObject {
  /// Keeps a file of a document; gives the place where it lies.
  func add(_ file: RenderedFile) throws -> StagedFile
  /// Opens a file that grows while documents are written.
  func open(_ path: String) throws -> OutputFile
  /// Makes the volume of its files and puts it under its final name.
  ///
  /// - Parameters:
  ///   - files: All files, sorted by the bytes of their paths.
  ///   - replacing: Whether an earlier volume may go.
  /// - Returns: The archive's own size and digest; nil for a folder.
  /// - Throws: `ProductionError`.
  func finish(_ files: [StagedFile], replacing: Bool) throws -> PackedVolume?
}

/// The container of a volume.
package struct PackedVolume: Sendable, Hashable {
  package var byteCount: Int64
  package var sha256: SHA256Digest
}

/// A volume as a folder.
final class FolderSink: VolumeSink {
  private let staging: StagingFolder
  private let volumeName: String
  /// Where the files go inside the staging folder.
  private let root: String
  /// What the volume's folder becomes beside its files; nil for a plain folder.
  private let bag: BagWriter?
  private var knownFolders: Set<String> = []

  init(_ staging: StagingFolder, volumeName: String, bag: BagWriter? = nil) {
    self.staging = staging
    self.volumeName = volumeName
    self.bag = bag
    root = staging.path + "/" + volumeName + (bag == nil ? "" : "/data")
  }

  func add(_ file: RenderedFile) throws -> StagedFile {
    let output = try OutputFile(creating: place(file.path), hashing: .none)
    try output.write(file.bytes.span)
    try output.close()
    bag?.note(file.path, file.bytes.span)
    return StagedFile(
      path: file.path, byteCount: Int64(file.bytes.count), digests: file.digests,
      container: output.path, offset: 0)
  }

  func open(_ path: String) throws -> OutputFile {
    try OutputFile(creating: place(path))
  }

  func finish(_ files: [StagedFile], replacing: Bool) throws -> PackedVolume? {
    try bag?.finish(files, in: staging.path + "/" + volumeName)
    // The names must not be there before the bytes of many thousand files.
    sync()
    try staging.publish(volumeName, as: staging.destination, replacing: replacing)
    return nil
  }

  private func place(_ path: String) throws -> String {
    let full = root + "/" + path
    let folder = String(full[..<(full.lastIndex(of: "/") ?? full.endIndex)])
    if knownFolders.insert(folder).inserted { try makeFolders(folder) }
    return full
  }
}

/// A volume as one archive file: documents are spooled one after another, a file for each section,
/// and packed in the order of their names at the end.
final class ArchiveSink: VolumeSink {
  private let staging: StagingFolder
  private let volumeName: String
  private let format: ArchiveWritingFormat
  private let passphrase: String?
  private var spools: [VolumeSection: OutputFile] = [:]
  private var growingFileCount = 0

  init(
    _ staging: StagingFolder, volumeName: String, format: ArchiveWritingFormat,
    passphrase: String?
  ) {
    self.passphrase = passphrase
    self.staging = staging
    self.volumeName = volumeName
    self.format = format
  }

  func add(_ file: RenderedFile) throws -> StagedFile {
    let spool = try spool(file.section)
    let offset = spool.byteCount
    try spool.write(file.bytes.span)
    return StagedFile(
      path: file.path, byteCount: Int64(file.bytes.count), digests: file.digests,
      container: spool.path, offset: offset)
  }

  func open(_ path: String) throws -> OutputFile {
    growingFileCount += 1
    return try OutputFile(creating: staging.path + "/growing" + String(growingFileCount))
  }

  func finish(_ files: [StagedFile], replacing: Bool) throws -> PackedVolume? {
    for spool in spools.values { try spool.close() }
    let output = BackgroundOutput(
      try OutputFile(creating: staging.path + "/archive", hashing: .sha256))
    do {
      try pack(files, into: output)
    } catch let error as ArchiveError {
      throw ProductionError(.fileSystem, error.message, cause: error.cause)
    }
    let (byteCount, digest) = try output.close()
    let archiveName = String(
      staging.destination[
        (staging.destination.lastIndex(of: "/").map { staging.destination.index(after: $0) }
          ?? staging.destination.startIndex)...])
    let sidecar = try OutputFile(creating: staging.path + "/sidecar", hashing: .none)
    try sidecar.write((digest.hexadecimal + "  " + archiveName + "\n").utf8.span)
    try sidecar.close(syncing: true)
    // The archive's appearance is what completes the export, so it comes last. An earlier archive
    // must never stand beside the digest of another, wherever a run ends.
    let sidecarPath = staging.destination + ".sha256"
    let replacesArchive = replacing && exists(staging.destination)
    if replacesArchive {
      try staging.remove(sidecarPath)
      try staging.publish("archive", as: staging.destination, replacing: true)
    }
    try staging.publish("sidecar", as: sidecarPath, replacing: true)
    if !replacesArchive {
      try staging.publish("archive", as: staging.destination, replacing: replacing)
    }
    return PackedVolume(byteCount: byteCount, sha256: digest)
  }

  private func pack(_ files: [StagedFile], into output: BackgroundOutput) throws {
    var archive = try ArchiveWriter(format: format, receiver: output, passphrase: passphrase)
    var inputs: [String: InputFile] = [:]
    for file in files {
      try archive.beginFile(path: volumeName + "/" + file.path, byteCount: file.byteCount)
      let input: InputFile
      if let open = inputs[file.container] {
        input = open
      } else {
        input = try InputFile(file.container)
        inputs[file.container] = input
      }
      try input.forEachPiece(from: file.offset, byteCount: file.byteCount) { piece in
        try archive.write(piece)
      }
    }
    try archive.finish()
  }

  private func spool(_ section: VolumeSection) throws -> OutputFile {
    if let spool = spools[section] { return spool }
    let spool = try OutputFile(
      creating: staging.path + "/" + section.rawValue + ".spool", hashing: .none)
    spools[section] = spool
    return spool
  }
}

/// No volume: each file is counted and forgotten, so that everything about it can be told without
/// writing it.
final class RehearsalSink: VolumeSink {
  private let volumeName: String

  init(volumeName: String) { self.volumeName = volumeName }

  func add(_ file: RenderedFile) throws -> StagedFile {
    StagedFile(
      path: file.path, byteCount: Int64(file.bytes.count), digests: file.digests,
      container: volumeName, offset: 0)
  }

  func open(_ path: String) throws -> OutputFile { OutputFile(rehearsing: path) }

  func finish(_ files: [StagedFile], replacing: Bool) throws -> PackedVolume? { nil }
}
