// SPDX-License-Identifier: Apache-2.0
import Actions
import Model
import Store

/// What a change of a person makes due earlier.
struct DuePreview {
  /// How many conversations are named to a person.
  private static let toldCount = 50

  /// The conversations that fall due earlier.
  private var ids: [ObjectID] = []
  /// How far the audit log reached before anything was looked at.
  private let head: AuditHead
  private let check: DueCheck
  private let custodians: [Custodian]
  private let tellsAll: Bool

  /// Tries the change on a copy, and tells what it makes due earlier on standard error.
  init(
    of custodians: [Custodian], by change: (Change) throws -> [Custodian], as actor: AuditActor,
    store: Store, output: OutputSettings
  ) throws {
    self.custodians = custodians
    check = DueCheck(store: store)
    tellsAll = output.format != .human
    head = try store.read { try $0.auditHead() }
    try check.forEachDueEarlier(of: custodians, as: actor, by: change) { id in
      ids.append(id)
      if count <= Self.toldCount { output.note("\(id) becomes due earlier") }
    }
    if count > Self.toldCount {
      output.note(
        "and \(count - Self.toldCount) more conversations; --dry-run --json names them all")
    }
  }

  /// How many conversations fall due earlier.
  var count: Int { ids.count }

  /// Makes the change, where it still makes nothing due earlier but what was told and agreed to.
  ///
  /// Where nothing else was changed since, that needs no second look.
  ///
  /// - Parameters:
  ///   - change: The transaction that it is made in.
  ///   - make: What is changed; gives those whom it concerns besides, and a result.
  /// - Returns: The result.
  /// - Throws: `StoreError` with `.stale` for a conversation that was not told of; what `make` throws.
  func make<Result>(
    in change: Change, _ make: (Change) throws -> (others: [Custodian], result: Result)
  ) throws -> Result {
    guard try change.catalog.auditHead() != head else { return try make(change).result }
    let agreed = Set(ids)
    var result: Result?
    let making = { (change: Change) in
      let made = try make(change)
      result = made.result
      return made.others
    }
    try check.forEachDueEarlier(of: custodians, in: change, by: making) { id in
      guard agreed.contains(id) else {
        throw StoreError(
          .stale, "\(id) would now become due earlier, too; run it again", objects: [id.text])
      }
    }
    guard let result else { throw StoreError(.failure, "the change was not made") }
    return result
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
      .init("due_conversations", .list(tellsAll ? ids.map { .text($0.text) } : [])),
    ]
  }
}
