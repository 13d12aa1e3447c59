// SPDX-License-Identifier: Apache-2.0
import Archives
package import Bytes
import Foundation
package import Model

/// Takes what a capture holds, in order, on the session's thread.
package protocol CaptureHandler: AnyObject {
  func take(_ unit: CapturedUnit) throws
  func take(_ person: CapturedPerson) throws
  /// A record or file that became an exception: it counts as one record read.
  func fail(_ problem: CaptureProblem) throws
  /// Something that the capture lacks: it counts as no record.
  func lack(_ problem: CaptureProblem) throws
  /// Records that are no items and belong to no unit.
  func skip(_ reason: SkipReason, count: Int) throws
  /// Records that repeat what this capture brought before.
  func noteDuplicates(_ count: Int) throws
  /// A file was read to its end, or as far as it could be.
  func finish(_ file: CapturedFileReport) throws
  /// Called between records, for progress and interruption.
  func breathe(path: String, byteCount: Int64) throws
  /// Takes a folder or archive whole where it is a volume of a production; nil where it is none.
  func takeVolume(_ path: String) throws -> TakenVolume?
  /// Reads the native records that earlier captures brought of a conversation, where it has an item.
  ///
  /// - Parameters:
  ///   - conversation: The source's id of it.
  ///   - route: The capture route.
  ///   - item: The source's id of the item; nil asks for the records whatever items it has.
  ///   - body: Gets one record after the other, the newest first; returns false to stop.
  /// - Returns: Whether anything is held of the conversation.
  /// - Throws: What stops the capture.
  func readHeldRecords(
    of conversation: String, route: String, having item: String?,
    _ body: ([UInt8]) throws -> Bool
  ) throws -> Bool
}

extension CaptureHandler {
  package func takeVolume(_ path: String) throws -> TakenVolume? { nil }
  package func readHeldRecords(
    of conversation: String, route: String, having item: String?,
    _ body: ([UInt8]) throws -> Bool
  ) throws -> Bool { false }
}

/// What became of a volume that was taken whole.
package struct TakenVolume: Sendable, Hashable {
  package var byteCount: Int64
  /// What names its content; nil when it could not be verified.
  package var digest: SHA256Digest?
  /// Exceptions that came out of it.
  package var failureCount: Int

  package init(byteCount: Int64 = 0, digest: SHA256Digest? = nil, failureCount: Int = 0) {
    self.byteCount = byteCount
    self.digest = digest
    self.failureCount = failureCount
  }
}

/// What became of one file of a capture.
package struct CapturedFileReport: Sendable, Hashable {
  /// As given, with `!/` between levels of archives.
  package var path: String
  package var byteCount: Int64
  /// Nil when it could not be read to its end.
  package var digest: SHA256Digest?
  /// Nil when it was not recognised.
  package var format: CaptureFormat?
  /// Exceptions that came out of it.
  package var failureCount: Int
}

/// Reads files, folders and archives of any known format, streamed.
package final class CaptureSession {
  /// How many archives may lie in each other (export-formats section 9.3).
  static let depthLimit = 4

  private let handler: any CaptureHandler
  private let forced: CaptureFormat?
  /// One of each type, in the order in which they were met.
  private var readers: [(type: any RecordReader.Type, reader: any RecordReader)] = []
  private var seenNames: Set<String> = []
  /// Archives that were volumes; beside each lies a file with its digest, and perhaps a time stamp.
  private var volumes: Set<String> = []
  private var failureCount = 0

  /// Prepares a session.
  ///
  /// - Parameters:
  ///   - forced: The format of all files that are no archives, whatever they look like.
  ///   - handler: Takes what is read.
  package init(forced: CaptureFormat? = nil, handler: any CaptureHandler) {
    self.forced = forced
    self.handler = handler
  }

  /// Reads paths in the order given, folders in the order of their names, files of JSON lines by the
  /// time of what they hold (``ReadingOrder``).
  ///
  /// - Throws: What the handler throws. What is wrong with the input is a problem, never thrown.
  package func read(_ paths: [String]) throws {
    for place in ReadingOrder.ordered(given: paths.map { FilePlace($0) }) {
      try read(place, isGiven: true)
    }
    for entry in readers { try entry.reader.finish(into: self) }
    readers = []
  }

  private func read(_ place: FilePlace, isGiven: Bool) throws {
    let path = place.text
    switch place.kind {
    case .folder?:
      if place.isText, let volume = try handler.takeVolume(path) {
        try handler.finish(
          CapturedFileReport(
            path: path, byteCount: volume.byteCount, digest: volume.digest,
            format: .custodyVolume, failureCount: volume.failureCount))
        return
      }
      guard let entries = place.entries else {
        try fail(.permissionDenied, path, "the folder cannot be listed")
        return
      }
      for entry in ReadingOrder.ordered(entries) { try read(entry, isGiven: false) }
    case .file?: try readFile(place)
    case .link? where isGiven:
      guard let target = place.target else {
        try fail(.missingAtSource, path, "it is a link that leads nowhere")
        return
      }
      try read(target, isGiven: false)
    case nil: try fail(.missingAtSource, path, "there is no such file, or it cannot be seen")
    default:
      try fail(.unsafeArchiveEntry, path, "it is a link or a device and was not followed")
    }
  }

  private func readFile(_ place: FilePlace) throws {
    do {
      let source = try FileSource(place)
      try read(source, path: place.text, name: place.name, depth: 0, file: source)
    } catch let error as CaptureError {
      try fail(error.code, place.text, error.message)
    }
  }

  private func liesBesideVolume(_ path: String) -> Bool {
    [".sha256", ".tsr", ".tsa-chain.pem"].contains { suffix in
      path.hasSuffix(suffix) && volumes.contains(String(path.dropLast(suffix.count)))
    }
  }

  /// Reads one file, whatever it is.
  private func read(
    _ raw: any ByteSource, path: String, name: String, depth: Int, file: FileSource?
  ) throws {
    seenNames.insert(name)
    let source = CountingSource(raw)
    let failuresBefore = failureCount
    var format: CaptureFormat?
    do {
      let head = try source.peek(FormatDetector.headByteCount)
      format = FormatDetector.format(of: head, name: name)
      if format != .archive, let forced { format = forced }
      // Of these nothing but the place tells what they are, and their content may look like anything.
      if forced == nil, !head.isEmpty,
        ClaudeCodeFile(path: path)?.stands(
          over: format, isCompressed: FormatDetector.isCompressed(head)) == true
      {
        format = .claudeCodeFile
      }
      if file != nil, liesBesideVolume(path) {
        format = .custodyVolume
      } else if format == .archive, depth == 0, file != nil,
        let volume = try handler.takeVolume(path)
      {
        format = .custodyVolume
        volumes.insert(path)
        failureCount += volume.failureCount
      }
      switch format {
      case .custodyVolume?: try source.drain()
      case .emptyList? where head.count >= FormatDetector.headByteCount:
        try readEmptyValues(source, path: path, name: name)
      case .archive?:
        if depth >= CaptureSession.depthLimit {
          throw CaptureError(
            code: .archiveLimit,
            message: "archives lie more than \(CaptureSession.depthLimit) deep in each other")
        }
        let archive: FileSource
        if let file {
          try source.drain()
          file.rewind()
          archive = file
        } else {
          archive = try unnamedCopy(of: source)
        }
        try readArchive(
          archive, path: path, fileName: name, depth: depth + 1, packedByteCount: source.byteCount,
          isCompressed: FormatDetector.isCompressed(head),
          inside: (raw as? any BudgetedSource)?.budget)
      case let known? where known.isRead:
        try readRecords(source, format: known, path: path)
      case let known?:
        try fail(.formatNotSupported, path, "\(known.rawValue) cannot be imported yet")
        try source.drain()
      case nil where head.isEmpty:
        try fail(.zeroByte, path, "the file is empty")
      case nil:
        try fail(.unknownFormat, path, "the file is of no format that is known")
        try source.drain()
      }
    } catch let error as CaptureError {
      try fail(error.code, path, error.message)
    }
    try handler.finish(
      CapturedFileReport(
        path: path, byteCount: source.byteCount, digest: source.isAtEnd ? source.digest : nil,
        format: format, failureCount: failureCount - failuresBefore))
  }

  private func fail(
    _ code: ProblemCode, _ path: String, _ detail: String, object: String = ""
  ) throws {
    try fail(CaptureProblem(code: code, path: path, object: object, detail: detail))
  }

  // MARK: - Archives

  private func readArchive(
    _ file: FileSource, path: String, fileName: String, depth: Int, packedByteCount: Int64,
    isCompressed: Bool, inside outer: ArchiveBudget?
  ) throws {
    let reader: ArchiveReader
    do {
      reader = try ArchiveReader(
        descriptor: file.descriptor, acceptsPlainContent: isCompressed)
    } catch {
      throw CaptureError(code: .archiveDamaged, message: error.message, cause: error)
    }
    let budget = ArchiveBudget(packedByteCount: packedByteCount, inside: outer)
    var memberCount: Int64 = 0
    let spool = MemberSpool()
    var damage: CaptureError?
    do {
      try readMembers(
        reader, path: path, fileName: fileName, depth: depth, budget: budget, &memberCount, spool)
    } catch let error as CaptureError {
      damage = error  // what came before it is kept
    }
    let refusal = try readSpooled(spool, path: path, depth: depth, budget: budget)
    if let damage = damage ?? refusal { throw damage }
    if memberCount == 0 {
      // Damage at the head can look like this, so it is not passed over.
      throw CaptureError(code: .archiveDamaged, message: "no member was found in the archive")
    }
    // A member that was refused is an exception already, and a bomb is not unpacked again.
    if isCompressed, !budget.hasRefused { try checkGzip(file) }
    if !isCompressed { try checkDirectory(of: file, memberCount: memberCount) }
  }

  private func readMembers(
    _ reader: ArchiveReader, path: String, fileName: String, depth: Int, budget: ArchiveBudget,
    _ memberCount: inout Int64, _ spool: MemberSpool
  ) throws {
    var names: Set<String> = []
    while true {
      let next: ArchiveMember?
      do throws(ArchiveError) {
        next = try reader.next()
      } catch {
        throw CaptureError(code: .archiveDamaged, message: error.message, cause: error)
      }
      guard let member = next else { break }
      memberCount += 1
      try budget.beginMember()
      if reader.isPlainContent {
        let content = CompressedName.content(of: fileName) ?? "content"
        try read(
          MemberSource(reader, budget: budget), path: path + "!/" + content, name: content,
          depth: depth, file: nil)
        try budget.endMember()
        continue
      }
      guard let name = member.path else {
        try fail(
          .unsafeArchiveEntry, path, "a member's name cannot be read", object: "a member")
        continue
      }
      let place = path + "!/" + name
      if member.kind == .folder { continue }
      if member.kind == .special || !Self.isSafe(name) {
        try fail(
          .unsafeArchiveEntry, place,
          member.kind == .special
            ? "it is a link or a device and was not followed" : "its name leads out of the archive")
      } else if !names.insert(Self.folded(name)).inserted {
        try fail(.duplicateArchiveEntry, place, "another member has the same name")
      } else if member.isEncrypted {
        try fail(.passwordProtected, place, "it is encrypted")
      } else {
        let source = MemberSource(reader, budget: budget)
        if ReadingOrder.isLines(name) {
          seenNames.insert(Self.lastName(name))
          try spool.append(source, name: name) { byteCount in
            try handler.breathe(path: place, byteCount: byteCount)
          }
        } else {
          try read(
            source, path: place, name: Self.lastName(name), depth: depth, file: nil)
        }
        try budget.endMember()
      }
    }
  }

  /// Reads the members that waited for their turn, all of them: they are unpacked already.
  ///
  /// - Returns: Why no further archive in them may be unpacked, if it came to that.
  private func readSpooled(
    _ spool: MemberSpool, path: String, depth: Int, budget: ArchiveBudget
  ) throws -> CaptureError? {
    var refusal: CaptureError?
    for member in spool.ordered(budget: budget) {
      budget.beginMemberAgain()
      try read(
        member.source, path: path + "!/" + member.name, name: Self.lastName(member.name),
        depth: depth, file: nil)
      do throws(CaptureError) {
        try budget.endMember()
      } catch {
        refusal = refusal ?? error
      }
    }
    return refusal
  }

  private func checkGzip(_ file: FileSource) throws {
    file.rewind()
    guard try file.read().starts(with: [0x1F, 0x8B]) else { return }
    do {
      try GzipCheck.verify(descriptor: file.descriptor)
    } catch {
      throw CaptureError(code: .archiveDamaged, message: error.message, cause: error)
    }
  }

  private func checkDirectory(of file: FileSource, memberCount: Int64) throws {
    file.rewind()
    guard try file.read().starts(with: Array("PK".utf8)),
      let listed = ZipDirectory.memberCount(descriptor: file.descriptor), listed != memberCount
    else { return }
    // Some programs write more members than the number has room for.
    if listed < 1 << 16, memberCount % (1 << 16) == listed { return }
    throw CaptureError(
      code: .archiveDamaged,
      message: "its directory lists \(listed) members, and \(memberCount) could be read")
  }

  private static func isSafe(_ name: String) -> Bool {
    let unified = name.replacingOccurrences(of: "\\", with: "/")
    guard !unified.hasPrefix("/"), !unified.isEmpty else { return false }
    let second = unified.utf8.dropFirst().first
    if second == UInt8(ascii: ":") { return false }
    return !unified.split(separator: "/").contains("..")
  }

  /// A form that is equal for names that could be the same file somewhere.
  private static func folded(_ name: String) -> String {
    name.replacingOccurrences(of: "\\", with: "/").split(separator: "/").filter { $0 != "." }
      .joined(separator: "/").precomposedStringWithCanonicalMapping.lowercased()
  }

  private static func lastName(_ path: String) -> String {
    String(path.split(separator: "/").last ?? "")
  }

  // MARK: - Records

  private func reader(_ type: any RecordReader.Type) -> any RecordReader {
    if let known = readers.first(where: { $0.type == type }) { return known.reader }
    let reader = type.init()
    readers.append((type, reader))
    return reader
  }

  /// Reads a file that begins with more empty values than are looked at; one where others follow is
  /// an exception.
  private func readEmptyValues(
    _ source: CountingSource, path: String, name: String
  ) throws {
    var cutter = RecordCutter(.json)
    var isEmpty = true
    while true {
      let chunk = try source.read()
      cutter.append(chunk)
      while let piece = cutter.next() {
        if case .success(let bytes) = piece.content,
          FormatDetector.isEmptyValue(bytes, name: name)
        {
          continue
        }
        isEmpty = false
      }
      if chunk.isEmpty { break }
      try handler.breathe(path: path, byteCount: source.byteCount)
    }
    guard !isEmpty else { return }
    try fail(
      .unknownFormat, path,
      "it begins with empty pages, and what follows them was not read: import it with --as FORMAT")
  }

  private func readRecords(
    _ source: CountingSource, format: CaptureFormat, path: String
  ) throws {
    guard let type = format.reader else { return try source.drain() }
    var cutter = RecordCutter(format.splitting)
    let reader = reader(type)
    var damage: CaptureError?
    while true {
      var chunk: ArraySlice<UInt8> = []
      do {
        chunk = try source.read()
      } catch let error as CaptureError {
        damage = error  // what came before it is kept
      }
      // A part of a file that is one record is none.
      if let damage, format.splitting == .whole { throw damage }
      cutter.append(chunk)
      while let piece = cutter.next() {
        var record = NativeRecord(
          bytes: piece.damagedBytes, index: piece.index, format: format, path: path)
        do {
          switch piece.content {
          case .success(let bytes):
            record.bytes = bytes
            try reader.read(record, into: self)
          case .failure(let error): throw error
          }
        } catch let error as CaptureError {
          try fail(error.code, path, error.message, object: record.name)
          if !record.bytes.isEmpty { try reader.keep(record, into: self) }
        }
        try handler.breathe(path: path, byteCount: source.byteCount)
      }
      if chunk.isEmpty { break }
      try handler.breathe(path: path, byteCount: source.byteCount)
    }
    try reader.endFile(path, into: self)
    if let damage { throw damage }
  }
}

extension CaptureSession: RecordSink {
  package func take(_ unit: CapturedUnit) throws {
    try handler.take(unit)
    for gap in unit.ownGaps { try handler.lack(gap) }
  }

  package func take(_ person: CapturedPerson) throws { try handler.take(person) }

  package func fail(_ problem: CaptureProblem) throws {
    failureCount += 1
    try handler.fail(problem)
  }

  package func lack(_ problem: CaptureProblem) throws { try handler.lack(problem) }

  package func skip(_ reason: SkipReason, count: Int) throws {
    try handler.skip(reason, count: count)
  }

  package func noteDuplicates(_ count: Int) throws { try handler.noteDuplicates(count) }

  package func hasSeen(fileName: String) -> Bool { seenNames.contains(fileName) }

  package func readHeldRecords(
    of conversation: String, route: String, having item: String?,
    _ body: ([UInt8]) throws -> Bool
  ) throws -> Bool {
    try handler.readHeldRecords(of: conversation, route: route, having: item, body)
  }
}
