// SPDX-License-Identifier: Apache-2.0

/// Notices of holds: what was issued to whom, and who answered (holds-and-retention section 2.4).
///
/// Times are ticks of 100 ns since 1970.
enum NoticeSchema {
  static let statements = [
    // A row stands before its file does, with the message itself, so that whoever is killed between
    // can go on: written NULL is a message that is still to be written, withdrawn one that never
    // will be. round counts the notices of a kind to a person. due NULL: none was set.
    // acknowledged, recorded, recorder: when the person answered, when and by whom it was entered.
    """
    CREATE TABLE notice (
      key INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE CHECK (id GLOB 'notice_*'),
      hold INTEGER NOT NULL REFERENCES hold (key),
      custodian INTEGER NOT NULL REFERENCES custodian (key),
      kind TEXT NOT NULL CHECK (kind IN ('hold', 'release')),
      round INTEGER NOT NULL CHECK (round >= 1),
      address TEXT NOT NULL CHECK (address <> ''),
      file TEXT NOT NULL CHECK (file <> '' AND file NOT GLOB '*/*'),
      folder TEXT NOT NULL CHECK (folder <> ''),
      message BLOB NOT NULL,
      message_sha256 BLOB NOT NULL CHECK (length(message_sha256) = 32),
      text_sha256 BLOB NOT NULL CHECK (length(text_sha256) = 32),
      template_sha256 BLOB NOT NULL CHECK (length(template_sha256) = 32),
      due INTEGER,
      issued INTEGER NOT NULL,
      account TEXT NOT NULL,
      written INTEGER,
      withdrawn INTEGER,
      acknowledged INTEGER,
      method TEXT NOT NULL DEFAULT '',
      recorded INTEGER,
      recorder TEXT NOT NULL DEFAULT '',
      UNIQUE (hold, custodian, kind, round),
      CHECK (written IS NULL OR withdrawn IS NULL),
      CHECK (acknowledged IS NULL OR written IS NOT NULL),
      CHECK ((acknowledged IS NULL) = (recorded IS NULL)),
      CHECK ((acknowledged IS NULL) = (method = '')),
      CHECK ((acknowledged IS NULL) = (recorder = ''))
    ) STRICT
    """,
    "CREATE INDEX notice_by_custodian ON notice (custodian)",
  ]
}
