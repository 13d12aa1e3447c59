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
    /// 64 bytes; of a bag alone.
    var sha512: [UInt8]?
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
  // The members' paths inside the volume.
  private var names: Set<String> = []
  /// The first part of the members' names.
  private(set) var rootName: String?
  private(set) var hasEncryptedMembers = false
  /// Whether the passphrase does not open the first encrypted member.
  private(set) var isPassphraseRefused = false

  private let wish: IntakeWish
  private let passphrase: String?

  // Files that wait to be read, and those that are being read behind the scenes.
  private var batch: [(intake: FileIntake, pieces: [ArraySlice<UInt8>])] = []
  private var batchByteCount = 0
  private var job: BatchJob<FileIntake.Findings>?
  private static let maximumBatchByteCount = 4 << 20

  /// Begins with nothing.
  ///
  /// - Parameters:
  ///   - withSHA512: Whether files are hashed so too, as a bag needs it.
  ///   - withFields: Whether every field of a load file is hashed.
  ///   - passphrase: Opens encrypted members.
  init(withSHA512: Bool = false, withFields: Bool = false, passphrase: String? = nil) {
    wish = IntakeWish(withSHA512: withSHA512, withFields: withFields)
    self.passphrase = passphrase
  }

  // MARK: Folders

  /// Reads a folder.
  ///
  /// Links and devices are not followed but reported.
  mutating func read(folder: String, report: inout VerificationReport) throws {
    try walk(folder, "", &report)
    finishBatches()
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
      var intake = LargeIntake(path, wish)
      try input.forEachPiece(byteCount: try input.byteCount()) { piece in
        var bytes: [UInt8] = []
        bytes.append(piece)
        try intake.add(bytes[...])
      }
      try take(intake)
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
      let reader = try ArchiveReader(descriptor: descriptor, passphrase: passphrase)
      while let member = try reader.next() {
        let wasEncrypted = hasEncryptedMembers
        guard let path = place(of: member, &report) else { continue }
        current = path
        do {
          let byteCount = try readMember(reader, as: path, report: &report)
          members.append((member.path ?? "", byteCount))
        } catch let error as ArchiveError where error.message.contains("passphrase") {
          isPassphraseRefused = !wasEncrypted
          throw error
        }
      }
    } catch {
      if current != file { unreadable.insert(current) }
      report.note(.unreadable, current, "\(error)")
    }
    finishBatches()
  }

  private mutating func readMember(
    _ reader: ArchiveReader, as path: String, report: inout VerificationReport
  ) throws -> Int64 {
    var intake = LargeIntake(path, wish)
    while true {
      let piece = try reader.read()
      guard !piece.isEmpty else { break }
      try intake.add(piece)
    }
    if names.insert(path).inserted {
      try take(intake)
    } else {
      report.note(.duplicate, path, "a second member has this name")
    }
    return intake.byteCount
  }

  // The path inside the volume; nil for what is no file of one, after a note.
  private mutating func place(
    of member: ArchiveMember, _ report: inout VerificationReport
  ) -> String? {
    guard let name = member.path else {
      report.note(.unsafeName, "", "a member whose name is no text")
      return nil
    }
    if member.isEncrypted { hasEncryptedMembers = true }
    guard member.kind == .file, !member.isEncrypted || passphrase != nil else {
      report.note(.added, name, "a folder, link, device or encrypted member")
      return nil
    }
    guard let cut = name.utf8.firstIndex(of: UInt8(ascii: "/")), isSafe(name) else {
      report.note(.unsafeName, name, "a name that leaves the volume or that no volume has")
      return nil
    }
    let root = name[..<cut]
    if rootName == nil { rootName = String(root) }
    guard let rootName, root == rootName else {
      report.note(.added, name, "it lies outside the volume's folder")
      return nil
    }
    return String(name[name.utf8.index(after: cut)...])
  }

  // Whether all parts are names that a volume may have: letters, digits, and not `.` or `..`.
  private func isSafe(_ name: String) -> Bool {
    var length = 0
    var isDots = true
    for byte in name.utf8 {
      switch byte {
      case UInt8(ascii: "/"):
        guard length > 0, !(isDots && length <= 2) else { return false }
        length = 0
        isDots = true
        continue
      case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
        isDots = false
      case UInt8(ascii: "."): break
      default: return false
      }
      length += 1
    }
    return length > 0 && !(isDots && length <= 2)
  }

  // MARK: Batches

  // Small files are taken in many at a time, behind the scenes.
  private mutating func take(_ file: LargeIntake) throws {
    guard let pieces = file.onlyPart else { return take(try file.findings()) }
    batch.append((FileIntake(file.path, wish), pieces))
    batchByteCount += Int(file.byteCount)
    if batchByteCount >= VolumeContents.maximumBatchByteCount { startBatch() }
  }

  // One batch is taken in while the next one comes.
  private mutating func startBatch() {
    takeResults()
    job = BatchJob(batch.count) { [batch] index in
      var intake = batch[index].intake
      for piece in batch[index].pieces { intake.read(piece.span) }
      return intake.finish()
    }
    batch = []
    batchByteCount = 0
  }

  private mutating func finishBatches() {
    startBatch()
    takeResults()
  }

  private mutating func takeResults() {
    // Reading what lies in memory does not fail.
    for findings in (try? job?.results()) ?? [] { take(findings) }
    job = nil
  }

  private mutating func take(_ findings: FileIntake.Findings) {
    entries[findings.path] = Entry(
      byteCount: findings.byteCount, digests: findings.digests, sha512: findings.sha512)
    if let list = findings.list { lists[findings.path] = list }
    if let facts = findings.loadFile { loadFile.merge(facts) }
  }
}

/// Takes in a file in parts behind the scenes, of which two are in memory at a time.
private struct LargeIntake {
  private static let partByteCount = 1 << 20

  let path: String
  private let wish: IntakeWish
  private(set) var byteCount: Int64 = 0
  private var part: [ArraySlice<UInt8>] = []
  private var partByteCount = 0
  private var job: BatchJob<FileIntake>?

  init(_ path: String, _ wish: IntakeWish) {
    self.path = path
    self.wish = wish
  }

  /// All of the file when it is so small that there was no need to begin.
  var onlyPart: [ArraySlice<UInt8>]? { job == nil ? part : nil }

  mutating func add(_ piece: ArraySlice<UInt8>) throws {
    byteCount += Int64(piece.count)
    part.append(piece)
    partByteCount += piece.count
    guard partByteCount >= LargeIntake.partByteCount else { return }
    let intake = try job?.results().first ?? FileIntake(path, wish)
    job = BatchJob(1) { [part] _ in
      var intake = intake
      for piece in part { intake.read(piece.span) }
      return intake
    }
    part = []
    partByteCount = 0
  }

  /// Waits for the parts that were handed over, and takes the last one.
  func findings() throws -> FileIntake.Findings {
    var intake = try job?.results().first ?? FileIntake(path, wish)
    for piece in part { intake.read(piece.span) }
    return intake.finish()
  }
}
