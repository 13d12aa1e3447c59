// SPDX-License-Identifier: Apache-2.0
import Archives
import Bytes
import Foundation
import Glibc

/// The files of a volume as they lie there now: sizes and digests of all, bytes of the lists, and
/// what the load files say.
struct VolumeContents: Sendable {
  /// A file as found.
  struct Entry: Sendable {
    var byteCount: Int64
    var digests: FileDigests
    /// 64 bytes; of a bag alone.
    var sha512: [UInt8]?
    /// Of what stands where a rendering has its designation; nil where nothing does.
    var designation: UInt64?
  }

  /// By path from the volume's root.
  private(set) var entries: [String: Entry] = [:]
  /// How many of them lie outside of MANIFEST.
  var payloadCount: Int { entries.count - entries.keys.count { $0.hasPrefix("MANIFEST/") } }
  /// The bytes of the files of MANIFEST.
  private(set) var lists: [String: [UInt8]] = [:]
  /// Files that could not be read; they are known to be there.
  private(set) var unreadable: Set<String> = []
  private(set) var loadFile = LoadFileFacts()
  // The members' paths inside the volume, where they do not rise as those of our archives do.
  private var names: Set<String> = []
  /// The first part of the members' names.
  private(set) var rootName: String?
  private(set) var hasEncryptedMembers = false
  /// Whether the passphrase does not open the first encrypted member.
  private(set) var isPassphraseRefused = false

  private let wish: IntakeWish
  private let passphrase: String?
  private let queue: IntakeQueue
  // Files that ended since results were taken.
  private var waitingCount = 0
  /// The SHA-256 of the archive, where it was asked for.
  private(set) var containerDigest: SHA256Digest?

  /// Begins with nothing.
  ///
  /// - Parameters:
  ///   - withSHA512: Whether files are hashed so too, as a bag needs it.
  ///   - withFields: Whether every field of a load file is hashed.
  ///   - passphrase: Opens encrypted members.
  init(withSHA512: Bool = false, withFields: Bool = false, passphrase: String? = nil) {
    self.init(
      IntakeWish(withSHA512: withSHA512, withFields: withFields), passphrase: passphrase)
  }

  private init(_ wish: IntakeWish, passphrase: String?) {
    self.wish = wish
    self.passphrase = passphrase
    queue = IntakeQueue(wish)
  }

  // MARK: Folders

  /// Reads a folder.
  ///
  /// Links and devices are not followed but reported.
  mutating func read(folder: String, report: inout VerificationReport) throws {
    try walk(folder, "", &report)
    takeResults()
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
      // As in an archive; and names that differ in other letters can be equal as texts.
      guard isSafe(path) else {
        report.note(.unsafeName, path, "a name that no volume has")
        continue
      }
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
      var file = WaitingFile(path)
      try input.forEachPiece(byteCount: try input.byteCount()) { piece in
        var bytes: [UInt8] = []
        bytes.append(piece)
        queue.add(bytes[...], to: &file)
      }
      finish(file)
    } catch {
      unreadable.insert(path)
      report.note(.unreadable, path, "\(error)")
    }
  }

  // MARK: Archives

  /// Reads the members of an archive to its end or to the first damage.
  ///
  /// - Parameters:
  ///   - file: The archive.
  ///   - hashing: Whether its own bytes are hashed too.
  ///   - report: Gets what is wrong.
  /// - Throws: `ProductionError` when it cannot be opened.
  mutating func read(
    archive file: String, hashing: Bool = false, report: inout VerificationReport
  ) throws {
    let descriptor = unsafe Glibc.open(file, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw fileError("open", file) }
    defer { Glibc.close(descriptor) }
    // What is not right in every respect is read anew, by the library that can tell what is wrong.
    var contents = VolumeContents(wish, passphrase: passphrase)
    var findings = report
    if (try? contents.read(storedZip: descriptor, hashing: hashing, &findings)) != nil {
      self = contents
      report = findings
      return
    }
    let digest = hashing ? BatchJob(1) { _ in try sha256(of: file) } : nil
    readMembers(of: file, descriptor, &report)
    containerDigest = try digest?.results().first
  }

  private mutating func readMembers(
    of file: String, _ descriptor: Int32, _ report: inout VerificationReport
  ) {
    var current = file
    do {
      let reader = try ArchiveReader(descriptor: descriptor, passphrase: passphrase)
      while let member = try reader.next() {
        let wasEncrypted = hasEncryptedMembers
        guard let path = place(of: member, &report) else { continue }
        current = path
        do {
          var file = WaitingFile(path)
          try readMember(&file) { try reader.read() }
          let isFirst = names.insert(path).inserted
          if !isFirst { report.note(.duplicate, path, "a second member has this name") }
          finish(file, isKept: isFirst)
        } catch let error as ArchiveError where error.message.contains("passphrase") {
          isPassphraseRefused = !wasEncrypted
          throw error
        }
      }
    } catch {
      if current != file { unreadable.insert(current) }
      report.note(.unreadable, current, "\(error)")
    }
    takeResults()
  }

  // Throws where the zip is not as the reader needs it, or the bytes of a member are not what it says.
  private mutating func read(
    storedZip descriptor: Int32, hashing: Bool, _ report: inout VerificationReport
  ) throws {
    let digest = hashing ? BackgroundDigest() : nil
    do {
      var reader = try StoredZipReader(descriptor: descriptor) { digest?.add($0) }
      // What the zip says of itself may be false.
      entries.reserveCapacity(Int(min(reader.declaredCount, 1 << 18)))
      var last = ""
      while let member = try reader.next() {
        // As those of our archives do; so none comes twice, and none needs to be remembered.
        guard last.utf8.lexicographicallyPrecedes(member.path.utf8) else {
          throw StoredZipReader.Irregularity()
        }
        last = member.path
        let path = place(named: member.path, &report)
        var file = WaitingFile(path ?? "", checksum: member.checksum)
        try readMember(&file) { try reader.read() }
        finish(file, isKept: path != nil)
      }
    } catch {
      queue.wait()
      throw error
    }
    takeResults()
    containerDigest = digest?.finish()
    guard queue.isSound else { throw StoredZipReader.Irregularity() }
  }

  private func readMember(
    _ file: inout WaitingFile, next: () throws -> ArraySlice<UInt8>
  ) throws {
    while true {
      let piece = try next()
      guard !piece.isEmpty else { return }
      queue.add(piece, to: &file)
    }
  }

  /// The path inside the volume of a member that is a file of it.
  static func pathInVolume(_ name: String) -> String {
    guard let cut = name.utf8.firstIndex(of: UInt8(ascii: "/")) else { return name }
    return String(name[name.utf8.index(after: cut)...])
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
    return place(named: name, &report)
  }

  private mutating func place(
    named name: String, _ report: inout VerificationReport
  ) -> String? {
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
    return VolumeContents.pathInVolume(name)
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

  private mutating func finish(_ file: WaitingFile, isKept: Bool = true) {
    queue.finish(file, isKept: isKept)
    waitingCount += 1
    guard waitingCount == 4096 else { return }
    waitingCount = 0
    for findings in queue.plainResults() { take(findings) }
  }

  private mutating func takeResults() {
    for findings in queue.results() { take(findings) }
  }

  private mutating func take(_ findings: FileIntake.Findings) {
    entries[findings.path] = Entry(
      byteCount: findings.byteCount, digests: findings.digests, sha512: findings.sha512,
      designation: findings.designation)
    if let list = findings.list { lists[findings.path] = list }
    if let facts = findings.loadFile { loadFile.merge(facts) }
  }
}

private func sha256(of file: String) throws -> SHA256Digest {
  let input = try InputFile(file)
  var hasher = SHA256Hasher()
  try input.forEachPiece(byteCount: try input.byteCount()) { hasher.update($0) }
  return hasher.finish()
}
