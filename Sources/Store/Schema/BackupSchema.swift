// SPDX-License-Identifier: Apache-2.0

/// Backups on record: a certificate of disposition names those that still hold what was purged.
///
/// Times are ticks of 100 ns since 1970.
enum BackupSchema {
  static let statements = [
    // event_count, event_sha256: the audit log's head in the copy, so all that was decided up to it
    // is in the backup and nothing later; while it is running, that of its own beginning.
    // manifest_sha256: the digest of its manifest, which holds those of all its files. A running one
    // that has it was written, and may stand under its name already; one without it does not.
    """
    CREATE TABLE backup (
      key INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE CHECK (id GLOB 'backup_*'),
      state TEXT NOT NULL CHECK (state IN ('running', 'complete', 'failed')),
      path TEXT NOT NULL CHECK (path <> ''),
      created INTEGER NOT NULL,
      finished INTEGER,
      event_count INTEGER NOT NULL CHECK (event_count >= 1),
      event_sha256 BLOB CHECK (length(event_sha256) = 32),
      conversation_count INTEGER NOT NULL DEFAULT 0 CHECK (conversation_count >= 0),
      hold_count INTEGER NOT NULL DEFAULT 0 CHECK (hold_count >= 0),
      file_count INTEGER NOT NULL DEFAULT 0 CHECK (file_count >= 0),
      byte_count INTEGER NOT NULL DEFAULT 0 CHECK (byte_count >= 0),
      manifest_sha256 BLOB CHECK (length(manifest_sha256) = 32),
      account TEXT NOT NULL,
      CHECK ((finished IS NULL) = (state = 'running')),
      CHECK (state <> 'complete' OR manifest_sha256 IS NOT NULL),
      CHECK ((manifest_sha256 IS NULL) = (event_sha256 IS NULL))
    ) STRICT
    """
  ]
}
