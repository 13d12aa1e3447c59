// SPDX-License-Identifier: Apache-2.0
import Model

/// The tables of a partition file, `partitions/NNNN.sqlite`.
///
/// Rows are numbered upward and never used again. Each batch that a writer commits is one row of
/// `batch` and contiguous in all tables. The catalog's row of a partition says up to which row its
/// content counts: what lies above was left by a crash, is shown by nothing, and goes with the next
/// writer. The full-text index numbers its entries in the order of time (`EntryNumbers`), so that a
/// page of results is the begin of a list and sorts nothing.
enum PartitionSchema {
  /// In the header of the file: the form of its tables.
  static let version: Int64 = 5
  /// Marks the files of a store's content: "cusp".
  static let applicationID: Int64 = 0x6375_7370

  static let statements = tables + index

  private static let tables = [
    // detector: the version that looked for sensitive types in its items.
    """
    CREATE TABLE batch (
      key INTEGER PRIMARY KEY,
      first_row INTEGER NOT NULL,
      last_row INTEGER NOT NULL CHECK (last_row >= first_row - 1),
      last_record INTEGER NOT NULL,
      last_conversation INTEGER NOT NULL,
      last_term INTEGER NOT NULL,
      min_time INTEGER,
      max_time INTEGER,
      untimed_count INTEGER NOT NULL CHECK (untimed_count >= 0),
      max_shift INTEGER NOT NULL CHECK (max_shift >= 0),
      detector INTEGER NOT NULL CHECK (detector >= 1)
    ) STRICT
    """,
    // Names that rows and facets refer to by number. detail: of an account its route, of a project
    // or organization its name.
    """
    CREATE TABLE term (
      key INTEGER PRIMARY KEY,
      kind TEXT NOT NULL CHECK (kind IN ('account', 'project', 'source', 'run', 'model', 'tool',
        'extension', 'type', 'organization')),
      text TEXT NOT NULL,
      detail TEXT NOT NULL,
      UNIQUE (kind, text, detail)
    ) STRICT
    """,
    """
    CREATE TABLE conversation (
      key INTEGER PRIMARY KEY,
      id_key INTEGER NOT NULL,
      native_key INTEGER NOT NULL,
      kind TEXT NOT NULL CHECK (kind IN ('conversation', 'project', 'memory', 'activity')),
      route TEXT NOT NULL CHECK (route <> ''),
      native_id TEXT NOT NULL,
      UNIQUE (route, native_id)
    ) STRICT
    """,
    "CREATE INDEX conversation_by_id ON conversation (id_key)",
    "CREATE INDEX conversation_by_native ON conversation (native_key)",
    // One version of a conversation; deleted: when its user deleted it at the source; native: zstd over the bytes as captured.
    """
    CREATE TABLE record (
      row INTEGER PRIMARY KEY,
      conversation INTEGER NOT NULL REFERENCES conversation (key),
      version INTEGER NOT NULL CHECK (version >= 1),
      title TEXT NOT NULL,
      account INTEGER REFERENCES term (key),
      project INTEGER REFERENCES term (key),
      organization INTEGER REFERENCES term (key),
      source INTEGER NOT NULL REFERENCES term (key),
      run INTEGER NOT NULL REFERENCES term (key),
      captured INTEGER NOT NULL,
      created INTEGER,
      updated INTEGER,
      deleted INTEGER,
      leaf TEXT,
      flags TEXT NOT NULL,
      item_count INTEGER NOT NULL CHECK (item_count >= 0),
      digest BLOB NOT NULL CHECK (length(digest) = 32),
      byte_count INTEGER NOT NULL CHECK (byte_count >= 0),
      native BLOB NOT NULL,
      UNIQUE (conversation, version)
    ) STRICT
    """,
    // One version of an item, or a further row of one for a conversation with a new title, account
    // or project. first: the row of the item's first version. record: the version of the
    // conversation whose title and so on it was indexed with; that of the lowest row of an item's
    // version holds its native bytes, at native_offset. entry: its number in the full-text index.
    """
    CREATE TABLE item (
      row INTEGER PRIMARY KEY,
      entry INTEGER NOT NULL UNIQUE CHECK (entry >= 0),
      conversation INTEGER NOT NULL REFERENCES conversation (key),
      record INTEGER NOT NULL REFERENCES record (row),
      first INTEGER NOT NULL,
      version INTEGER NOT NULL CHECK (version >= 1),
      position INTEGER NOT NULL CHECK (position >= 0),
      time INTEGER,
      id_key INTEGER NOT NULL,
      byte_count INTEGER NOT NULL CHECK (byte_count >= 0),
      flags INTEGER NOT NULL,
      kind TEXT NOT NULL,
      role TEXT NOT NULL,
      account INTEGER REFERENCES term (key),
      -- The account that sent it; NULL: the same.
      sender INTEGER REFERENCES term (key),
      model INTEGER REFERENCES term (key),
      updated INTEGER,
      native_key INTEGER,
      native_id TEXT,
      parent TEXT,
      native_role TEXT NOT NULL,
      native_offset INTEGER NOT NULL CHECK (native_offset >= 0),
      digest BLOB NOT NULL CHECK (length(digest) = 32),
      CHECK ((native_key IS NULL) = (native_id IS NULL))
    ) STRICT
    """,
    "CREATE INDEX item_by_conversation ON item (conversation)",
    "CREATE INDEX item_by_id ON item (id_key)",
    "CREATE INDEX item_by_native ON item (native_key) WHERE native_key IS NOT NULL",
    "CREATE INDEX item_by_first ON item (first) WHERE first <> row",
    // What the full-text index was given, byte for byte: without a copy of it FTS5 can neither
    // delete an entry nor be rebuilt.
    """
    CREATE TABLE item_text (
      row INTEGER PRIMARY KEY REFERENCES item (row),
      body TEXT NOT NULL,
      title TEXT NOT NULL,
      names TEXT NOT NULL,
      files TEXT NOT NULL,
      facet TEXT NOT NULL
    ) STRICT
    """,
    // has_text 0: the file gives the search no text. Digests: of the text, in UTF-8; content: of the
    // bytes, where they are here. lack: why there is no text or not all of it; reader: what made the
    // text of the bytes, '' where it is the capture's own.
    """
    CREATE TABLE item_file (
      row INTEGER NOT NULL REFERENCES item (row),
      number INTEGER NOT NULL CHECK (number >= 0),
      kind TEXT NOT NULL CHECK (kind IN ('attachment', 'generatedfile', 'artifact')),
      native_key INTEGER,
      native_id TEXT,
      name TEXT NOT NULL,
      type TEXT NOT NULL,
      extension TEXT NOT NULL,
      byte_count INTEGER,
      version INTEGER,
      has_text INTEGER NOT NULL CHECK (has_text IN (0, 1)),
      sha256 BLOB CHECK (length(sha256) = 32),
      md5 BLOB CHECK (length(md5) = 16),
      content_sha256 BLOB CHECK (length(content_sha256) = 32),
      content_md5 BLOB CHECK (length(content_md5) = 16),
      lack TEXT NOT NULL,
      note TEXT NOT NULL,
      reader TEXT NOT NULL,
      PRIMARY KEY (row, number),
      CHECK (has_text = 1 OR lack <> '')
    ) STRICT, WITHOUT ROWID
    """,
    // Further ids of the source that name an item's version, such as those of records that were
    // merged into it.
    // The key's columns come first: of a table without rowid whose key has a gap, the integrity check of
    // SQLite 3.40 finds NULL where there is none.
    """
    CREATE TABLE item_alias (
      row INTEGER NOT NULL REFERENCES item (row),
      native_id TEXT NOT NULL,
      native_key INTEGER NOT NULL,
      PRIMARY KEY (row, native_id)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX item_alias_by_native ON item_alias (native_key)",
    // Sensitive types found in the item's texts: how many different instances have a confidence.
    """
    CREATE TABLE item_sensitive (
      row INTEGER NOT NULL REFERENCES item (row),
      type INTEGER NOT NULL CHECK (type >= 1),
      confidence INTEGER NOT NULL CHECK (confidence BETWEEN 1 AND 100),
      count INTEGER NOT NULL CHECK (count >= 1),
      PRIMARY KEY (row, type, confidence)
    ) STRICT, WITHOUT ROWID
    """,
    // Items of which a later reading gave something else; wording: the newest one of any hold then,
    // a row of the catalog, NULL while that is not known.
    """
    CREATE TABLE item_reread (
      row INTEGER PRIMARY KEY REFERENCES item (row),
      wording INTEGER CHECK (wording >= 0)
    ) STRICT
    """,
    "CREATE INDEX item_file_by_lack ON item_file (lack) WHERE lack <> ''",
    """
    CREATE INDEX item_file_by_content ON item_file (content_sha256)
      WHERE content_sha256 IS NOT NULL
    """,
    "CREATE INDEX item_file_by_native ON item_file (native_key) WHERE native_key IS NOT NULL",
  ]

  /// Bytes in a leaf of the full-text index: a leaf fills a page of the file.
  static let indexPageByteCount = 8000

  /// The full-text index, which can be made anew from `item_text`.
  static let index = [
    """
    CREATE VIRTUAL TABLE fts USING fts5(
      body, title, names, files, facet,
      content='', columnsize=0, detail=full, tokenize='\(FullTextTokenizer.name)')
    """,
    // Of what FTS5 writes itself. Large pending hash: fewer segments. Measured.
    "INSERT INTO fts (fts, rank) VALUES ('hashsize', 33554432)",
    "INSERT INTO fts (fts, rank) VALUES ('pgsz', \(indexPageByteCount))",
    "INSERT INTO fts (fts, rank) VALUES ('automerge', 8)",
  ]
}

/// What `item.flags` holds.
struct ItemFlags: OptionSet, Sendable {
  let rawValue: Int64

  /// A field of it has several segments, so proximity in the index may cross one.
  static let severalSegments = ItemFlags(rawValue: 1)
  /// It carries a file.
  static let hasFiles = ItemFlags(rawValue: 2)
  /// A file of it has no text, or not all of its text.
  static let partial = ItemFlags(rawValue: 4)
  /// A further version of an item that came before.
  static let later = ItemFlags(rawValue: 8)
  /// Edited or regenerated: one of several siblings, or changed since an earlier capture.
  static let edited = ItemFlags(rawValue: 16)
  /// The conversation version that it was indexed with no longer has it: an earlier one holds its
  /// bytes.
  static let absent = ItemFlags(rawValue: 32)
  /// Its provenance; none of them: verified.
  static let clientAsserted = ItemFlags(rawValue: 64)
  static let synthetic = ItemFlags(rawValue: 128)
  static let unavailable = ItemFlags(rawValue: 256)
}

extension ItemFlags {
  /// How far it is certain that the item was said as it stands.
  init(_ provenance: Provenance) {
    self =
      switch provenance {
      case .verified: []
      case .clientAsserted, .other: .clientAsserted
      case .synthetic: .synthetic
      case .unavailable: .unavailable
      }
  }

  /// The word for the provenance, without the reason of what is unavailable.
  var provenance: String {
    if contains(.clientAsserted) { return Provenance.clientAsserted.text }
    if contains(.synthetic) { return Provenance.synthetic.text }
    return contains(.unavailable) ? "unavailable" : Provenance.verified.text
  }
}
