// SPDX-License-Identifier: Apache-2.0
import Bytes
import Model

/// Reads transcripts of Claude Code and headless output, and gathers the records of each session
/// (claude-capture-formats section 8).
///
/// The sessions of one project folder are gathered together, within a bound: beyond it the oldest
/// are handed over, and what comes of them later adds to them.
final class TranscriptReader: RecordReader {
  /// Native bytes that are held.
  private static let byteLimit = 24 << 20
  /// Bytes of held records of a session that are looked at.
  private static let heldByteLimit = 256 << 20

  private var sessions: [SessionKey: TranscriptSession] = [:]
  /// Sessions in the order in which they were met.
  private var order: [SessionKey] = []
  private var byteCount = 0
  private var folder: String?
  private var place = TranscriptPlace(path: "")
  /// Records of the current file that came before any that tells its session.
  private var orphans: [Orphan] = []
  private var orphanByteCount = 0
  private var fileSession: String?
  private var seen = SeenRecords()
  /// Titles of sessions that were not met yet, by the record that each names.
  private var titles: [ExactText: [Title]] = [:]
  private var titleCount = 0
  private var titleByteCount = 0
  private var route = ClaudeCode.route

  private struct SessionKey: Hashable {
    var route: String
    var id: ExactText
  }

  private enum Orphan {
    case line(TranscriptLine)
    case foreign([UInt8])
    /// What is around lines that were wrapped: it is kept, and counts as no record.
    case wrapper([UInt8])
    /// No record, which became an exception.
    case damage([UInt8])

    var byteCount: Int {
      switch self {
      case .line(let line): line.bytes.count
      case .foreign(let bytes), .wrapper(let bytes), .damage(let bytes): bytes.count
      }
    }
  }

  private struct Title {
    /// How many came before it.
    var number: Int
    var line: TranscriptLine
    /// The session of its file, if the record that it names is never met.
    var session: SessionKey
  }

  init() {}

  func read(_ record: NativeRecord, into sink: any RecordSink) throws {
    let line: TranscriptLine
    if !place.path.isExactly(record.path) { try begin(record, into: sink) }
    if record.format == .claudeCodeIndex {
      try checkIndex(record.bytes)
      try sink.skip(.listing, count: 1)
      return
    }
    guard record.bytes.first == UInt8(ascii: "{") else {
      try takeForeign(record.bytes, into: sink)
      return
    }
    do throws(JSONError) {
      line = try TranscriptLine(record.bytes)
    } catch {
      throw CaptureError(decoding: error, expected: "a line of a transcript")
    }
    if let wrapped = line.wrappedRange {
      try takeWrapped(line, wrapped, into: sink)
    } else {
      try take(line, into: sink)
    }
  }

  /// Keeps a damaged line with the session of its file, such as a last one that was cut
  /// (section 8.2).
  func keep(_ damage: NativeRecord, into sink: any RecordSink) throws {
    // An index lists sessions and is none.
    guard damage.format != .claudeCodeIndex else {
      return try sink.take(
        UnreadableRecord.unit(damage.bytes, kind: .conversation, route: ClaudeCode.route))
    }
    if !place.path.isExactly(damage.path) { try begin(damage, into: sink) }
    guard let id = fileSession ?? (place.isBelowSession ? place.sessionID : nil) else {
      try wait(.damage(damage.bytes), into: sink)
      return
    }
    change(key(id)) { $0.keepCounted(damage.bytes) }
    try keepBound(key(id), at: nil, into: sink)
  }

  func endFile(_ path: String, into sink: any RecordSink) throws {
    guard !orphans.isEmpty else { return }
    let session = fileSession ?? place.sessionID
    let isTold = fileSession != nil || place.namesSession
    try settleOrphans(in: session, isDerived: !isTold, into: sink)
  }

  func finish(into sink: any RecordSink) throws {
    try handOverAll(into: sink)
  }

  // MARK: - Lines

  private func begin(_ record: NativeRecord, into sink: any RecordSink) throws {
    place = TranscriptPlace(path: record.path)
    route = record.format == .streamJSON ? ClaudeCode.streamRoute : ClaudeCode.route
    fileSession = nil
    if let folder, place.folder.isExactly(folder) { return }
    try handOverAll(into: sink)
    folder = place.folder
    seen = SeenRecords()
  }

  /// Checks that a record of a list of sessions is one; nothing is read from it.
  private func checkIndex(_ bytes: [UInt8]) throws {
    do throws(JSONError) {
      guard try JSONMembers(of: bytes, at: 0)["entries"] != nil else {
        throw JSONError(.wrongKind, at: 0)
      }
    } catch {
      throw CaptureError(decoding: error, expected: "a list of sessions")
    }
  }

  private func take(_ line: TranscriptLine, into sink: any RecordSink) throws {
    if let id = line.sessionID {
      if fileSession == nil {
        fileSession = id
        try settleOrphans(in: id, isDerived: false, into: sink)
      }
      try add(line, to: id, into: sink)
    } else if let leafID = line.leafID {
      try wait(title: line, of: leafID, into: sink)
    } else if place.isBelowSession {
      try add(line, to: place.sessionID, into: sink)
    } else if let fileSession {
      try add(line, to: fileSession, into: sink)
    } else {
      try wait(.line(line), into: sink)
    }
  }

  private func takeForeign(_ bytes: [UInt8], into sink: any RecordSink) throws {
    guard let id = fileSession ?? (place.isBelowSession ? place.sessionID : nil) else {
      try wait(.foreign(bytes), into: sink)
      return
    }
    change(key(id)) { $0.skip(bytes, .foreignLine) }
    try keepBound(key(id), at: nil, into: sink)
  }

  /// Takes the lines of an object that wraps them; what is around them is kept.
  private func takeWrapped(
    _ wrapper: TranscriptLine, _ range: Range<Int>, into sink: any RecordSink
  ) throws {
    var lines: [[UInt8]] = []
    do throws(JSONError) {
      let bytes = wrapper.bytes
      var cursor = JSONCursor(bytes.span, at: range.lowerBound)
      try cursor.enterArray()
      while try cursor.hasNextElement() {
        lines.append(Array(bytes[try cursor.skipValue()]))
      }
    } catch {
      throw CaptureError(decoding: error, expected: "a list of lines")
    }
    for bytes in lines {
      if let line = try? TranscriptLine(bytes) {
        try take(line, into: sink)
      } else {
        try takeForeign(bytes, into: sink)
      }
    }
    let around =
      wrapper.bytes[..<range.lowerBound] + Array("[]".utf8) + wrapper.bytes[range.upperBound...]
    guard lines.isEmpty else {
      if let id = fileSession ?? (place.isBelowSession ? place.sessionID : nil) {
        change(key(id)) { $0.keep(nil, Array(around)) }
      } else {
        try wait(.wrapper(Array(around)), into: sink)
      }
      return
    }
    try takeForeign(Array(around), into: sink)
  }

  private func wait(_ orphan: Orphan, into sink: any RecordSink) throws {
    orphans.append(orphan)
    orphanByteCount += orphan.byteCount
    guard orphanByteCount > Self.byteLimit / 4 else { return }
    fileSession = place.sessionID
    try settleOrphans(in: place.sessionID, isDerived: !place.namesSession, into: sink)
  }

  /// Keeps a title for the session that has a record; past the bound those that wait go to the
  /// sessions of their files.
  private func wait(
    title line: TranscriptLine, of leafID: String, into sink: any RecordSink
  ) throws {
    let session = key(fileSession ?? place.sessionID)
    titles[ExactText(leafID), default: []].append(
      Title(number: titleCount, line: line, session: session))
    titleCount += 1
    titleByteCount += line.bytes.count
    guard titleByteCount > Self.byteLimit / 4 else { return }
    settleTitles()
    try keepBound(session, at: nil, into: sink)
  }

  private func settleOrphans(
    in id: String, isDerived: Bool, into sink: any RecordSink
  ) throws {
    let waiting = orphans
    orphans = []
    orphanByteCount = 0
    guard !waiting.isEmpty else { return }
    if isDerived { change(key(id)) { $0.idIsDerived = true } }
    for orphan in waiting {
      switch orphan {
      case .line(let line): try add(line, to: id, into: sink)
      case .foreign(let bytes): change(key(id)) { $0.skip(bytes, .foreignLine) }
      case .wrapper(let bytes): change(key(id)) { $0.keep(nil, bytes) }
      case .damage(let bytes): change(key(id)) { $0.keepCounted(bytes) }
      }
    }
  }

  // MARK: - Sessions

  /// The session of the current file's route with an id.
  private func key(_ id: String) -> SessionKey { SessionKey(route: route, id: ExactText(id)) }

  private func change(_ key: SessionKey, _ body: (inout TranscriptSession) -> Void) {
    var session: TranscriptSession
    if let known = sessions.removeValue(forKey: key) {
      session = known
    } else {
      session = TranscriptSession(id: key.id.text, route: key.route)
      order.append(key)
    }
    let before = session.byteCount
    body(&session)
    byteCount += session.byteCount - before
    sessions[key] = session
  }

  private func add(
    _ line: TranscriptLine, to id: String, into sink: any RecordSink
  ) throws {
    var isRepeated = false
    let key = key(id)
    let repetition = seen.note(line, session: key)
    change(key) { session in
      switch repetition {
      case .inOther:
        session.keepRepeated(line)
        isRepeated = true
      case .sameBytes where !(line.uuid.map(session.holds) ?? false):
        isRepeated = true  // of a part that was handed over
      case .rewritten where !(line.uuid.map(session.holds) ?? false):
        session.keepRepeated(line)
        isRepeated = true
      case .sameBytes, .rewritten, .new:
        if case .repeated = session.add(line) { isRepeated = true }
      }
    }
    if isRepeated { try sink.noteDuplicates(1) }
    try keepBound(key, at: line, into: sink)
  }

  /// Hands sessions over while too much is held: the current one where a turn begins.
  private func keepBound(
    _ current: SessionKey, at line: TranscriptLine?, into sink: any RecordSink
  ) throws {
    guard byteCount > Self.byteLimit else { return }
    for key in order where key != current { try handOver(key, into: sink) }
    order.removeAll { $0 != current }
    guard byteCount > Self.byteLimit else { return }
    let isTurn =
      if case .item(.prompt, _, _)? = line?.place { true } else { false }
    guard isTurn || byteCount > 2 * Self.byteLimit else { return }
    try handOver(current, into: sink)
    order = []
  }

  private func handOver(_ key: SessionKey, into sink: any RecordSink) throws {
    guard var session = sessions.removeValue(forKey: key) else { return }
    byteCount -= session.byteCount
    addTitles(to: &session)
    guard !session.isEmpty else { return }
    var unit = session.unit()
    try tellWhole(&unit, sink)
    try sink.take(unit)
  }

  /// Gives a part of a session what all that is held of it tells with the part, so that title, project
  /// and person are the same in whatever order the parts come.
  private func tellWhole(_ unit: inout CapturedUnit, _ sink: any RecordSink) throws {
    var facts = SessionFacts()
    var byteCount = 0
    var isKnown = false
    let native = unit.native
    // The newest first: what did not change is found at once, and older copies say little more.
    let isHeld = try sink.readHeldRecords(of: unit.nativeID, route: unit.route, having: nil) {
      held in
      isKnown = held == native
      facts.add(held)
      byteCount += held.count
      return !isKnown && byteCount < Self.heldByteLimit
    }
    guard isHeld, !isKnown else { return }
    facts.add(native)
    facts.describe(&unit)
  }

  /// Adds the titles that name a record of the session, in the order in which they came.
  private func addTitles(to session: inout TranscriptSession) {
    guard !titles.isEmpty else { return }
    let met = session.held(of: titles.keys)
    var found = met.flatMap { titles.removeValue(forKey: $0) ?? [] }
    found.sort { $0.number < $1.number }
    var next = 0
    while next < found.count {
      let line = found[next].line
      next += 1
      titleByteCount -= line.bytes.count
      _ = session.add(line)
      // One may name another.
      if let uuid = line.uuid { found += titles.removeValue(forKey: ExactText(uuid)) ?? [] }
    }
  }

  /// Gives the titles whose record was not met to the sessions of their files.
  private func settleTitles() {
    let rest = titles.values.joined().sorted { $0.number < $1.number }
    titles = [:]
    titleByteCount = 0
    for title in rest {
      change(title.session) { session in
        if session.isEmpty { session.idIsDerived = !title.session.id.text.isUUID }
        _ = session.add(title.line)
      }
    }
  }

  private func handOverAll(into sink: any RecordSink) throws {
    for key in order { try handOver(key, into: sink) }
    order = []
    settleTitles()
    for key in order { try handOver(key, into: sink) }
    order = []
  }
}

/// What the place of a file tells of its session (section 8.1).
struct TranscriptPlace {
  let path: String
  /// The project's folder.
  let folder: String
  /// The session that the file's name or a folder above it names; else made of the name.
  let sessionID: String
  /// Whether it lies in a folder of the session's own.
  let isBelowSession: Bool

  /// Whether the place tells the session, after whose id the client calls its file, a UUID; else the
  /// id is no more than a name.
  var namesSession: Bool { isBelowSession || sessionID.isUUID }

  init(path: String) {
    self.path = path
    var parts = path.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    let name = parts.last ?? ""
    // A file that was compressed alone lies where its compressed form lies.
    if let outer = parts.dropLast().last, outer.hasSuffix("!"),
      CompressedName.content(of: String(outer.dropLast())) == name
    {
      parts.remove(at: parts.count - 2)
    }
    if let mark = parts.lastIndex(of: "subagents"), mark >= 1, mark < parts.count - 1 {
      folder = parts[..<(mark - 1)].joined(separator: "/")
      sessionID = parts[mark - 1]
      isBelowSession = true
    } else {
      folder = parts.dropLast().joined(separator: "/")
      sessionID = name.split(separator: ".").first.map(String.init) ?? name
      isBelowSession = false
    }
  }
}
