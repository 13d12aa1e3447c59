// SPDX-License-Identifier: Apache-2.0
import GRDB
package import Model

/// Where the changes of a job go: into a store, or under `--dry-run` into a copy of its catalog.
package protocol ChangeTarget: AnyObject, Sendable {
  /// Reads the catalog; everything in the closure sees one state. Not reentrant.
  func read<Result>(_ body: (Catalog) throws -> Result) throws -> Result

  /// Changes the catalog in one transaction. Not reentrant.
  func change<Result>(as actor: AuditActor, _ body: (Change) throws -> Result) throws -> Result
}

extension Store: ChangeTarget {}

/// A copy of a catalog on which a job of several changes is tried out, and which is then forgotten.
///
/// It takes no lock, writes nothing into the store, and works on one that was opened for reading.
/// SQLite keeps the copy in memory while it is small, and otherwise in a temporary file without a
/// name.
package final class Rehearsal: ChangeTarget {
  let copy: DatabaseQueue
  private let store: Store

  fileprivate init(_ store: Store) throws {
    self.store = store
    copy = try StoreError.wrapping(store.layout.catalog) {
      let copy = try DatabaseQueue(path: "")
      try store.catalogDatabase.backup(to: copy)
      return copy
    }
  }

  package func read<Result>(_ body: (Catalog) throws -> Result) throws -> Result {
    try StoreError.wrapping(store.layout.catalog) {
      try copy.read { db in try body(Catalog(db: db, now: store.now)) }
    }
  }

  package func change<Result>(
    as actor: AuditActor, _ body: (Change) throws -> Result
  ) throws -> Result {
    try StoreError.wrapping(store.layout.catalog) {
      try copy.write { db in try body(Change(db: db, actor: actor, now: store.now)) }
    }
  }
}

extension Store {
  /// Begins a rehearsal on the catalog as it is now.
  package func rehearsal() throws -> Rehearsal { try Rehearsal(self) }

  /// Runs a change on a copy of the catalog and forgets it.
  ///
  /// This is what `--dry-run` does: it takes no lock and writes nothing, and works on a store that
  /// was opened for reading.
  package func rehearse<Result>(
    as actor: AuditActor, _ body: (Change) throws -> Result
  ) throws -> Result {
    try rehearsal().change(as: actor, body)
  }
}
