// SPDX-License-Identifier: Apache-2.0

/// What became of the conversations of plans, and what remains of those that were purged
/// (holds-and-retention section 4).
///
/// Ids, digests, counts, dates and reasons that people typed; never content or titles. Times are
/// ticks of 100 ns since 1970.
enum DispositionSchema {
  static let statements = [
    // A reviewer's decision that a conversation of a plan may go. person: whose account it is, under
    // sudo the caller's.
    """
    CREATE TABLE retention_approval (
      plan INTEGER NOT NULL REFERENCES retention_plan (key),
      id TEXT NOT NULL CHECK (id GLOB 'conv_*'),
      time INTEGER NOT NULL,
      person TEXT NOT NULL CHECK (person <> ''),
      account TEXT NOT NULL CHECK (account <> ''),
      reason TEXT NOT NULL CHECK (reason <> ''),
      PRIMARY KEY (plan, id, person)
    ) STRICT, WITHOUT ROWID
    """,
    // The last run's word on each conversation of a plan. because: why it was left; objects: ids of
    // the holds or review sets that keep it.
    """
    CREATE TABLE retention_result (
      plan INTEGER NOT NULL REFERENCES retention_plan (key),
      id TEXT NOT NULL CHECK (id GLOB 'conv_*'),
      outcome TEXT NOT NULL CHECK (outcome IN ('purged', 'skipped', 'waiting')),
      because TEXT NOT NULL,
      objects TEXT NOT NULL CHECK (json_valid(objects)),
      time INTEGER NOT NULL,
      PRIMARY KEY (plan, id)
    ) STRICT, WITHOUT ROWID
    """,
    // One removal of a conversation. last_plan: the newest plan at that time; those up to it do not
    // list what is captured again. record: what happened, canonical JSON, bound by sha256 to the
    // event `content.purge`. state: of the bytes. pending: rows of it may be in its partition;
    // removed: old states of the file in its log and gaps may.
    """
    CREATE TABLE tombstone (
      key INTEGER PRIMARY KEY,
      id TEXT NOT NULL CHECK (id GLOB 'conv_*'),
      route TEXT NOT NULL CHECK (route <> ''),
      native_id TEXT NOT NULL,
      partition INTEGER NOT NULL,
      plan INTEGER NOT NULL REFERENCES retention_plan (key),
      last_plan INTEGER NOT NULL,
      purged INTEGER NOT NULL,
      record TEXT NOT NULL CHECK (json_valid(record)),
      sha256 BLOB NOT NULL CHECK (length(sha256) = 32),
      item_count INTEGER NOT NULL CHECK (item_count >= 0),
      byte_count INTEGER NOT NULL CHECK (byte_count >= 0),
      state TEXT NOT NULL CHECK (state IN ('pending', 'removed', 'done')),
      completed INTEGER,
      UNIQUE (id, purged),
      CHECK ((state = 'done') = (completed IS NOT NULL))
    ) STRICT
    """,
    "CREATE INDEX tombstone_by_native_id ON tombstone (native_id)",
    "CREATE INDEX tombstone_by_plan ON tombstone (plan, id)",
    "CREATE INDEX tombstone_by_state ON tombstone (state, partition) WHERE state <> 'done'",
    """
    CREATE TRIGGER tombstone_is_never_deleted BEFORE DELETE ON tombstone
    BEGIN SELECT RAISE(ABORT, 'tombstones are never deleted'); END
    """,
    """
    CREATE TRIGGER tombstone_is_never_changed
    BEFORE UPDATE OF key, id, route, native_id, partition, plan, last_plan, purged, record, sha256, item_count,
      byte_count ON tombstone
    BEGIN SELECT RAISE(ABORT, 'tombstones are never changed'); END
    """,
    // The capture that brought a purged conversation again.
    """
    CREATE TABLE recapture (
      tombstone INTEGER PRIMARY KEY REFERENCES tombstone (key),
      run INTEGER NOT NULL REFERENCES run (key),
      time INTEGER NOT NULL
    ) STRICT
    """,
    "CREATE INDEX recapture_by_run ON recapture (run)",
    // The deletion of a purged chat at its source. state: due, sent and failed wait; sent: a request
    // was sent and its outcome is not known. because, objects: what stands against it, such as ids of
    // holds, or why it failed.
    """
    CREATE TABLE source_deletion (
      tombstone INTEGER PRIMARY KEY REFERENCES tombstone (key),
      source INTEGER NOT NULL REFERENCES source (key),
      state TEXT NOT NULL CHECK (state IN ('due', 'sent', 'failed', 'deleted', 'gone', 'kept')),
      because TEXT NOT NULL,
      objects TEXT NOT NULL CHECK (json_valid(objects)),
      request_id TEXT,
      sent_count INTEGER NOT NULL CHECK (sent_count >= 0),
      sent INTEGER,
      updated INTEGER NOT NULL,
      CHECK ((sent_count = 0) = (sent IS NULL)),
      CHECK (state NOT IN ('sent', 'deleted') OR sent_count > 0)
    ) STRICT
    """,
    """
    CREATE INDEX source_deletion_by_state ON source_deletion (tombstone)
      WHERE state IN ('due', 'sent', 'failed')
    """,
    """
    CREATE TRIGGER source_deletion_is_never_deleted BEFORE DELETE ON source_deletion
    BEGIN SELECT RAISE(ABORT, 'deletions at sources are never deleted'); END
    """,
    """
    CREATE TRIGGER settled_source_deletion_is_never_changed BEFORE UPDATE ON source_deletion
    WHEN old.state IN ('deleted', 'gone', 'kept')
    BEGIN SELECT RAISE(ABORT, 'a settled deletion at a source is never changed'); END
    """,
  ]
}
