// SPDX-License-Identifier: Apache-2.0
import Archives
import Glibc
import Model

/// The reading of one file with all that lies in it.
final class Extraction {
  let limits: ExtractionLimits
  let sink: TextSink
  let budget: UnpackingBudget
  private let program: PDFLocation
  /// What could not be read, the first of each reason, in the order in which it was met.
  private(set) var failures: [ExtractionFailure] = []

  init(limits: ExtractionLimits, program: PDFLocation) {
    self.limits = limits
    self.program = program
    sink = TextSink(limit: limits.textByteCount)
    budget = UnpackingBudget(limits)
  }

  /// Whether nothing more is to be read.
  var isEnded: Bool { sink.isCut || budget.isSpent }

  func note(_ failure: ExtractionFailure) {
    if !failures.contains(where: { $0.code == failure.code }) { failures.append(failure) }
  }

  /// Runs a body and notes what it could not do.
  func noting(_ body: () throws -> Void) {
    do {
      try body()
    } catch let failure as ExtractionFailure {
      note(failure)
    } catch let error as ArchiveError {
      note(
        error.code == .notAnArchive
          ? ExtractionFailure(.decodeError, "it is no archive that can be read")
          : ExtractionFailure(.decodeError, "it is damaged"))
    } catch {
      note(ExtractionFailure(.decodeError, "it is damaged"))
    }
  }

  /// Reads a part: a file, a member of an archive, a part of a mail.
  ///
  /// - Parameters:
  ///   - feed: Its bytes.
  ///   - name: Its name.
  ///   - type: As declared.
  ///   - charset: As declared.
  ///   - depth: In how many files it lies.
  /// - Returns: What it was read as.
  /// - Throws: `ExtractionFailure`, `ArchiveError`.
  @discardableResult
  func read(
    _ feed: any ByteFeed, name: String, type: String, charset: String? = nil, depth: Int
  ) throws -> String {
    let peeked = try PeekedFeed(feed)
    let kind = ContentKind(of: peeked.head, name: name, type: type)
    switch kind {
    case .empty: return "empty file"
    case .plainText:
      let encoding = try PlainText.read(peeked, charset: charset, into: self)
      return "plain text, " + encoding.name
    case .html:
      return try MarkupText.readHTML(peeked, charset: charset, into: self)
    case .xml:
      return try MarkupText.readXML(peeked, charset: charset, into: self)
    case .mail, .mailbox:
      guard depth <= limits.depth else { throw Self.tooDeep }
      let (bytes, isCut) = try peeked.all(upTo: limits.partByteCount)
      let reader = MailReader(self, depth: depth)
      kind == .mail ? reader.read(bytes[...]) : reader.readMailbox(bytes)
      if isCut {
        throw ExtractionFailure(
          .textLimit, "mail is read up to \(limits.partByteCount) bytes")
      }
      return kind == .mail ? "mail" : "mailbox"
    case .pdf:
      return try withDescriptor(of: peeked, feed) { descriptor in
        let start = sink.bytes.count
        do {
          return try readPDF(descriptor)
        } catch let failure as ExtractionFailure
          where sink.bytes.count == start && !ContentKind.isBinary(peeked.head)
        {
          return try readAsText(descriptor, charset, insteadOf: failure, peeked.head)
        }
      }
    case .archive:
      guard depth < limits.depth else { throw Self.tooDeep }
      return try withDescriptor(of: peeked, feed) {
        try ArchiveText(self, depth: depth).read($0)
      }
    case .compoundFile: throw compoundFailure(peeked.head)
    case .other(let name):
      // What is damaged may be of another kind than it seems.
      try peeked.check()
      throw ExtractionFailure(.unsupportedType, "nothing here reads its type: " + name)
    }
  }

  private static var tooDeep: ExtractionFailure {
    ExtractionFailure(.textLimit, "files lie too deep in each other")
  }

  /// A file of an older Office program; one that holds `EncryptedPackage` is an encrypted new one.
  private func compoundFailure(_ head: [UInt8]) -> ExtractionFailure {
    let mark = "EncryptedPackage".unicodeScalars.map { String($0) + "\0" }.joined()
    return ContentKind.find(mark, in: head[...])
      ? ExtractionFailure(.passwordProtected, "it is encrypted")
      : ExtractionFailure(.unsupportedType, "nothing here reads its type: older Office file")
  }

  /// Reads a text that may only speak of PDF.
  private func readAsText(
    _ descriptor: Int32, _ charset: String?, insteadOf failure: ExtractionFailure, _ head: [UInt8]
  ) throws -> String {
    let isDamaged = failure.code == .decodeError
    let beginsAsPDF = head.starts(with: Array("%PDF-".utf8))
    guard isDamaged || !beginsAsPDF else { throw failure }
    if beginsAsPDF || !isDamaged { note(failure) }
    let encoding = try PlainText.read(
      PeekedFeed(DescriptorFeed(descriptor)), charset: charset, into: self)
    return "plain text, " + encoding.name
  }

  private func readPDF(_ descriptor: Int32) throws -> String {
    guard let program = program.found else {
      throw ExtractionFailure(.readerMissing, "pdftotext is not installed")
    }
    let start = sink.bytes.count
    let pages = try program.read(descriptor, limits: limits, into: sink)
    sink.endLine()
    if pages.hasErrors {
      note(ExtractionFailure(.decodeError, "\(program.version) tells of errors in it"))
    }
    if try holdsEmbeddedFiles(descriptor) {
      note(ExtractionFailure(.unsupportedType, "nothing here reads the files embedded in it"))
    }
    guard sink.hasText(from: start) else {
      throw ExtractionFailure(.noText, "it holds no text, such as scanned pages")
    }
    if pages.emptyCount > 0 {
      note(
        ExtractionFailure(
          .noText, "\(pages.emptyCount) of \(pages.count) pages hold no text, such as scanned ones")
      )
    }
    return "PDF, " + program.version
  }

  /// Whether a PDF has files of its own in it, such as a portfolio: their names stand uncoded.
  private func holdsEmbeddedFiles(_ descriptor: Int32) throws -> Bool {
    let mark = "/EmbeddedFile"
    let feed = DescriptorFeed(descriptor)
    var end: ArraySlice<UInt8> = []
    while true {
      let piece = try feed.next()
      if piece.isEmpty { return false }
      if ContentKind.find(mark, in: (end + piece.prefix(mark.utf8.count))[...])
        || ContentKind.find(mark, in: piece)
      {
        return true
      }
      end = piece.suffix(mark.utf8.count)
    }
  }

  /// Calls a body with a descriptor of the bytes; what lies in another file is copied into memory.
  private func withDescriptor<Result>(
    of peeked: PeekedFeed, _ feed: any ByteFeed, _ body: (Int32) throws -> Result
  ) throws -> Result {
    if let file = feed as? DescriptorFeed {
      lseek(file.descriptor, 0, SEEK_SET)
      return try body(file.descriptor)
    }
    let (bytes, isCut) = try peeked.all(upTo: limits.partByteCount)
    guard !isCut else {
      throw ExtractionFailure(
        .textLimit, "a file in it has more than \(limits.partByteCount) bytes")
    }
    let file = try MemoryFile(bytes)
    return try body(file.descriptor)
  }
}
