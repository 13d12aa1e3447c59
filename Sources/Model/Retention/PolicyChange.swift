// SPDX-License-Identifier: Apache-2.0

/// What the change of a policy could let go earlier, or delete more of (holds-and-retention
/// section 3.1).
///
/// Such a change needs the same confirmation as a purge.
package struct PolicyChange: Hashable, Sendable {
  /// What a retaining policy that counts keeps less of, in words; empty when it keeps as much.
  package var loosens: [String] = []
  /// What a deleting policy that counts afterwards deletes more of or earlier, in words.
  package var tightens: [String] = []
  /// What a lock forbids, in words.
  package var breaksLock: [String] = []

  /// Whether something may become due earlier.
  package var isSevere: Bool { !loosens.isEmpty || !tightens.isEmpty }

  /// Compares two wordings; `kind` is that of the policy or label, of which a label decides more.
  package init(from old: PolicyDefinition, to new: PolicyDefinition, kind: PolicyKind) {
    let shorter = !new.period.isAtLeast(old.period)
    let narrower = !new.scope.includes(old.scope)
    let wider = !old.scope.includes(new.scope)
    let other = old.condition?.normalForm != new.condition?.normalForm
    let restarted = old.start != new.start
    var retaining: [String] = []
    if shorter { retaining.append("the period gets shorter") }
    if narrower { retaining.append("the scope gets narrower") }
    if other { retaining.append("the condition changes") }
    if restarted { retaining.append("the period starts otherwise") }
    if !new.action.retains { retaining.append("it no longer retains") }
    breaksLock = retaining
    if old.action != new.action, new.action.retains { breaksLock.append("the action changes") }
    if old.disposition == .review, new.disposition == .automatic {
      breaksLock.append("the review falls away")
    }
    if old.mode == .on, new.mode != .on {
      breaksLock.append("it is switched off")
      retaining = ["it is switched off"]
    }
    if old.mode == .on, old.action.retains { loosens = retaining }
    // What decides when to delete may have kept an earlier date away (principle 3); a label does
    // whatever its scope.
    let decides = old.isExplicit || kind == .label
    if old.mode == .on, old.action.deletes, decides, !old.action.retains {
      if narrower || other || new.mode != .on || !new.action.deletes {
        loosens.append("what it made due later than other settings do may become due earlier")
      }
    }
    let deletesBefore = old.mode == .on && old.action.deletes
    let deletesAfter = new.mode == .on && new.action.deletes
    if deletesBefore, deletesAfter, !old.isExplicit, new.isExplicit {
      loosens.append("it decides beside settings for certain persons now, and the earliest counts")
    }
    if deletesBefore, old.disposition == .review,
      !deletesAfter || !new.action.retains && (narrower || !old.period.isAtLeast(new.period))
    {
      loosens.append("what waited for its review may go without one")
    }
    // Of labels that set themselves the oldest counts.
    if kind == .label, new.mode == .on, old.mode != .on || wider || other {
      tightens.append("it may take the place of another label")
    }
    guard deletesAfter else { return }
    if old.mode != .on || !old.action.deletes {
      tightens = ["it begins to delete"]
      return
    }
    if shorter { tightens.append("it deletes earlier") }
    if wider { tightens.append("it deletes more") }
    if other { tightens.append("its condition changes") }
    if restarted { tightens.append("its period starts otherwise") }
    if old.disposition == .review, new.disposition == .automatic {
      tightens.append("nobody reviews what it deletes any more")
    }
  }

  /// What deleting a policy means: switching it off.
  package init(deleting old: PolicyDefinition, kind: PolicyKind) {
    var off = old
    off.mode = .off
    self.init(from: old, to: off, kind: kind)
    if breaksLock.isEmpty { breaksLock = ["it is removed"] }
  }
}
