// SPDX-License-Identifier: Apache-2.0
import Actions
import Model
import Store

/// What becomes deletable when holds are released or review sets let go, and when.
struct ReleasePreview {
  /// How many conversations are named to a person.
  private static let toldCount = 50

  /// Conversations that no hold protects after the cool-down.
  private(set) var deletable = 0
  /// Those of them that a review set keeps.
  private(set) var inReviewSets = 0
  /// Those of them that no hold protects now.
  private(set) var atOnce = 0
  /// Conversations that another hold goes on protecting.
  private(set) var stillHeld = 0
  /// When the first of those that are held is no longer.
  private(set) var firstEnd: Instant?
  /// Those that become deletable.
  private var told: [ObjectID: HoldCheck.Released] = [:]
  /// How far the audit log reached before anything was looked at.
  private let head: AuditHead
  private let store: Store
  /// Whether all are recorded, not only those that are told.
  private let keepsAll: Bool
  private var lines: [String] = []
  private var records: [FieldValue] = []

  private init(_ store: Store, _ output: OutputSettings) throws {
    self.store = store
    head = try store.read { try $0.auditHead() }
    keepsAll = output.format != .human
  }

  /// Decides each conversation under the holds.
  init(_ holds: [HoldRecord], coolDown: Int64, store: Store, output: OutputSettings) throws {
    try self.init(store, output)
    try HoldCheck(store: store).forEachReleased(by: holds, coolDown: coolDown) { released in
      add(released)
    }
  }

  /// Decides each conversation that the holds of a case or its review sets keep, when it is closed.
  init(
    closing matter: MatterRecord, releasing holds: [HoldRecord], coolDown: Int64, store: Store,
    output: OutputSettings
  ) throws {
    try self.init(store, output)
    try HoldCheck(store: store).forEachFreed(
      byClosing: matter, releasing: holds, coolDown: coolDown
    ) { add($0) }
  }

  /// Decides each conversation of which items are taken out of a review set.
  init(
    taking choice: MemberChoice, from set: ReviewSet, store: Store, output: OutputSettings
  ) throws {
    try self.init(store, output)
    try HoldCheck(store: store).forEachFreed(byTaking: choice, from: set) {
      add($0)
    }
  }

  /// Decides each conversation of which so many items are taken out of a review set.
  init(
    taking counts: [Int64: Int], from set: ReviewSet, store: Store, output: OutputSettings
  ) throws {
    try self.init(store, output)
    try HoldCheck(store: store).forEachFreed(byTaking: counts, from: set) {
      add($0)
    }
  }

  /// Decides each conversation of a person under a change of the directory.
  init(
    of custodian: Custodian, by change: (Change) throws -> Void, as actor: AuditActor,
    store: Store, output: OutputSettings
  ) throws {
    try self.init(store, output)
    try HoldCheck(store: store).forEachFreed(from: custodian, as: actor, by: change) { released in
      add(released)
    }
  }

  /// Decides each conversation under a change of a hold.
  init(
    of hold: HoldRecord, by change: (Change) throws -> Void, as actor: AuditActor, store: Store,
    output: OutputSettings
  ) throws {
    try self.init(store, output)
    try HoldCheck(store: store).forEachFreed(from: [hold], as: actor, by: change) { released in
      add(released)
    }
  }

  /// Those that become deletable.
  var conversations: Set<ObjectID> { Set(told.keys) }

  /// What a person agrees to who was told this.
  func consent(to subject: ReleaseConsent.Subject) -> ReleaseConsent {
    ReleaseConsent(to: subject, told: told, since: head, store: store)
  }

  private mutating func add(_ released: HoldCheck.Released) {
    guard let end = released.heldUntil else {
      stillHeld += 1
      return
    }
    deletable += 1
    told[released.conversation] = released
    if released.isInReviewSet { inReviewSets += 1 }
    if released.wasHeld {
      firstEnd = firstEnd.map { min($0, end) } ?? end
    } else {
      atOnce += 1
    }
    if lines.count < Self.toldCount {
      let note = released.isInReviewSet ? ", then kept by a review set" : ""
      lines.append(
        released.wasHeld
          ? "\(released.conversation) is held until \(end.flooredToSecond)\(note)"
          : "\(released.conversation) is kept by no hold and no other review set")
    }
    if keepsAll {
      records.append(
        .object([
          .init("conversation", .text(released.conversation.text)),
          .init("held_until", released.wasHeld ? .time(end) : .missing),
          .init("in_review_set", .boolean(released.isInReviewSet)),
        ]))
    }
  }

  /// Names the conversations on standard error.
  func tell(_ output: OutputSettings) {
    for line in lines { output.note(line) }
    if deletable > lines.count {
      output.note(
        "and \(deletable - lines.count) more conversations; --dry-run --json names them all")
    }
  }

  /// The counts in a sentence.
  var sentence: String {
    var text =
      deletable == 1
      ? "1 conversation becomes deletable" : "\(deletable) conversations become deletable"
    if atOnce > 0 {
      text += atOnce == deletable ? " at once" : ", \(atOnce) of them at once"
    }
    if let firstEnd, atOnce > 0 {
      text += ", the first of the others at " + firstEnd.flooredToSecond.rfc3339
    } else if let firstEnd {
      text += (deletable == 1 ? ", at " : ", the first at ") + firstEnd.flooredToSecond.rfc3339
    }
    if inReviewSets > 0 { text += "; review sets keep \(inReviewSets) of them" }
    return stillHeld > 0 ? text + "; other holds keep \(stillHeld) more" : text
  }

  /// Fields of the record of the change.
  var details: [FieldValue.Member] {
    [
      .init("deletable", FieldValue(deletable)), .init("in_review_sets", FieldValue(inReviewSets)),
      .init("still_held", FieldValue(stillHeld)), .init("conversations", .list(records)),
    ]
  }
}
