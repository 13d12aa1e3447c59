// SPDX-License-Identifier: Apache-2.0
package import Model

/// What is known of a conversation, or of another unit of preservation, when a hold is decided.
package struct UnitFacts: Hashable, Sendable {
  /// Every account in whose store a capture found it; empty when no source tells.
  package var accounts: Set<Int64>
  /// Whether it has an account, and it is known of each whose it is.
  package var isAttributed: Bool
  /// The native ids of every project that a capture found it in; empty when no source tells.
  package var projects: Set<String>
  /// The ids of all sources that brought it.
  package var sources: Set<String>
  /// When it began; nil when the source does not tell.
  ///
  /// Counts where there are no items.
  package var started: Instant?

  package init(
    accounts: Set<Int64>, isAttributed: Bool, projects: Set<String>, sources: Set<String>,
    started: Instant? = nil
  ) {
    self.accounts = accounts
    self.isAttributed = isAttributed
    self.projects = projects
    self.sources = sources
    self.started = started
  }
}

/// What is known of one version of an item when a hold is decided.
package struct ItemFacts: Hashable, Sendable {
  /// The item's own time; nil when the source does not tell or it cannot be read.
  package var time: Instant?
  /// Why a query cannot be decided on it for certain, such as a file without text; nil when all of
  /// it can be read.
  package var obstacle: String?
  /// The newest wording of any hold that was on record when a later reading last changed what is
  /// derived from the item, such as the text of a file; nil where none did.
  ///
  /// What the query of an older hold selected before cannot be told any more.
  package var rereadWording: Int64?

  package init(time: Instant?, obstacle: String? = nil, rereadWording: Int64? = nil) {
    self.time = time
    self.obstacle = obstacle
    self.rereadWording = rereadWording
  }
}
