// SPDX-License-Identifier: Apache-2.0
package import Bytes
import Foundation
import GRDB
package import Model

/// What kind of capture a run is.
package enum RunKind: String, Sendable, CaseIterable {
  case files = "import"
  case sync
}

/// How far a run has come.
package enum RunState: String, Sendable, CaseIterable {
  case running
  /// Read to the end; its counts add up.
  case complete
  /// Killed or stopped; the next run goes over the same input again.
  case interrupted
  /// Ended by an error.
  case failed
}

/// What a run has met (claude-capture-formats section 16).
package struct RunCounts: Hashable, Sendable {
  /// Source records read: stored + updated + duplicates + merged + skipped + exceptions.
  package var read = 0
  package var stored = 0
  /// New versions of items that were here.
  package var updated = 0
  package var duplicates = 0
  /// Parts of one item.
  package var merged = 0
  package var skipped = 0
  package var exceptions = 0
  /// What the route does not carry; not among the records read.
  package var gaps = 0
  package var conversations = 0
  /// Files that were stored as bytes of their own, beside their text and the native record; the
  /// exports that are read carry none.
  package var blobs = 0
  /// Conversations that had been purged before.
  package var recaptured = 0
  /// Bytes of input.
  package var byteCount: Int64 = 0
  /// The time of the oldest record; nil while none has one.
  package var firstRecord: Instant?
  /// The time of the newest record.
  package var lastRecord: Instant?

  package init() {}

  /// Whether all that was read is accounted for.
  package var addUp: Bool {
    read == stored + updated + duplicates + merged + skipped + exceptions
  }

  /// Takes what became of content.
  package mutating func add(_ content: IngestCounts) {
    read += content.read
    stored += content.stored
    updated += content.updated
    duplicates += content.duplicates
    conversations += content.conversations
    recaptured += content.recaptured
    if let time = content.firstTime { note(time) }
    if let time = content.lastTime { note(time) }
  }

  package static func += (left: inout RunCounts, right: RunCounts) {
    left.read += right.read
    left.stored += right.stored
    left.updated += right.updated
    left.duplicates += right.duplicates
    left.merged += right.merged
    left.skipped += right.skipped
    left.exceptions += right.exceptions
    left.gaps += right.gaps
    left.conversations += right.conversations
    left.blobs += right.blobs
    left.recaptured += right.recaptured
    left.byteCount += right.byteCount
    if let time = right.firstRecord { left.note(time) }
    if let time = right.lastRecord { left.note(time) }
  }

  /// Takes a record's time into the first and last record.
  package mutating func note(_ time: Instant) {
    firstRecord = firstRecord.map { min($0, time) } ?? time
    lastRecord = lastRecord.map { max($0, time) } ?? time
  }
}

/// One run of `import` or `sync`.
package struct RunRecord: Hashable, Sendable {
  package var key: Int64
  package var id: ObjectID
  /// The source's row.
  package var source: Int64
  package var sourceName: String
  package var kind: RunKind
  package var state: RunState
  package var started: Instant
  /// Nil while it runs.
  package var finished: Instant?
  package var counts: RunCounts
  /// The account that ran it.
  package var account: String

  static let selection = """
    SELECT run.*, source.name AS source_name FROM run JOIN source ON source.key = run.source
    """

  init(row: Row) throws {
    key = row["key"]
    id = try row.objectID("id")
    source = row["source"]
    sourceName = row["source_name"]
    kind = try row.value("kind")
    state = try row.value("state")
    started = row.instant("started")
    finished = row.optionalInstant("finished")
    counts = RunCounts(row: row)
    account = row["account"]
  }
}

/// A file that a run read.
package struct RunInput: Hashable, Sendable {
  /// What became of a file.
  package enum Outcome: String, Sendable, CaseIterable {
    case read
    /// Parts of it became exceptions.
    case partial
    case unrecognised
    case failed
  }

  /// As given, with `!/` between levels of archives.
  package var path: String
  package var byteCount: Int64
  /// Nil when it could not be read to its end.
  package var digest: SHA256Digest?
  /// The format's name; empty when it was not recognised.
  package var format: String
  package var outcome: Outcome

  package init(
    path: String, byteCount: Int64, digest: SHA256Digest?, format: String, outcome: Outcome
  ) {
    self.path = path
    self.byteCount = byteCount
    self.digest = digest
    self.format = format
    self.outcome = outcome
  }

  init(row: Row) throws {
    path = row["path"]
    byteCount = row["byte_count"]
    digest = (row["sha256"] as Data?).flatMap { SHA256Digest(bytes: [UInt8]($0)) }
    format = row["format"]
    outcome = try row.value("outcome")
  }
}

extension RunCounts {
  /// Records that are in the store after the run, be it that it brought them or found them there.
  package var kept: Int { stored + updated + duplicates + merged }

  init(row: Row) {
    read = row["read_count"]
    stored = row["stored_count"]
    updated = row["updated_count"]
    duplicates = row["duplicate_count"]
    merged = row["merged_count"]
    skipped = row["skipped_count"]
    exceptions = row["exception_count"]
    gaps = row["gap_count"]
    conversations = row["conversation_count"]
    blobs = row["blob_count"]
    recaptured = row["recaptured_count"]
    byteCount = row["byte_count"]
    firstRecord = row.optionalInstant("first_record")
    lastRecord = row.optionalInstant("last_record")
  }

  package var json: JSONValue {
    [
      "read": JSONValue(read), "stored": JSONValue(stored), "updated": JSONValue(updated),
      "duplicates": JSONValue(duplicates), "merged": JSONValue(merged),
      "skipped": JSONValue(skipped), "exceptions": JSONValue(exceptions), "gaps": JSONValue(gaps),
      "conversations": JSONValue(conversations), "blobs": JSONValue(blobs),
      "recaptured": JSONValue(recaptured), "bytes": .integer(byteCount),
      "first_record": JSONValue(firstRecord), "last_record": JSONValue(lastRecord),
    ]
  }
}
