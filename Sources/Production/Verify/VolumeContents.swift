// SPDX-License-Identifier: Apache-2.0
import Archives
import Bytes
import Foundation
import Glibc

/// The files of a volume as they lie there now: sizes and digests of all, bytes of the lists, and
/// what the load files say.
struct VolumeContents {
  /// A file as found.
  struct Entry {
    var byteCount: Int64
    var digests: FileDigests
  }

  /// By path from the volume's root.
  private(set) var entries: [String: Entry] = [:]
  /// The bytes of the files of MANIFEST.
  private(set) var lists: [String: [UInt8]] = [:]
  /// Files that could not be read; they are known to be there.
  private(set) var unreadable: Set<String> = []
  private(set) var loadFile = LoadFileFacts()
  /// The members of an archive with their sizes, as their names stand there, in its order.
  private(set) var members: [(path: String, byteCount: Int64)] = []
  /// The first part of the members' names.
  private(set) var rootName: String?

  // A list longer than this is none of ours: memory has to end somewhere.
  private static let maximumListByteCount = 1 << 30

  // MARK: Folders

  /// Reads a folder.
  ///
  /// Links and devices are not followed but reported.
  mutating func read(folder: String, report: inout VerificationReport) throws {
    try walk(folder, "", &report)
  }

  private mutating func walk(
    _ root: String, _ prefix: String, _ report: inout VerificationReport
  ) throws {
    let place = prefix.isEmpty ? root : root + "/" + prefix
    let names: [String]
    do {
      names = try FileManager.default.contentsOfDirectory(atPath: place)
    } catch {
      if prefix.isEmpty {
        throw ProductionError(.fileSystem, "cannot read the folder \(place)", cause: error)
      }
      report.note(.unreadable, prefix, "the folder cannot be read")
      return
    }
    if names.isEmpty { report.note(.added, prefix, "an empty folder, which no volume has") }
    for name in names.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) {
      let path = prefix.isEmpty ? name : prefix + "/" + name
      var facts = stat()
      guard unsafe lstat(root + "/" + path, &facts) == 0 else {
        report.note(.unreadable, path, "it cannot be examined")
        continue
      }
      switch facts.st_mode & S_IFMT {
      case S_IFDIR: try walk(root, path, &report)
      case S_IFREG: readFile(root + "/" + path, as: path, &report)
      default: report.note(.unsafeName, path, "a link or device, which no volume has")
      }
    }
  }

  private mutating func readFile(
    _ file: String, as path: String, _ report: inout VerificationReport
  ) {
    do {
      let input = try InputFile(file)
      var intake = Intake(path)
      try input.forEachPiece(byteCount: try input.byteCount()) { intake.read($0) }
      finish(intake)
    } catch {
      unreadable.insert(path)
      report.note(.unreadable, path, "\(error)")
    }
  }

  // MARK: Archives

  /// Reads the members of an archive to its end or to the first damage.
  mutating func read(archive file: String, report: inout VerificationReport) throws {
    let descriptor = unsafe Glibc.open(file, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw fileError("open", file) }
    defer { Glibc.close(descriptor) }
    var current = file
    do {
      let reader = try ArchiveReader(descriptor: descriptor)
      while let member = try reader.next() {
        guard let path = place(of: member, &report) else { continue }
        current = path
        var intake = Intake(path)
        while true {
          let piece = try reader.read()
          guard !piece.isEmpty else { break }
          intake.read(piece.span)
        }
        members.append((member.path ?? "", intake.byteCount))
        if entries[path] != nil {
          report.note(.duplicate, path, "a second member has this name")
        } else {
          finish(intake)
        }
      }
    } catch {
      if current != file { unreadable.insert(current) }
      report.note(.unreadable, current, "\(error)")
    }
  }

  // The path inside the volume; nil for what is no file of one, after a note.
  private mutating func place(
    of member: ArchiveMember, _ report: inout VerificationReport
  ) -> String? {
    guard let name = member.path else {
      report.note(.unsafeName, "", "a member whose name is no text")
      return nil
    }
    guard member.kind == .file, !member.isEncrypted else {
      report.note(.added, name, "a folder, link, device or encrypted member")
      return nil
    }
    let parts = name.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count > 1, parts.allSatisfy(isSafePart) else {
      report.note(.unsafeName, name, "a name that leaves the volume or that no volume has")
      return nil
    }
    let root = String(parts[0])
    if rootName == nil { rootName = root }
    guard root == rootName else {
      report.note(.added, name, "it lies outside the volume's folder")
      return nil
    }
    return parts.dropFirst().joined(separator: "/")
  }

  private func isSafePart(_ part: Substring) -> Bool {
    !part.isEmpty && part != "." && part != ".."
      && part.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"),
          UInt8(ascii: "-"):
          true
        default: false
        }
      }
  }

  private mutating func finish(_ intake: consuming Intake) {
    entries[intake.path] = Entry(byteCount: intake.byteCount, digests: intake.hasher.finish())
    if intake.isList { lists[intake.path] = intake.list }
    if let facts = intake.finishLoadFile() { loadFile.merge(facts) }
  }

  /// What is made of one file while its bytes pass.
  private struct Intake {
    let path: String
    let isList: Bool
    var byteCount: Int64 = 0
    var hasher: FileHasher
    var list: [UInt8] = []
    private var concordance: LoadFileIntake?
    private var csv: CSVRecordCounter?

    init(_ path: String) {
      self.path = path
      isList = path.hasPrefix("MANIFEST/")
      hasher = FileHasher(withSHA1: path.hasPrefix("NATIVES/"))
      if path.hasPrefix("DATA/") {
        if path.hasSuffix(".dat") { concordance = LoadFileIntake(path) }
        if path.hasSuffix(".csv") { csv = CSVRecordCounter() }
      }
    }

    mutating func read(_ piece: Span<UInt8>) {
      byteCount += Int64(piece.count)
      hasher.update(piece)
      if isList, list.count < VolumeContents.maximumListByteCount { list.append(piece) }
      concordance?.read(piece)
      csv?.read(piece)
    }

    mutating func finishLoadFile() -> LoadFileFacts? {
      var facts = concordance?.finish() ?? LoadFileFacts()
      facts.csvRecordCount = csv?.count
      return concordance == nil && csv == nil ? nil : facts
    }
  }
}
