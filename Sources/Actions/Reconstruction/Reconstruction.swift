// SPDX-License-Identifier: Apache-2.0
import Capture
package import Model
package import Store

/// A conversation as it stood at a time.
package struct Reconstruction: Sendable {
  /// How it is known that an item stood so.
  package enum Grade: String, Sendable, CaseIterable {
    /// A capture not later than the time has it so, or the source's own time of the change tells it.
    case stood
    /// The last that is known to have come by then, and the next capture has it otherwise: whether
    /// there was another in between is not told.
    case lastSeen = "last-seen"
    /// It was gone by then: the last capture not later than the time lacks it.
    case gone
    /// It was there, and was captured only later: nothing tells of a change in between.
    case capturedLater = "captured-later"
    /// It was there, and was changed before its first capture: what it said then is not known.
    case unknown
  }

  /// An item as it stood.
  package struct Entry: Sendable {
    package var id: ObjectID
    package var item: CapturedItem
    package var grade: Grade
    /// The item's version, from 1, and how many there are.
    package var version: Int
    package var versionCount: Int
    /// The version of the conversation that first has it so.
    package var conversationVersion: Int
    package var captured: Instant
    package var run: ObjectID?
    /// When the first capture lacked it.
    package var goneSince: Instant?
    package var isVisible = true
    /// The artifacts and documents that it had before it, each in the version of then.
    package var seen: [SeenVersion] = []
  }

  package var record: ConversationRecord
  package var time: Instant
  package var title: String
  /// The newest capture not later than the time; nil when all are later.
  package var capture: ConversationCapture?
  package var firstCapture: ConversationCapture
  /// In native order.
  package var entries: [Entry]
  /// Items that came later than the time.
  package var laterCount: Int
  /// Items without a time that were captured only later.
  package var undatedCount: Int
  package var owner: PersonThen
}

extension Reconstruction {
  /// Reconstructs a conversation.
  ///
  /// - Parameters:
  ///   - record: The conversation.
  ///   - time: The time that is asked about.
  ///   - store: Where it is.
  /// - Throws: `StoreError`; `CaptureError` when a native record cannot be parsed any more.
  package init(_ record: ConversationRecord, at time: Instant, in store: Store) throws {
    let captures = try store.read { try $0.captures(of: record) }
    guard let firstCapture = captures.first else {
      throw StoreError(.damaged, "the catalog lacks the captures of \(record.id)")
    }
    self.record = record
    self.time = time
    self.firstCapture = firstCapture
    capture = captures.last { $0.captured <= time }
    title = ""
    entries = []
    laterCount = 0
    undatedCount = 0
    owner = try store.read { try PersonThen(ownerOf: record, at: time, in: $0) }
    let history = try UnitHistory(
      record, captures, until: time, in: NativeReader(store), FileTextReader(store))
    title = history.base.title
    for key in history.appearances.order {
      guard let runs = history.appearances.runs[key] else { continue }
      add(
        VersionChoice(
          among: runs, captures: history.appearances.captures, at: time), key, history)
    }
    for index in entries.indices {
      let version = entries[index].conversationVersion
      entries[index].run = captures.first { $0.version == version }?.run
    }
    let thread = markVisible(history.base)
    fillArtifacts(along: thread)
    try fillDocuments(of: history.base.projectID, in: store)
    try fillCodeArtifacts(along: thread, in: store)
  }

  private mutating func add(
    _ choice: VersionChoice, _ key: ItemAppearances.Key, _ history: UnitHistory
  ) {
    let appearance: Appearance
    let grade: Grade
    var goneSince: Instant?
    switch choice {
    case .stood(let chosen): (appearance, grade) = (chosen, .stood)
    case .lastSeen(let chosen): (appearance, grade) = (chosen, .lastSeen)
    case .gone(let chosen, let since):
      (appearance, grade) = (chosen, .gone)
      goneSince = since
    case .capturedLater(let chosen): (appearance, grade) = (chosen, .capturedLater)
    case .unknown(let chosen): (appearance, grade) = (chosen, .unknown)
    case .notYet:
      laterCount += 1
      return
    case .undated:
      undatedCount += 1
      return
    }
    // What a log adds is dated by itself: a line after the time was not there.
    if let sent = appearance.item.time?.instant, sent > time {
      laterCount += 1
      return
    }
    var item = appearance.item
    if grade == .unknown {
      item.blocks = []
      item.files = []
    }
    entries.append(
      Entry(
        id: ObjectID.item(
          route: record.route, conversationID: record.nativeID, itemID: key.identity),
        item: item, grade: grade, version: appearance.version,
        versionCount: history.appearances.versionCount(of: key),
        conversationVersion: appearance.conversationVersion, captured: appearance.captured,
        goneSince: goneSince))
  }

  /// Marks what is not on the visible branch of then.
  private mutating func markVisible(_ base: CapturedUnit) -> ConversationThread {
    let leaf = base.currentLeafID.flatMap { leaf in
      capture != nil && entries.contains { $0.item.nativeID == leaf } ? leaf : nil
    }
    let thread = ConversationThread(
      entries.map {
        ConversationThread.Node(
          id: $0.item.nativeID, parentID: $0.item.parentNativeID, time: $0.item.time?.instant)
      }, currentLeafID: leaf, hasParentLinks: base.hasParentLinks)
    let visible = Set(thread.visibleBranch)
    for index in entries.indices { entries[index].isVisible = visible.contains(index) }
    return thread
  }

  /// Gives each item the newest version of each artifact on its own branch that is not later.
  private mutating func fillArtifacts(along thread: ConversationThread) {
    var states = [[SeenVersion]](repeating: [], count: entries.count)
    for index in thread.depthFirstOrder {
      if let parent = thread.parents[index] { states[index] = states[parent] }
      entries[index].seen = states[index]
      for file in entries[index].item.files where file.kind == .artifact {
        guard let id = file.nativeID else { continue }
        states[index].removeAll { $0.id == id }
        states[index].append(
          SeenVersion(
            kind: .artifact, id: id, name: file.name, version: file.version,
            item: entries[index].id, time: entries[index].item.time?.instant,
            captured: entries[index].captured,
            grade: entries[index].grade))
      }
    }
  }

  /// Gives each item the newest version of each document of the project that is not later.
  private mutating func fillDocuments(of projectID: String?, in store: Store) throws {
    guard record.kind == .conversation, let projectID,
      let project = try store.read({
        try $0.conversationIfPresent(.conversation(route: record.route, nativeID: projectID))
      })
    else { return }
    let captures = try store.read { try $0.captures(of: project) }
    let history = try UnitHistory(
      project, captures, until: time, in: NativeReader(store), FileTextReader(store))
    for index in entries.indices {
      guard let sent = entries[index].item.time?.instant else { continue }
      entries[index].seen += history.documents(at: sent, of: project)
    }
  }
}
