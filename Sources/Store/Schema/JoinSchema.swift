// SPDX-License-Identifier: Apache-2.0

/// What links units of several routes (claude-capture-formats section 2.2).
///
/// Joins are asked for, never stored: so they do not depend on the order of captures.
enum JoinSchema {
  static let statements = [
    // digest: the first half of the SHA-256 of kind and value. No id or name is here.
    """
    CREATE TABLE join_key (
      conversation INTEGER NOT NULL REFERENCES conversation (key),
      kind TEXT NOT NULL CHECK (
        kind IN ('chat', 'chat-id', 'call', 'response', 'session', 'project')),
      digest BLOB NOT NULL CHECK (length(digest) = 16),
      PRIMARY KEY (conversation, kind, digest)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX join_key_by_digest ON join_key (digest, kind)",
  ]
}
