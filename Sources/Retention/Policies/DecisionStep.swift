// SPDX-License-Identifier: Apache-2.0
package import Model

/// One step of a decision, for people and programs.
package struct DecisionStep: Hashable, Sendable {
  /// The principle of holds-and-retention section 3.2, 0 to 4; nil where none is asked.
  package var principle: Int?
  /// In words; names are as people gave them, to be escaped when shown.
  package var text: String
  /// The policies, labels, holds or review sets that it is about.
  package var objects: [ObjectID]
  /// The date that it gives; nil when it gives none.
  package var date: RetentionDate?
}

extension RetentionDecision {
  /// The steps that led to the outcome, in order: each setting that applies and what it asks for,
  /// then what each principle made of it, then holds and review sets, then the result.
  package var steps: [DecisionStep] {
    var steps = settings.map(\.step)
    if let step = retentionStep { steps.append(step) }
    steps += deletionSteps
    if let step = conflictStep { steps.append(step) }
    steps += holds.map { hold in
      DecisionStep(
        principle: 0, text: hold.explanation, objects: [hold.hold],
        date: hold.until.map { .at($0) })
    }
    steps += reviewSets.map { set in
      DecisionStep(
        principle: nil,
        text: "review set \(set.name) (\(set.set)) of the open case \(set.matterName) keeps it",
        objects: [set.set], date: nil)
    }
    steps.append(resultStep)
    return steps
  }

  private var retentionStep: DecisionStep? {
    guard let retainUntil else { return nil }
    let retaining = settings.filter { $0.retainsUntil != nil }
    let longest = retaining.filter { $0.retainsUntil == retainUntil }.map(\.title)
    let text =
      retaining.count > 1
      ? "the longest retention wins: \(longest.joined(separator: " and "))" : "it is retained"
    return DecisionStep(
      principle: 2, text: "\(text), retain \(retainUntil.untilText)",
      objects: retaining.filter { $0.retainsUntil == retainUntil }.map(\.rule.policy),
      date: retainUntil)
  }

  private var deletionSteps: [DecisionStep] {
    guard let deleteAt, let tier else {
      return [DecisionStep(principle: nil, text: "nothing deletes it", objects: [], date: nil)]
    }
    if let request {
      return [
        DecisionStep(
          principle: 3, text: "a removal was asked for, due now: \(request.reason)", objects: [],
          date: deleteAt)
      ]
    }
    var steps: [DecisionStep] = []
    let deleting = settings.filter { $0.deletesAt != nil }
    let chosen = deleting.filter { $0.tier == tier }
    if chosen.count < deleting.count {
      let reason =
        tier == .label
        ? "a label that deletes decides over any policy"
        : "a policy whose scope names something decides over one for everyone"
      steps.append(
        DecisionStep(
          principle: 3, text: "\(reason): \(chosen.map(\.title).joined(separator: ", "))",
          objects: chosen.map(\.rule.policy), date: nil))
    }
    let earliest = chosen.filter { $0.deletesAt == deleteAt }
    let text =
      chosen.count > 1
      ? "the shortest deletion period wins: \(earliest.map(\.title).joined(separator: " and "))"
      : "it is to be deleted"
    steps.append(
      DecisionStep(
        principle: 4, text: "\(text), delete at \(deleteAt.text)",
        objects: earliest.map(\.rule.policy), date: deleteAt))
    return steps
  }

  private var conflictStep: DecisionStep? {
    guard let retainUntil, let deleteAt, retainUntil > deleteAt else { return nil }
    return DecisionStep(
      principle: 1,
      text: "retention wins over deletion: it is kept \(retainUntil.untilText), not deleted at "
        + deleteAt.text,
      objects: settings.filter { $0.retainsUntil == retainUntil }.map(\.rule.policy),
      date: retainUntil)
  }

  private var resultStep: DecisionStep {
    let text =
      switch outcome {
      case .held: "it is held and not purged" + afterwards
      case .inReviewSet: "it is not purged while a review set of an open case keeps it"
      case .retained(let until):
        "it is retained \(until.untilText)" + (purgeAt == nil ? ", then nothing deletes it" : "")
      case .notDeleted: "it is never purged by itself"
      case .notDue(let date): "it falls due at \(date.text)"
      case .due(let needsReview):
        needsReview
          ? "it is due; it goes only after a reviewer approved the plan" : "it is due now"
      }
    return DecisionStep(principle: nil, text: text, objects: decidingPolicies, date: purgeAt)
  }

  private var afterwards: String {
    guard let purgeAt else { return "; nothing else would delete it" }
    return purgeAt.isReached(at: now)
      ? "; without holds it would be due now" : "; without holds it would be due at \(purgeAt.text)"
  }
}

extension AppliedSetting {
  /// The setting in words: `policy mail (pol_…)`.
  package var title: String { "\(rule.kind.rawValue) \(rule.name) (\(rule.policy))" }

  fileprivate var step: DecisionStep {
    var text = "\(title): \(rule.action.rawValue) \(rule.period.text) from \(startText)"
    if rule.mode == .simulate { text += ", simulated" }
    if isPending, fits { text += ", fits and is not set yet" }
    if !grounds.isEmpty {
      let effects = [
        rule.action.retains ? "retains" : nil,
        rule.action.deletes && deletesAt == nil ? "deletes nothing" : nil,
      ]
      text += "; \(grounds.map(\.text).joined(separator: "; ")), so it "
      text += effects.compactMap(\.self).joined(separator: " and ")
    }
    return DecisionStep(
      principle: nil, text: text, objects: [rule.policy], date: retainsUntil ?? deletesAt)
  }

  private var startText: String {
    let name =
      switch rule.start {
      case .created: "its beginning"
      case .lastActivity: "its last activity"
      case .captured: "its capture"
      case .labelled: "the day it was labelled"
      }
    return name + (startsAt.map { " (\($0.rfc3339))" } ?? " (not known)")
  }
}
