// SPDX-License-Identifier: Apache-2.0
import Model
import Query
import Retention
import Testing

/// Holds-and-retention section 3.2 once more, on whole days and plain sets: infinite is "not known",
/// and twice infinite "never" (invariant H4).
private struct Model {
  struct Setting {
    var id: Int
    var isLabel: Bool
    var retains: Bool
    var deletes: Bool
    var days: Double
    var start: String
    var isOn: Bool
    var isReviewed: Bool
    /// Nil: everyone.
    var persons: Set<Int64>?
    var besides: Set<Int64>
    /// Yes, no, or nobody knows; nil has no condition.
    var condition: Bool??
    var isAutomatic: Bool
  }

  static let unknown = 1e9
  static let never = 2e9

  var settings: [Setting]
  var owners: Set<Int64>
  var ownersAreKnown: Bool
  var dates: [String: Double]
  var label: Int?
  var isHeld: Bool
  var isReviewed: Bool
  var isRequested: Bool
  var today: Double

  /// True, false, or nil for "cannot be told".
  func applies(_ setting: Setting) -> Bool? {
    func isOne(of persons: Set<Int64>) -> Bool? {
      let meant = owners.filter { persons.contains($0) }
      if !owners.isEmpty, ownersAreKnown, meant == owners { return true }
      if !meant.isEmpty || !ownersAreKnown || owners.isEmpty { return nil }
      return false
    }
    var answers: [Bool?] = []
    if let persons = setting.persons { answers.append(isOne(of: persons)) }
    if !setting.besides.isEmpty {
      answers.append(isOne(of: setting.besides).map { !$0 })
    }
    if let condition = setting.condition { answers.append(condition) }
    if answers.contains(where: { $0 == .some(false) }) { return false }
    return answers.contains { $0 == nil } ? nil : true
  }

  func fate() -> (name: String, purge: Double?) {
    var keep: [(Double, Setting)] = []
    var drop: [(Double, Setting, rank: Int)] = []
    func take(_ setting: Setting, _ applies: Bool?) {
      if applies == .some(false) { return }
      var start = dates[setting.start] ?? Model.unknown
      if setting.start == "labelled", label != setting.id { start = Model.unknown }
      var end = start >= Model.unknown ? Model.unknown : start + setting.days
      if setting.days == Model.never, start < Model.unknown { end = Model.never }
      if setting.retains { keep.append((end, setting)) }
      if setting.deletes, applies == .some(true) {
        drop.append((end, setting, setting.isLabel ? 2 : setting.persons == nil ? 0 : 1))
      }
    }
    for setting in settings where setting.isOn && !setting.isLabel {
      take(setting, applies(setting))
    }
    if let label {
      for setting in settings where setting.isOn && setting.isLabel && setting.id == label {
        take(setting, true)
      }
    } else {
      for setting in settings where setting.isOn && setting.isLabel && setting.isAutomatic {
        let answer = applies(setting)
        take(setting, answer)
        if answer == .some(true) { break }
      }
    }
    let keptUntil = keep.map(\.0).max()
    var purge: Double?
    var reviewers: [Setting] = []
    if isRequested {
      purge = today
    } else if let rank = drop.map(\.rank).max() {
      let chosen = drop.filter { $0.rank == rank }
      purge = chosen.map(\.0).min()
      reviewers = chosen.filter { $0.0 == purge }.map(\.1)
    }
    if let date = purge, let keptUntil, keptUntil > date {
      purge = keptUntil
      reviewers += keep.filter { $0.0 == keptUntil }.map(\.1)
    }
    if isHeld { return ("held", purge) }
    if isReviewed { return ("in-review-set", purge) }
    if let keptUntil, keptUntil > today { return ("retained", purge) }
    guard let date = purge else { return ("not-deleted", nil) }
    if date > today { return ("not-due", purge) }
    let waits = reviewers.contains { $0.isReviewed && $0.deletes }
    return (waits ? "due-after-review" : "due", purge)
  }
}

@Suite struct PolicyModelTests {
  private static func id(_ number: Int) -> ObjectID {
    ObjectID(.policy, derivedFrom: "policy \(number)")
  }

  @Test("every fate equals that of the model on random settings", arguments: 0..<20)
  func model(seed: Int) {
    var random = SplitMix(state: UInt64(seed) &* 0x2545_F491 &+ 77)
    var seen: [String: Int] = [:]
    for _ in 0..<1000 {
      let model = Self.randomModel(&random)
      let decision = Self.decision(of: model)
      let expected = model.fate()
      #expect(decision.outcome.name == expected.name, "\(model)")
      #expect(Self.days(decision.purgeAt) == expected.purge, "\(model)")
      seen[expected.name, default: 0] += 1
    }
    for name in ["held", "retained", "not-deleted", "not-due", "due", "due-after-review"] {
      #expect(seen[name, default: 0] > 3, "\(name)")
    }
  }

  private static func days(_ date: RetentionDate?) -> Double? {
    switch date {
    case nil: nil
    case .at(let instant): Double(instant.ticks / Instant.ticksPerDay)
    case .unknown: Model.unknown
    case .never: Model.never
    }
  }

  private static func randomModel(_ random: inout SplitMix) -> Model {
    func persons(_ random: inout SplitMix) -> Set<Int64> {
      Set((0...random.below(3)).map { _ in random.below(4) })
    }
    let settings = (0..<Int(random.below(6))).map { number -> Model.Setting in
      let kind = random.below(3)
      let condition: Bool?? =
        switch random.below(6) {
        case 0: .some(.some(true))
        case 1: .some(.some(false))
        case 2: .some(nil)
        default: nil
        }
      return Model.Setting(
        id: number, isLabel: random.chance(3), retains: kind != 0, deletes: kind != 1,
        days: random.chance(8) ? Model.never : Double(random.below(40)),
        start: ["created", "last-activity", "captured", "labelled"][Int(random.below(4))],
        isOn: !random.chance(5), isReviewed: random.chance(3),
        persons: random.chance(2) ? persons(&random) : nil,
        besides: random.chance(4) ? persons(&random) : [], condition: condition,
        isAutomatic: random.chance(2))
    }
    let owners = Set((0..<random.below(3)).map { _ in random.below(4) })
    var dates: [String: Double] = [:]
    for name in ["created", "last-activity", "captured"] where !random.chance(6) {
      dates[name] = Double(random.below(40))
    }
    let label: Int? = random.chance(2) ? Int(random.below(6)) : nil
    if label != nil { dates["labelled"] = Double(random.below(40)) }
    return Model(
      settings: settings, owners: owners, ownersAreKnown: !owners.isEmpty && !random.chance(4),
      dates: dates, label: label, isHeld: random.chance(8), isReviewed: random.chance(12),
      isRequested: random.chance(10), today: Double(random.below(80)))
  }

  private static func instant(_ day: Double?) -> Instant? {
    day.map { Instant(ticks: Int64($0) * Instant.ticksPerDay) }
  }

  private static func decision(of model: Model) -> RetentionDecision {
    let rules = model.settings.map { setting -> PolicyRule in
      var scope = PolicyRuleScope(everyone: setting.persons == nil)
      if let persons = setting.persons {
        scope.included = PolicyRuleScope.Side(namesPersons: true, accounts: persons)
      }
      if !setting.besides.isEmpty {
        scope.excluded = PolicyRuleScope.Side(namesPersons: true, accounts: setting.besides)
      }
      return PolicyRule(
        policy: id(setting.id), name: "P\(setting.id)", kind: setting.isLabel ? .label : .policy,
        action: setting.retains ? setting.deletes ? .retainThenDelete : .retain : .delete,
        period: setting.days == Model.never ? .forever : .days(Int(setting.days)),
        start: RetentionStart(rawValue: setting.start) ?? .created,
        isExplicit: setting.persons != nil, mode: setting.isOn ? .on : .off,
        disposition: setting.isReviewed ? .review : .automatic, retainScope: scope,
        deleteScope: scope,
        condition: setting.condition == nil
          ? .everything : .query(retain: [QueryReading(.all)], delete: [QueryReading(.all)]),
        setsItself: setting.isAutomatic)
    }
    let unit = UnitFacts(
      accounts: model.owners, isAttributed: model.ownersAreKnown, projects: [], sources: [],
      started: instant(model.dates["created"]))
    let facts = RetentionFacts(
      unit: unit, lastActivity: instant(model.dates["last-activity"]),
      captured: instant(model.dates["captured"]),
      label: model.label.map { label in
        AssignedLabel(
          policy: id(label), since: instant(model.dates["labelled"]) ?? Instant(ticks: 0))
      })
    let matter = ObjectID(.matter, derivedFrom: "M")
    let protection = Protection(
      hold: ObjectID(.hold, derivedFrom: "H"), holdName: "H", matter: matter, matterName: "M",
      version: 1, until: nil, grounds: [.covered])
    let set = KeepingReviewSet(
      set: ObjectID(.reviewSet, derivedFrom: "S"), name: "S", matter: matter, matterName: "M")
    let question = RetentionQuestion(
      facts: facts, holds: model.isHeld ? [protection] : [],
      reviewSets: model.isReviewed ? [set] : [],
      request: model.isRequested ? RemovalRequest(reason: "r") : nil,
      now: Instant(ticks: Int64(model.today) * Instant.ticksPerDay))
    return question.decide(rules) { index, _ -> Applicability in
      switch model.settings[index].condition {
      case .some(.some(true)): .applies
      case .some(.some(false)): .doesNot
      default: .undecided([.conditionNotDecided("it cannot be told")])
      }
    }
  }
}
