// SPDX-License-Identifier: Apache-2.0
package import Capture
import Foundation
package import Model
package import Store

/// Pulls what a service has into a store (claude-capture-formats section 3.11).
///
/// Killed at any moment and run again, it ends in the same state: a position moves only together
/// with what lies before it.
package struct SyncAction {
  private let store: Store
  private let actor: AuditActor
  private let settings: SyncSettings

  /// Prepares a sync.
  ///
  /// - Parameters:
  ///   - store: Opened for writing.
  ///   - actor: Who syncs.
  ///   - settings: How to go about it.
  package init(store: Store, actor: AuditActor, settings: SyncSettings = SyncSettings()) {
    self.store = store
    self.actor = actor
    self.settings = settings
  }

  /// Syncs one source.
  ///
  /// - Parameters:
  ///   - source: Of the kind `compliance-api`.
  ///   - key: Its key.
  ///   - check: Called often, from several threads, with what is being done; a throw stops the
  ///     sync, and what it fetched is stored.
  /// - Returns: What was brought.
  /// - Throws: `StoreError`, `ComplianceError` when nothing can be read at all, or what `check`
  ///   throws.
  package func run(
    _ source: SourceRecord, key: ComplianceKey,
    check: @escaping @Sendable (String) throws -> Void = { _ in }
  ) throws -> SyncReport {
    guard source.kind == .complianceAPI else {
      throw StoreError(
        .usage, "\(source.name) is no source of a service; use custody import for files",
        objects: [source.id.text])
    }
    let lock = try whenFree(
      within: settings.wait, { try check("waiting for another process") },
      { try store.lockJob(Store.syncLock(of: source.id), as: actor, wait: $0) })
    return try withExtendedLifetime(lock) {
      try store.sweepBlobs(of: source.id, as: actor)
      let pace = RequestPace(
        callsPerMinute: settings.callsPerMinute, clock: settings.clock,
        check: { try check("") })
      let client = try ComplianceClient(
        baseURL: source.url, key: key, transport: settings.makeTransport(), pace: pace,
        patience: settings.patience, userAgent: Program.name + "/" + Program.version)
      let run = try store.change(as: actor) { change in
        if settings.restarts {
          try change.forgetSyncPositions(of: source, besides: SyncSession.holdsWalk)
        }
        return try change.startRun(.sync, of: source)
      }
      let session = SyncSession(
        store: store, actor: actor, source: source, run: run, client: client, settings: settings,
        fingerprint: key.fingerprint, check: check)
      return try session.execute()
    }
  }
}
