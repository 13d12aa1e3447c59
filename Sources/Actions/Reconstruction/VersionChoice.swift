// SPDX-License-Identifier: Apache-2.0
package import Model

/// Which version of an item stood at a time.
///
/// A version stood when a capture not later than the time has it, or when the source tells that it was
/// changed last by then. Of an item that was captured only later, its earliest version is the nearest
/// that there is, unless the source tells that it was changed in between: then what it was is unknown.
package enum VersionChoice: Sendable {
  /// This version stood.
  case stood(Appearance)
  /// This version was the last that is known to have come by then, and the next capture has another:
  /// whether there was one in between is not told.
  case lastSeen(Appearance)
  /// This version stood in an earlier capture; the last one not later than the time lacks the item.
  case gone(Appearance, since: Instant)
  /// The item was there; this is its earliest capture, later than the time.
  case capturedLater(Appearance)
  /// The item was there in a version that was never captured; this is its earliest capture.
  case unknown(Appearance)
  /// The item was not there yet.
  case notYet
  /// No capture and no time tells whether it was there.
  case undated

  /// Chooses for an item.
  ///
  /// - Parameters:
  ///   - runs: The item's appearances, in order; at least one.
  ///   - captures: All captures of the conversation, in order.
  ///   - time: The time that is asked about.
  package init(
    among runs: [Appearance], captures: [(version: Int, captured: Instant)], at time: Instant
  ) {
    let earlier = runs.last { $0.captured <= time }
    // Of the later captures: a version that was made by then, as the source tells.
    let dated = runs.filter { run in
      run.captured > time && run.item.updatedAt?.instant.map { $0 <= time } ?? false
    }
    let newest = dated.max { left, right in
      (left.item.updatedAt?.instant?.ticks ?? 0) < (right.item.updatedAt?.instant?.ticks ?? 0)
    }
    if let earlier {
      let lastCapture = captures.last { $0.captured <= time }
      let lastSeen =
        captures.last {
          $0.version <= earlier.lastConversationVersion && $0.captured <= time
        } ?? (earlier.conversationVersion, earlier.captured)
      if let newest, let changed = newest.item.updatedAt?.instant, changed > lastSeen.captured {
        self = Self.dated(newest, among: runs, at: time)
      } else if let lastCapture, lastSeen.version < lastCapture.version {
        let missing = captures.first { $0.version > lastSeen.version }
        self = .gone(earlier, since: missing?.captured ?? lastCapture.captured)
      } else if let next = captures.first(where: { $0.captured > time }),
        runs.last(where: { $0.covers(next.version) })?.version != earlier.version
      {
        self = .lastSeen(earlier)
      } else {
        self = .stood(earlier)
      }
      return
    }
    let first = runs[0]
    let began = runs.compactMap { $0.item.time?.instant }.min()
    guard let began else {
      self = .undated
      return
    }
    guard began <= time else {
      self = .notYet
      return
    }
    if let newest {
      self = Self.dated(newest, among: runs, at: time)
    } else if let changed = first.item.updatedAt?.instant, changed > time {
      self = .unknown(first)
    } else {
      self = .capturedLater(first)
    }
  }

  /// A version that the source dates.
  ///
  /// A file may be imported long after it was made: where a later change is older than the import,
  /// the file does not show what stood until that change.
  private static func dated(
    _ chosen: Appearance, among runs: [Appearance], at time: Instant
  ) -> VersionChoice {
    let isOvertaken = runs.contains { run in
      run.item.updatedAt?.instant.map { $0 > time && $0 <= chosen.captured } ?? false
    }
    return isOvertaken ? .lastSeen(chosen) : .stood(chosen)
  }
}
