// SPDX-License-Identifier: Apache-2.0

/// What is kept of a service between the runs of `sync` (claude-capture-formats section 3.11).
///
/// Times are ticks of 100 ns since 1970. No key is here, and no content but files by their digest.
enum SyncSchema {
  static let statements = [
    // How far a walk over a list of the service has come, JSON; its form is the walk's own.
    """
    CREATE TABLE sync_position (
      source INTEGER NOT NULL REFERENCES source (key),
      walk TEXT NOT NULL CHECK (walk <> ''),
      position TEXT NOT NULL CHECK (json_valid(position)),
      updated INTEGER NOT NULL,
      PRIMARY KEY (source, walk)
    ) STRICT, WITHOUT ROWID
    """,
    // The run record, one row an endpoint: what was asked, and what came of it. An endpoint that was
    // not read to its end is partial, failed, denied or absent, and says why.
    """
    CREATE TABLE sync_endpoint (
      run INTEGER NOT NULL REFERENCES run (key),
      endpoint TEXT NOT NULL CHECK (endpoint <> ''),
      parameters TEXT NOT NULL CHECK (json_valid(parameters)),
      first_cursor TEXT NOT NULL,
      last_cursor TEXT NOT NULL,
      page_count INTEGER NOT NULL CHECK (page_count >= 0),
      record_count INTEGER NOT NULL CHECK (record_count >= 0),
      outcome TEXT NOT NULL CHECK (
        outcome IN ('running', 'complete', 'partial', 'failed', 'denied', 'absent')),
      detail TEXT NOT NULL,
      last_request TEXT NOT NULL,
      updated INTEGER NOT NULL,
      PRIMARY KEY (run, endpoint)
    ) STRICT, WITHOUT ROWID
    """,
    // The key's fingerprint and the calls of a run, and what the source itself keeps and for how
    // long (the setting data_retention of each organisation, JSON).
    """
    CREATE TABLE sync_run (
      run INTEGER PRIMARY KEY REFERENCES run (key),
      key_sha256 BLOB NOT NULL CHECK (length(key_sha256) = 32),
      base_url TEXT NOT NULL,
      call_count INTEGER NOT NULL CHECK (call_count >= 0),
      repeat_count INTEGER NOT NULL CHECK (repeat_count >= 0),
      last_request TEXT NOT NULL,
      retention TEXT NOT NULL CHECK (json_valid(retention))
    ) STRICT
    """,
    // Objects of the source: mark is what the list said when it was last read whole ('' never);
    // mentioned: when an activity tells that it was made; listed: when a list had it; deleted: when
    // it was deleted at the source, deletion_seen: when that was noticed, evidence: by what, JSON.
    """
    CREATE TABLE source_object (
      source INTEGER NOT NULL REFERENCES source (key),
      kind TEXT NOT NULL CHECK (kind <> ''),
      native_id TEXT NOT NULL CHECK (native_id <> ''),
      account TEXT NOT NULL DEFAULT '',
      mark TEXT NOT NULL DEFAULT '',
      mentioned INTEGER,
      listed INTEGER,
      deleted INTEGER,
      deletion_seen INTEGER,
      evidence TEXT NOT NULL DEFAULT '',
      PRIMARY KEY (source, kind, native_id)
    ) STRICT, WITHOUT ROWID
    """,
    // Snapshots of the directory: a version of an entry, and from when to when it was seen so. gone:
    // when a whole listing no longer had it.
    """
    CREATE TABLE directory_entry (
      key INTEGER PRIMARY KEY,
      source INTEGER NOT NULL REFERENCES source (key),
      kind TEXT NOT NULL CHECK (kind <> ''),
      parent TEXT NOT NULL,
      native_id TEXT NOT NULL CHECK (native_id <> ''),
      sha256 BLOB NOT NULL CHECK (length(sha256) = 32),
      native BLOB NOT NULL,
      first_seen INTEGER NOT NULL,
      last_seen INTEGER NOT NULL,
      gone INTEGER,
      CHECK (first_seen <= last_seen)
    ) STRICT
    """,
    """
    CREATE INDEX directory_entry_by_name
      ON directory_entry (source, kind, parent, native_id, first_seen)
    """,
    "CREATE INDEX directory_entry_by_native_id ON directory_entry (native_id, kind)",
    // When which run read a list of the directory whole, so that what it lacked was not there then.
    """
    CREATE TABLE directory_snapshot (
      source INTEGER NOT NULL REFERENCES source (key),
      kind TEXT NOT NULL CHECK (kind <> ''),
      parent TEXT NOT NULL,
      time INTEGER NOT NULL,
      run INTEGER NOT NULL REFERENCES run (key),
      PRIMARY KEY (source, kind, parent, time)
    ) STRICT, WITHOUT ROWID
    """,
    // Files of a source whose bytes are here, by the source's id.
    """
    CREATE TABLE source_file (
      key INTEGER PRIMARY KEY,
      source INTEGER NOT NULL REFERENCES source (key),
      native_id TEXT NOT NULL CHECK (native_id <> ''),
      sha256 BLOB NOT NULL CHECK (length(sha256) = 32),
      byte_count INTEGER NOT NULL CHECK (byte_count >= 0),
      verified INTEGER NOT NULL CHECK (verified IN (0, 1)),
      captured INTEGER NOT NULL,
      UNIQUE (source, native_id)
    ) STRICT
    """,
    "CREATE INDEX source_file_by_sha256 ON source_file (sha256)",
    // extractor: the version that put the file's text into the items of the conversation, 0 before
    // any did; lack: why there is none, or not all of it.
    """
    CREATE TABLE conversation_file (
      conversation INTEGER NOT NULL REFERENCES conversation (key),
      file INTEGER NOT NULL REFERENCES source_file (key),
      extractor INTEGER NOT NULL DEFAULT 0 CHECK (extractor >= 0),
      lack TEXT NOT NULL DEFAULT '',
      PRIMARY KEY (conversation, file)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX conversation_file_by_file ON conversation_file (file)",
    "CREATE INDEX conversation_file_by_extractor ON conversation_file (extractor)",
    // Files that belong to a conversation and whose bytes are not here yet.
    """
    CREATE TABLE awaited_file (
      source INTEGER NOT NULL REFERENCES source (key),
      native_id TEXT NOT NULL CHECK (native_id <> ''),
      conversation INTEGER NOT NULL REFERENCES conversation (key),
      PRIMARY KEY (source, native_id, conversation)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX awaited_file_by_conversation ON awaited_file (conversation)",
    // Files of purged conversations that are still to be removed from the disk.
    """
    CREATE TABLE blob_removal (
      sha256 BLOB PRIMARY KEY CHECK (length(sha256) = 32)
    ) STRICT, WITHOUT ROWID
    """,
  ]
}
