// SPDX-License-Identifier: Apache-2.0
import Bytes
import Model
package import Production
package import Store

/// The audit log as a hash tree whose leaves are the lines of the custody log (export-formats
/// section 10.4).
package enum AuditTree {
  /// What a store's log is called in checkpoints.
  package static func origin(of catalog: Catalog) throws -> String {
    "custody/" + (try catalog.storeID())
  }

  /// How far the log reaches now.
  package static func checkpoint(of catalog: Catalog) throws -> Checkpoint {
    var tree = HashTree()
    try catalog.forEachEvent { tree.add($0.line.utf8.span) }
    return Checkpoint(origin: try origin(of: catalog), size: tree.leafCount, root: tree.root)
  }

  /// Shows that the events about an export stand in the log as it is now.
  ///
  /// - Parameters:
  ///   - export: The export.
  ///   - catalog: The catalog.
  ///   - key: Signs the checkpoint; nil leaves it without a signature.
  /// - Returns: The checkpoint with a proof for each of the events.
  /// - Throws: `StoreError`, `ProductionError`.
  package static func proof(
    of export: ExportRecord, in catalog: Catalog, key: SigningKey?
  ) throws -> AuditProof {
    let count = Int(try catalog.auditHead().count)
    var wanted: [EventRecord] = []
    try catalog.forEachEvent(AuditFilter(object: export.id.text)) { wanted.append($0) }
    var tree = HashTree()
    var collector = ProofCollector(size: count, wanted: wanted.map { Int($0.seq) - 1 })
    try catalog.forEachEvent { event in
      let line = event.line
      tree.add(line.utf8.span)
      collector.add(line.utf8.span)
    }
    var checkpoint = Checkpoint(
      origin: try origin(of: catalog), size: tree.leafCount, root: tree.root)
    if let key { try checkpoint.sign(with: key) }
    let paths = collector.finish()
    return AuditProof(
      checkpoint: checkpoint,
      events: try wanted.map { event in
        guard let path = paths[Int(event.seq) - 1] else {
          throw StoreError(.damaged, "the audit log has gaps; run custody audit verify")
        }
        return AuditProof.Event(index: Int(event.seq) - 1, leaf: event.line, path: path)
      })
  }

  /// What is wrong with the log, seen from a checkpoint that was kept elsewhere.
  ///
  /// - Parameters:
  ///   - anchor: The checkpoint.
  ///   - catalog: The catalog.
  /// - Returns: Nil when the log has all that the checkpoint speaks of, unchanged.
  /// - Throws: `StoreError` when the catalog cannot be read.
  package static func defect(
    from anchor: Checkpoint, in catalog: Catalog
  ) throws -> AnchorDefect? {
    let origin = try origin(of: catalog)
    guard anchor.origin == origin else {
      return .otherLog(anchor: anchor.origin, store: origin)
    }
    var tree = HashTree()
    var root: SHA256Digest? = anchor.size == 0 ? tree.root : nil
    try catalog.forEachEvent { event in
      guard tree.leafCount < anchor.size else { return }
      tree.add(event.line.utf8.span)
      if tree.leafCount == anchor.size { root = tree.root }
    }
    guard let root else { return .shorter(events: tree.leafCount, anchor: anchor.size) }
    return root == anchor.root ? nil : .changed(events: anchor.size)
  }
}

/// How a log contradicts a checkpoint.
package enum AnchorDefect: Sendable, Hashable, CustomStringConvertible {
  /// The checkpoint is of the log of another store.
  case otherLog(anchor: String, store: String)
  /// Events are missing at the end.
  case shorter(events: Int, anchor: Int)
  /// One of the first events was changed.
  case changed(events: Int)

  package var description: String {
    switch self {
    case .otherLog(let anchor, let store):
      "the anchor is of the log \(anchor), this store's is \(store)"
    case .shorter(let events, let anchor):
      "the log has \(events) events, at the anchor it had \(anchor)"
    case .changed(let events):
      "the first \(events) events are not those that the anchor speaks of"
    }
  }
}
