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
  private let tables: LayoutTables
  private var reportTally = ReportTally()
  private var duplicates: OutputFile?
  private var edrm: EDRMOutput?
  private var viewer: OutputFile?
  private var review: OutputFile?
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
    try VolumeExporter.requireFree(destination, replacing: options.replacesExisting)
    if let staging, let format = options.package.archiveFormat {
      sink = ArchiveSink(
        staging, volumeName: name, format: format, passphrase: options.passphrase,
        packing: MemberPacking(options.package, passphrase: options.passphrase))
    } else if let staging {
      sink = FolderSink(
        staging, volumeName: name,
        bag: options.package == .bagit ? BagWriter(options, volumeName: name) : nil)
    } else {
      sink = RehearsalSink(volumeName: name)
    }
    tables = try LayoutTables(options, name: name, renderer: renderer, sink: sink)
    growing = tables.files
    let names = FieldRow.names(extraFields: options.effectiveExtraFields)
    if let version = options.edrmVersion {
      let file = try sink.open("DATA/\(name)-edrm.xml")
      growing.append(("DATA/\(name)-edrm.xml", file))
      edrm = try EDRMOutput(file, version: version, volumeName: name, fields: names)
    }
    if options.renderings.contains(.viewer) {
      let file = try sink.open(ViewerPage.path)
      growing.append((ViewerPage.path, file))
      try file.write(
        ViewerPage.start(
          volumeName: name,
          facts: [options.scope.matter, options.confidentiality]
        ).span)
      viewer = file
    }
    if let head = options.reviewHead {
      let path = ReviewDataScanner.path(volumeName: name)
      let file = try sink.open(path)
      growing.append((path, file))
      try file.write(head.span)
      review = file
    }
  }

  /// The control numbers that it bears so far; nil while it has no document.
  var numbers: ClosedRange<Int>? {
    tally.documents > 0 ? firstNumber...(firstNumber + tally.documents - 1) : nil
  }

  /// Adds a family; families come in the order of their numbers.
  func add(_ family: RenderedFamily) throws {
    for file in family.files { files.append(try sink.add(file)) }
    try tables.add(family)
    reportTally.add(family.reportTally)
    try edrm?.add(family.edrm, family.relationships)
    try viewer?.write(ViewerPage.block(family.viewer).span)
    if !family.review.isEmpty { try review?.write(family.review.span) }
    if !family.duplicates.isEmpty, options.layout == .volume {
      try duplicatesFile().write(family.duplicates.span)
    }
    if !family.redactions.isEmpty { try redactionFile().write(family.redactions.span) }
    if !family.privileges.isEmpty {
      let files = try privilegeFiles()
      try files.csv.write(family.privileges.span)
      try files.page.write(family.privilegePage.span)
    }
    tally.add(family.tally)
  }

  /// Tells of conversations that the review data leaves out and that no family told of.
  func leaveOut(_ units: [ReviewLeftOutData]) throws {
    for unit in units { try review?.write(ReviewLine.leftOut(unit).bytes.span) }
    tally.review.leftOut += units.count
  }

  /// Writes what describes the volume and puts it under its final name.
  ///
  /// - Parameter previousManifestSHA256: Of the volume or production before; may be empty.
  /// - Returns: What the volume holds and where it lies.
  /// - Throws: `ProductionError`.
  func finish(previousManifestSHA256: String) throws -> VolumeReport {
    try edrm?.finish()
    try viewer?.write(ViewerPage.end.utf8.span)
    try review?.write(ReviewLine.end(tally.review).bytes.span)
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
    if options.layout == .report {
      for (table, bytes) in ReportTables(description, reportTally).files {
        try write(bytes, as: table)
      }
    }
    try write(description.readme(), as: "README.txt")
    sortFiles()

    let sums = ChecksumLists(files)
    let manifest = description.manifest(sums, previousManifestSHA256: previousManifestSHA256)
    let manifestBytes = Array(manifest.canonical.utf8)
    try write(sums.sha256, as: "MANIFEST/SHA256SUMS")
    try write(sums.hashdeep, as: "MANIFEST/hashdeep.txt")
    try write(manifestBytes, as: "MANIFEST/manifest.json")
    let manifestSHA256 = SHA256Digest(of: manifestBytes.span).hexadecimal
    try writeEvidence(description, sums, manifest: manifestBytes, manifestSHA256)
    sortFiles()
    let stamp =
      options.replacesExisting && !options.isRehearsal
      ? try KeptTimeStamp(volume: destination, about: sums.sha256) : nil
    let packed = try sink.finish(files, replacing: options.replacesExisting)
    try stamp?.settle()
    return VolumeReport(
      name: name, path: destination, tally: tally,
      numbers: numbers, fileCount: files.count, byteCount: files.reduce(0) { $0 + $1.byteCount },
      filesSHA256: SHA256Digest(of: sums.sha256.span).hexadecimal,
      manifestID: manifest.manifestID, manifestSHA256: manifestSHA256, container: packed)
  }

  // What the run record lists, the run record, and signatures over all lists.
  private func writeEvidence(
    _ description: VolumeDescription, _ sums: ChecksumLists, manifest: [UInt8],
    _ manifestSHA256: String
  ) throws {
    let evidence = options.evidence
    let sheet = CertificationSheet(
      description: description, sumsSHA256: SHA256Digest(of: sums.sha256.span).hexadecimal,
      manifestSHA256: manifestSHA256, isSigned: evidence.signingKey != nil,
      hasCheckpoint: evidence.proof != nil)
    var digests: [String: String] = [:]
    for file in evidence.recordedFiles(sheet) {
      try write(file.bytes, as: file.path)
      digests[file.path] = SHA256Digest(of: file.bytes.span).hexadecimal
    }
    let run = description.runRecord(manifestSHA256: manifestSHA256, files: digests)
    try write(run, as: "MANIFEST/run.json")
    let signed = zip(EvidenceFile.signed, [sums.sha256, manifest, run]).map { ($0, $1) }
    let comment = "volume \(name), manifest SHA-256 \(manifestSHA256)"
    for file in try evidence.signatureFiles(signed, comment: comment) {
      try write(file.bytes, as: file.path)
    }
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

  private func duplicatesFile() throws -> OutputFile {
    if let duplicates { return duplicates }
    let file = try sink.open(LogIntake.duplicates)
    growing.append((LogIntake.duplicates, file))
    try tables.start(file, header: LogIntake.headers[LogIntake.duplicates] ?? [])
    duplicates = file
    return file
  }

  private func redactionFile() throws -> OutputFile {
    if let redactions { return redactions }
    let file = try sink.open("LOGS/redaction-log.csv")
    growing.append(("LOGS/redaction-log.csv", file))
    try tables.start(file, header: RedactionLog.header)
    redactions = file
    return file
  }

  private func privilegeFiles() throws -> (csv: OutputFile, page: OutputFile) {
    if let privileges { return privileges }
    let csv = try sink.open("LOGS/privilege-log.csv")
    let page = try sink.open("LOGS/privilege-log.html")
    growing += [("LOGS/privilege-log.csv", csv), ("LOGS/privilege-log.html", page)]
    try tables.start(csv, header: PrivilegeLog.header)
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

  /// Whether bytes are the line that ``hashdeepLine(path:byteCount:digests:)`` makes, without making
  /// it.
  static func isHashdeepLine(
    _ line: ArraySlice<UInt8>, path: String, byteCount: Int64, digests: FileDigests
  ) -> Bool {
    let size = String(byteCount)
    let sizeEnd = line.startIndex + size.utf8.count
    guard line.count == size.utf8.count + 99 + path.utf8.count,
      line[..<sizeEnd].elementsEqual(size.utf8)
    else { return false }
    let md5 = line[sizeEnd + 1..<sizeEnd + 33]
    let sha256 = line[sizeEnd + 34..<sizeEnd + 98]
    let commas = [sizeEnd, sizeEnd + 33, sizeEnd + 98]
    return commas.allSatisfy { line[$0] == UInt8(ascii: ",") } && digests.hasMD5(md5.span)
      && digests.hasSHA256(sha256.span) && line[(sizeEnd + 99)...].elementsEqual(path.utf8)
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
  /// Of the last volume of a run: the paths of the volumes of an earlier run that were removed, since
  /// they have no place in this one.
  package var removedVolumes: [String] = []
}
