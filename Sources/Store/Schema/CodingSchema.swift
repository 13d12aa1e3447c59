// SPDX-License-Identifier: Apache-2.0

/// What reviewers did with the items of review sets, and what an analysis found among them.
///
/// Times are ticks of 100 ns since 1970.
enum CodingSchema {
  static let statements = tags + codings + analysis

  private static let tags = [
    """
    CREATE TABLE tag_group (
      key INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE CHECK (id GLOB 'group_*'),
      review_set INTEGER NOT NULL REFERENCES review_set (key),
      name TEXT NOT NULL COLLATE NOCASE CHECK (name <> ''),
      choice TEXT NOT NULL CHECK (choice IN ('one', 'many')),
      created INTEGER NOT NULL,
      UNIQUE (review_set, name)
    ) STRICT
    """,
    """
    CREATE TABLE tag (
      key INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE CHECK (id GLOB 'tag_*'),
      review_set INTEGER NOT NULL REFERENCES review_set (key),
      tag_group INTEGER NOT NULL REFERENCES tag_group (key),
      name TEXT NOT NULL COLLATE NOCASE CHECK (name <> ''),
      description TEXT NOT NULL DEFAULT '',
      created INTEGER NOT NULL,
      UNIQUE (review_set, name)
    ) STRICT
    """,
    "CREATE INDEX tag_by_group ON tag (tag_group)",
    """
    CREATE TABLE review_filter (
      key INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE CHECK (id GLOB 'filter_*'),
      review_set INTEGER NOT NULL REFERENCES review_set (key),
      name TEXT NOT NULL CHECK (name <> ''),
      query TEXT NOT NULL,
      dialect TEXT NOT NULL,
      zone TEXT NOT NULL,
      created INTEGER NOT NULL,
      account TEXT NOT NULL,
      UNIQUE (review_set, name)
    ) STRICT
    """,
  ]

  private static let codings = [
    // One act of a reviewer. asked: which items were chosen and what was to be done, JSON. undoes: the
    // act that this one took back. running: it was stopped, and what it had done stands.
    """
    CREATE TABLE coding (
      key INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE CHECK (id GLOB 'coding_*'),
      review_set INTEGER NOT NULL REFERENCES review_set (key),
      number INTEGER NOT NULL CHECK (number >= 1),
      kind TEXT NOT NULL CHECK (kind IN ('tag', 'untag', 'note', 'remove', 'redact', 'undo', 'import')),
      asked TEXT NOT NULL CHECK (json_valid(asked)),
      reason TEXT NOT NULL,
      undoes INTEGER REFERENCES coding (key),
      state TEXT NOT NULL CHECK (state IN ('running', 'complete')),
      changed_count INTEGER NOT NULL DEFAULT 0 CHECK (changed_count >= 0),
      already_count INTEGER NOT NULL DEFAULT 0 CHECK (already_count >= 0),
      skipped_count INTEGER NOT NULL DEFAULT 0 CHECK (skipped_count >= 0),
      created INTEGER NOT NULL,
      account TEXT NOT NULL,
      UNIQUE (review_set, number),
      CHECK ((kind = 'undo') = (undoes IS NOT NULL))
    ) STRICT
    """,
    "CREATE INDEX coding_by_undoes ON coding (undoes)",
    // Its effect on an item. tag 0: whether the item is removed from the set.
    """
    CREATE TABLE coding_change (
      coding INTEGER NOT NULL REFERENCES coding (key),
      conversation INTEGER NOT NULL REFERENCES conversation (key),
      item TEXT NOT NULL CHECK (item GLOB 'itm_*'),
      tag INTEGER NOT NULL CHECK (tag >= 0),
      is_set INTEGER NOT NULL CHECK (is_set IN (0, 1)),
      PRIMARY KEY (coding, conversation, item, tag)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX coding_change_by_item ON coding_change (conversation, item)",
    // What items bear now: a tag of the set, or 0 for those that were removed from it.
    """
    CREATE TABLE item_tag (
      review_set INTEGER NOT NULL REFERENCES review_set (key),
      conversation INTEGER NOT NULL REFERENCES conversation (key),
      item TEXT NOT NULL CHECK (item GLOB 'itm_*'),
      tag INTEGER NOT NULL CHECK (tag >= 0),
      coding INTEGER NOT NULL REFERENCES coding (key),
      PRIMARY KEY (review_set, conversation, item, tag)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX item_tag_by_tag ON item_tag (review_set, tag)",
    "CREATE INDEX item_tag_by_conversation ON item_tag (conversation)",
    // withdrawn: the act that took it back; NULL while it stands.
    """
    CREATE TABLE review_note (
      key INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE CHECK (id GLOB 'note_*'),
      review_set INTEGER NOT NULL REFERENCES review_set (key),
      conversation INTEGER NOT NULL REFERENCES conversation (key),
      item TEXT NOT NULL CHECK (item GLOB 'itm_*'),
      text TEXT NOT NULL CHECK (text <> ''),
      coding INTEGER NOT NULL REFERENCES coding (key),
      withdrawn INTEGER REFERENCES coding (key),
      created INTEGER NOT NULL,
      account TEXT NOT NULL
    ) STRICT
    """,
    "CREATE INDEX review_note_by_item ON review_note (conversation, item)",
    "CREATE INDEX review_note_by_coding ON review_note (coding)",
    "CREATE INDEX review_note_by_withdrawn ON review_note (withdrawn) WHERE withdrawn IS NOT NULL",
    // What is blacked out in the version that the set froze (export-formats section 11.3). part, with
    // the index of a block or file; the span is half-open, in bytes of UTF-8 of the part's text; NULL
    // bounds: the whole part. conversation_version: the record that the text stands in; sha256: of the
    // part's text, so that no other text is cut.
    """
    CREATE TABLE redaction (
      key INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE CHECK (id GLOB 'red_*'),
      review_set INTEGER NOT NULL REFERENCES review_set (key),
      conversation INTEGER NOT NULL REFERENCES conversation (key),
      item TEXT NOT NULL CHECK (item = '' OR item GLOB 'itm_*'),
      part TEXT NOT NULL CHECK (part IN ('item', 'block', 'tool', 'document', 'file', 'file-name',
        'title', 'project', 'native')),
      part_index INTEGER NOT NULL CHECK (part_index >= 0),
      conversation_version INTEGER NOT NULL CHECK (conversation_version >= 1),
      start INTEGER CHECK (start >= 0),
      end INTEGER,
      sha256 BLOB NOT NULL CHECK (length(sha256) = 32),
      reason TEXT NOT NULL CHECK (reason IN ('AC', 'WP', 'PII', 'PHI', 'FIN', 'TRADE_SECRET', 'NONRESP',
        'GDPR', 'OTHER')),
      basis TEXT NOT NULL DEFAULT '',
      coding INTEGER NOT NULL REFERENCES coding (key),
      withdrawn INTEGER REFERENCES coding (key),
      created INTEGER NOT NULL,
      account TEXT NOT NULL,
      CHECK ((start IS NULL) = (end IS NULL)),
      CHECK (start IS NULL OR start < end),
      CHECK ((item = '') = (part IN ('title', 'project', 'native'))),
      CHECK (part NOT IN ('item', 'native') OR start IS NULL)
    ) STRICT
    """,
    "CREATE INDEX redaction_by_item ON redaction (review_set, conversation, item)",
    "CREATE INDEX redaction_by_conversation ON redaction (conversation)",
    "CREATE INDEX redaction_by_coding ON redaction (coding)",
    "CREATE INDEX redaction_by_withdrawn ON redaction (withdrawn) WHERE withdrawn IS NOT NULL",
  ]

  private static let analysis = [
    // What review analyze found of the frozen items of each conversation: the digest of its content
    // (export-formats section 12.2), the first of those with the same content (itself where there is no
    // other), and the conversation of the set that contains it (12.3). Rows of conversations that are
    // gone may be named: then the set is another one, and the analysis out of date.
    """
    CREATE TABLE review_content (
      review_set INTEGER NOT NULL REFERENCES review_set (key),
      conversation INTEGER NOT NULL REFERENCES conversation (key),
      digest BLOB NOT NULL CHECK (length(digest) = 32),
      event_count INTEGER NOT NULL CHECK (event_count >= 0),
      master INTEGER,
      custodian_master INTEGER,
      included_in INTEGER,
      PRIMARY KEY (review_set, conversation)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX review_content_by_digest ON review_content (review_set, digest)",
    "CREATE INDEX review_content_by_conversation ON review_content (conversation)",
    // The state of the set that it looked at, and whose its conversations were.
    """
    CREATE TABLE review_analysis (
      review_set INTEGER PRIMARY KEY REFERENCES review_set (key),
      selection_sha256 BLOB NOT NULL CHECK (length(selection_sha256) = 32),
      owners_sha256 BLOB NOT NULL CHECK (length(owners_sha256) = 32),
      conversation_count INTEGER NOT NULL CHECK (conversation_count >= 0),
      created INTEGER NOT NULL,
      account TEXT NOT NULL
    ) STRICT
    """,
    // A sample, reproducible from its seed and the hashed list of ids.
    """
    CREATE TABLE review_sample (
      key INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE CHECK (id GLOB 'sample_*'),
      review_set INTEGER NOT NULL REFERENCES review_set (key),
      name TEXT NOT NULL CHECK (name <> ''),
      query TEXT NOT NULL,
      seed TEXT NOT NULL,
      algorithm TEXT NOT NULL,
      population INTEGER NOT NULL CHECK (population >= 0),
      population_sha256 BLOB NOT NULL CHECK (length(population_sha256) = 32),
      size INTEGER NOT NULL CHECK (size BETWEEN 0 AND population),
      created INTEGER NOT NULL,
      account TEXT NOT NULL,
      UNIQUE (review_set, name)
    ) STRICT
    """,
    // Ids alone, so that a sample outlives what it was drawn from.
    """
    CREATE TABLE review_sample_item (
      sample INTEGER NOT NULL REFERENCES review_sample (key),
      rank INTEGER NOT NULL CHECK (rank >= 1),
      item TEXT NOT NULL CHECK (item GLOB 'itm_*'),
      PRIMARY KEY (sample, rank)
    ) STRICT, WITHOUT ROWID
    """,
  ]
}
