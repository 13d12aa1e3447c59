// SPDX-License-Identifier: Apache-2.0
import Archives
import Glibc
import Model

/// The text of zip files, office documents among them, of tars and of compressed files.
struct ArchiveText {
  let extraction: Extraction
  /// In how many files this one lies.
  let depth: Int

  init(_ extraction: Extraction, depth: Int) {
    self.extraction = extraction
    self.depth = depth
  }

  /// Reads what lies behind a descriptor.
  ///
  /// - Returns: What it was read as.
  /// - Throws: `ExtractionFailure`, `ArchiveError`.
  func read(_ descriptor: Int32) throws -> String {
    if isZip(descriptor) {
      let names = try memberNames(descriptor)
      if let document = OfficeDocument(names) {
        return try OfficeText(self, descriptor, names).read(document)
      }
      if names.contains("content.xml"), names.contains("mimetype") {
        return try OpenDocumentText(self, descriptor, names).read()
      }
    }
    return try readMembers(descriptor)
  }

  private func isZip(_ descriptor: Int32) -> Bool {
    var mark: [UInt8] = [0, 0]
    let count = unsafe mark.withUnsafeMutableBytes { buffer in
      unsafe pread(descriptor, buffer.baseAddress, 2, 0)
    }
    return count == 2 && mark == [0x50, 0x4B]
  }

  /// The names of all members, as far as the budget goes.
  private func memberNames(_ descriptor: Int32) throws -> Set<String> {
    var names: Set<String> = []
    let walk = MemberWalk(try open(descriptor), extraction.budget)
    while let member = try nextUnlessDamaged(walk) {
      if let path = member.path { names.insert(path) }
      guard names.count <= extraction.limits.partCount else {
        throw ExtractionFailure(
          .textLimit, "it holds more than \(extraction.limits.partCount) parts")
      }
    }
    return names
  }

  /// The next member; nil also where the archive breaks: what it holds before that is read.
  private func nextUnlessDamaged(_ walk: MemberWalk) throws -> ArchiveMember? {
    do {
      return try walk.next()
    } catch is ArchiveError {
      return nil
    }
  }

  private func open(_ descriptor: Int32) throws(ArchiveError) -> ArchiveReader {
    lseek(descriptor, 0, SEEK_SET)
    return try ArchiveReader(descriptor: descriptor, acceptsPlainContent: true)
  }

  /// Calls a body with the wanted members one after another.
  ///
  /// - Parameters:
  ///   - descriptor: Of the archive.
  ///   - isWanted: By the name.
  ///   - body: Gets the name and the bytes; what it cannot do is noted, and the next one is read.
  /// - Throws: `ArchiveError` when it is no archive.
  func forEachMember(
    _ descriptor: Int32, where isWanted: (String) -> Bool,
    read body: (String, MemberFeed) throws -> Void
  ) throws {
    let archive = try open(descriptor)
    let walk = MemberWalk(archive, extraction.budget)
    while !extraction.isEnded, let member = next(of: walk) {
      let name = member.path ?? ""
      guard member.kind == .file, isWanted(name) else { continue }
      guard !member.isEncrypted else {
        extraction.note(ExtractionFailure(.passwordProtected, "it is encrypted"))
        continue
      }
      var damage: ArchiveError?
      extraction.noting {
        try extraction.budget.beginPart()
        do {
          try body(name, MemberFeed(archive, extraction.budget))
        } catch let error as ArchiveError {
          damage = error
          throw error
        }
      }
      // Nothing behind it can be read.
      if damage?.code == .damaged { return }
    }
  }

  /// The next member; nil at the end and where the archive cannot be read any further.
  private func next(of walk: MemberWalk) -> ArchiveMember? {
    do {
      return try walk.next()
    } catch let failure as ExtractionFailure {
      extraction.note(failure)
      return nil
    } catch {
      extraction.note(ExtractionFailure(.decodeError, "it is damaged"))
      return nil
    }
  }

  private func readMembers(_ descriptor: Int32) throws -> String {
    let archive = try open(descriptor)
    var kind = "archive"
    if (try? archive.next()) != nil, archive.isPlainContent { kind = "compressed file" }
    try forEachMember(
      descriptor, where: { !Self.isBookkeeping($0) },
      read: { name, feed in
        extraction.sink.endLine()
        if kind == "archive", !name.isEmpty { extraction.sink.append(name + "\n") }
        try extraction.read(feed, name: name, type: "", depth: depth + 1)
        extraction.sink.endLine()
      })
    return kind
  }

  /// What file managers put into archives for themselves: no file of anybody.
  private static func isBookkeeping(_ name: String) -> Bool {
    name.hasPrefix("__MACOSX/") || name.hasSuffix(".DS_Store")
  }
}
