// SPDX-License-Identifier: Apache-2.0
import Bytes
import Model

/// Writes one volume: the files of its documents as they come, then what describes them all.
final class VolumeWriter {
  static let filesPerFolder = 1000

  let name: String
  let renderer: FamilyRenderer
  /// Documents that were planned for this volume so far.
  var plannedDocuments = 0
  private(set) var tally = VolumeTally()
  private let options: VolumeOptions
  private let firstNumber: Int
  private let sink: any VolumeSink
  /// Where the volume goes when it is complete.
  private let destination: String
  private var files: [StagedFile] = []
  private var growing: [(path: String, file: OutputFile)] = []
  private let concordance: OutputFile
  private let csv: OutputFile
  private let exceptions: OutputFile
  private let numbers: OutputFile
  private var duplicates: OutputFile?
  private var edrm: EDRMOutput?
  private var redactions: OutputFile?
  private var privileges: (csv: OutputFile, page: OutputFile)?

  init(_ options: VolumeOptions, name: String, directory: String, firstNumber: Int) throws {
    self.options = options
    self.name = name
    self.firstNumber = firstNumber
    renderer = FamilyRenderer(options, volumeName: name)
    let fileName = name + options.package.fileExtension
    destination = directory + "/" + fileName
    let staging = try options.isRehearsal ? nil : StagingFolder(in: directory, for: fileName)
    guard options.replacesExisting || !exists(destination) else {
      throw ProductionError(
        .exists, "\(destination) is there already; name another place or replace it")
    }
    if let staging, let format = options.package.archiveFormat {
      sink = ArchiveSink(staging, volumeName: name, format: format)
    } else if let staging {
      sink = FolderSink(staging, volumeName: name)
    } else {
      sink = RehearsalSink(volumeName: name)
    }
    concordance = try sink.open("DATA/\(name).dat")
    csv = try sink.open("DATA/\(name).csv")
    exceptions = try sink.open("LOGS/exceptions.csv")
    numbers = try sink.open("LOGS/bates-log.csv")
    growing = [
      ("DATA/\(name).dat", concordance), ("DATA/\(name).csv", csv),
      ("LOGS/exceptions.csv", exceptions), ("LOGS/bates-log.csv", numbers),
    ]
    let names = FieldRow.names(extraFields: options.effectiveExtraFields)
    if let version = options.edrmVersion {
      let file = try sink.open("DATA/\(name)-edrm.xml")
      growing.append(("DATA/\(name)-edrm.xml", file))
      edrm = try EDRMOutput(file, version: version, volumeName: name, fields: names)
    }
    try concordance.write(renderer.concordance.prologue.span)
    try concordance.write(renderer.concordance.header(names).span)
    for (file, header) in [
      (csv, names), (exceptions, ExceptionRow.header),
      (numbers, ["NUMBER", "DOCUMENT", "PAGE", "SHA256", "PRODUCTION", "STATUS"]),
    ] {
      try start(file, header: header)
    }
  }

  /// Adds a family; families come in the order of their numbers.
  func add(_ family: RenderedFamily) throws {
    for file in family.files { files.append(try sink.add(file)) }
    try concordance.write(family.concordance.span)
    try csv.write(family.csv.span)
    try exceptions.write(family.exceptions.span)
    try numbers.write(family.numbers.span)
    try edrm?.add(family.edrm, family.relationships)
    if !family.duplicates.isEmpty { try duplicatesFile().write(family.duplicates.span) }
    if !family.redactions.isEmpty { try redactionFile().write(family.redactions.span) }
    if !family.privileges.isEmpty {
      let files = try privilegeFiles()
      try files.csv.write(family.privileges.span)
      try files.page.write(family.privilegePage.span)
    }
    tally.add(family.tally)
  }

  /// Writes what describes the volume and puts it under its final name.
  ///
  /// - Parameter previousManifestSHA256: Of the volume or production before; may be empty.
  /// - Returns: What the volume holds and where it lies.
  /// - Throws: `ProductionError`.
  func finish(previousManifestSHA256: String) throws -> VolumeReport {
    try edrm?.finish()
    try privileges?.page.write(PrivilegeLog.pageEnd.utf8.span)
    for (path, file) in growing {
      try file.close()
      files.append(
        StagedFile(
          path: path, byteCount: file.byteCount, digests: file.digests(), container: file.path,
          offset: 0))
    }
    if let version = options.edrmVersion {
      try write(Array(EDRMSchema.text(version).utf8), as: "DATA/\(name)-edrm.xsd")
    }
    let description = VolumeDescription(
      options: options, name: name, firstNumber: firstNumber, tally: tally)
    try write(description.readme(), as: "README.txt")
    sortFiles()

    let sums = ChecksumLists(files)
    let manifest = description.manifest(sums, previousManifestSHA256: previousManifestSHA256)
    let manifestBytes = Array(manifest.canonical.utf8)
    try write(sums.sha256, as: "MANIFEST/SHA256SUMS")
    try write(sums.hashdeep, as: "MANIFEST/hashdeep.txt")
    try write(manifestBytes, as: "MANIFEST/manifest.json")
    let manifestSHA256 = SHA256Digest(of: manifestBytes.span).hexadecimal
    try write(description.runRecord(manifestSHA256: manifestSHA256), as: "MANIFEST/run.json")
    sortFiles()
    let packed = try sink.finish(files, replacing: options.replacesExisting)
    return VolumeReport(
      name: name, path: destination, tally: tally,
      numbers: tally.documents > 0
        ? firstNumber...(firstNumber + tally.documents - 1) : nil,
      fileCount: files.count, byteCount: files.reduce(0) { $0 + $1.byteCount },
      filesSHA256: SHA256Digest(of: sums.sha256.span).hexadecimal,
      manifestID: manifest.manifestID, manifestSHA256: manifestSHA256, container: packed)
  }

  private func sortFiles() {
    files.sort { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
  }

  private func write(_ bytes: [UInt8], as path: String) throws {
    let file = try sink.open(path)
    try file.write(bytes.span)
    try file.close()
    files.append(
      StagedFile(
        path: path, byteCount: file.byteCount, digests: file.digests(), container: file.path,
        offset: 0))
  }

  private func start(_ file: OutputFile, header: [String]) throws {
    if options.csvHasMark { try file.write([0xEF, 0xBB, 0xBF].span) }
    try file.write(renderer.report.record(header).span)
  }

  private func duplicatesFile() throws -> OutputFile {
    if let duplicates { return duplicates }
    let file = try sink.open("LOGS/dedupe-log.csv")
    growing.append(("LOGS/dedupe-log.csv", file))
    try start(
      file,
      header: [
        "KEPT", "SUPPRESSED", "CUSTODIAN", "PATH", "METHOD", "HASH", "SCOPE", "TIME",
      ])
    duplicates = file
    return file
  }

  private func redactionFile() throws -> OutputFile {
    if let redactions { return redactions }
    let file = try sink.open("LOGS/redaction-log.csv")
    growing.append(("LOGS/redaction-log.csv", file))
    try start(file, header: RedactionLog.header)
    redactions = file
    return file
  }

  private func privilegeFiles() throws -> (csv: OutputFile, page: OutputFile) {
    if let privileges { return privileges }
    let csv = try sink.open("LOGS/privilege-log.csv")
    let page = try sink.open("LOGS/privilege-log.html")
    growing += [("LOGS/privilege-log.csv", csv), ("LOGS/privilege-log.html", page)]
    try start(csv, header: PrivilegeLog.header)
    try page.write(PrivilegeLog.pageStart(volumeName: name).span)
    privileges = (csv, page)
    return (csv, page)
  }
}

/// The checksum lists of a volume (export-formats section 10.1).
struct ChecksumLists {
  /// `SHA256SUMS`: every file outside MANIFEST, sorted by the bytes of the path.
  private(set) var sha256: [UInt8] = []
  /// `hashdeep.txt` over the same files.
  private(set) var hashdeep = Array(ChecksumLists.hashdeepHeader.utf8)
  /// A hash tree whose leaves are the lines of `SHA256SUMS` without their line feeds.
  private(set) var tree = HashTree()
  private(set) var fileCount = 0
  private(set) var byteCount: Int64 = 0

  init(_ files: [StagedFile]) {
    for file in files {
      let line = file.digests.sha256 + "  " + file.path
      tree.add(line.utf8.span)
      sha256.append(line + "\n")
      hashdeep.append(
        ChecksumLists.hashdeepLine(
          path: file.path, byteCount: file.byteCount, digests: file.digests) + "\n")
      fileCount += 1
      byteCount += file.byteCount
    }
  }

  /// The lines before the first file in `hashdeep.txt`.
  static let hashdeepHeader = "%%%% HASHDEEP-1.0\n%%%% size,md5,sha256,filename\n## \n"

  /// A file's line in `hashdeep.txt`, without its line feed.
  static func hashdeepLine(path: String, byteCount: Int64, digests: FileDigests) -> String {
    String(byteCount) + "," + digests.md5 + "," + digests.sha256 + "," + path
  }
}

/// What became of one volume.
package struct VolumeReport: Sendable, Hashable {
  package var name: String
  /// Where it lies.
  package var path: String
  package var tally: VolumeTally
  /// The control numbers that were assigned; nil in an empty volume.
  package var numbers: ClosedRange<Int>?
  package var fileCount: Int
  package var byteCount: Int64
  /// SHA-256 of `SHA256SUMS`.
  package var filesSHA256: String
  /// The digest that the manifest gives of its own content.
  package var manifestID: String
  /// SHA-256 of the file `manifest.json`.
  package var manifestSHA256: String
  /// The archive's size and digest; nil for a folder.
  package var container: PackedVolume?
}
