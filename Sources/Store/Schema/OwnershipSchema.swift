// SPDX-License-Identifier: Apache-2.0

/// Every account and project that a capture of a conversation named.
///
/// `conversation.account` and `conversation.project` are what the newest capture told. A hold through
/// an account that an earlier capture named must not lose the conversation, so holds and policies ask
/// these tables.
enum OwnershipSchema {
  static let statements = [
    """
    CREATE TABLE conversation_account (
      conversation INTEGER NOT NULL REFERENCES conversation (key),
      account INTEGER NOT NULL REFERENCES account (key),
      PRIMARY KEY (conversation, account)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX conversation_account_by_account ON conversation_account (account)",
    // name: what its newest capture that told one calls the project; with the last conversation that
    // calls it so the catalog forgets it.
    """
    CREATE TABLE conversation_project (
      conversation INTEGER NOT NULL REFERENCES conversation (key),
      project INTEGER NOT NULL REFERENCES project (key),
      name TEXT NOT NULL DEFAULT '',
      PRIMARY KEY (conversation, project)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX conversation_project_by_project ON conversation_project (project, name)",
  ]
}
