// SPDX-License-Identifier: Apache-2.0
import Bytes
import Capture
import Model
import Production
package import Store

/// Where review sets go that come with volumes.
package struct VolumeDestination: Sendable {
  /// The case; nil refuses volumes.
  package var matter: MatterRecord?
  /// What a set is called here; nil keeps its name.
  package var name: String?
  /// Opens encrypted volumes.
  package var passphrase: String?

  package init(matter: MatterRecord? = nil, name: String? = nil, passphrase: String? = nil) {
    self.matter = matter
    self.name = name
    self.passphrase = passphrase
  }
}

/// Reads volumes: verifies each, hands over its captured records, and keeps what it tells of its
/// review set until they are stored.
final class VolumeIntake {
  /// A volume whose records were handed over.
  struct Volume {
    var path: String
    var arrival: ReviewArrival
    var matter: MatterRecord
    /// Its conversations and items in the spool.
    var lines: Range<Int64>
    /// Conversations whose records could not be taken, by their place among the lines.
    var failed: Set<Int> = []
  }

  /// Marks of lines in the spool.
  enum Mark {
    static let conversation = UInt8(ascii: "C")
    static let item = UInt8(ascii: "I")
    static let leftOut = UInt8(ascii: "L")
  }

  /// Exceptions of one damaged volume at the most; the last one tells how many more there are.
  private static let maximumProblemCount = 100
  /// Larger than what any capture stores: a chat is joined from pages, a transcript from lines, and
  /// each of these alone may have 64 MiB.
  private static let maximumRecordByteCount = 256 << 20

  private(set) var volumes: [Volume] = []
  private var spool: LineSpool?
  private let destination: VolumeDestination
  // It holds this intake, and must go with the run, also with one that fails.
  private unowned let handler: any CaptureHandler
  private var failureCount = 0

  /// - Parameters:
  ///   - destination: Where sets go.
  ///   - handler: Takes records, persons and exceptions.
  init(_ destination: VolumeDestination, handler: any CaptureHandler) {
    self.destination = destination
    self.handler = handler
  }

  /// Whether a folder or archive is a volume.
  static func isVolume(_ path: String) -> Bool { VolumeDetector.isVolume(path) }

  /// The lines of a volume, from their first.
  func lines(of volume: Volume) throws -> LineSpool.Cursor {
    guard let spool else { throw StoreError(.failure, "no volume was read") }
    return spool.cursor(volume.lines)
  }

  /// Reads a volume.
  ///
  /// - Parameters:
  ///   - path: The folder or archive.
  ///   - check: Throws where the set cannot be made here; called before any record is handed over.
  /// - Returns: What became of it.
  /// - Throws: `StoreError` with `.usage` where no case was named; what the check and the handler throw.
  func read(
    _ path: String, check: (ReviewArrival, MatterRecord) throws -> Void
  ) throws
    -> TakenVolume
  {
    failureCount = 0
    guard let report = try verified(path), let review = report.reviewFile else {
      return TakenVolume(failureCount: failureCount)
    }
    var taken = TakenVolume(
      byteCount: report.byteCount, digest: SHA256Digest(hexadecimal: report.manifestID))
    guard let matter = destination.matter else {
      throw StoreError(
        .usage,
        "\(path) is a volume with a review set: say with --case which case gets the set",
        objects: [path])
    }
    do {
      if var volume = try definition(report, review, matter) {
        try check(volume.arrival, matter)
        try noteLeftOut(volume)
        try handOverRecords(&volume)
        volumes.append(volume)
      }
    } catch let error as ProductionError {
      // It was whole a moment ago.
      try fail(.volumeDamaged, path, error.message)
    }
    taken.failureCount = failureCount
    return taken
  }

  private func fail(
    _ code: ProblemCode, _ path: String, _ detail: String, object: String = ""
  ) throws {
    failureCount += 1
    try handler.fail(CaptureProblem(code: code, path: path, object: object, detail: detail))
  }

  /// Verifies a volume; nil after exceptions where it cannot come back.
  private func verified(_ path: String) throws -> VerificationReport? {
    try handler.breathe(path: path, byteCount: 0)
    let report: VerificationReport
    do {
      report = try VolumeVerifier.verify(path, passphrase: destination.passphrase)
    } catch let error as ProductionError {
      try fail(.volumeDamaged, path, error.message)
      return nil
    }
    if report.isPassphraseRefused || report.isEncrypted && destination.passphrase == nil {
      try fail(
        .passwordProtected, path,
        report.isPassphraseRefused
          ? "the passphrase does not open the volume"
          : "the volume is encrypted; import it with --passphrase-file")
      return nil
    }
    guard report.isIntact else {
      try noteDamage(report)
      return nil
    }
    guard report.reviewFile != nil else {
      try fail(
        .reviewDataMissing, path,
        "the volume was exported without --review-data, so no records and no review set come back")
      return nil
    }
    return report
  }

  /// One exception for each file and kind of finding.
  private func noteDamage(_ report: VerificationReport) throws {
    var details: [(problem: VerificationProblem, texts: [String])] = []
    for problem in report.problems {
      let known = details.firstIndex {
        $0.problem.path == problem.path && $0.problem.code == problem.code
      }
      if let known {
        details[known].texts.append(problem.detail)
      } else if details.count < Self.maximumProblemCount {
        details.append((problem, [problem.detail]))
      }
    }
    for (problem, texts) in details {
      let isInside = !problem.path.isEmpty && problem.path != report.path
      try fail(
        .volumeDamaged, report.path + (isInside ? "!/" + problem.path : ""),
        texts.joined(separator: "; ") + "; nothing of the volume was taken",
        object: problem.code.rawValue)
    }
    let rest = report.problems.count - details.reduce(0) { $0 + $1.texts.count }
    if rest > 0 {
      try fail(
        .volumeDamaged, report.path, "\(rest) further findings; see custody export verify",
        object: "further findings")
    }
  }

  /// Spools the lines of the review data; nil after an exception.
  private func definition(
    _ report: VerificationReport, _ review: VerifiedFile, _ matter: MatterRecord
  ) throws -> Volume? {
    let spool = try self.spool ?? LineSpool()
    self.spool = spool
    let start = spool.byteCount
    var scanner = ReviewDataScanner()
    var hasher = SHA256Hasher()
    try VolumeFiles.forEach(in: report.path, passphrase: destination.passphrase) { path, next in
      guard path == review.path else { return true }
      while true {
        let piece = try next()
        guard !piece.isEmpty else { return false }
        hasher.update(piece.span)
        try scanner.read(piece.span) { line, bytes in
          switch line {
          case .conversation: try spool.append(Mark.conversation, bytes)
          case .item: try spool.append(Mark.item, bytes)
          case .leftOut: try spool.append(Mark.leftOut, bytes)
          default: break
          }
        }
        try handler.breathe(path: report.path, byteCount: spool.byteCount)
      }
    }
    try spool.flush()
    scanner.finish()
    let place = report.path + "!/" + review.path
    guard hasher.finish().hexadecimal == review.sha256 else {
      try fail(.hashMismatch, place, "the file changed while it was read")
      return nil
    }
    guard let set = scanner.set, scanner.isSound else {
      try fail(.decodeError, place, scanner.defects.joined(separator: "; "))
      return nil
    }
    return Volume(
      path: report.path,
      arrival: ReviewArrival(
        set: set, tags: scanner.tags, filters: scanner.filters, loads: scanner.loads,
        codings: scanner.codings, volume: report.volumeName, manifestID: report.manifestID,
        name: destination.name ?? set.name),
      matter: matter, lines: start..<spool.byteCount)
  }

  private func noteLeftOut(_ volume: Volume) throws {
    var lines = try lines(of: volume)
    while let (mark, bytes) = try lines.next() {
      guard mark == Mark.leftOut, case .leftOut(let unit)? = ReviewLine(bytes) else { continue }
      let why =
        switch unit.reason {
        case .redacted: "something of it is blacked out"
        case .withheld: "something of it is privileged"
        case .notSelected: "nothing of it is selected"
        }
      try fail(
        .leftOutOfVolume, volume.path,
        (unit.itemCount == 1
          ? "1 item of the set is not in the volume: "
          : "\(unit.itemCount) items of the set are not in the volume: ") + why,
        object: unit.nativeID)
    }
  }

  // MARK: Records

  /// The records that a folder of the volume holds, in the order of their paths.
  private struct RecordCursor {
    struct Entry {
      var place: Int
      var conversation: ReviewConversationData
      var record: ReviewRecordData
    }

    private let folder: String
    private var lines: LineSpool.Cursor
    private var waiting: [Entry] = []
    private var place = -1

    init(_ folder: String, _ lines: LineSpool.Cursor) {
      self.folder = folder
      self.lines = lines
    }

    mutating func peek() throws -> Entry? {
      while waiting.isEmpty {
        guard let (mark, bytes) = try lines.next() else { return nil }
        guard mark == Mark.conversation else { continue }
        place += 1
        guard case .conversation(let unit)? = ReviewLine(bytes) else { continue }
        for record in unit.records.reversed()
        where ReviewDataScanner.folder(of: record.path) == folder {
          waiting.append(Entry(place: place, conversation: unit, record: record))
        }
      }
      return waiting.last
    }

    mutating func pop() { waiting.removeLast() }
  }

  private func handOverRecords(_ volume: inout Volume) throws {
    var cursors: [String: RecordCursor] = [:]
    for folder in ["NATIVES", "RECORDS"] {
      cursors[folder] = RecordCursor(folder, try lines(of: volume))
    }
    var failed: Set<Int> = []
    var people: Set<AccountKey> = []
    var byteCount: Int64 = 0
    try VolumeFiles.forEach(in: volume.path, passphrase: destination.passphrase) { path, next in
      guard let folder = ReviewDataScanner.folder(of: path),
        let entry = try cursors[folder]?.peek(), entry.record.path == path
      else { return true }
      cursors[folder]?.pop()
      let place = volume.path + "!/" + path
      do {
        let unit = try unit(entry, next)
        byteCount += Int64(unit.native.count)
        try handOver(unit, of: entry.conversation, &people)
      } catch let error as CaptureError {
        failed.insert(entry.place)
        try fail(error.code, place, error.message, object: entry.conversation.nativeID)
      }
      try handler.breathe(path: volume.path, byteCount: byteCount)
      return true
    }
    for folder in ["NATIVES", "RECORDS"] {
      while let entry = try cursors[folder]?.peek() {
        cursors[folder]?.pop()
        failed.insert(entry.place)
        try fail(
          .partMissing, volume.path + "!/" + entry.record.path,
          "the record did not come in its order",
          object: entry.conversation.nativeID)
      }
    }
    volume.failed = failed
  }

  private struct AccountKey: Hashable {
    var route: String
    var accountID: String
  }

  /// Reads a record as when it was captured.
  private func unit(
    _ entry: RecordCursor.Entry, _ next: () throws -> ArraySlice<UInt8>
  ) throws -> CapturedUnit {
    let conversation = entry.conversation
    var bytes: [UInt8] = []
    while true {
      let piece = try next()
      guard !piece.isEmpty else { break }
      bytes += piece
      guard bytes.count <= Self.maximumRecordByteCount else {
        throw CaptureError(code: .decodeError, message: "the record is larger than 256 MiB")
      }
    }
    guard SHA256Digest(of: bytes.span).hexadecimal == entry.record.sha256 else {
      throw CaptureError(code: .hashMismatch, message: "the record changed while it was read")
    }
    guard CaptureRoutes.isKnown(conversation.route) else {
      throw CaptureError(
        code: .formatNotSupported, message: "no records come by the route \(conversation.route)")
    }
    var unit = try CaptureRoutes.parse(
      [bytes], kind: conversation.kind, route: conversation.route,
      nativeID: conversation.nativeID)
    guard unit.nativeID == conversation.nativeID, unit.route == conversation.route,
      unit.kind == conversation.kind, unit.native == bytes,
      !CaptureRoutes.isOther(bytes, than: conversation.kind, route: conversation.route)
    else {
      throw CaptureError(
        code: .decodeError,
        message: "the record is not of the conversation that it is said to be of")
    }
    if unit.accountID == nil || unit.accountIsInferred, !conversation.accountID.isEmpty {
      unit.accountID = conversation.accountID
      unit.accountIsInferred = false
    }
    return unit
  }

  private func handOver(
    _ unit: CapturedUnit, of conversation: ReviewConversationData, _ people: inout Set<AccountKey>
  ) throws {
    if let account = unit.accountID, account == conversation.accountID,
      !conversation.custodian.isEmpty,
      people.insert(AccountKey(route: unit.route, accountID: account)).inserted
    {
      try handler.take(
        CapturedPerson(
          route: unit.route, accountID: account, fullName: conversation.custodian,
          emailAddress: conversation.emailAddress, native: []))
    }
    try handler.take(unit)
    for gap in unit.ownGaps { try handler.lack(gap) }
  }
}
