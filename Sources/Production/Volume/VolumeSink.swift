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
  /// What lies there, where the file is packed as a member of the archive; nil where it is not.
  var packed: PackedSize?
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
  private let packing: MemberPacking?
  private var spools: [VolumeSection: OutputFile] = [:]
  private var growingFileCount = 0

  init(
    _ staging: StagingFolder, volumeName: String, format: ArchiveWritingFormat,
    passphrase: String?, packing: MemberPacking?
  ) {
    self.passphrase = passphrase
    self.packing = packing
    self.staging = staging
    self.volumeName = volumeName
    self.format = format
  }

  func add(_ file: RenderedFile) throws -> StagedFile {
    let spool = try spool(file.section)
    let offset = spool.byteCount
    try spool.write(file.bytes.span)
    return StagedFile(
      path: file.path, byteCount: Int64(file.packed?.byteCount ?? file.bytes.count),
      digests: file.digests, container: spool.path, offset: offset,
      packed: file.packed.map {
        PackedSize(byteCount: Int64(file.bytes.count), checksum: $0.checksum)
      })
  }

  func open(_ path: String) throws -> OutputFile {
    growingFileCount += 1
    return try OutputFile(creating: staging.path + "/growing" + String(growingFileCount))
  }

  func finish(_ files: [StagedFile], replacing: Bool) throws -> PackedVolume? {
    for spool in spools.values { try spool.close() }
    let files = try packing.map { try pack(files, by: $0) } ?? files
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

  // Packs what was not packed when it was made, each file for itself.
  private func pack(_ files: [StagedFile], by packing: MemberPacking) throws -> [StagedFile] {
    let rest = files.indices.filter { files[$0].packed == nil }
    let job = BatchJob(rest.count) { [path = staging.path] index in
      try packing.pack(files[rest[index]], to: path + "/packed" + String(index))
    }
    var all = files
    for (index, file) in zip(rest, try job.results()) { all[index] = file }
    return all
  }

  private func pack(_ files: [StagedFile], into output: BackgroundOutput) throws {
    var archive = try ArchiveWriter(format: format, receiver: output, passphrase: passphrase)
    var inputs: [String: SpoolReader] = [:]
    for file in files {
      let path = volumeName + "/" + file.path
      if let packed = file.packed {
        try archive.beginPackedFile(path: path, byteCount: file.byteCount, packed: packed)
      } else {
        try archive.beginFile(path: path, byteCount: file.byteCount)
      }
      let input: SpoolReader
      if let open = inputs[file.container] {
        input = open
      } else {
        input = try SpoolReader(file.container)
        inputs[file.container] = input
      }
      try input.forEachPiece(
        from: file.offset, byteCount: file.packed?.byteCount ?? file.byteCount
      ) { piece in
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
