// SPDX-License-Identifier: Apache-2.0
import Capture
import Model
import Store

/// Stores what a capture holds.
final class StoringHandler: CaptureHandler {
  private let store: Store
  private let actor: AuditActor
  private let writer: ContentWriter
  private(set) var failureCount = 0
  private var persons: [CapturedPerson] = []

  /// Prepares to store a run of a source, which it makes.
  init(_ store: Store, as actor: AuditActor) throws {
    let run = try store.change(as: actor) { change in
      try change.startRun(.files, of: try change.sourceForImport(named: "benchmark"))
    }
    let source = try store.read { catalog in try catalog.source("benchmark") }
    self.store = store
    self.actor = actor
    writer = try ContentWriter(store: store, actor: actor, source: source.id, run: run.id)
  }

  func take(_ unit: CapturedUnit) throws {
    try writer.add(unit)
  }

  func take(_ person: CapturedPerson) {
    persons.append(person)
  }

  func fail(_ problem: CaptureProblem) {
    failureCount += 1
  }

  func lack(_ problem: CaptureProblem) {}

  func finish(_ file: CapturedFileReport) {}

  func breathe(path: String, byteCount: Int64) {}

  /// Writes what is left.
  ///
  /// - Returns: The number of messages stored.
  func finish() throws -> Int {
    let counts = try writer.finish()
    guard !persons.isEmpty else { return counts.stored }
    try store.change(as: actor) { change in
      for person in persons {
        _ = try change.attribute(person, route: ClaudeExport.route)
      }
    }
    return counts.stored
  }
}
