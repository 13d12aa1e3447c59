// SPDX-License-Identifier: Apache-2.0
import Model

/// What becomes of a family before it is rendered.
struct FamilyTreatment: Sendable {
  /// What is blacked out in the slice or in the unit as a whole.
  var redactions: [Redaction] = []
  /// Why the whole family is withheld; nil where it is produced.
  var claim: PrivilegeClaim?
  /// Whether anything of the unit is blacked out or withheld, here or in another slice: fields of the
  /// record that no slice shows, such as a summary, may tell of it.
  var isUnitTouched = false

  var isWithheld: Bool { claim != nil }

  /// Reads what a slice of a unit needs.
  init(_ produced: ProducedUnit, items: [Int]) {
    isUnitTouched =
      produced.isTouched || !produced.redactions.isEmpty || !produced.privileged.isEmpty
    guard isUnitTouched else { return }
    let inSlice = Set(items)
    redactions = produced.redactions.filter { redaction in
      redaction.item.map { inSlice.contains($0) } ?? true
    }
    let claims = items.compactMap { produced.privileged[$0] }
    guard var claim = claims.first else { return }
    // One document, one row of the log: what the items' codings say is put together.
    for other in claims.dropFirst() {
      if claim.description.isEmpty { claim.description = other.description }
      if claim.workProduct.isEmpty { claim.workProduct = other.workProduct }
      claim.attorneys += other.attorneys.filter { !claim.attorneys.contains($0) }
      if let time = other.reviewed, time > claim.reviewed ?? time {
        claim.reviewed = time
        claim.reviewer = other.reviewer
      }
    }
    let bases = claims.map(\.basis)
    claim.basis = ["AC", "WP", "CI", "JD", "OTHER"].first { bases.contains($0) } ?? claim.basis
    self.claim = claim
  }

  /// Whether the parent document is redacted: any redaction of its items' parts, or of the unit's.
  ///
  /// Its native bytes hold the texts of the files, too.
  var isParentRedacted: Bool { !isWithheld && !redactions.isEmpty }

  /// The redactions of a child: of its text, of its name, or of its whole item.
  func redactions(of child: FamilyPlan.Child) -> [Redaction] {
    redactions.filter { redaction in
      guard redaction.item == child.item else { return false }
      switch redaction.part {
      case .item: return true
      case .file(let index), .fileName(let index): return index == child.file
      default: return false
      }
    }
  }

  /// The unit as it is rendered.
  func rendered(_ produced: ProducedUnit) -> ProducedUnit {
    guard isWithheld || !redactions.isEmpty else { return produced }
    var result = produced
    if let claim {
      result.unit =
        RedactedUnit(withholding: produced.unit, mark: RedactionMark.withheld([claim.basis])).unit
    } else {
      result.unit = RedactedUnit(produced.unit, redactions).unit
      result.project = redactedProject(produced)
    }
    for index in result.problems.indices {
      result.problems[index].detail = RedactedUnit.silentDetail
    }
    return result
  }

  // The project's name travels beside the unit, too.
  private func redactedProject(_ produced: ProducedUnit) -> String {
    guard redactions.contains(where: { $0.part == .project }) else { return produced.project }
    var unit = CapturedUnit(kind: .conversation, route: "", nativeID: "", native: [])
    unit.projectName = produced.project
    return RedactedUnit(unit, redactions.filter { $0.part == .project }).unit.projectName ?? ""
  }
}
