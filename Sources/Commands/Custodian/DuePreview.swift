// SPDX-License-Identifier: Apache-2.0
import Actions
import Model
import Store

/// What a change of a person makes due earlier.
struct DuePreview {
  /// How many conversations are named to a person.
  private static let toldCount = 50

  /// How many conversations fall due earlier.
  private(set) var count = 0
  private var ids: [ObjectID] = []

  /// Tries the change on a copy, and tells what it makes due earlier on standard error.
  init(
    of custodians: [Custodian], by change: (Change) throws -> [Custodian], as actor: AuditActor,
    store: Store, output: OutputSettings
  ) throws {
    try DueCheck(store: store).forEachDueEarlier(of: custodians, as: actor, by: change) { id in
      count += 1
      if count <= Self.toldCount { output.note("\(id) becomes due earlier") }
      if output.format != .human { ids.append(id) }
    }
    if count > Self.toldCount {
      output.note(
        "and \(count - Self.toldCount) more conversations; --dry-run --json names them all")
    }
  }

  /// What follows a question; empty where nothing falls due earlier.
  var clause: String {
    switch count {
    case 0: ""
    case 1: "; 1 conversation becomes due earlier"
    default: "; \(count) conversations become due earlier"
    }
  }

  /// Fields of the record of the change; none where nothing falls due earlier.
  var details: [FieldValue.Member] {
    guard count > 0 else { return [] }
    return [
      .init("due_earlier", FieldValue(count)),
      .init("due_conversations", .list(ids.map { .text($0.text) })),
    ]
  }
}
