// SPDX-License-Identifier: Apache-2.0
package import Bytes
import Model

/// Shows that events stand in the audit log that a checkpoint speaks of (export-formats
/// section 10.4).
package struct AuditProof: Sendable, Hashable {
  /// An event with its way to the root.
  package struct Event: Sendable, Hashable {
    /// Position in the log, from 0.
    package var index: Int
    /// The line of the custody log, without its line feed.
    package var leaf: String
    package var path: [SHA256Digest]

    package init(index: Int, leaf: String, path: [SHA256Digest]) {
      self.index = index
      self.leaf = leaf
      self.path = path
    }
  }

  package var checkpoint: Checkpoint
  package var events: [Event]

  package init(checkpoint: Checkpoint, events: [Event]) {
    self.checkpoint = checkpoint
    self.events = events
  }

  /// Whether every event leads to the checkpoint's root.
  package var isSound: Bool {
    events.allSatisfy { event in
      HashTree.root(
        of: HashTree.leafHash(event.leaf.utf8.span), at: event.index, size: checkpoint.size,
        path: event.path) == checkpoint.root
    }
  }

  /// The bundle as canonical JSON.
  func json(verifierKey: String) -> JSONValue {
    [
      "checkpoint": .string(checkpoint.text), "verifier_key": .string(verifierKey),
      "events": .array(
        events.map { event in
          [
            "index": JSONValue(event.index), "leaf": .string(event.leaf),
            "path": JSONValue(event.path.map(\.hexadecimal)),
          ]
        }),
    ]
  }

  /// Reads ``json(verifierKey:)``; nil for anything else.
  init?(_ value: JSONValue) {
    guard let text = value["checkpoint"]?.stringValue, let checkpoint = Checkpoint(text),
      case .array(let entries)? = value["events"]
    else { return nil }
    self.checkpoint = checkpoint
    events = []
    for entry in entries {
      guard let index = entry["index"]?.integerValue, let leaf = entry["leaf"]?.stringValue,
        case .array(let digests)? = entry["path"]
      else { return nil }
      let path = digests.compactMap { $0.stringValue.flatMap { SHA256Digest(hexadecimal: $0) } }
      guard path.count == digests.count else { return nil }
      events.append(Event(index: Int(index), leaf: leaf, path: path))
    }
  }
}
