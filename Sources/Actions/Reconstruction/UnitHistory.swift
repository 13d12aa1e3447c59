// SPDX-License-Identifier: Apache-2.0
import Capture
import Model
import Store

/// The captures of a unit, parsed.
struct UnitHistory {
  /// The newest capture not later than the time, else the first: its title, branch and project are
  /// those of then.
  var base: CapturedUnit
  var appearances = ItemAppearances()

  /// Reads all captures, one at a time.
  ///
  /// - Parameters:
  ///   - record: The unit.
  ///   - captures: Its captures, in order; at least one.
  ///   - time: The time that is asked about.
  ///   - reader: Of the native records.
  ///   - fileTexts: Of files whose bytes were captured.
  /// - Throws: `StoreError`; `CaptureError` when a native record cannot be parsed any more.
  init(
    _ record: ConversationRecord, _ captures: [ConversationCapture], until time: Instant,
    in reader: NativeReader, _ fileTexts: FileTextReader
  ) throws {
    func parse(_ versions: ArraySlice<ConversationCapture>) throws -> CapturedUnit {
      var unit = try CaptureRoutes.parse(
        try versions.map { try reader.native(of: record, version: $0.version) },
        kind: record.kind, route: record.route, nativeID: record.nativeID)
      try fileTexts.fill(&unit, of: record, version: versions.last?.version ?? 1)
      return unit
    }
    let then = captures.lastIndex { $0.captured <= time }
    if CaptureRoutes.accumulates(record.route), let last = captures.last {
      // A log is all of its records together: those that were captured by then, and all of them.
      let all = try parse(captures[...])
      base = all
      if let then, then < captures.endIndex - 1 {
        base = try parse(captures[...then])
        appearances.take(
          base, version: captures[then].version, captured: captures[then].captured)
      }
      appearances.take(all, version: last.version, captured: last.captured)
      return
    }
    var unit = try parse(captures.prefix(1))
    base = unit
    for index in captures.indices {
      if index > captures.startIndex { unit = try parse(captures[index...index]) }
      if index == then ?? captures.startIndex { base = unit }
      appearances.take(
        unit, version: captures[index].version, captured: captures[index].captured)
    }
  }

  /// The documents of a project as they stood at a time.
  ///
  /// - Parameters:
  ///   - time: The time of a message.
  ///   - project: The project's record.
  /// - Returns: In native order; without those that were not there then.
  func documents(at time: Instant, of project: ConversationRecord) -> [SeenVersion] {
    appearances.order.compactMap { key -> SeenVersion? in
      guard let runs = appearances.runs[key], var found = runs.first else { return nil }
      var grade = Reconstruction.Grade.stood
      switch VersionChoice(among: runs, captures: appearances.captures, at: time) {
      case .stood(let chosen): found = chosen
      case .lastSeen(let chosen): (found, grade) = (chosen, .lastSeen)
      case .capturedLater(let chosen): (found, grade) = (chosen, .capturedLater)
      case .unknown, .undated: grade = .unknown
      case .gone, .notYet: return nil
      }
      return SeenVersion(
        kind: .document, id: key.identity,
        name: found.item.title.isEmpty ? found.item.nativeRole : found.item.title,
        version: grade == .unknown ? nil : found.version,
        item: ObjectID.item(
          route: project.route, conversationID: project.nativeID, itemID: key.identity),
        time: found.item.time?.instant, captured: found.captured, grade: grade)
    }
  }

  /// The version of a Code artifact that stood at a time.
  ///
  /// - Parameters:
  ///   - time: The time of a message that names the artifact.
  ///   - artifact: The artifact's record, whose items are its versions.
  /// - Returns: The newest version not later than the time. The source lists the newest ones only: where
  ///   none that is known was made by then, it is unknown which it was; nil for a record without
  ///   versions.
  func codeArtifact(at time: Instant, _ artifact: ConversationRecord) -> SeenVersion? {
    var newest: (item: CapturedItem, captured: Instant, grade: Reconstruction.Grade)?
    for key in appearances.order {
      guard let runs = appearances.runs[key] else { continue }
      let chosen: (Appearance, Reconstruction.Grade)
      switch VersionChoice(among: runs, captures: appearances.captures, at: time) {
      case .stood(let found): chosen = (found, .stood)
      case .lastSeen(let found): chosen = (found, .lastSeen)
      case .capturedLater(let found): chosen = (found, .capturedLater)
      // What a later capture lacks was made all the same.
      case .gone(let found, _): chosen = (found, .stood)
      case .unknown, .notYet, .undated: continue
      }
      guard let made = chosen.0.item.time?.instant, made <= time,
        newest?.item.time?.instant.map({ $0 <= made }) ?? true
      else { continue }
      newest = (chosen.0.item, chosen.0.captured, chosen.1)
    }
    guard let first = appearances.order.first.flatMap({ appearances.runs[$0]?.first }) else {
      return nil
    }
    let item = newest?.item ?? first.item
    return SeenVersion(
      kind: .codeArtifact, id: artifact.nativeID, name: item.title,
      versionID: newest == nil ? nil : item.nativeID,
      item: ObjectID.item(
        route: artifact.route, conversationID: artifact.nativeID, itemID: item.nativeID ?? "0"),
      time: newest?.item.time?.instant, captured: newest?.captured ?? first.captured,
      grade: newest?.grade ?? .unknown)
  }
}
