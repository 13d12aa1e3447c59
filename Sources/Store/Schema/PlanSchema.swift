// SPDX-License-Identifier: Apache-2.0

/// Plans of what may be disposed of.
///
/// They hold ids, dates and counts, never content or titles. Times are ticks of 100 ns since 1970.
enum PlanSchema {
  static let statements = [
    // as_of: the time that was asked about, where it was not the plan's own. query, normal_form,
    // reason: of a removal on request; all or none. policy_sha256: of what policies and labels said.
    // sha256: of the entries, when the plan is complete.
    """
    CREATE TABLE retention_plan (
      key INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE CHECK (id GLOB 'plan_*'),
      state TEXT NOT NULL CHECK (state IN ('computing', 'ready')),
      created INTEGER NOT NULL,
      as_of INTEGER,
      query TEXT CHECK (query <> ''),
      normal_form TEXT,
      reason TEXT CHECK (reason <> ''),
      policies TEXT CHECK (policies IS NULL OR json_valid(policies)),
      policy_sha256 BLOB NOT NULL CHECK (length(policy_sha256) = 32),
      sha256 BLOB CHECK (length(sha256) = 32),
      conversation_count INTEGER NOT NULL DEFAULT 0 CHECK (conversation_count >= 0),
      due_count INTEGER NOT NULL DEFAULT 0 CHECK (due_count >= 0),
      review_count INTEGER NOT NULL DEFAULT 0 CHECK (review_count >= 0),
      simulated_count INTEGER NOT NULL DEFAULT 0 CHECK (simulated_count >= 0),
      nearer_count INTEGER NOT NULL DEFAULT 0 CHECK (nearer_count >= 0),
      held_count INTEGER NOT NULL DEFAULT 0 CHECK (held_count >= 0),
      review_set_count INTEGER NOT NULL DEFAULT 0 CHECK (review_set_count >= 0),
      retained_count INTEGER NOT NULL DEFAULT 0 CHECK (retained_count >= 0),
      not_due_count INTEGER NOT NULL DEFAULT 0 CHECK (not_due_count >= 0),
      start_unknown_count INTEGER NOT NULL DEFAULT 0
        CHECK (start_unknown_count BETWEEN 0 AND not_due_count),
      not_selected_count INTEGER NOT NULL DEFAULT 0 CHECK (not_selected_count >= 0),
      item_count INTEGER NOT NULL DEFAULT 0 CHECK (item_count >= 0),
      byte_count INTEGER NOT NULL DEFAULT 0 CHECK (byte_count >= 0),
      account TEXT NOT NULL,
      CHECK ((state = 'ready') = (sha256 IS NOT NULL)),
      CHECK ((query IS NULL) = (normal_form IS NULL) AND (query IS NULL) = (reason IS NULL))
    ) STRICT
    """,
    // conversation: the catalog's row, which a purge takes away. nearer: by a change of the groups of
    // a person; former_purge_at: when it would be due without; NULL where that is no known time.
    // deciding: ids of policies and labels.
    """
    CREATE TABLE retention_plan_entry (
      plan INTEGER NOT NULL REFERENCES retention_plan (key),
      id TEXT NOT NULL CHECK (id GLOB 'conv_*'),
      conversation INTEGER NOT NULL,
      state TEXT NOT NULL CHECK (state IN ('due', 'review', 'simulated')),
      purge_at INTEGER NOT NULL,
      nearer INTEGER NOT NULL CHECK (nearer IN (0, 1)),
      former_purge_at INTEGER CHECK (former_purge_at IS NULL OR nearer = 1),
      deciding TEXT NOT NULL CHECK (json_valid(deciding)),
      item_count INTEGER NOT NULL CHECK (item_count >= 0),
      byte_count INTEGER NOT NULL CHECK (byte_count >= 0),
      PRIMARY KEY (plan, id)
    ) STRICT, WITHOUT ROWID
    """,
    // What policies and labels decide, and holds and review sets keep, in numbers of conversations.
    """
    CREATE TABLE retention_plan_total (
      plan INTEGER NOT NULL REFERENCES retention_plan (key),
      object TEXT NOT NULL
        CHECK (object GLOB 'pol_*' OR object GLOB 'hold_*' OR object GLOB 'set_*'),
      state TEXT NOT NULL
        CHECK (state IN ('due', 'review', 'simulated', 'held', 'in-review-set')),
      conversation_count INTEGER NOT NULL CHECK (conversation_count >= 0),
      byte_count INTEGER NOT NULL CHECK (byte_count >= 0),
      PRIMARY KEY (plan, object, state)
    ) STRICT, WITHOUT ROWID
    """,
  ]
}
