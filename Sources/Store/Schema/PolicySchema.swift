// SPDX-License-Identifier: Apache-2.0

/// Policies and labels with all their versions, what labels are set, and the groups of persons.
///
/// Times are ticks of 100 ns since 1970.
enum PolicySchema {
  static let statements = policies + labels + groups

  private static let policies = [
    // locked, deleted: when; NULL while it is not.
    """
    CREATE TABLE policy (
      key INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE CHECK (id GLOB 'pol_*'),
      name TEXT NOT NULL CHECK (name <> ''),
      kind TEXT NOT NULL CHECK (kind IN ('policy', 'label')),
      created INTEGER NOT NULL,
      locked INTEGER,
      deleted INTEGER,
      CHECK (locked IS NULL OR deleted IS NULL)
    ) STRICT
    """,
    "CREATE UNIQUE INDEX policy_by_name ON policy (name) WHERE deleted IS NULL",
    "CREATE VIEW standing_policy AS SELECT * FROM policy WHERE deleted IS NULL",
    // ended: when another version took its place, or the policy was deleted. The condition is kept
    // as typed, in normal form, and with what its persons stood for (JSON); all three or none.
    """
    CREATE TABLE policy_version (
      key INTEGER PRIMARY KEY,
      policy INTEGER NOT NULL REFERENCES policy (key),
      version INTEGER NOT NULL CHECK (version >= 1),
      created INTEGER NOT NULL,
      ended INTEGER,
      action TEXT NOT NULL CHECK (action IN ('retain', 'delete', 'retain-then-delete')),
      period TEXT NOT NULL CHECK (period <> ''),
      start TEXT NOT NULL CHECK (start IN ('created', 'last-activity', 'captured', 'labelled')),
      everyone INTEGER NOT NULL CHECK (everyone IN (0, 1)),
      query TEXT CHECK (query <> ''),
      dialect TEXT NOT NULL,
      normal_form TEXT,
      resolved TEXT,
      mode TEXT NOT NULL CHECK (mode IN ('simulate', 'on', 'off')),
      disposition TEXT NOT NULL CHECK (disposition IN ('automatic', 'review')),
      reason TEXT NOT NULL,
      account TEXT NOT NULL,
      UNIQUE (policy, version),
      CHECK (ended IS NULL OR created <= ended),
      CHECK (period <> 'forever' OR action = 'retain'),
      CHECK ((query IS NULL) = (normal_form IS NULL) AND (query IS NULL) = (resolved IS NULL))
    ) STRICT
    """,
    // value: a custodian's or source's id, `attribute=value` of a group, a native project id, a model.
    """
    CREATE TABLE policy_name (
      policy_version INTEGER NOT NULL REFERENCES policy_version (key),
      excluded INTEGER NOT NULL CHECK (excluded IN (0, 1)),
      kind TEXT NOT NULL CHECK (kind IN ('custodian', 'group', 'project', 'source', 'model')),
      value TEXT NOT NULL CHECK (value <> ''),
      PRIMARY KEY (policy_version, excluded, kind, value)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX policy_name_by_value ON policy_name (value)",
  ]

  private static let labels = [
    // At most one a conversation. by_rule: its condition set it, else a person.
    """
    CREATE TABLE label_assignment (
      conversation INTEGER PRIMARY KEY REFERENCES conversation (key),
      policy INTEGER NOT NULL REFERENCES policy (key),
      since INTEGER NOT NULL,
      by_rule INTEGER NOT NULL CHECK (by_rule IN (0, 1)),
      reason TEXT NOT NULL,
      account TEXT NOT NULL
    ) STRICT
    """,
    "CREATE INDEX label_assignment_by_policy ON label_assignment (policy)",
  ]

  private static let groups = [
    // The newest directory snapshot in which a person appeared. changed: when one last told other
    // groups than the one before; NULL while the first ones stand.
    """
    CREATE TABLE custodian_snapshot (
      custodian INTEGER PRIMARY KEY REFERENCES custodian (key),
      taken INTEGER NOT NULL,
      changed INTEGER
    ) STRICT
    """,
    """
    CREATE TABLE custodian_group (
      custodian INTEGER NOT NULL REFERENCES custodian_snapshot (custodian),
      name TEXT NOT NULL CHECK (name GLOB '?*=?*'),
      PRIMARY KEY (custodian, name)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX custodian_group_by_name ON custodian_group (name)",
    // The groups before the last change of them.
    """
    CREATE TABLE custodian_former_group (
      custodian INTEGER NOT NULL REFERENCES custodian_snapshot (custodian),
      name TEXT NOT NULL CHECK (name GLOB '?*=?*'),
      PRIMARY KEY (custodian, name)
    ) STRICT, WITHOUT ROWID
    """,
  ]
}
