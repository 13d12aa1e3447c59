// SPDX-License-Identifier: Apache-2.0

/// The content side of the catalog: which conversations there are, in which versions, and in which
/// partition they lie.
///
/// Titles and texts are in the partitions alone.
///
/// Times are ticks of 100 ns since 1970; NULL is a time that the source does not tell.
enum ContentSchema {
  static let statements = [
    // Months count from year 0: year × 12 + month − 1. NULL: of conversations without a time.
    // last_row, last_record: the content counts up to these rows of the partition's item and
    // record; what lies above was left by a crash.
    """
    CREATE TABLE partition (
      number INTEGER PRIMARY KEY CHECK (number >= 1),
      first_month INTEGER,
      last_month INTEGER,
      item_count INTEGER NOT NULL DEFAULT 0 CHECK (item_count >= 0),
      byte_count INTEGER NOT NULL DEFAULT 0 CHECK (byte_count >= 0),
      last_row INTEGER NOT NULL DEFAULT 0 CHECK (last_row >= 0),
      last_record INTEGER NOT NULL DEFAULT 0 CHECK (last_record >= 0),
      state TEXT NOT NULL CHECK (state IN ('open', 'full')),
      created INTEGER NOT NULL,
      CHECK ((first_month IS NULL) = (last_month IS NULL)),
      CHECK (first_month IS NULL OR first_month <= last_month)
    ) STRICT
    """,
    // account, project NULL: the source does not tell them. last_activity: from when periods count
    // (holds-and-retention 3.1); NULL: unknown, so nothing falls due by it.
    """
    CREATE TABLE conversation (
      key INTEGER PRIMARY KEY AUTOINCREMENT,
      id TEXT NOT NULL UNIQUE CHECK (id GLOB 'conv_*'),
      kind TEXT NOT NULL CHECK (kind IN ('conversation', 'project', 'memory', 'activity')),
      route TEXT NOT NULL CHECK (route <> ''),
      source INTEGER NOT NULL REFERENCES source (key),
      native_id TEXT NOT NULL,
      account INTEGER REFERENCES account (key),
      project INTEGER REFERENCES project (key),
      partition INTEGER NOT NULL REFERENCES partition (number),
      started INTEGER,
      last_activity INTEGER,
      -- The time of its newest item over all versions; NULL: no item tells a time.
      newest_item INTEGER,
      version_count INTEGER NOT NULL CHECK (version_count >= 1),
      -- The version that the source changed last; the one that was captured last is version_count.
      current_version INTEGER NOT NULL DEFAULT 1
        CHECK (current_version BETWEEN 1 AND version_count),
      item_count INTEGER NOT NULL CHECK (item_count >= 0),
      UNIQUE (route, native_id)
    ) STRICT
    """,
    "CREATE INDEX conversation_by_native_id ON conversation (native_id)",
    "CREATE INDEX conversation_by_account ON conversation (account)",
    "CREATE INDEX conversation_by_project ON conversation (project)",
    "CREATE INDEX conversation_by_source ON conversation (source)",
    "CREATE INDEX conversation_by_partition ON conversation (partition)",
    // Further sources that brought the same conversation, besides conversation.source.
    """
    CREATE TABLE conversation_source (
      conversation INTEGER NOT NULL REFERENCES conversation (key),
      source INTEGER NOT NULL REFERENCES source (key),
      PRIMARY KEY (conversation, source)
    ) STRICT, WITHOUT ROWID
    """,
    // digest: SHA-256 of the native bytes; byte_count: their number before compression.
    """
    CREATE TABLE conversation_version (
      conversation INTEGER NOT NULL REFERENCES conversation (key),
      version INTEGER NOT NULL CHECK (version >= 1),
      digest BLOB NOT NULL CHECK (length(digest) = 32),
      byte_count INTEGER NOT NULL CHECK (byte_count >= 0),
      item_count INTEGER NOT NULL CHECK (item_count >= 0),
      run INTEGER NOT NULL REFERENCES run (key),
      captured INTEGER NOT NULL,
      -- When the source changed it last, by its own word; NULL: it does not tell.
      changed INTEGER,
      PRIMARY KEY (conversation, version)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX conversation_version_by_run ON conversation_version (run)",
  ]
}
