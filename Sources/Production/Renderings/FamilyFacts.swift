// SPDX-License-Identifier: Apache-2.0
import Bytes
import Model

/// What all documents of a family share.
struct FamilyFacts: Sendable {
  var firstTime: Instant?
  var lastTime: Instant?
  /// Everybody in the slice, `Name <address>`, the sender of the first event first.
  var participants: [String]
  var familyHash: String
  /// Of the events in scope; empty where the slice is context alone.
  var sliceHash: String
  /// SHA-256 of the unit's whole native record.
  var sourceSHA256: String

  init(
    _ plan: FamilyPlan, events: [EventView], nativeDigests: FileDigests, children: [ChildDocument]
  ) {
    let times = events.compactMap(\.time)
    firstTime = times.min()
    lastTime = times.max()
    participants = participantNames(plan)
    familyHash = Production.familyHash(
      parent: nativeDigests.sha256, children: children.compactMap { $0.digests?.sha256 })
    let inScope = zip(plan.slice.items, events).compactMap { index, event in
      plan.produced.selection[index] == .selected
        ? (event.time, plan.unit.items[index].role, event.sha256) : nil
    }
    sliceHash = inScope.isEmpty ? "" : Production.sliceHash(inScope)
    sourceSHA256 =
      plan.slice.items.count == plan.source.items.count && !plan.treatment.isUnitTouched
      ? nativeDigests.sha256 : SHA256Digest(of: plan.source.native.span).hexadecimal
  }
}

/// How a speaker is named.
func senderName(_ role: ItemRole, _ person: ProducedCustodian) -> String {
  switch role {
  case .user: person.displayName
  case .assistant: "Claude"
  case .tool: "Tool"
  case .system: "System"
  }
}

private func participantNames(_ plan: FamilyPlan) -> [String] {
  var speakers: [(role: ItemRole, person: ProducedCustodian)] = []
  for index in plan.slice.items {
    let item = plan.unit.items[index]
    let person = plan.produced.person(behind: item)
    if !speakers.contains(where: { $0.role == item.role && $0.person == person }) {
      speakers.append((item.role, person))
    }
  }
  // A conversation is held between the person and the model, whoever speaks in this slice.
  if plan.unit.kind == .conversation {
    for role in [ItemRole.user, .assistant] where !speakers.contains(where: { $0.role == role }) {
      speakers.append((role, plan.produced.custodian))
    }
  }
  return speakers.map { role, person in
    let name = senderName(role, person)
    switch role {
    case .user:
      let address = person.emailAddress
      return address.isEmpty || address == name ? name : name + " <" + address + ">"
    case .assistant: return name + " <claude@ai.invalid>"
    case .tool, .system: return name
    }
  }
}
