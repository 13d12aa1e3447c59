// SPDX-License-Identifier: Apache-2.0

/// The catalog's tables, content aside.
///
/// Rules that must hold always are in the schema.
///
/// Times are ticks of 100 ns since 1970. NULL stands only for what is not known or has not
/// happened, and each such column says which.
enum CatalogSchema {
  static let statements = store + directory + captures + matters + review + audit

  /// One row: what this store is, and the head of its audit log.
  private static let store = [
    """
    CREATE TABLE store (
      key INTEGER PRIMARY KEY CHECK (key = 1),
      id TEXT NOT NULL CHECK (id GLOB 'store_*'),
      created INTEGER NOT NULL,
      format_version INTEGER NOT NULL CHECK (format_version >= 1),
      event_count INTEGER NOT NULL CHECK (event_count >= 0),
      event_sha256 BLOB NOT NULL CHECK (length(event_sha256) = 32)
    ) STRICT
    """,
    """
    CREATE TABLE setting (
      name TEXT NOT NULL PRIMARY KEY CHECK (name <> ''),
      value TEXT NOT NULL,
      changed INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
  ]

  /// Persons, and the accounts and projects that captures name.
  private static let directory = [
    // merged_into: the person that this one turned out to be, and merged: since when; NULL for a
    // person of its own.
    """
    CREATE TABLE custodian (
      key INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE CHECK (id GLOB 'cust_*'),
      name TEXT NOT NULL CHECK (name <> ''),
      note TEXT NOT NULL DEFAULT '',
      created INTEGER NOT NULL,
      merged_into INTEGER REFERENCES custodian (key) CHECK (merged_into <> key),
      merged INTEGER,
      CHECK ((merged_into IS NULL) = (merged IS NULL))
    ) STRICT
    """,
    "CREATE INDEX custodian_by_merged_into ON custodian (merged_into)",
    // folded: the value as the directory tells persons apart. query_key: as queries compare it.
    // valid_from, valid_until: half-open; NULL is open. removed: when a person took it away.
    """
    CREATE TABLE identity (
      key INTEGER PRIMARY KEY,
      custodian INTEGER NOT NULL REFERENCES custodian (key),
      kind TEXT NOT NULL CHECK (kind IN ('account', 'user-id', 'e-mail', 'name')),
      value TEXT NOT NULL CHECK (value <> ''),
      folded TEXT NOT NULL CHECK (folded <> ''),
      query_key TEXT NOT NULL,
      valid_from INTEGER,
      valid_until INTEGER,
      origin TEXT NOT NULL,
      added INTEGER NOT NULL,
      removed INTEGER,
      CHECK (valid_from IS NULL OR valid_until IS NULL OR valid_from < valid_until)
    ) STRICT
    """,
    "CREATE INDEX identity_by_custodian ON identity (custodian)",
    "CREATE INDEX identity_by_value ON identity (folded, kind)",
    "CREATE INDEX identity_by_query_key ON identity (query_key)",
    // Content rows refer to account.key, so that merging persons rewrites no content.
    // custodian NULL: not known whose it is.
    """
    CREATE TABLE account (
      key INTEGER PRIMARY KEY,
      route TEXT NOT NULL CHECK (route <> ''),
      native_id TEXT NOT NULL CHECK (native_id <> ''),
      custodian INTEGER REFERENCES custodian (key),
      UNIQUE (route, native_id)
    ) STRICT
    """,
    "CREATE INDEX account_by_custodian ON account (custodian)",
    "CREATE INDEX account_by_native_id ON account (native_id)",
    // Ids are compared as identities are, which are kept in lower case.
    "CREATE INDEX account_by_folded_id ON account (lower(native_id))",
    // Whose an account was, over the store's own time: until NULL is still so. A hold follows
    // what the directory gave a person when it was made, or gives now.
    """
    CREATE TABLE attribution (
      key INTEGER PRIMARY KEY,
      account INTEGER NOT NULL REFERENCES account (key),
      custodian INTEGER NOT NULL REFERENCES custodian (key),
      since INTEGER NOT NULL,
      until INTEGER,
      CHECK (until IS NULL OR since <= until)
    ) STRICT
    """,
    "CREATE INDEX attribution_by_account ON attribution (account)",
    "CREATE INDEX attribution_by_custodian ON attribution (custodian)",
    """
    CREATE TABLE project (
      key INTEGER PRIMARY KEY,
      route TEXT NOT NULL CHECK (route <> ''),
      native_id TEXT NOT NULL CHECK (native_id <> ''),
      name TEXT NOT NULL,
      UNIQUE (route, native_id)
    ) STRICT
    """,
  ]

  /// Where captures come from, their runs, and what went wrong.
  private static let captures = [
    """
    CREATE TABLE source (
      key INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE CHECK (id GLOB 'src_*'),
      name TEXT NOT NULL UNIQUE CHECK (name <> ''),
      kind TEXT NOT NULL CHECK (kind IN ('import', 'compliance-api')),
      url TEXT NOT NULL DEFAULT '',
      key_file TEXT NOT NULL DEFAULT '',
      note TEXT NOT NULL DEFAULT '',
      created INTEGER NOT NULL
    ) STRICT
    """,
    // A finished run's counts add up (claude-capture-formats section 16).
    """
    CREATE TABLE run (
      key INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE CHECK (id GLOB 'run_*'),
      source INTEGER NOT NULL REFERENCES source (key),
      kind TEXT NOT NULL CHECK (kind IN ('import', 'sync')),
      state TEXT NOT NULL CHECK (state IN ('running', 'complete', 'interrupted', 'failed')),
      started INTEGER NOT NULL,
      finished INTEGER,
      read_count INTEGER NOT NULL DEFAULT 0 CHECK (read_count >= 0),
      stored_count INTEGER NOT NULL DEFAULT 0 CHECK (stored_count >= 0),
      updated_count INTEGER NOT NULL DEFAULT 0 CHECK (updated_count >= 0),
      duplicate_count INTEGER NOT NULL DEFAULT 0 CHECK (duplicate_count >= 0),
      merged_count INTEGER NOT NULL DEFAULT 0 CHECK (merged_count >= 0),
      skipped_count INTEGER NOT NULL DEFAULT 0 CHECK (skipped_count >= 0),
      exception_count INTEGER NOT NULL DEFAULT 0 CHECK (exception_count >= 0),
      gap_count INTEGER NOT NULL DEFAULT 0 CHECK (gap_count >= 0),
      conversation_count INTEGER NOT NULL DEFAULT 0 CHECK (conversation_count >= 0),
      blob_count INTEGER NOT NULL DEFAULT 0 CHECK (blob_count >= 0),
      recaptured_count INTEGER NOT NULL DEFAULT 0 CHECK (recaptured_count >= 0),
      byte_count INTEGER NOT NULL DEFAULT 0 CHECK (byte_count >= 0),
      first_record INTEGER,
      last_record INTEGER,
      account TEXT NOT NULL,
      CHECK ((finished IS NULL) = (state = 'running')),
      CHECK (state <> 'complete' OR read_count = stored_count + updated_count + duplicate_count
        + merged_count + skipped_count + exception_count)
    ) STRICT
    """,
    "CREATE INDEX run_by_source ON run (source, started)",
    // sha256 NULL: the file could not be read to its end.
    """
    CREATE TABLE run_input (
      run INTEGER NOT NULL REFERENCES run (key),
      path TEXT NOT NULL CHECK (path <> ''),
      byte_count INTEGER NOT NULL CHECK (byte_count >= 0),
      sha256 BLOB CHECK (length(sha256) = 32),
      format TEXT NOT NULL,
      outcome TEXT NOT NULL CHECK (outcome IN ('read', 'partial', 'unrecognised', 'failed')),
      PRIMARY KEY (run, path)
    ) STRICT, WITHOUT ROWID
    """,
    // One row a problem, however often it is met: of a capture with its source and runs, or, without
    // runs, of what holds protect. hold NULL: it is a person's, whichever hold names them.
    """
    CREATE TABLE exception (
      key INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE CHECK (id GLOB 'exc_*'),
      source INTEGER REFERENCES source (key),
      hold INTEGER REFERENCES hold (key),
      first_run INTEGER REFERENCES run (key),
      last_run INTEGER REFERENCES run (key),
      kind TEXT NOT NULL CHECK (kind IN ('failure', 'gap')),
      code TEXT NOT NULL CHECK (code <> ''),
      path TEXT NOT NULL,
      object TEXT NOT NULL,
      detail TEXT NOT NULL,
      state TEXT NOT NULL CHECK (state IN ('open', 'resolved')),
      first_seen INTEGER NOT NULL,
      last_seen INTEGER NOT NULL,
      -- The id of the conversation that it concerns, which may not be here; NULL: no single one is
      -- known.
      conversation TEXT CHECK (conversation GLOB 'conv_*'),
      resolved INTEGER,
      reason TEXT NOT NULL DEFAULT '',
      account TEXT NOT NULL DEFAULT '',
      CHECK ((first_run IS NULL) = (last_run IS NULL)),
      CHECK (first_run IS NULL OR (source IS NOT NULL AND hold IS NULL)),
      CHECK ((state = 'resolved') = (resolved IS NOT NULL)),
      CHECK (state = 'open' OR reason <> '')
    ) STRICT
    """,
    """
    CREATE UNIQUE INDEX exception_by_problem
    ON exception (coalesce(source, 0), coalesce(hold, 0), code, path, object)
    """,
    "CREATE INDEX exception_by_state ON exception (state, kind)",
    "CREATE INDEX exception_by_run ON exception (last_run)",
    // Each attribution of an account asks for its gaps.
    "CREATE INDEX exception_by_account ON exception (object) WHERE code = 'CUSTODIAN_UNKNOWN'",
  ]

  /// Cases, their custodians and searches, and holds with all their versions.
  private static let matters = [
    // Prefix and next number of its productions belong to the case (export-formats 1.6).
    """
    CREATE TABLE matter (
      key INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE CHECK (id GLOB 'case_*'),
      name TEXT NOT NULL UNIQUE CHECK (name <> ''),
      description TEXT NOT NULL DEFAULT '',
      state TEXT NOT NULL CHECK (state IN ('open', 'closed')),
      created INTEGER NOT NULL,
      closed INTEGER,
      control_prefix TEXT NOT NULL DEFAULT 'CLD'
        CHECK (control_prefix <> '' AND control_prefix NOT GLOB '*[^A-Z0-9_.-]*'
          AND control_prefix NOT GLOB '*[0-9]'),
      next_control_number INTEGER NOT NULL DEFAULT 1 CHECK (next_control_number >= 1),
      CHECK ((state = 'closed') = (closed IS NOT NULL))
    ) STRICT
    """,
    """
    CREATE TABLE matter_custodian (
      matter INTEGER NOT NULL REFERENCES matter (key),
      custodian INTEGER NOT NULL REFERENCES custodian (key),
      added INTEGER NOT NULL,
      PRIMARY KEY (matter, custodian)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX matter_custodian_by_custodian ON matter_custodian (custodian)",
    """
    CREATE TABLE matter_search (
      key INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE CHECK (id GLOB 'srch_*'),
      matter INTEGER NOT NULL REFERENCES matter (key),
      query TEXT NOT NULL,
      normal_form TEXT NOT NULL,
      dialect TEXT NOT NULL,
      scope TEXT NOT NULL CHECK (json_valid(scope)),
      since INTEGER,
      before INTEGER,
      zone TEXT NOT NULL,
      as_of INTEGER NOT NULL,
      item_count INTEGER NOT NULL CHECK (item_count >= 0),
      conversation_count INTEGER NOT NULL CHECK (conversation_count >= 0),
      custodian_count INTEGER NOT NULL CHECK (custodian_count >= 0),
      byte_count INTEGER NOT NULL CHECK (byte_count >= 0),
      partial_count INTEGER NOT NULL CHECK (partial_count >= 0),
      incomplete INTEGER NOT NULL CHECK (incomplete IN (0, 1)),
      time INTEGER NOT NULL,
      account TEXT NOT NULL
    ) STRICT
    """,
    "CREATE INDEX matter_search_by_matter ON matter_search (matter, time)",
    """
    CREATE TABLE saved_query (
      key INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE CHECK (id GLOB 'query_*'),
      name TEXT NOT NULL UNIQUE CHECK (name <> ''),
      query TEXT NOT NULL,
      dialect TEXT NOT NULL,
      scope TEXT NOT NULL CHECK (json_valid(scope)),
      since INTEGER,
      before INTEGER,
      created INTEGER NOT NULL,
      account TEXT NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE hold (
      key INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE CHECK (id GLOB 'hold_*'),
      matter INTEGER NOT NULL REFERENCES matter (key),
      name TEXT NOT NULL CHECK (name <> ''),
      created INTEGER NOT NULL,
      UNIQUE (matter, name)
    ) STRICT
    """,
    // A version is in force while ends is NULL or lies ahead: a narrowed or released version goes
    // on protecting through its cool-down, compared at each decision. The query is kept as typed,
    // in normal form with its dates resolved, and as the bound tree (JSON); all three or none.
    """
    CREATE TABLE hold_version (
      key INTEGER PRIMARY KEY,
      hold INTEGER NOT NULL REFERENCES hold (key),
      version INTEGER NOT NULL CHECK (version >= 1),
      created INTEGER NOT NULL,
      released INTEGER,
      ends INTEGER,
      everyone INTEGER NOT NULL CHECK (everyone IN (0, 1)),
      query TEXT CHECK (query <> ''),
      dialect TEXT NOT NULL,
      normal_form TEXT,
      resolved TEXT,
      since INTEGER,
      before INTEGER,
      reason TEXT NOT NULL,
      authority TEXT NOT NULL,
      silent INTEGER NOT NULL CHECK (silent IN (0, 1)),
      account TEXT NOT NULL,
      UNIQUE (hold, version),
      CHECK ((released IS NULL) = (ends IS NULL)),
      CHECK (ends IS NULL OR released <= ends),
      CHECK (since IS NULL OR before IS NULL OR since < before),
      CHECK ((query IS NULL) = (normal_form IS NULL) AND (query IS NULL) = (resolved IS NULL))
    ) STRICT
    """,
    """
    CREATE TABLE hold_custodian (
      hold_version INTEGER NOT NULL REFERENCES hold_version (key),
      custodian INTEGER NOT NULL REFERENCES custodian (key),
      PRIMARY KEY (hold_version, custodian)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX hold_custodian_by_custodian ON hold_custodian (custodian)",
    """
    CREATE TABLE hold_project (
      hold_version INTEGER NOT NULL REFERENCES hold_version (key),
      native_id TEXT NOT NULL CHECK (native_id <> ''),
      PRIMARY KEY (hold_version, native_id)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE hold_source (
      hold_version INTEGER NOT NULL REFERENCES hold_version (key),
      source INTEGER NOT NULL REFERENCES source (key),
      PRIMARY KEY (hold_version, source)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX hold_source_by_source ON hold_source (source)",
  ]

  /// Review sets, what each load froze, exports and control numbers.
  private static let review = [
    """
    CREATE TABLE review_set (
      key INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE CHECK (id GLOB 'set_*'),
      matter INTEGER NOT NULL REFERENCES matter (key),
      name TEXT NOT NULL CHECK (name <> ''),
      description TEXT NOT NULL DEFAULT '',
      created INTEGER NOT NULL,
      UNIQUE (matter, name)
    ) STRICT
    """,
    """
    CREATE TABLE review_load (
      key INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE CHECK (id GLOB 'load_*'),
      review_set INTEGER NOT NULL REFERENCES review_set (key),
      number INTEGER NOT NULL CHECK (number >= 1),
      query TEXT NOT NULL,
      normal_form TEXT NOT NULL,
      dialect TEXT NOT NULL,
      scope TEXT NOT NULL CHECK (json_valid(scope)),
      since INTEGER,
      before INTEGER,
      zone TEXT NOT NULL,
      item_count INTEGER NOT NULL CHECK (item_count >= 0),
      context_count INTEGER NOT NULL CHECK (context_count >= 0),
      already_count INTEGER NOT NULL CHECK (already_count >= 0),
      state TEXT NOT NULL CHECK (state IN ('loading', 'frozen')),
      created INTEGER NOT NULL,
      account TEXT NOT NULL,
      UNIQUE (review_set, number)
    ) STRICT
    """,
    // The versions that the load froze: of the item and of its conversation's native record.
    """
    CREATE TABLE review_item (
      load INTEGER NOT NULL REFERENCES review_load (key),
      conversation INTEGER NOT NULL REFERENCES conversation (key),
      item TEXT NOT NULL CHECK (item GLOB 'itm_*'),
      version INTEGER NOT NULL CHECK (version >= 1),
      conversation_version INTEGER NOT NULL CHECK (conversation_version >= 1),
      is_context INTEGER NOT NULL CHECK (is_context IN (0, 1)),
      PRIMARY KEY (load, conversation, item),
      FOREIGN KEY (conversation, conversation_version)
        REFERENCES conversation_version (conversation, version)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX review_item_by_conversation ON review_item (conversation, item)",
    // published_count: volumes with documents that were about to get their names, whatever became of
    // the export then.
    """
    CREATE TABLE export (
      key INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE CHECK (id GLOB 'exp_*'),
      review_set INTEGER NOT NULL REFERENCES review_set (key),
      state TEXT NOT NULL CHECK (state IN ('running', 'complete', 'failed')),
      volume TEXT NOT NULL CHECK (volume <> ''),
      output TEXT NOT NULL,
      options TEXT NOT NULL CHECK (json_valid(options)),
      prefix TEXT NOT NULL CHECK (prefix <> ''),
      first_number INTEGER,
      last_number INTEGER,
      document_count INTEGER NOT NULL DEFAULT 0 CHECK (document_count >= 0),
      byte_count INTEGER NOT NULL DEFAULT 0 CHECK (byte_count >= 0),
      manifest_sha256 BLOB CHECK (length(manifest_sha256) = 32),
      published_count INTEGER NOT NULL DEFAULT 0 CHECK (published_count >= 0),
      created INTEGER NOT NULL,
      finished INTEGER,
      account TEXT NOT NULL,
      CHECK ((first_number IS NULL) = (last_number IS NULL)),
      CHECK ((finished IS NULL) = (state = 'running')),
      CHECK (state <> 'complete' OR manifest_sha256 IS NOT NULL)
    ) STRICT
    """,
    "CREATE INDEX export_by_set ON export (review_set, created)",
    // One number is bound to one document for ever. A set's number range in a case never changes.
    """
    CREATE TABLE control_number (
      matter INTEGER NOT NULL REFERENCES matter (key),
      prefix TEXT NOT NULL CHECK (prefix <> ''),
      number INTEGER NOT NULL CHECK (number >= 1),
      review_set INTEGER NOT NULL REFERENCES review_set (key),
      document TEXT NOT NULL CHECK (document <> ''),
      PRIMARY KEY (matter, prefix, number),
      UNIQUE (review_set, prefix, document)
    ) STRICT, WITHOUT ROWID
    """,
  ]

  /// The audit log: append only, each event bound to the one before by its digest.
  private static let audit = [
    """
    CREATE TABLE event (
      seq INTEGER PRIMARY KEY CHECK (seq >= 1),
      time INTEGER NOT NULL,
      user_id INTEGER NOT NULL,
      account TEXT NOT NULL CHECK (account <> ''),
      calling_account TEXT,
      host TEXT NOT NULL,
      program TEXT NOT NULL,
      command TEXT NOT NULL,
      action TEXT NOT NULL CHECK (action <> ''),
      object TEXT NOT NULL,
      before TEXT NOT NULL CHECK (json_valid(before)),
      after TEXT NOT NULL CHECK (json_valid(after)),
      reason TEXT NOT NULL,
      prev_sha256 BLOB NOT NULL CHECK (length(prev_sha256) = 32),
      sha256 BLOB NOT NULL CHECK (length(sha256) = 32)
    ) STRICT
    """,
    "CREATE INDEX event_by_object ON event (object, seq)",
    // No proof against an editor of the file: that is the chain's work. They stop our own errors.
    """
    CREATE TRIGGER event_is_never_changed BEFORE UPDATE ON event
    BEGIN SELECT RAISE(ABORT, 'audit events are never changed'); END
    """,
    """
    CREATE TRIGGER event_is_never_deleted BEFORE DELETE ON event
    BEGIN SELECT RAISE(ABORT, 'audit events are never deleted'); END
    """,
  ]
}
